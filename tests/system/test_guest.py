"""The tests that run inside, at 1 and 4 CPUs: programs of tests/guest, and the kernel's own of tests/guest/kernel."""
import re

import pytest
from places import BUILD, PROJECT

SUMMARY = re.compile(rb"(\d+) passed, (\d+) failed")
PROGRAMS = sorted(file.stem for file in (PROJECT / "tests/guest").glob("*.c"))
KERNEL_TESTS = sorted(file.stem for file in (PROJECT / "tests/guest/kernel").glob("*.c"))
NEED_SEVERAL_CPUS = {"shootdown"}


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


@pytest.mark.parametrize(
    "program, cpus",
    [(test, cpus) for test in KERNEL_TESTS for cpus in (1, 4) if cpus > 1 or test not in NEED_SEVERAL_CPUS],
)
def test_kernel(guest, program, cpus):
    """The program boots in place of init; it tells its stories on the console and switches the machine off."""
    machine = guest(wait=False, archive=BUILD / f"kernel-tests/{program}.archive", cpus=cpus)
    machine.wait_for_end(100)
    judge(machine.text().encode())
