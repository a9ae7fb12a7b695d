"""The source keeps to its own rules, and the rules' checkers notice when it does not."""
import subprocess

import pytest
from places import PROJECT


def test_lint(project):
    ended = subprocess.run(["tools/lint"], cwd=project, capture_output=True, text=True, timeout=110, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.fixture
def copy(tmp_path):
    """A small project with the checkers in it; returns a function that adds a file to it."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/check").symlink_to(PROJECT / "tools/check")
    checkers = tmp_path / "tools/check"
    checkers.unlink()
    checkers.mkdir()
    for name in "includes.py", "limits.py":
        (checkers / name).write_bytes((PROJECT / "tools/check" / name).read_bytes())
    (tmp_path / "Makefile").touch()
    (tmp_path / "linker.ld").touch()

    def add(path, text):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    add.root = tmp_path
    return add


def complaints(copy, checker):
    """What a checker says about the small project."""
    line = ["/usr/bin/python3", copy.root / "tools/check" / checker]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=20, check=False)
    assert (ended.returncode != 0) == bool(ended.stderr)
    return ended.stderr


@pytest.mark.parametrize(
    "source, included, is_fine",
    [
        ("kernel/ipc/call.c", "kernel/sched/thread.h", True),
        ("kernel/sched/thread.c", "kernel/ipc/endpoint.h", False),
        ("kernel/mm/frame.c", "kernel/cap/table.h", False),
        ("kernel/x86_64/cpu.c", "kernel/sched/thread.h", False),
        ("kernel/ipc/call.c", "kernel/x86_64/arch.h", True),
        ("kernel/ipc/call.c", "kernel/x86_64/lapic.h", False),
        ("servers/fs/main.c", "servers/fs/cache.h", True),
        ("servers/fs/main.c", "servers/block/queue.h", False),
        ("servers/fs/main.c", "kernel/base/list.h", False),
        ("user/bin/ls.c", "user/lib/file.h", True),
        ("user/lib/file.c", "user/bin/ls.h", False),
        ("user/lib/file.c", "servers/proto/fs.h", True),
    ],
)
def test_direction_of_includes(copy, source, included, is_fine):
    copy(included, "#pragma once\n")
    copy(source, f'#include "{included}"\n')
    assert (complaints(copy, "includes.py") == "") == is_fine


def test_cycles_and_lost_headers_are_found(copy):
    copy("kernel/base/a.h", '#include "kernel/base/b.h"\n')
    copy("kernel/base/b.h", '#include "kernel/base/a.h"\n#include "kernel/base/gone.h"\n')
    said = complaints(copy, "includes.py")
    assert "cycle: kernel/base/a.h -> kernel/base/b.h -> kernel/base/a.h" in said
    assert "gone.h, which is not there" in said


def test_sizes_are_limited(copy):
    copy("kernel/fine.c", "int f(void)\n{\n" + "    g();\n" * 60 + "}\n")
    assert complaints(copy, "limits.py") == ""
    copy("kernel/long.c", "int f(void)\n{\n" + "    g();\n" * 80 + "}\n")
    copy("kernel/wide.c", "/* " + "x" * 120 + " */\n")
    copy("kernel/later.c", "/* TO" "DO: this */\n")
    copy("kernel/large.c", "int x;\n" * 501)
    said = complaints(copy, "limits.py")
    for expected in "long.c:1: a function of 83", "wide.c:1: 126 columns", "later.c:1: something", "large.c: 501":
        assert expected in said
