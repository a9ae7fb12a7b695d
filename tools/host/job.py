"""One shell command line run in a machine of its own: the host's end of the job channel.

The guest finds the command in a fw_cfg file, sends what it prints on standard output over COM2, and there, last, an
end mark with its exit status (the protocol is in servers/proto/console.h). COM1 carries everything else: boot messages,
and what the command says on its standard error.

    outcome = run_job(machine, b"cat /f", 300, sys.stdout.buffer, log)
"""
import re
import selectors
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from host import qemu

ESCAPE = b"\x10"
CHUNK = 65536
GRACE = 15  # seconds the guest may take from the end mark to the power switch
LAST_WORDS = 1  # seconds a kernel that gave up may take to say why
KERNEL_FIRST_WORD = re.compile(rb"Atelier(?P<rest>: | cannot start: | needs an x86-64 CPU)")
KERNEL_GREETING = b": "
PANIC = b"\nPANIC on "


class Decoder:
    """Takes the job channel's bytes apart. `status` is None until the end mark came."""

    def __init__(self):
        self.status = None
        self._rest = b""

    def feed(self, data):
        """The command's output in `data`; an escape cut in two by the transport waits for its other half."""
        data = self._rest + data
        self._rest = b""
        output = []
        position = 0
        while self.status is None:
            escape = data.find(ESCAPE, position)
            if escape < 0:
                output.append(data[position:])
                break
            output.append(data[position:escape])
            length = 5 if data[escape + 1 : escape + 2] == b"X" else 2
            if len(data) < escape + length:
                self._rest = data[escape:]
                break
            output.append(self._escaped(data[escape + 1 : escape + length]))
            position = escape + length
        return b"".join(output)

    def _escaped(self, code):
        """What stands behind an escape: the byte itself, or the end mark."""
        if code[:1] == b"X":
            self.status = int(code[1:])
            return b""
        if code != ESCAPE:
            raise ValueError(f"the job channel carried an unknown escape: {code!r}")
        return ESCAPE


@dataclass
class Outcome:
    """How a job went. `status` is the command's own, None if no end mark came; then `time_is_up` tells why."""

    status: int | None
    time_is_up: bool
    error: str  # what QEMU itself complained about


class Job:
    """A machine with a command in it. `output` and `console` are binary files, written as bytes come; what is typed at
    the console comes from the file `keyboard`."""

    def __init__(self, machine, command, output, console, keyboard=subprocess.DEVNULL):
        self._output = output
        self._console = console
        self._decoder = Decoder()
        self._said = b""  # all that came over COM1
        self._first_word = None  # of the kernel in it
        self._gave_up = False  # the kernel did: it panicked, or cannot run on this machine
        self._held = b"" if machine.boot == "uefi" else None  # of COM2: see _without_firmware
        self._folder = tempfile.TemporaryDirectory(prefix="atelier-")
        folder = Path(self._folder.name)
        (folder / "command").write_bytes(command)
        self._errors = open(folder / "errors", "w+b")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{folder}/job")
        self._listener.listen()
        self._connection = None
        serial_lines = ["-chardev", "stdio,id=com1,signal=off", "-serial", "chardev:com1"]
        serial_lines += ["-chardev", f"socket,id=com2,path={folder}/job", "-serial", "chardev:com2"]
        command_file = ["-fw_cfg", f"name={qemu.COMMAND_FILE},file={folder}/command"]
        self._process = qemu.start(
            machine.arguments() + serial_lines + command_file,
            stdin=keyboard,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
        )
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ, self._read_console)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._powered = True
        self._deadline = None

    def run(self, limit):
        """Serves both lines until the machine is off; at most `limit` seconds up to the command's end mark."""
        self._deadline = time.monotonic() + limit
        while self._powered and time.monotonic() < self._deadline:
            for key, _ in self._selector.select(self._deadline - time.monotonic()):
                key.data()
        time_is_up = self._powered and not self._gave_up
        qemu.stop(self._process)
        self._drain()
        return Outcome(self._decoder.status, time_is_up, qemu.complaint(self._errors))

    def close(self):
        """Ends the machine in whatever state, and frees everything. Safe after run."""
        qemu.stop(self._process)
        for resource in (self._selector, self._listener, self._connection, self._process.stdout, self._errors):
            if resource is not None:
                resource.close()
        self._folder.cleanup()

    def _read_console(self):
        data = self._process.stdout.read(CHUNK)
        if not data:
            self._powered = False
            return
        panicked = PANIC in self._said[-len(PANIC) :] + data
        self._said += data
        if panicked or self._refuses():
            self._gave_up = True
            self._deadline = time.monotonic() + LAST_WORDS
        self._console.write(data)
        self._console.flush()

    def _refuses(self):
        """Did the kernel begin with why it cannot run? What is said later is no matter of the kernel's alone."""
        if self._first_word is not None:
            return False
        self._first_word = KERNEL_FIRST_WORD.search(self._said)
        return self._first_word is not None and self._first_word["rest"] != KERNEL_GREETING

    def _accept(self):
        self._connection, _ = self._listener.accept()
        self._selector.unregister(self._listener)
        self._selector.register(self._connection, selectors.EVENT_READ, self._read_job)

    def _read_job(self):
        data = self._connection.recv(CHUNK)
        if not data:
            self._selector.unregister(self._connection)
        running = self._decoder.status is None
        self._output.write(self._decoder.feed(self._without_firmware(data)))
        self._output.flush()
        if running and self._decoder.status is not None:
            self._deadline = time.monotonic() + GRACE
        return bool(data)

    def _without_firmware(self, data):
        """UEFI's firmware talks on every serial line, the same words on each: takes those of COM1 off COM2's.

        Until the kernel has spoken nobody knows how many they are; the job cannot have begun before.
        """
        if self._held is None:
            return data
        self._held += data
        if self._first_word is None:
            return b""
        data, self._held = self._held.removeprefix(self._said[: self._first_word.start()]), None
        return data

    def _drain(self):
        """Takes what a machine that is off has left in the lines."""
        if self._connection is not None and self._connection in self._selector.get_map():
            while self._read_job():
                pass
        while self._powered:
            self._read_console()


def run_job(machine, command, limit, output, console, keyboard=subprocess.DEVNULL):
    """Runs the command (bytes) in the machine and returns the Outcome. Whatever happens, no QEMU is left behind."""
    job = Job(machine, command, output, console, keyboard)
    try:
        return job.run(limit)
    finally:
        job.close()
