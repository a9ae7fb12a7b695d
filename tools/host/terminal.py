"""The user's terminal, which QEMU switches to raw mode and, when it is killed, never switches back."""
import fcntl
import os
import select
import signal
import socket
import sys
import termios
import tty
from contextlib import contextmanager, suppress


@contextmanager
def restored():
    """Leaves the terminal's mode, and the three standard files' flags, as they were before the `with` block."""
    flags = [fcntl.fcntl(number, fcntl.F_GETFL) for number in range(3)]
    mode = termios.tcgetattr(0) if os.isatty(0) else None
    try:
        yield
    finally:
        for number, value in enumerate(flags):
            fcntl.fcntl(number, fcntl.F_SETFL, value)
        if mode is not None:
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            with suppress(termios.error, OSError):  # a terminal that was closed needs nothing
                termios.tcsetattr(0, termios.TCSANOW, mode)
                if os.isatty(1):
                    os.write(1, b"\x1b[0m\r")


def outlasts(process):
    """Waits until the process ends, or somebody closes this terminal. Was it there to the end?

    The terminal's end must be watched: SIGHUP goes to the session's leader, which may be a make that waits for us.
    """
    ended = os.pidfd_open(process.pid)
    try:
        events = select.poll()
        events.register(ended, select.POLLIN)
        if os.isatty(0):
            events.register(0, 0)  # only its end is of interest, which is always told
        return ended in dict(events.poll())
    finally:
        os.close(ended)


def exit_on_signals():
    """Makes SIGTERM and SIGHUP end this program by an exception, so that `finally` blocks run."""

    def leave(number, _frame):
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


LEAVE = b"\x1d"  # Ctrl-]


def join(path):
    """Connects this terminal with the socket `path`, until one side ends or Ctrl-] is typed. Returns an exit status."""
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(str(path))
    except OSError as error:
        print(f"{path}: {error.strerror}. Is there a session?", file=sys.stderr)
        return 1
    print("Ctrl-] leaves.", flush=True)
    with restored():
        if os.isatty(0):
            tty.setraw(0)
        while True:
            ready, _, _ = select.select([0, line], [], [])
            data = os.read(0, 4096) if 0 in ready else line.recv(65536)
            if not data or (0 in ready and LEAVE in data):
                return 0
            if 0 in ready:
                line.sendall(data)
            else:
                os.write(1, data)
