"""Servers are killed at every place of a workload, and nothing acknowledged is lost or done twice (kill_loops.py)."""
import kill_files
import kill_loops
import pytest

# server, workload, way, first, rounds, and the least of them that must find the server at work
LOOPS = [
    ("console", "console", "calls", 1, 330, 290),
    ("console", "console", "times", 1, 300, 200),
    ("archive", "archive", "calls", 1, 100, 80),
    ("archive", "archive", "times", 1, 200, 10),
    ("pci", "pci", "calls", 1, 50, 30),
    ("process", "process", "calls", 1, 150, 120),
    ("process", "process", "times", 1, 150, 40),
]


# instructions until a client has an answer again
MEDIAN, PERCENTILE_99, LONGEST = 2_000_000, 20_000_000, 50_000_000
gaps_of_all = []


def check(ended, server, way, least):
    """Nothing is wrong, enough kills found the server at work, and clients did not wait for long."""
    gaps = ended.gaps()
    gaps_of_all.extend(gaps)
    middle, late, last = gaps[len(gaps) // 2], gaps[len(gaps) * 99 // 100], gaps[-1]
    print(f"{server} by {way}: {ended.busy} busy kills, {ended.idle} idle; answers after {middle} instructions")
    assert not ended.complaints
    assert ended.busy >= least
    assert middle < MEDIAN and late < PERCENTILE_99 and last < LONGEST


@pytest.mark.parametrize("server, workload, way, first, rounds, least", LOOPS)
def test_kill_loop(image, tmp_path, server, workload, way, first, rounds, least):
    ended = kill_loops.run(server, workload, way, first, rounds, tmp_path, disk=image())
    check(ended, server, way, least)


# server, way, first, rounds, and the least of them that must find it at work
FILE_LOOPS = [("fs", "calls", 1, 300, 200), ("fs", "times", 1, 200, 100), ("block", "calls", 1, 300, 200)]


@pytest.mark.parametrize("server, way, first, rounds, least", FILE_LOOPS)
def test_file_kill_loop(image, tmp_path, server, way, first, rounds, least):
    disk = image(size=64 << 20)
    ended = kill_loops.run(server, "files", way, first, rounds, tmp_path, options=kill_loops.WITH_DISK, disk=disk)
    assert not kill_files.compare(ended.told, disk, tmp_path / "read")
    check(ended, server, way, least)


def test_restarts_are_quick():
    """Over all kills above that found a server at work."""
    gaps = sorted(gaps_of_all)
    print(f"{len(gaps)} busy kills: answers after {gaps[len(gaps) // 2]} instructions (median), {gaps[-1]} at most")
    assert len(gaps) >= 1000
    assert gaps[len(gaps) // 2] < MEDIAN and gaps[len(gaps) * 99 // 100] < PERCENTILE_99 and gaps[-1] < LONGEST
