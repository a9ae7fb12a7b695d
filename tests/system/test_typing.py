"""The console dies on a typed byte's way, and nothing that was typed is lost or comes twice."""
import re

import pytest
from kill_loops import EXACT
from places import BUILD

# instead of its n-th system call; and where no system call is: between taking a byte and noting that it was used
WAYS = [("typing calls 1", 150), ("typing-cut-off never 0", 30)]


@pytest.mark.parametrize("way, rounds", WAYS)
def test_nothing_typed_is_lost(guest, way, rounds):
    machine = guest(archive=BUILD / "test.archive", cpus=1, extra=EXACT)
    machine.type(f"killing console {way} {rounds}; services\r")
    machine.wait_for(rb"services\r*\n")
    for number in range(1, rounds + 1):
        line = f"{number}. the quick brown fox".encode()
        machine.type(line + b"\r")
        echo = machine.wait_for(rb"got %d ([^\r\n]*)\r*\n" % number)
        said = re.sub(rb"init: .*\r*\n", b"", echo)
        assert re.fullmatch(rb"(.*?)\r*\n", said, re.DOTALL)[1] == line
        assert machine.process.match[1] == line
    restarts = re.search(rb"console +running +\d+ +(\d+)", machine.wait_for_prompt())
    assert int(restarts[1]) >= rounds * 4 // 5
