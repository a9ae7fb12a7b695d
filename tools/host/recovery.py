"""How long clients wait when a server is killed while it works for them: figures of user/bench/recovery.c; and how fast
a file is copied under kills: a curve, measured by the demonstration (user/demo/restart.c).

Guest time is what counts: under -icount one nanosecond is one instruction, or one of the host's while the guest waits
for the emulator's disk. Wall time under plain TCG is printed beside it.
"""
import math
import re
import statistics

from host import measure, qemu

KILLS = 34  # busy ones, of each of the six servers: 204
ALL_KILLS = 167  # 1,002, for who asks for these figures alone
WALL_KILLS = 20
LIMITS = {"restart_median": 2_000_000, "restart_p99": 20_000_000, "restart_max": 50_000_000}

FILE_SIZE = 16 << 20
UNDISTURBED = 5  # copies without kills: what is drawn is their median
# milliseconds between kills, and how many of them
PERIODS = {10_000: 2, 5_000: 3, 2_000: 5, 1_000: 8, 500: 12, 100: 40, 50: 60, 20: 80, 10: 100}
COPIED = re.compile(r"under these kills: (\d+) KiB/s\nkills=(\d+) busy=(\d+) lost=0 duplicated=0 ")


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


def throughput(build, folder):
    """How fast a file is copied, and made durable, while the file server and the disk's driver are killed in turn:
    [[milliseconds between kills, KiB/s, kills, busy ones]]; the first without kills, 0. Wall time, plain TCG, 4 CPUs.
    """
    demo = "demo restart --file /bench.data"
    runs = [(0, 0)] * UNDISTURBED + list(PERIODS.items())
    line = " && ".join(f"{demo} --period {period} --kills {kills}" for period, kills in runs)
    machine = qemu.Machine(build, "pvh", disk=measure.make_disk(folder, FILE_SIZE))
    found = [list(map(int, words)) for words in COPIED.findall(measure.run_command(machine, line))]
    if len(found) != len(runs):
        raise measure.BenchError(f"{len(runs)} demonstrations of restarts, but {len(found)} results")
    undisturbed = sorted(found[:UNDISTURBED])[UNDISTURBED // 2]
    disturbed = [[period, *point] for period, point in zip(PERIODS, found[UNDISTURBED:])]
    return [[0, *undisturbed], *disturbed]
