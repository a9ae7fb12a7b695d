"""The console dies at every place on a typed byte's way, and nothing that was typed is lost or comes twice."""
import re

from kill_loops import EXACT
from places import BUILD

ROUNDS = 150


def test_nothing_typed_is_lost(guest, tmp_path):
    log = tmp_path / "told"
    machine = guest(archive=BUILD / "test.archive", cpus=1, extra=[*EXACT, "-debugcon", f"file:{log}"])
    machine.type(f"killing console typing calls 1 {ROUNDS}\r")
    machine.wait_for(rb"calls 1 \d+\r*\n")
    for number in range(1, ROUNDS + 1):
        line = f"{number}. the quick brown fox".encode()
        machine.type(line + b"\r")
        echo = machine.wait_for(rb"got %d ([^\r\n]*)\r*\n" % number)
        assert re.fullmatch(rb"(.*?)\r*\n", echo, re.DOTALL)[1] == line
        assert machine.process.match[1] == line
    machine.wait_for_prompt()
    told = log.read_text().splitlines()
    assert told[-1] == "end good" and told.count("busy") > ROUNDS // 2
