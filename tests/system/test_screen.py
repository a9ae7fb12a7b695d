"""Screen and keyboard beside the serial line: keys are heard, and words are seen."""
import json
import socket
import time

import pytest


class Monitor:
    """QEMU's own interface to the machine's devices."""

    def __init__(self, path):
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(path))
        self._file = line.makefile("rw")
        self._file.readline()
        self.do("qmp_capabilities")

    def do(self, command, **arguments):
        """Executes one command; fails if QEMU refuses it."""
        self._file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._file.flush()
        for answer in map(json.loads, self._file):
            assert "error" not in answer, answer
            if "return" in answer:
                return

    def press(self, *keys):
        """Presses keys together, by their names, and lets them go."""
        self.do("send-key", keys=[{"type": "qcode", "data": key} for key in keys])


@pytest.fixture(params=["grub", "uefi"])
def screen(request, guest, image, tmp_path):
    """A machine with a screen, at the prompt, and its monitor."""
    monitor = ["-qmp", f"unix:{tmp_path}/monitor,server=on,wait=off"]
    machine = guest(boot=request.param, disk=image(), extra=["-vga", "std", *monitor])
    return machine, Monitor(tmp_path / "monitor")


def bright_pixels(path):
    """How many pixels of a picture (PPM) are not dark."""
    data = path.read_bytes().split(b"\n", 3)[3]
    return sum(1 for start in range(0, len(data), 3) if max(data[start : start + 3]) > 64)


def wait_for_brightness(monitor, path, more_than):
    """Looks at the screen until it has more bright pixels than that: the serial line is quicker than the picture."""
    deadline = time.monotonic() + 20
    while True:
        monitor.do("screendump", filename=str(path))
        bright = bright_pixels(path)
        if bright > more_than:
            return bright
        assert time.monotonic() < deadline, f"{bright} bright pixels, waited for more than {more_than}"
        time.sleep(0.2)


def press_line(machine, monitor):
    """Presses "echo Hi" and Enter, each key once the one before was echoed."""
    for keys in ["e"], ["c"], ["h"], ["o"], ["spc"], ["shift", "h"], ["i"], ["ret"]:
        monitor.press(*keys)
        machine.wait_for(b".", 10)
    machine.wait_for(rb"\nHi\r*\n")
    machine.wait_for_prompt()


def test_keys_are_heard_and_words_are_seen(screen, tmp_path):
    machine, monitor = screen
    before = wait_for_brightness(monitor, tmp_path / "before.ppm", 900)
    press_line(machine, monitor)
    wait_for_brightness(monitor, tmp_path / "after.ppm", before + 100)


def test_a_console_that_takes_over_hears_and_shows(screen, tmp_path):
    """It leaves the keyboard as it is, and draws what its predecessor had shown."""
    machine, monitor = screen
    before = wait_for_brightness(monitor, tmp_path / "before.ppm", 900)
    machine.run("kill console")
    press_line(machine, monitor)
    wait_for_brightness(monitor, tmp_path / "after.ppm", before + 100)
