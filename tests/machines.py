"""Machines for tests. The fixtures `guest` and `command` of conftest.py hand them out and clear them away.

    guest(disk=..., cpus=...)       a machine with somebody at its console, at the prompt
    command("ls /", disk=...)       one command in a machine of its own: output, console, status

Options are those of tools/host/qemu.py's Machine; tests boot by PVH unless they say otherwise, always emulated, so
that every host sees the same.
"""
import re
from dataclasses import dataclass
from io import BytesIO

import pexpect
import pytest
from places import BUILD  # before the tools' modules: it makes them known

from host import job, qemu

NEW_LINE = rb"\r*\n"  # the terminal adds returns of its own
PROMPT = rb"(?:\r\x1b\[K)?atelier:[^\r\n]*\$ (?:\x1b\[[0-9;]*[A-Za-z])*$"
BOOT_LIMIT = 60
COMMAND_LIMIT = 30


class Guest:
    """A machine with its console. Output is bytes; every wait has a limit and says what it waited for."""

    def __init__(self, machine):
        self.machine = machine
        command = machine.arguments() + ["-chardev", "stdio,id=com1,signal=off", "-serial", "chardev:com1"]
        self.process = pexpect.spawn(command[0], command[1:], echo=False, timeout=COMMAND_LIMIT, dimensions=(50, 200))
        self.process.setecho(False)
        self.all = BytesIO()
        self.process.logfile_read = self.all

    def wait_for(self, pattern, limit=COMMAND_LIMIT):
        """Waits for a pattern (bytes, a regular expression) in the output; returns what came before it."""
        found = self.process.expect([pattern, pexpect.TIMEOUT, pexpect.EOF], timeout=limit)
        if found == 1:
            self.fail(f"waited {limit} s for {pattern!r}")
        if found == 2:
            self.fail(f"the machine went down before {pattern!r}")
        return self.process.before

    def wait_for_prompt(self, limit=BOOT_LIMIT):
        """Waits until the shell wants a line; returns the lines before the prompt, with plain ends."""
        return re.sub(NEW_LINE, b"\n", self.wait_for(PROMPT, limit))

    def run(self, line, limit=COMMAND_LIMIT):
        """Types a line; returns what it printed, without the echo, once the next prompt is there."""
        self.process.send(line.encode() + b"\r")
        self.wait_for(NEW_LINE, limit)
        return self.wait_for_prompt(limit)

    def type(self, keys):
        """Types keys as they are."""
        self.process.send(keys)

    def power_off(self, limit=COMMAND_LIMIT):
        """Ends the machine as a user does; fails if QEMU does not end by itself."""
        self.process.send(b"poweroff\r")
        self.wait_for_end(limit)

    def wait_for_end(self, limit=COMMAND_LIMIT):
        """Waits until QEMU has ended."""
        if self.process.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=limit) == 1:
            self.fail(f"the machine was not off after {limit} s")
        self.process.wait()

    def text(self):
        """All that the console said so far."""
        return self.all.getvalue().decode(errors="replace")

    def fail(self, what):
        """Fails the test, with the end of what the console said."""
        pytest.fail(f"{what}; the console said:\n{self.text()[-3000:]}", pytrace=False)

    def close(self):
        """Ends QEMU, if the test has not."""
        self.process.close(force=True)


def describe(options):
    """The machine that a test asks for."""
    return qemu.Machine(build=BUILD, **{"boot": "pvh", **options})


@dataclass
class Ended:
    """A command that ended: its exit status, its output, and the machine's whole console."""

    status: int
    output: bytes
    console: str


def run_command(line, limit=60, **options):
    """Runs one command in a machine of its own; one that does not end within `limit` seconds fails the test."""
    output, console = BytesIO(), BytesIO()
    outcome = job.run_job(describe(options), line.encode(), limit, output, console)
    text = console.getvalue().decode(errors="replace").replace("\r\n", "\n")
    if outcome.status is None:
        why = f"did not end within {limit} s" if outcome.time_is_up else "lost its machine"
        pytest.fail(f"{line!r} {why}; {outcome.error}\nconsole:\n{text[-3000:]}", pytrace=False)
    return Ended(outcome.status, output.getvalue(), text)
