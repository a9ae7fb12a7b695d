"""Servers are killed at every place of a workload, and nothing acknowledged is lost or done twice (kill_loops.py)."""
import kill_loops
import pytest

# server, workload, way, first, rounds, and the least of them that must find the server at work
LOOPS = [
    ("console", "console", "calls", 1, 330, 290),
    ("console", "console", "times", 1, 300, 200),
    ("archive", "archive", "calls", 1, 100, 80),
    ("archive", "archive", "times", 1, 200, 10),
    ("pci", "pci", "calls", 1, 50, 30),
]


@pytest.mark.parametrize("server, workload, way, first, rounds, least", LOOPS)
def test_kill_loop(image, tmp_path, server, workload, way, first, rounds, least):
    ended = kill_loops.run(server, workload, way, first, rounds, tmp_path, disk=image())
    print(f"{server} by {way}: {ended.busy} busy kills, {ended.idle} idle")
    assert not ended.complaints
    assert ended.busy >= least
