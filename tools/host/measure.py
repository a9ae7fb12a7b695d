"""Runs machines that measure something, and reads what they print.

What is counted in guest instructions runs under -icount, where the count is exact and the same in every run: programs
alone with the kernel (user/bench/kernel) on the serial line, and the program `bench` in the whole system. Booting is
wall time.
"""
import re
import select
import statistics
import subprocess
import time
from collections import defaultdict
from dataclasses import dataclass, field
from io import BytesIO

from host import image, job, qemu

ICOUNT = ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm"]
DEVICE = ["-device", "edu"]  # interrupts when it is told to
MEASURED_STEPS = "measure=on"  # the kernel's boot option; it costs instructions, so such runs give no other figure
# the guest's clock goes on while it waits for the disk, as fast as the host's
ICOUNT_WITH_DISK = ["-icount", "shift=0,sleep=on"]
LIMIT = 120  # seconds for one machine
RECOVERY_LIMIT = 300
BOOTS = 5
BOOT_LIMIT = 60
TOLERANCE = 0.001  # of the calibration
PROMPT = re.compile(rb"atelier:[^\r\n]*\$ ")
DISK_SIZE = 32 << 20


class BenchError(Exception):
    """A measurement failed; the text says why, in a sentence."""


@dataclass
class Readings:
    """What a machine measured: {name: figure}, {curve: [points]}, and the longest stretch with interrupts off."""

    figures: dict = field(default_factory=dict)
    points: dict = field(default_factory=lambda: defaultdict(list))
    longest: int = 0
    calibration: tuple = ()  # instructions expected and counted

    def stretches(self):
        """The longest stretches with interrupts off: (where in the group, how long)."""
        return [("", self.longest)] + [(f": {what.replace('_', ' ')}", long) for what, long in self.points["steps"]]


def number(text):
    """The number in a text, whole where it is; a word stays one."""
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text


def read_lines(text):
    """The readings that a bench program printed (the lines are described in user/bench/kernel/bench.h)."""
    readings = Readings()
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "BENCH":
            name, value, unit, note = rest.split(maxsplit=3)
            readings.figures[name] = {"value": number(value), "unit": unit, "note": note}
        elif kind == "POINT":
            curve, *values = rest.split()
            readings.points[curve].append([number(value) for value in values])
        elif kind == "LONGEST":
            readings.longest = int(rest)
        elif kind == "CALIBRATION":
            readings.calibration = tuple(map(int, rest.split()))
    if not readings.calibration:
        raise BenchError(f"the bench program did not begin:\n{text}")
    return readings


def add_circumstances(readings, text):
    """Says in each note on what it was measured."""
    for figure in readings.figures.values():
        figure["note"] += f"; {text}"


def check_calibration(readings, cpus=1):
    """BenchError unless a loop of known length counted as long as it is; only one CPU may have run meanwhile."""
    expected, counted = readings.calibration
    if cpus == 1 and abs(counted - expected) > expected * TOLERANCE:
        raise BenchError(f"calibration: a loop of {expected} instructions counted as {counted}")


def run_alone(build, group, cpus=1, words=""):
    """The readings of a group of benches that runs alone with the kernel."""
    archive = build / "kernel-bench.archive"
    extra = [*ICOUNT, *DEVICE, "-append", f"bench={group} {words}".strip()]
    machine = qemu.Machine(build, "pvh", archive=archive, cpus=cpus, extra=extra)
    command = machine.arguments() + ["-serial", "stdio", "-monitor", "none"]
    process = qemu.start(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        text = process.communicate(timeout=LIMIT)[0].decode(errors="replace").replace("\r\n", "\n")
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"the benches {group} did not end within {LIMIT} seconds") from error
    finally:
        qemu.stop(process)
    if "\nDONE" not in text:
        raise BenchError(f"the benches {group} ended too early:\n{text}")
    readings = read_lines(text)
    check_calibration(readings, cpus)
    add_circumstances(readings, f"the ordinary kernel (SMP, all features), alone with the benches, CPUs: {cpus}")
    return readings


