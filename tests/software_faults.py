"""Software faults in the servers, many in one boot: planned here by seed, made by init, judged here.

A fault is a `struct injection` (servers/proto/init.h) at an instruction of the server's own image. It is *activated*
when the server came to that instruction: init found its breakpoint hit, made the change and let the server go on. Each
activated fault is counted once, under what came of it:

    recovered     the clients noticed nothing but time
    client_error  a client got an error, or an answer that was wrong, or none for long
    hang_caught   the server hung, the heartbeat found it, and the clients noticed nothing but time
    wrong_data    something was acknowledged and is not so, and no client was told
    kernel_hurt   the kernel panicked, or the machine did not come to the end of its rounds

    tally = run("archive", seed, 100, folder)      tally.counts, tally.complaints
"""
import hashlib
import random
import re
import struct
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import machines
from kill_loops import EXACT, MANIFEST
from places import BUILD, PROJECT

from host import job

OUTCOMES = ("recovered", "client_error", "hang_caught", "wrong_data", "kernel_hurt")
BATCH = 50  # faults planned for one boot
LIMIT = 100  # seconds for it
SLOWNESS = 10  # the servers' heartbeats are this much quicker: an endless loop costs the host as much as it is long
INJECTION = struct.Struct("<6QqBBBBI")  # struct injection
NOTHING = 0xFF  # NO_REGISTER
ALL = (1 << 64) - 1
REASON_HUNG, REASON_KILLED = 3, 5
HAPPENED = 2
PROGRAMS = ("session", "sh", "ls", "killing")


@dataclass
class Fault:
    """One planned fault: what init is told, and words for whoever reads of it."""

    server: str
    kind: str
    text: str
    injection: bytes


@dataclass
class Tally:
    """What came of many faults in one server."""

    counts: Counter = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def row(self):
        """The counts by name, zeros too."""
        return row(self.counts)


def row(counts):
    """What is reported of counts: how many were planned, how many happened, and what came of those."""
    return {name: counts[name] for name in ("injected", "activated", *OUTCOMES)}


# ---- planning ----


def instructions(server):
    """The server's code: (address, length, text) of each instruction."""
    elf = BUILD / f"servers/{server}.elf"
    command = ["objdump", "-d", "--insn-width=16", elf]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*\t(.*)$", listing, re.MULTILINE)
    return [(int(address, 16), len(code.split()), text.split(" #")[0]) for address, code, text in found]


def _inject(address, code_and=ALL, code_xor=0):
    return INJECTION.pack(address, code_and, code_xor, ALL, 0, 0, 0, NOTHING, NOTHING, NOTHING, 0, 0)


def plan(server, chance, count):
    """`count` faults by a random.Random."""
    code = instructions(server)
    faults = []
    for _ in range(count):
        address, length, text = chance.choice(code)
        bit = chance.randrange(8 * min(length, 8))
        faults.append(Fault(server, "bit flip", f"{address:x} {text}: bit {bit}", _inject(address, code_xor=1 << bit)))
    return faults


# ---- running ----


def _pack(faults, folder):
    """A boot archive with the plan, and with quicker heartbeats."""
    plan_file, manifest, archive = folder / "plan", folder / "manifest", folder / "archive"
    plan_file.write_bytes(b"".join(fault.injection for fault in faults))
    manifest.write_text(
        re.sub(r"heartbeat (\d+)", lambda found: f"heartbeat {int(found[1]) // SLOWNESS}", MANIFEST.read_text())
    )
    stripped = BUILD / "stripped"
    servers = sorted(path.stem for path in (stripped / "servers").glob("*.elf") if path.stem != "init")
    files = [f"servers/init={stripped}/servers/init.elf", f"manifest={manifest}", f"plan={plan_file}"]
    files += [f"servers/{name}={stripped}/servers/{name}.elf" for name in servers]
    files += [f"bin/{name}={stripped}/bin/{name}.elf" for name in PROGRAMS]
    subprocess.run([PROJECT / "tools/archive", archive, *files], check=True)
    return archive


@dataclass
class Boot:
    """What one boot said."""

    told: list[str]
    console: str
    output: bytes
    status: int | None
    folder: Path


def _boot(faults, folder, **machine):
    log = folder / "log"
    line = f"killing {faults[0].server} {faults[0].server} faults 0 0"
    output, console = BytesIO(), BytesIO()
    options = {"archive": _pack(faults, folder), "cpus": 1, "extra": [*EXACT, "-debugcon", f"file:{log}"], **machine}
    outcome = job.run_job(machines.describe(options), line.encode(), LIMIT, output, console)
    text = console.getvalue().decode(errors="replace").replace("\r\n", "\n")
    return Boot(log.read_text(errors="replace").splitlines(), text, output.getvalue(), outcome.status, folder)


# ---- judging ----


def _wrong_archive(boot, round_number):
    """The digest of what was read in a round is the file's."""
    digest = hashlib.sha256((boot.folder / "manifest").read_bytes()).hexdigest()
    told = [line.split() for line in boot.told if line.startswith(f"digest manifest {round_number} ")]
    return any(words[3] != digest for words in told)


def _judge(line, is_wrong):
    """The outcome that a line "fault ..." tells of, None if its fault did not happen."""
    _, _, content, *rest = line.split()
    if rest != ["again"]:
        happened, reason, _ = map(int, rest)
        if happened != HAPPENED:
            return None
    else:
        reason = 0
    if is_wrong:
        return "wrong_data"
    if content != "content":
        return "client_error"
    return "hang_caught" if reason == REASON_HUNG else "recovered"


def run(server, seed, count, folder, **machine):
    """Makes `count` faults in a server, in as many boots as it takes."""
    faults = plan(server, random.Random(f"{server} {seed}"), count)
    tally, folder = Tally(), Path(folder)
    while faults:
        batch = faults[:BATCH]
        boot = _boot(batch, folder, **machine)
        lines = [line for line in boot.told if line.startswith("fault ")]
        for number, (fault, line) in enumerate(zip(batch, lines), 1):
            outcome = _judge(line, _wrong_archive(boot, number))
            tally.counts["injected"] += 1
            if outcome:
                tally.counts["activated"] += 1
                tally.counts[outcome] += 1
                if outcome not in ("recovered", "hang_caught"):
                    tally.complaints.append(f"{outcome}: {fault.text}: {line}")
        if not boot.told or not boot.told[-1].startswith("end "):
            fault = batch[min(len(lines), len(batch) - 1)]
            tally.complaints.append(f"kernel_hurt: {fault.text}: {boot.told[-5:]} {boot.console[-1000:]}")
            tally.counts.update(["injected", "activated", "kernel_hurt"])
            lines.append("")
        faults = faults[len(lines) :]
    return tally
