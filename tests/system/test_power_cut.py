"""The power fails while the machine works: every disk that may be left is sound, and holds what was made durable.

Also while the file server is killed again and again. Each state is judged by the host's own tools and by the machine,
which mounts an untouched copy (power_cuts.py).
"""
from concurrent.futures import ThreadPoolExecutor

import power_cuts
import pytest
from places import PROJECT

from fs_image import build_tool
from fs_power import judge

STATES = 500  # of each run
JOBS = 2  # side by side
RUNS = [("never", 0, 25), ("calls", 1, 40)]  # way, first, rounds


@pytest.fixture(scope="module")
def tool(tmp_path_factory):
    return build_tool(PROJECT, tmp_path_factory.mktemp("fs"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return [power_cuts.Recorded(*run, tmp_path_factory.mktemp(run[0])) for run in RUNS]


@pytest.mark.timeout(900)  # on a host that does much else
def test_every_state_is_sound(runs, tool, tmp_path):
    def play(seed):
        folder = tmp_path / str(seed)
        folder.mkdir()
        return power_cuts.play(tool, runs, STATES // JOBS, seed, folder)

    with ThreadPoolExecutor(JOBS) as pool:
        played = list(pool.map(play, range(JOBS)))
    count, torn = STATES * len(runs), sum(torn for torn, _ in played)
    wrong = [complaint for _, found in played for complaint in found]
    print(f"{count} states, {torn} torn; {[len(run.events) for run in runs]} writes, flushes and answers")
    assert not wrong, (len(wrong), wrong[0])
    assert torn > count / 2


@pytest.mark.parametrize("number", range(len(RUNS)))
def test_without_flushes_the_same_seeds_fail(runs, number, tool, tmp_path):
    run, count = runs[number], 30
    judged = [judge(tool, run.history, state, tmp_path) for state in power_cuts.draw(run, count, 0, False)]
    assert sum(complaint is not None for complaint in judged) > count / 2