def make_disk(folder, size=1 << 16):
    """A disk with the file that the bench program reads."""
    root = folder / "root"
    root.mkdir(exist_ok=True)
    (root / "bench.data").write_bytes(bytes(range(256)) * (size // 256))
    disk = folder / "disk.img"
    image.make_image(disk, root, DISK_SIZE + 2 * size)
    return disk


def run_in_system(build, folder, words=""):
    """The readings of the bench program in the whole system."""
    extra = [*ICOUNT, "-append", words]
    machine = qemu.Machine(build, "pvh", cpus=1, disk=make_disk(folder), extra=extra)
    output, console = BytesIO(), BytesIO()
    outcome = job.run_job(machine, b"bench", LIMIT, output, console)
    if outcome.status != 0:
        raise BenchError(f"the bench program ended with {outcome}:\n{console.getvalue().decode(errors='replace')}")
    readings = read_lines(output.getvalue().decode())
    check_calibration(readings)
    add_circumstances(readings, "the whole system, CPUs: 1")
    return readings


def run_command(machine, line):
    """What a command line of the shell prints in a machine of its own, in which servers are killed."""
    output, console = BytesIO(), BytesIO()
    outcome = job.run_job(machine, line.encode(), RECOVERY_LIMIT, output, console)
    if outcome.status != 0:
        text = console.getvalue().decode(errors="replace")
        raise BenchError(f"{line} ended with {outcome}:\n{output.getvalue().decode()}\n{text[-3000:]}")
    return output.getvalue().decode()


def run_recovery(build, folder, kills, extra=(), cpus=1):
    """{server: [(waited, worked)]} of so many busy kills of each (user/bench/recovery.c).

    The disk is one that the host keeps in its memory: how long a host's disk takes is no property of the guest.
    """
    drive = f"if=none,id=disk,format=raw,cache=unsafe,file={qemu.escape(make_disk(folder))}"
    extra = [*extra, "-drive", drive, "-device", "virtio-blk-pci,drive=disk,disable-legacy=on"]
    machine = qemu.Machine(build, "pvh", cpus=cpus, extra=extra)
    found = defaultdict(list)
    for server, waited, worked in read_lines(run_command(machine, f"recovery {kills}")).points["recovery"]:
        found[server].append((waited, worked))
    return dict(found)


def boot_once(machine):
    """Milliseconds from QEMU's start to the first character, and to the prompt."""
    start = time.monotonic()
    process = qemu.start(
        machine.arguments() + ["-serial", "stdio"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
    )
    try:
        seen, first = b"", None
        while not PROMPT.search(seen):
            ready, _, _ = select.select([process.stdout], [], [], BOOT_LIMIT)
            data = process.stdout.read(4096) if ready else b""
            if not data:
                raise BenchError(f"no prompt after a boot by GRUB:\n{seen.decode(errors='replace')}")
            first = first or time.monotonic()
            seen += data
        return (first - start) * 1000, (time.monotonic() - start) * 1000
    finally:
        qemu.stop(process)
        process.stdout.close()


BOOT_NOTES = {
    "boot_to_shell_ms": "GRUB, 4 CPUs, from QEMU's start to the prompt",
    "boot_grub_ms": "GRUB's part: from QEMU's start to the kernel's first character",
}


def run_boots(build, folder):
    """The readings of BOOTS boots."""
    machine = qemu.Machine(build, disk=make_disk(folder))
    grub, shell = zip(*(boot_once(machine) for _ in range(BOOTS)))
    readings = Readings()
    for name, samples in ("boot_to_shell_ms", shell), ("boot_grub_ms", grub):
        note = f"{BOOT_NOTES[name]}; wall time, median of {BOOTS}, {min(samples):.0f} to {max(samples):.0f}"
        readings.figures[name] = {"value": round(statistics.median(samples)), "unit": "ms", "note": note}
    return readings
