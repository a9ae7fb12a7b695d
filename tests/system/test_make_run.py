"""make run, as typed at a terminal: the banner, the ways out, and the terminal afterwards."""
import os
import signal
import subprocess
import termios
import time

import pexpect
import pytest

from machines import PROMPT, qemu


@pytest.fixture
def terminal(project, environment, build):
    """Types `make run` at a terminal of its own; ends it after the test."""
    started = []

    def run(*variables):
        line = [f"BUILD={build}", "run", *map(str, variables)]
        process = pexpect.spawn("make", line, cwd=str(project), env=environment, timeout=60, dimensions=(50, 200))
        started.append(process)
        return process

    yield run
    for process in started:
        process.close(force=True)


def mode_of(process):
    """The terminal's mode, without the speeds that nobody sets."""
    return termios.tcgetattr(process.child_fd)[:4]


def end_of(process):
    """Waits for make's end; returns its exit status."""
    process.expect(pexpect.EOF, timeout=30)
    process.wait()
    return process.exitstatus


def test_banner_prompt_and_poweroff(terminal, image):
    process = terminal(f"DISK={image()}")
    before = mode_of(process)
    process.expect(rb"poweroff.*Ctrl-A")
    process.expect(PROMPT)
    assert mode_of(process) != before
    process.send(b"cat /hello\r")
    process.expect(rb"hello, world\r*\n")
    process.send(b"poweroff\r")
    assert end_of(process) == 0
    assert mode_of(process) == before


def test_ctrl_a_x_leaves(terminal, image):
    process = terminal(f"DISK={image()}")
    before = mode_of(process)
    process.expect(PROMPT)
    process.send(b"\x01x")
    assert end_of(process) == 0
    assert mode_of(process) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_terminal_is_restored_when_qemu_is_killed(terminal, image, number):
    disk = image()
    process = terminal(f"DISK={disk}")
    before = mode_of(process)
    process.expect(PROMPT)
    (machine,) = qemu.users_of(disk)
    os.kill(machine, number)
    end_of(process)
    assert mode_of(process) == before


def test_a_closed_terminal_ends_the_machine(terminal, image):
    disk = image()
    process = terminal(f"DISK={disk}")
    process.expect(PROMPT)
    assert qemu.users_of(disk) != []
    process.ptyproc.fileobj.close()
    deadline = time.monotonic() + 10
    while qemu.users_of(disk) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert qemu.users_of(disk) == []


def test_ctrl_c_goes_to_the_guest(terminal, image):
    process = terminal(f"DISK={image()}")
    process.expect(PROMPT)
    process.send(b"sleep 1000\r")
    process.expect(rb"sleep 1000\r*\n")
    process.send(b"\x03")
    process.expect(PROMPT)
    process.send(b"echo still here\r")
    process.expect(rb"\nstill here\r*\n")


def test_a_disk_in_use_gives_a_clear_sentence(terminal, image, project, environment, build):
    disk = image()
    process = terminal(f"DISK={disk}")
    process.expect(PROMPT)
    line = ["make", "-s", f"BUILD={build}", "run", f"DISK={disk}", "CMD=true"]
    second = subprocess.run(line, cwd=project, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode != 0
    assert "is in use by another Atelier (process" in second.stderr


def test_screen_and_uefi_wishes_are_understood(project, environment, build, image):
    line = ["make", "-s", f"BUILD={build}", "run", f"DISK={image()}", "UEFI=1", "CPUS=2", "MEM=256M", "CMD=echo hi"]
    ended = subprocess.run(line, cwd=project, env=environment, capture_output=True, timeout=100, check=False)
    assert ended.stdout == b"hi\n"
