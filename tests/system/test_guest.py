"""The tests that run as programs of the whole system, at 1 and 4 CPUs (the kernel's own: test_kernel_programs.py)."""
import re

import pytest
from places import BUILD, PROJECT

SUMMARY = re.compile(rb"(\d+) passed, (\d+) failed")
PROGRAMS = sorted(file.stem for file in (PROJECT / "tests/guest").glob("*.c"))


def judge(text):
    """Fails unless there is a summary that counts stories, none of them failed."""
    summary = SUMMARY.search(text)
    said = text.decode(errors="replace")[-4000:]
    assert summary, f"no summary:\n{said}"
    assert int(summary[1]) > 0 and int(summary[2]) == 0, said


@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("program", PROGRAMS)
def test_program(command, image, program, cpus):
    ended = command(program, archive=BUILD / "test.archive", disk=image(), cpus=cpus, limit=100)
    judge(ended.output)
    assert ended.status == 0
