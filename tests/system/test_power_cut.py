"""The power fails while the machine works: every disk that may be left is sound, and holds what was made durable.

Also while the file server is killed again and again. LONG=1 in the environment asks for many more states.
"""
import os
import random

import power_cuts
import pytest
from disks import check_disk
from places import PROJECT

from fs_image import Image, build_tool
from fs_power import judge, states

STATES = 5000 if os.environ.get("LONG") else 150
BOOTED = 3  # states that the machine itself mounts
# way, rounds
RUNS = [("never", 25), ("calls", 40)]


@pytest.fixture(scope="module")
def tool(tmp_path_factory):
    return build_tool(PROJECT, tmp_path_factory.mktemp("fs"))


@pytest.fixture(scope="module", params=RUNS, ids=[way for way, _ in RUNS])
def recorded(request, tmp_path_factory):
    way, rounds = request.param
    folder = tmp_path_factory.mktemp(way)
    image = Image(folder / "disk", "4M", 1024, kind="ext3", options=["-N", "512"])
    run = power_cuts.Recorded(image.path, way, rounds, folder)
    check_disk(image.path)
    return run


def drawn(run, count, seed, flush_counts=True):
    dice = random.Random(seed)
    for state in states(run.base, run.events, run.flushing, dice, count, flush_counts):
        state.started = len(run.history.trees)
        yield state


def test_every_state_is_sound(recorded, tool, tmp_path):
    torn, wrong = 0, []
    for state in drawn(recorded, STATES, 1):
        torn += state.torn
        complaint = judge(tool, recorded.history, state, tmp_path)
        wrong += [f"{state.name}: {complaint}"] if complaint else []
    print(f"{STATES} states, {torn} torn; {len(recorded.events)} writes, flushes and answers")
    assert not wrong, (len(wrong), wrong[0])
    assert torn > STATES / 2


def test_without_flushes_the_same_seeds_fail(recorded, tool, tmp_path):
    count = 30
    judged = [judge(tool, recorded.history, state, tmp_path) for state in drawn(recorded, count, 1, False)]
    assert sum(complaint is not None for complaint in judged) > count / 2


def test_the_machine_itself_recovers(recorded, tool, command, tmp_path):
    """A few states: what Atelier reads there is what debugfs reads in a copy that e2fsck replayed."""
    for state in list(drawn(recorded, BOOTED, 2)):
        disk = tmp_path / "disk"
        disk.write_bytes(state.disk)
        assert judge(tool, recorded.history, state, tmp_path) is None
        ended = command("sha256sum -r /; sync", disk=disk)
        check_disk(disk)
        assert power_cuts.sums_of(ended.output) == power_cuts.sums_below(tmp_path / "dump")
