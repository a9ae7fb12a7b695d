"""Kill loops by place (tests/guest/killing): a workload runs again and again, and each time a server is killed in it.

The clients tell the host through the emulator's debug port what they were told; the models here know from that, and
from nothing else, what must be there. A kill counts if the server owed somebody an answer; idle ones are counted apart.
Round 0 is one without a kill.

    ended = run("console", "console", "calls", 1, 300, folder)
    ended.busy, ended.idle, ended.complaints
"""
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import machines
from places import BUILD, PROJECT

# the same where the disk is at work, in the host's time: the guest's must not run ahead when all wait for it
WITH_DISK = ["-icount", "shift=0,sleep=on"]
EXACT = ["-icount", "shift=0,sleep=off"]  # one nanosecond is one instruction, and the same run can be made again
MANIFEST = PROJECT / "servers/init/manifest"
FATES = ("busy", "idle", "spared", "failed")


@dataclass
class Ended:
    """What came of a loop: how the kills found the server, and everything that was not as it must be."""

    busy: int
    idle: int
    complaints: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def gaps(self):
        """Of each busy kill, the instructions (of -icount shift=0) until a client had an answer again, sorted. The time
        for which the machine had nothing to do but to wait for the host's disk is no work of the guest's."""
        return sorted(int(line.split()[2]) for line in self.told if line.startswith("gap "))


def run(server, workload, way, first, rounds, folder, limit=100, options=(), **machine):
    """Runs one loop of `rounds` rounds in a machine of its own."""
    log = Path(folder) / f"{server}-{way}-{first}.log"
    line = f"killing {server} {workload} {way} {first} {rounds}"
    extra = [*(options or EXACT), "-debugcon", f"file:{log}"]
    machine = {"archive": BUILD / "test.archive", "cpus": 1, **machine}
    ended = machines.run_command(line, limit=limit, extra=extra, **machine)
    told = log.read_text(errors="replace").splitlines()
    fates = Counter(word for word in told if word in FATES)
    complaints = [] if told[-1:] == ["end good"] and ended.status == 0 else [f"{told[-5:]}: {ended.console[-1000:]}"]
    if sum(fates.values()) != rounds:
        complaints.append(f"{rounds} rounds, but {fates}")
    return Ended(fates["busy"], fates["idle"], complaints + MODELS[workload](told, ended, rounds), told)


def _console(told, ended, rounds):
    """Each line that was acknowledged is there once, whole and in order, on its channel, and nothing else is."""
    expected = {"t": "", "j": ""}
    for channel, number, length in re.findall(r"^line (\w) (\d+) (\d+)$", "\n".join(told), re.MULTILINE):
        letter = chr(ord("a") + int(number) % 26)
        expected[channel] += f"{channel}{number}.{length} {letter * int(length)}\n"
    terminal = re.sub(r"^(init|Atelier): .*\n", "", ended.console, flags=re.MULTILINE)
    complaints = []
    for name, seen, wanted in (("job", ended.output.decode(), expected["j"]), ("terminal", terminal, expected["t"])):
        if seen.rstrip() != wanted.rstrip():
            at = next((i for i, (a, b) in enumerate(zip(seen, wanted)) if a != b), min(len(seen), len(wanted)))
            complaints.append(f"{name}: {seen[at - 40 : at + 40]!r} instead of {wanted[at - 40 : at + 40]!r}")
    if len(expected["t"]) < rounds * 1000:
        complaints.append("too few lines were acknowledged")
    return complaints


def _archive(told, _, rounds):
    """Each reading of the manifest gives what the file has that was packed."""
    digest = hashlib.sha256(MANIFEST.read_bytes()).hexdigest()
    readings = [line.split() for line in told if line.startswith("digest ")]
    wrong = [" ".join(reading) for reading in readings if reading[3] != digest]
    missing = rounds - len({reading[2] for reading in readings} - {"0"})
    return wrong + ([f"{missing} readings are missing"] if missing else [])


def _pci(told, _, rounds):
    """Each listing has the devices that the machine was given."""
    devices = {"00.0 8086:29c0", "01.0 1af4:1042", "1f.0 8086:2918", "1f.2 8086:2922", "1f.3 8086:2930"}
    seen = Counter(line.split(" ", 2)[2] for line in told if re.match("device [^0]", line))
    return [] if seen == Counter({device: rounds for device in devices}) else [f"devices: {seen}"]


def _files(told, _, rounds):
    """Every operation succeeded when it was told; what is on the disk is for the test to compare with `replay`."""
    rounds_done = len({line.split()[2].split("/")[1] for line in told if line.startswith("did mkdir")})
    return [] if rounds_done >= rounds else [f"only {rounds_done} rounds made their folder"]


def _process(told, _, rounds):
    """Each child ran once, and its parent learned how it ended."""
    text = "\n".join(told)
    ran = Counter(re.findall(r"^ran (\d+)$", text, re.MULTILINE))
    ended = dict(re.findall(r"^ended (\d+) (\d+ \d+)$", text, re.MULTILINE))
    complaints = []
    for number in range(1, rounds + 1):
        if ran[str(number)] != 1 or ended.get(str(number)) != f"0 {number % 50}":
            complaints.append(f"child {number} ran {ran[str(number)]} times, ended with {ended.get(str(number))}")
    return complaints


MODELS = {"console": _console, "archive": _archive, "pci": _pci, "process": _process, "files": _files}
