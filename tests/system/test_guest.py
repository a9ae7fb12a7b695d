"""The guest tests: every program of tests/guest, run inside, at 1 and 4 CPUs."""
import re

import pytest
from places import BUILD, PROJECT

PROGRAMS = sorted(file.stem for file in (PROJECT / "tests/guest").glob("*.c"))


@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("program", PROGRAMS)
def test_program(command, image, program, cpus):
    ended = command(program, archive=BUILD / "test.archive", disk=image(), cpus=cpus, limit=100)
    text = ended.output.decode(errors="replace")
    summary = re.search(r"^(\d+) passed, (\d+) failed$", text, re.MULTILINE)
    assert summary, f"no summary:\n{text}\nconsole:\n{ended.console[-3000:]}"
    assert int(summary[1]) > 0 and summary[2] == "0", f"{text}\nconsole:\n{ended.console[-3000:]}"
    assert ended.status == 0
