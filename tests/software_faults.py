"""Software faults in the servers, many in one boot: planned by seed (fault_plans.py), made by init, judged here.

Each activated fault (what it changed was executed or read) is counted once, under what came of it:

    recovered     the clients noticed nothing but time
    hang_caught   the server hung, the heartbeat found it, and the clients noticed nothing but time
    client_error  a client got an error, or knew an answer to be wrong, or the server stayed silent up to the round's
                  limit, or the machine did not come to the round's end
    wrong_data    something was acknowledged and is not so, and no client was told
    kernel_hurt   the kernel panicked, or the machine went off

Of wrong_data it is told apart who had acknowledged it (fault_log.py): the server before the fault, the damaged server
until it was found out, or a successor, which has then inherited something damaged. A fault that did wrong in several of
these ways counts under the first of them.

"repeatable" is about operations that may be repeated: all that the workloads ask for, by the servers' protocol headers,
either are idempotent or carry a sequence number. Counted are faults that happened while the server owed somebody an
answer to one, and that ended it: a crash, an exit, or a hang that its supervisor noticed ("manifested"). "recovered"
are those of them of which the clients noticed nothing but time, in whichever way. A fault that did not end its server
is not among them; what it did stands in the five counts.

"census": after how many of the faults the kernel's processes, threads, objects and free frames were counted again, and
after how many they were not as many as before it.

    tally = Tally(); make("archive", faults, folder, tally)
"""
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import fault_device
import fault_machine
from fault_judges import JUDGES, Wrong
from fault_log import BEFORE, DAMAGED, REASON_EXIT, REASON_FAULT, REASON_HUNG, SUCCESSOR

OUTCOMES = ("recovered", "client_error", "hang_caught", "wrong_data", "kernel_hurt")
GOOD = ("recovered", "hang_caught")
WORST_FIRST = (BEFORE, SUCCESSOR, DAMAGED)
NAMES = {BEFORE: "wrong_data_acknowledged_before", DAMAGED: "wrong_data_by_damaged_server",
         SUCCESSOR: "wrong_data_by_successor"}
ENDS = {REASON_FAULT: "crashed", REASON_EXIT: "exited", REASON_HUNG: "hung"}
BATCH = 50  # faults planned for one boot


@dataclass
class Tally:
    """What came of many faults."""

    counts: Counter = field(default_factory=Counter)
    by_kind: dict = field(default_factory=lambda: defaultdict(Counter))
    complaints: list[str] = field(default_factory=list)
    misdirected: Counter = field(default_factory=Counter)  # faults of which the device was told something else
    misdirections: list[str] = field(default_factory=list)

    def add(self, fault, current, outcome, details=(), why=""):
        """Counts a fault that happened in a round; `details`: what was wrong."""
        names = ["injected", "activated", outcome]
        if outcome == "wrong_data":
            names.append(NAMES[min((wrong.when for wrong in details), key=WORST_FIRST.index)])
        if current.census:
            names += ["counted", current.census]
        if current.owing and current.manifested():
            names += ["manifested"] + ["manifested_recovered"] * (outcome in GOOD)
        self._count(fault, names)
        if current.census == "changed":
            told = [line.text for line in current.lines[-2:]]
            self.complaints.append(f"census changed: {fault.server}, {fault.kind} at {fault.text}: {told}")
        if outcome not in GOOD:
            told = "; ".join(f"{wrong.when}: {wrong.text}" for wrong in details)
            end = ENDS.get(current.reason, "went on")
            self.complaints.append(f"{outcome}: {fault.server} {end}, {fault.kind} at {fault.text}: {told} {why}")

    def add_unused(self, fault):
        """Counts a fault that did not happen."""
        self._count(fault, ["injected"])

    def add_misdirected(self, fault, outcome, told):
        """Counts a fault by which the device was told something else than was asked for (fault_device.py): also by what
        was wrong, which may be several things, and by what came of it."""
        self.misdirected.update({"faults", outcome, *(how for how, _ in told)})
        self.misdirections.append(f"misdirected, {outcome}: {fault.server}, {fault.kind} at {fault.text}: {told[:3]}")

    def merge(self, other):
        """Adds what came of other faults."""
        self.counts.update(other.counts)
        self.complaints += other.complaints
        self.misdirected.update(other.misdirected)
        self.misdirections += other.misdirections
        for kind, counts in other.by_kind.items():
            self.by_kind[kind].update(counts)

    def _count(self, fault, names):
        self.counts.update(names)
        self.by_kind[fault.kind].update(names)


