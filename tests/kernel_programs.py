"""Programs that boot in place of init, alone with the kernel (tests/guest/kernel): building and running them.

    programs = build(folder)                    the names; FOLDER gets the kernel and an archive for each
    ended = run(folder, "leases", VARIANTS["4 CPUs"])
    ended.failed, ended.passed, ended.text      what it printed; ended.complaint() says what was wrong with it, or None
"""
import os
import re
import selectors
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from places import PROJECT

from host import qemu

SOURCES = Path("tests/guest/kernel")
EXACT = ["-icount", "shift=3,sleep=off", "-rtc", "clock=vm"]  # time goes by instructions: fast and repeatable
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)
AFTER_PANIC = 0.3  # seconds without a further one of the kernel's last words


@dataclass
class Variant:
    """How a program is run: on how many CPUs, with which options of QEMU and words on the kernel's command line."""

    cpus: int
    options: list[str]
    words: str = ""
    kernel: str = "atelier.elf"


VARIANTS = {
    "1 CPU, exact": Variant(1, EXACT, "exact"),
    "4 CPUs, exact": Variant(4, EXACT, "exact"),
    "4 CPUs, exact, no short paths": Variant(4, EXACT, "exact short=off"),
    "4 CPUs": Variant(4, []),
}
DEBUG_KERNEL = "atelier-debug.elf"
# For some programs only (test_trace.py, test_shake.py), and for mutants.
OTHER_VARIANTS = {
    "1 CPU, exact, traced": Variant(1, EXACT, "exact trace=on"),
    "4 CPUs, exact, traced": Variant(4, EXACT, "exact trace=on"),
    "4 CPUs, traced": Variant(4, [], "trace=on"),
    "1 CPU, exact, shaken": Variant(1, EXACT, "exact shake=1", DEBUG_KERNEL),
    "4 CPUs, exact, shaken": Variant(4, EXACT, "exact shake=1", DEBUG_KERNEL),
    "1 CPU, validated": Variant(1, EXACT, "validate=20", DEBUG_KERNEL),
    "4 CPUs, validated": Variant(4, EXACT, "validate=20", DEBUG_KERNEL),
}


@dataclass
class Ended:
    """What came of a run. `off`: the machine turned itself off in time."""

    text: str
    off: bool

    @property
    def passed(self):
        """How many stories passed."""
        return int(SUMMARY.search(self.text)[1]) if SUMMARY.search(self.text) else 0

    @property
    def failed(self):
        """The lines that tell a failure."""
        return re.findall(r"^(?:FAIL|PANIC) .*$", self.text, re.MULTILINE)

    def complaint(self):
        """Why this was not a good run; None if it was."""
        if self.failed:
            return "\n".join(self.failed)
        if not self.off:
            return "the machine did not turn itself off"
        return None if SUMMARY.search(self.text) else "no summary"


def make(target, folder, project=PROJECT):
    """Builds a target of the Makefile; `folder` is its BUILD, which may stand in the target as {}."""
    folder, project = Path(folder), Path(project)
    if folder.is_relative_to(project):  # as `make` itself names it, so that what it built is not built again
        folder = folder.relative_to(project)
    command = ["make", "--silent", "--no-print-directory", "-j2", f"BUILD={folder}", target.format(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    ended = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"the build failed:\n{ended.stdout}{ended.stderr}")


def build(folder, project=PROJECT):
    """Builds the kernel and all programs of a project; returns the programs' names."""
    make("kernel-tests", folder, project)
    return names(project)


def names(project=PROJECT):
    """The programs there are."""
    return sorted(source.stem for source in (project / SOURCES).glob("*.c"))


def machine(folder, program, variant):
    """The machine for a program."""
    return qemu.Machine(
        build=Path(folder),
        boot="pvh",
        kernel=variant.kernel,
        archive=Path(folder) / "kernel-tests" / f"{program}.archive",
        cpus=variant.cpus,
        memory="256M",
        extra=variant.options + ["-append", variant.words],
    )


def run(folder, program, variant, limit=60):
    """Runs a program until the machine is off, the kernel has panicked, or `limit` seconds have passed."""
    command = machine(folder, program, variant).arguments() + ["-serial", "file:/dev/stdout", "-monitor", "none"]
    process = qemu.start(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        text, off = _read(process, time.monotonic() + limit)
    finally:
        qemu.stop(process)
        process.stdout.close()
    return Ended(text.replace("\r\n", "\n"), off)


def _read(process, limit):
    """What the process prints, and whether it ended by itself."""
    output = b""
    deadline = limit
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            if not selector.select(deadline - time.monotonic()):
                break
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                return output.decode(errors="replace"), process.wait(5) == 0
            output += data
            if b"PANIC" in output:
                deadline = min(limit, time.monotonic() + AFTER_PANIC)
    return output.decode(errors="replace"), False
