"""Supervision: init alone with victims that crash, hang and exit (tests/guest/supervision)."""
import re
import subprocess

import pytest
from kernel_programs import EXACT, make
from places import BUILD

from host import qemu

SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)
LIMIT = 100


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs the test; returns what the tester said on the debug port, and what init said on the serial line."""
    make("{}/supervision.archive", BUILD)
    folder = tmp_path_factory.mktemp("supervision")
    machine = qemu.Machine(build=BUILD, boot="pvh", archive=BUILD / "supervision.archive", cpus=2, extra=EXACT)
    outputs = ["-serial", f"file:{folder}/serial", "-debugcon", f"file:{folder}/said", "-monitor", "none"]
    process = qemu.start(machine.arguments() + outputs, stdin=subprocess.DEVNULL)
    try:
        process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        pass  # what it said has no summary
    finally:
        qemu.stop(process)
    texts = [(folder / name).read_text(errors="replace").replace("\r\n", "\n") for name in ("said", "serial")]
    print("\n".join(texts))
    return texts


def test_stories(run):
    said, serial = run
    summary = SUMMARY.search(said)
    assert summary, f"no summary:\n{said}\n{serial}"
    assert int(summary[1]) > 0 and int(summary[2]) == 0, said


def test_a_crash_report_names_the_place(run):
    """The addresses of the report, by the host's own tool, are the functions that were called."""
    _, serial = run
    report = re.search(
        r"init: victim, generation 1: page fault at 0x1238, rip (0x\w+), error code 0x6\n"
        r"(?:init:   r[a-z0-9]+ .*\n)+init:   called from( .*)\n",
        serial,
    )
    assert report, serial
    addresses = [report[1], *(hex(int(word, 16) - 1) for word in report[2].split())]
    elf = BUILD / "supervision/victim.elf"
    done = subprocess.run(["addr2line", "-f", "-e", elf, *addresses], capture_output=True, text=True, check=True)
    functions = done.stdout.splitlines()[0::2]
    assert functions[:5] == ["write_third", "write_second", "write_first", "serve", "start_process"]


def test_giving_up_is_said(run):
    _, serial = run
    assert "init: doomed ended 11 times within 10 s: given up\n" in serial
