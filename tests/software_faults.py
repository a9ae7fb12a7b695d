"""Software faults in the servers, many in one boot: planned by seed (fault_plans.py), made by init, judged here.

Each activated fault is counted once, under what came of it:

    recovered     the clients noticed nothing but time
    hang_caught   the server hung, the heartbeat found it, and the clients noticed nothing but time
    client_error  a client got an error, or knew an answer to be wrong, or had to wait for the round's limit
    wrong_data    something was acknowledged and is not so, and no client was told; also by the damaged server itself,
                  before it was found out
    kernel_hurt   the kernel panicked, or the machine went off

    tally = run("archive", seed, 100, folder)      tally.counts, tally.by_kind, tally.complaints
"""
import random
import re
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import fault_plans
import machines
from fault_judges import JUDGES
from kill_loops import EXACT, MANIFEST, WITH_DISK
from places import BUILD, PROJECT

from host import job
from host.image import make_image

OUTCOMES = ("recovered", "client_error", "hang_caught", "wrong_data", "kernel_hurt")
BATCH = 50  # faults planned for one boot
LIMIT = 60  # seconds for it
SLOWNESS = 10  # the servers' heartbeats are this much quicker: an endless loop costs the host as much as it is long
HAPPENED = 2  # enum injection_state
REASON_HUNG, REASON_KILLED = 3, 5  # enum service_reason
PROGRAMS = ("session", "sh", "ls", "killing")
WORKLOADS = {"fs": "files", "block": "files"}  # the others have one of their own name


@dataclass
class Tally:
    """What came of many faults in one server."""

    counts: Counter = field(default_factory=Counter)
    by_kind: dict = field(default_factory=lambda: defaultdict(Counter))
    complaints: list[str] = field(default_factory=list)

    def add(self, fault, outcome, details=""):
        """Counts a fault; `outcome` is None for one that did not happen."""
        names = ["injected"] + (["activated", outcome] if outcome else [])
        self.counts.update(names)
        self.by_kind[fault.kind].update(names)
        if outcome not in (None, "recovered", "hang_caught"):
            self.complaints.append(f"{outcome}: {fault.kind} at {fault.text}: {details}")


def row(counts):
    """What is reported of counts: how many were planned, how many happened, and what came of those."""
    return {name: counts[name] for name in ("injected", "activated", *OUTCOMES)}


@dataclass
class Boot:
    """What one boot said."""

    told: list[str]
    console: str
    output: bytes
    time_is_up: bool
    folder: Path
    disk: Path


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


def _start(server, way, faults, folder, extra=()):
    """Boots a machine whose one command is the workload, in one of its ways."""
    log, disk, root = folder / "log", folder / "disk", folder / "root"
    root.mkdir(exist_ok=True)
    make_image(disk, root, 32 << 20)
    workload = WORKLOADS.get(server, server)
    speed = WITH_DISK if workload == "files" else EXACT
    machine = machines.describe({"archive": _pack(faults, folder), "cpus": 1, "disk": disk,
                                 "extra": [*speed, "-debugcon", f"file:{log}", *extra]})
    output, console = BytesIO(), BytesIO()
    outcome = job.run_job(machine, f"killing {server} {workload} {way}".encode(), LIMIT, output, console)
    text = console.getvalue().decode(errors="replace").replace("\r\n", "\n")
    told = log.read_text(errors="replace").splitlines() if log.exists() else []
    return Boot(told, text, output.getvalue(), outcome.time_is_up, folder, disk)


def _visits(server, code, rounds, folder):
    """How often each block of the server's code is come to while the workload runs some times; and what a block is."""
    log, first, end = folder / "visits", code[0].address, code[-1].address + code[-1].length
    options = ["-d", "in_asm,exec,nochain", "-D", str(log), "-dfilter", f"{first:#x}+{end - first:#x}"]
    _start(server, f"never 0 {rounds}", [], folder, options)
    visits, blocks, block = Counter(), defaultdict(set), None
    with open(log, encoding="ascii", errors="replace") as lines:
        for line in lines:
            if line.startswith("Trace "):
                visits[int(line.split("/")[1], 16)] += 1
            elif line.startswith("IN:"):
                block = None
            elif line.startswith("0x"):
                address = int(line.split(":")[0], 16)
                block = address if block is None else block
                blocks[block].add(address)
    log.unlink()
    return visits, blocks


def executed(server, folder):
    """The server's instructions that its workload comes to: those come to oftener when it runs oftener."""
    code = fault_plans.instructions(server)
    once, _ = _visits(server, code, 1, folder)
    often, blocks = _visits(server, code, 3, folder)
    seen = {address for block, count in often.items() if count > once[block] for address in blocks[block]}
    return [instruction for instruction in code if instruction.address in seen]


def _outcome(line, is_wrong):
    """What a line "fault ROUND CONTENT STATE REASON DETAIL" tells of; None if the fault did not happen."""
    _, _, content, *rest = line.split()
    state, reason = (HAPPENED, 0) if rest == ["again"] else map(int, rest[:2])
    if state != HAPPENED:
        return None
    if is_wrong:
        return "wrong_data"
    if content != "content":
        return "client_error"
    return "hang_caught" if reason == REASON_HUNG else "recovered"


def _count_unfinished(tally, boot, fault):
    """The round that a boot did not come to the end of."""
    hurt = "PANIC" in boot.console or not boot.time_is_up
    tally.add(fault, "kernel_hurt" if hurt else "client_error", f"{boot.told[-3:]} {boot.console[-600:]}")


def _count(tally, boot, batch):
    """Counts the rounds of a boot; returns how many they were."""
    lines = [line for line in boot.told if line.startswith("fault ")]
    wrong = JUDGES[WORKLOADS.get(batch[0].server, batch[0].server)](boot)
    for number, (fault, line) in enumerate(zip(batch, lines), 1):
        tally.add(fault, _outcome(line, number in wrong), f"{line} {wrong.get(number, '')}")
    for number in wrong.keys() - set(range(1, len(lines) + 1)):
        tally.complaints.append(f"wrong outside of all rounds: {number}: {wrong[number]}")
    if boot.told and boot.told[-1].startswith("end "):
        return len(lines)
    _count_unfinished(tally, boot, batch[min(len(lines), len(batch) - 1)])
    return len(lines) + 1


def run(server, seed, count, folder):
    """Makes `count` faults in a server, in as many boots as it takes."""
    folder = Path(folder)
    faults = fault_plans.plan(server, executed(server, folder), random.Random(f"{server} {seed}"), count)
    tally = Tally()
    while faults:
        boot = _start(server, "faults 0 0", faults[:BATCH], folder)
        faults = faults[_count(tally, boot, faults[:BATCH]) :]
    return tally
