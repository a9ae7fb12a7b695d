"""Servers are killed at every place of a workload, and nothing acknowledged is lost or done twice (kill_loops.py)."""
from concurrent.futures import ThreadPoolExecutor

import kill_files
import kill_loops
import pytest

from host.recovery import percentile

# server, workload, way, first, rounds, and the least of them that must find the server at work
LOOPS = [
    ("console", "console", "calls", 1, 330, 290),
    ("console", "console", "times", 1, 300, 200),
    ("console", "together", "calls", 1, 420, 350),
    ("console", "together", "times", 1, 300, 200),
    ("archive", "archive", "calls", 1, 210, 170),
    ("archive", "archive", "times", 1, 300, 30),
    ("pci", "pci", "calls", 1, 140, 90),
    ("pci", "pci", "times", 1, 300, 30),
    ("process", "process", "calls", 1, 150, 120),
    ("process", "process", "times", 1, 300, 200),
]
# server, way, first, rounds, and the least kills that must find it at work; by both, that is of two in a round
FILE_LOOPS = [
    ("fs", "calls", 1, 300, 200),
    ("fs", "times", 1, 300, 200),
    ("block", "calls", 1, 300, 200),
    ("block", "times", 1, 500, 100),
    ("fs", "both", 1, 150, 150),
    ("block", "both", 1, 150, 150),
]
LARGE = 256 << 20  # bytes, for what goes on as long as kills do

# instructions until a client has an answer again
MEDIAN, PERCENTILE_99, LONGEST = 2_000_000, 20_000_000, 50_000_000
by_place, by_time = [], []


def check(ended, server, way, least):
    """Nothing is wrong, enough kills found the server at work, and clients did not wait for long."""
    assert not ended.complaints
    by_place.append(ended)
    gaps = ended.gaps()
    middle, late, last = gaps[len(gaps) // 2], percentile(gaps, 99), gaps[-1]
    print(f"{server} by {way}: {ended.busy} busy kills, {ended.idle} idle; answers after {middle} instructions")
    assert ended.busy >= least
    assert way != "calls" or "spared" in ended.told, "there is a call behind the last one that a server was killed at"
    assert middle < MEDIAN and late < PERCENTILE_99 and last < LONGEST


@pytest.mark.parametrize("server, workload, way, first, rounds, least", LOOPS)
def test_kill_loop(image, tmp_path, server, workload, way, first, rounds, least):
    ended = kill_loops.run(server, workload, way, first, rounds, tmp_path, disk=image())
    check(ended, server, way, least)


@pytest.mark.parametrize("server, way, first, rounds, least", FILE_LOOPS)
def test_file_kill_loop(image, tmp_path, server, way, first, rounds, least):
    disk = image(size=64 << 20)
    ended = kill_loops.run(server, "files", way, first, rounds, tmp_path, options=kill_loops.WITH_DISK, disk=disk)
    assert not kill_files.compare(ended.told, disk, tmp_path / "read")
    check(ended, server, way, least)


# ---- by time, under plain TCG ----


def kill_by_period(server, milliseconds, kills, disk, folder):
    """One machine; what is on its disk is compared if the kills were of servers behind it."""
    folder.mkdir()
    ended = kill_loops.run_by_period(server, milliseconds, kills, folder, disk=disk)
    assert not ended.complaints
    if server in ("fs", "block", "all"):
        assert not kill_files.compare(ended.told, disk, folder / "read")
    print(f"{server} every {milliseconds} ms: {ended.busy} busy kills, {ended.idle} idle")
    by_time.append(ended)
    return ended


# milliseconds between kills of one server, and how many of each
RARE = [(2000, 3), (500, 6), (100, 30)]


def test_rare_kills_of_all_servers_in_turn(image, tmp_path):
    """Machines side by side: most of the time they only work, and a kill breaks off whatever there is."""
    machines = [("all", *period, image(size=LARGE), tmp_path / str(period[0])) for period in RARE]
    with ThreadPoolExecutor(len(RARE)) as pool:
        ended = list(pool.map(lambda machine: kill_by_period(*machine), machines))
    assert all(one.busy > 0 for one in ended)


# every 10 ms: servers, kills, and the least of them that must find it at work, also on a busy host
FREQUENT, KILLS, LEAST = ["console", "archive", "pci", "process", "fs", "block"], 200, 10


@pytest.mark.parametrize("server", FREQUENT)
def test_frequent_kills(image, tmp_path, server):
    ended = kill_by_period(server, 10, KILLS, image(size=LARGE), tmp_path / "machine")
    waits = ended.wall_waits()
    if waits:  # only the last kill of a round is measured, and only if it was busy
        print(f"answers after {percentile(waits, 50) / 1e6:.2f} ms of wall time, {waits[-1] / 1e6:.1f} at most")
    assert ended.busy >= LEAST


# ---- all together ----


def test_two_thousand_kills_found_a_server_at_work(tell):
    ended = by_place + by_time
    busy, idle = sum(one.busy for one in ended), sum(one.idle for one in ended)
    tell(f"kill loops: {busy} busy kills, {sum(one.busy for one in by_time)} of them by time; {idle} idle")
    assert busy >= 2000


def test_restarts_are_quick(tell):
    """Over all kills by place that found a server at work: executed instructions; beside them what is no limit of the
    guest's, the whole guest time with the host's disk, and wall time."""
    works = sorted(work for one in by_place for _, work in one.waits())
    for name, times in (
        ("instructions", works),
        ("ns of guest time", [wait for one in by_place for wait, _ in one.waits()]),
        ("ns of wall time, by time", [wait for one in by_time for wait in one.wall_waits()]),
    ):
        middle, late, last = percentile(times, 50), percentile(times, 99), max(times)
        tell(f"a client has an answer again after {middle:,} (median), {late:,} (99 %), {last:,} (most) {name}")
    assert len(works) >= 1000
    assert percentile(works, 50) < MEDIAN and percentile(works, 99) < PERCENTILE_99 and works[-1] < LONGEST
