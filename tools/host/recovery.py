"""How long clients wait when a server is killed while it works for them: figures of user/bench/recovery.c.

Guest time is what counts: under -icount one nanosecond is one instruction, or one of the host's while the guest waits
for the emulator's disk. Wall time under plain TCG is printed beside it.
"""
import math
import statistics

from host import measure

KILLS = 34  # busy ones, of each of the six servers: 204
ALL_KILLS = 167  # 1,002, for who asks for these figures alone
WALL_KILLS = 20
LIMITS = {"restart_median": 2_000_000, "restart_p99": 20_000_000, "restart_max": 50_000_000}


def percentile(values, part):
    """The smallest value that so many percent are not above."""
    return sorted(values)[max(0, math.ceil(len(values) * part / 100) - 1)]


def medians(waits):
    """The medians of {server: [(waited, worked)]}, as text."""
    return ", ".join(f"{server} {statistics.median(w for w, _ in found):,.0f}" for server, found in waits.items())


def figures_of(waits):
    """The figures of {server: [(waited, worked)]}."""
    waited = [wait for found in waits.values() for wait, _ in found]
    worked = [work for found in waits.values() for _, work in found]
    about = f"{len(waited)} busy kills, from the kill to the next answer that a waiting client got; 1 CPU, icount"
    disk = "with the host's time for the disk"
    return {
        "restart_median": {
            "value": round(statistics.median(waited)),
            "unit": "ns",
            "note": f"{about}, {disk}; of each server: {medians(waits)}",
        },
        "restart_p99": {"value": percentile(waited, 99), "unit": "ns", "note": f"99th percentile, {about}, {disk}"},
        "restart_max": {"value": max(waited), "unit": "ns", "note": f"the longest, {about}, {disk}"},
        "restart_work_max": {
            "value": max(worked),
            "unit": "instructions",
            "note": f"the most that was executed, waits for the emulator's disk left out; {about}",
        },
    }


def wall_figure(waits):
    """The figure of {server: [(waited, worked)]} that were measured in wall time."""
    waited = [wait / 1e6 for found in waits.values() for wait, _ in found]
    note = f"wall time of {len(waited)} busy kills under plain TCG, 4 CPUs, median; 99 % within "
    note += f"{percentile(waited, 99):.1f}, longest {max(waited):.1f} ms; depends on what else the host does"
    return {"restart_wall_ms": {"value": round(statistics.median(waited), 2), "unit": "ms", "note": note}}


def run(build, folder, kills):
    """All readings about restarts, of so many busy kills of each server."""
    counted = measure.run_recovery(build, folder, kills, measure.ICOUNT_WITH_DISK)
    wall = measure.run_recovery(build, folder, WALL_KILLS, cpus=4)
    return measure.Readings(figures=figures_of(counted) | wall_figure(wall))
