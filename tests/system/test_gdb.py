"""make gdb, in batch: stopped at the kernel's first instruction, with everybody's symbols."""
import re
import subprocess

import pytest

from machines import qemu


@pytest.fixture
def gdb(project, environment, build):
    """Runs GDB commands in a fresh session; returns the finished process."""

    def run(commands, **variables):
        words = [f"{name}={value}" for name, value in variables.items()]
        line = ["make", "-s", f"BUILD={build}", "gdb", f"CMD={commands}", *words]
        return subprocess.run(
            line, cwd=project, env=environment, capture_output=True, text=True, timeout=100, check=False
        )

    return run


@pytest.fixture
def disk(image):
    return image()


def test_stopped_at_the_first_instruction(gdb, disk):
    ended = gdb("info symbol $pc", DISK=disk)
    assert ended.stdout.startswith("pvh_entry in section")
    assert ended.returncode == 0


def test_output_is_only_the_commands(gdb, disk):
    assert gdb("print 6*7", DISK=disk).stdout == "$1 = 42\n"


def test_a_command_that_fails_gives_a_status(gdb, disk):
    ended = gdb("print no_such_symbol_anywhere", DISK=disk)
    assert ended.returncode != 0


def test_the_kernel_is_reached_with_the_right_architecture(gdb, disk):
    ended = gdb("hbreak kernel_syscall\ncontinue\nbacktrace 1\nshow architecture", DISK=disk)
    assert re.search(r"#0 .*kernel_syscall", ended.stdout)
    assert "i386:x86-64" in ended.stdout


def test_servers_and_programs_have_symbols_of_their_own(gdb, disk, build):
    images = {*build.glob("servers/*.elf"), *build.glob("bin/*.elf")}
    ended = gdb("info functions ^main$", DISK=disk)
    sources = re.findall(r"^File (\S+):$", ended.stdout, re.MULTILINE)
    assert len(sources) == len(images)
    assert {f"servers/{image.stem}/main.c" for image in build.glob("servers/*.elf")} <= set(sources)
    ended = gdb("\n".join(f"info line {source}:main" for source in sources), DISK=disk)
    assert ended.returncode == 0
    addresses = re.findall(r"starts at address (0x[0-9a-f]+) <main", ended.stdout)
    assert len(set(addresses)) == len(images)


def test_a_server_stops_at_its_main(gdb, disk):
    ended = gdb("hbreak servers/fs/main.c:main\ncontinue\nbacktrace 1", DISK=disk)
    assert re.search(r"#0 .*main.*servers/fs/main.c", ended.stdout)


def test_a_session_that_takes_too_long_ends(gdb, disk):
    ended = gdb("continue", DISK=disk, LIMIT=3)
    assert "3 seconds" in ended.stderr


def test_no_machine_is_left_behind(gdb, disk):
    gdb("print 1", DISK=disk)
    assert qemu.users_of(disk) == []