def row(counts):
    """What is reported of counts: how many were planned, how many happened, and what came of those."""
    manifested, recovered = counts["manifested"], counts["manifested_recovered"]
    percent = round(100 * recovered / manifested, 2) if manifested else None
    return {
        **{name: counts[name] for name in ("injected", "activated", *OUTCOMES, *NAMES.values())},
        "repeatable": {"manifested": manifested, "recovered": recovered, "percent": percent},
        "census": {"counted": counts["counted"], "changed": counts["changed"]},
    }


def report(seed, tallies):
    """What is written to faults.json: {server: its tally} as rows of all, of each server and of each kind of fault; and
    each case that was not recovered from, or in which the disk was told something else."""
    total = Tally()
    for tally in tallies.values():
        total.merge(tally)
    rows = {server: row(tally.counts) for server, tally in tallies.items()}
    kinds = {kind: row(counts) for kind, counts in total.by_kind.items()}
    return {"seed": seed, **row(total.counts), "misdirected": misdirected_row(total.misdirected), "servers": rows,
            "kinds": kinds, "cases": total.complaints + total.misdirections}


def misdirected_row(counts):
    """The row of its own: faults in the disk's driver by which its device was told something else than was asked for,
    proven from the descriptors that the device saw; what that was; and what came of them, as counted above, too."""
    how = {name: counts[name] for name in fault_device.WAYS}
    return {"server": "block", "faults": counts["faults"], "how": how, **{name: counts[name] for name in OUTCOMES}}


def _outcome(current, wrong):
    """What came of a fault whose round came to its end."""
    if wrong:
        return "wrong_data"
    if not current.content or (current.late and not current.manifested()):
        return "client_error"
    return "hang_caught" if current.reason == REASON_HUNG else "recovered"


def _outcome_of_last(boot, wrong):
    """What came of the last fault in a machine that did not go on behind it."""
    return "kernel_hurt" if boot.went_off else "wrong_data" if wrong else "client_error"


def _wrong(boot, server):
    """What was found wrong, by round."""
    found = defaultdict(list)
    for one in boot.wrong_on_disk or JUDGES.get(server, lambda _: [])(boot):
        found[one.round].append(one)
    return found


def _judge(boot, batch):
    """(fault, round, outcome, what is wrong) of each fault that can be judged, outcome None if it did not happen.

    Where something lasting is wrong the rest of the boot is not judged: those faults are made again elsewhere.
    """
    judged, wrong = [], _wrong(boot, batch[0].server)
    for fault, current in zip(batch, boot.rounds):
        details = wrong.pop(current.number, [])
        judged.append([fault, current, _outcome(current, details) if current.happened else None, details])
        if any(one.when != DAMAGED for one in details):
            return judged
    twice = [place for place, (_, current, _, _) in enumerate(judged) if current.census == "changed"]
    if boot.began_again and twice:
        fault, current, _, _ = judged[twice[-1]]
        wrong = Wrong(current.number, BEFORE, "the first program runs a second time")
        return [*judged[: twice[-1]], [fault, current, "wrong_data", [wrong]]]
    if not boot.ended_well:
        happened = [entry for entry in judged if entry[1].happened]
        if happened and not judged[-1][1].happened and not judged[-1][1].is_over:
            judged.pop()  # the fault before it did this: it is made again elsewhere
        if happened:
            happened[-1][2] = _outcome_of_last(boot, happened[-1][3])
    return judged


def _count(tally, boot, batch):
    """Counts what can be judged of a boot; returns how many faults that were."""
    judged = _judge(boot, batch)
    for fault, current, outcome, details in judged:
        why = boot.last_words if current is judged[-1][1] and not boot.ended_well else ""
        if outcome is not None:
            tally.add(fault, current, outcome, details, why)
            told = fault_device.misdirected(boot, current) if fault.server == "block" else []
            if told:
                tally.add_misdirected(fault, outcome, told)
        else:
            tally.add_unused(fault)
            tally.complaints += [f"wrong without a fault: {fault.server}, {fault.text}: {details}"] * bool(details)
    return len(judged)


def make(server, faults, folder, tally):
    """Makes these faults in a server, in as many boots as it takes."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    while faults:
        boot = fault_machine.run(server, faults[:BATCH], folder)
        if not boot.rounds:
            raise AssertionError(f"no fault could be made: {boot.last_words}")
        faults = faults[_count(tally, boot, faults[:BATCH]) :]
