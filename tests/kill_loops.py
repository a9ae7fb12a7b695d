"""Kill loops (tests/guest/killing): a workload runs again and again, and each time a server is killed in it.

By place: at its n-th system call, or after a number of instructions; by time: with a period, whatever it is at. The
clients tell the host through the emulator's debug port what they were told; the models here know from that, and from
nothing else, what must be there. A kill counts if the server owed somebody an answer; idle ones are counted apart.
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
WORKLOADS = {"console": "console", "archive": "archive", "pci": "pci", "process": "process", "fs": "files",
             "block": "files"}
REHEARSAL = 3  # kills of each server before those that were asked for (period.c)


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
        return sorted(work for _, work in self.waits())

    def waits(self):
        """The same with the whole guest time: (waited, worked)."""
        return [tuple(map(int, line.split()[1:])) for line in self.told if line.startswith("gap ")]

    def wall_waits(self):
        """By time: of each busy kill, nanoseconds until the first client had an answer, sorted."""
        first = {}
        for line in self.told:
            if line.startswith("wait "):
                _, *incarnation, wait = line.split()
                key = tuple(incarnation)
                first[key] = min(int(wait), first.get(key, int(wait)))
        return sorted(first.values())


def _start(server, workload, way, first, count, folder, limit, options, machine):
    """Runs the program; what it told, and how it ended."""
    log = Path(folder) / f"{server}-{way}-{first}.log"
    line = f"killing {server} {workload} {way} {first} {count}"
    machine = {"archive": BUILD / "test.archive", "cpus": 1, **machine}
    ended = machines.run_command(line, limit=limit, extra=[*options, "-debugcon", f"file:{log}"], **machine)
    told = log.read_text(errors="replace").splitlines()
    complaints = [] if told[-1:] == ["end good"] and ended.status == 0 else [f"{told[-5:]}: {ended.console[-1000:]}"]
    return told, ended, complaints


def run(server, workload, way, first, rounds, folder, limit=100, options=EXACT, **machine):
    """Runs one loop by place of `rounds` rounds in a machine of its own."""
    told, ended, complaints = _start(server, workload, way, first, rounds, folder, limit, options, machine)
    fates = Counter(word for word in told if word in FATES)
    if sum(fates.values()) != rounds:
        complaints.append(f"{rounds} rounds, but {fates}")
    others = Counter(line.split()[1] for line in told if line.startswith("other "))
    complaints += MODELS[workload](told, ended, rounds)
    return Ended(fates["busy"] + others["busy"], fates["idle"] + others["idle"], complaints, told)


def run_by_period(server, milliseconds, kills, folder, limit=100, **machine):
    """Kills a server, or "all" in turn, so many times each with a period, while processes work without a pause."""
    victims = WORKLOADS if server == "all" else {server: WORKLOADS[server]}
    machine = {"cpus": 4, **machine}
    told, ended, complaints = _start(server, "nothing", "period", milliseconds, kills, folder, limit, [], machine)
    fates = Counter(line.split(" ", 1)[1] for line in told if line.startswith("kill "))
    rounds = Counter(WORKLOADS[line.split()[1]] for line in told if line.startswith("done "))
    for victim in victims:
        if fates[f"{victim} busy"] + fates[f"{victim} idle"] != kills + REHEARSAL:
            complaints.append(f"{victim}: {kills} kills, but {fates}")
    for workload in set(victims.values()):
        complaints += MODELS[workload](told, ended, rounds[workload])
    busy = sum(fates[f"{victim} busy"] for victim in victims)
    return Ended(busy, sum(fates.values()) - busy, complaints, told)


def _line(writer, number, length):
    """As the workloads of the console print it."""
    return f"{writer}{number}.{length} {chr(ord('a') + int(number) % 26) * int(length)}\n"


def _acknowledged(told, writer):
    lines = re.findall(rf"^line {writer} (\d+) (\d+)$", "\n".join(told), re.MULTILINE)
    return "".join(_line(writer, *line) for line in lines)


def _difference(name, seen, wanted):
    if seen.rstrip() == wanted.rstrip():
        return []
    at = next((i for i, (a, b) in enumerate(zip(seen, wanted)) if a != b), min(len(seen), len(wanted)))
    return [f"{name}: {seen[at - 40 : at + 40]!r} instead of {wanted[at - 40 : at + 40]!r}"]


def _terminal(ended):
    return re.sub(r"^(init|Atelier|fs): .*\n", "", ended.console, flags=re.MULTILINE)


def _console(told, ended, rounds):
    """Each line that was acknowledged is there once, whole and in order, on its channel, and nothing else is."""
    lines, job_lines = _acknowledged(told, "t"), _acknowledged(told, "j")
    complaints = _difference("job", ended.output.decode(), job_lines) + _difference("terminal", _terminal(ended), lines)
    return complaints if len(lines) >= rounds * 1000 else [*complaints, "too few lines were acknowledged"]


def _together(told, ended, rounds):
    """The same of two writers to one channel, whose lines come in any order, but each writer's in its own."""
    lines = {writer: _acknowledged(told, writer) for writer in "tu"}
    seen = {writer: "" for writer in "tu?"}
    for line in _terminal(ended).splitlines(keepends=True):
        seen[line[0] if line[0] in lines else "?"] += line
    complaints = [text for writer in seen for text in _difference(writer, seen[writer], lines.get(writer, ""))]
    return complaints if len(lines["u"]) >= rounds * 1000 else [*complaints, "too few lines were acknowledged"]


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
    spawned = set(re.findall(r"^spawned (\d+)$", text, re.MULTILINE)) - {"0"}
    complaints = [] if len(spawned) == rounds else [f"{len(spawned)} children for {rounds} rounds"]
    for number in spawned | ran.keys() - {"0"}:
        if ran[number] != 1 or ended.get(number) != f"0 {int(number) % 50}":
            complaints.append(f"child {number} ran {ran[number]} times, ended with {ended.get(number)}")
    return complaints


MODELS = {
    "console": _console,
    "together": _together,
    "archive": _archive,
    "pci": _pci,
    "process": _process,
    "files": _files,
}
