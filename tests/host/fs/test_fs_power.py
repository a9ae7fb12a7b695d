"""Power cuts between any two writes: every state that a disk may be in is sound, and holds what was flushed.

Two kinds of work: random operations; and, by rule (fs_rule.py), each operation by itself, followed by a flush.
LONG=1 in the environment asks for many more states, and for pairs of operations.
"""
import itertools
import os
import random
import shutil

import pytest
from fs_image import Image
from fs_model import apply, copy_of, random_step
from fs_power import History, judge, read_record, states
from fs_rule import fixed_tree, single_operations

LONG = bool(os.environ.get("LONG"))
RANDOM_SEEDS = 400 if LONG else 8
STATES_OF_RANDOM = 40
STATES_OF_SINGLE = 60 if LONG else 5
PAIRS = 2000 if LONG else 0
STATES_OF_PAIR = 6


class Workload:
    """Commands that were run on an image, recorded, with the model's history."""

    def __init__(self, tool, base, commands, history, folder):
        self.tool, self.history, self.folder = tool, history, folder
        self.commands = commands
        self.base = base.read_bytes()
        shutil.copy(base, folder / "image")
        self.run = tool.run(folder / "image", commands, record=folder / "record")
        self.events = read_record(folder / "record")

    def judge(self, dice, count, flush_counts=True):
        """Judges `count` states: how many were torn, and a list of what is wrong."""
        flushing = {i for i, command in enumerate(self.commands) if command[0] in ("flush", "sync")}
        torn, wrong = 0, []
        for state in states(self.base, self.events, flushing, dice, count, flush_counts):
            torn += state.torn
            complaint = judge(self.tool, self.history, state, self.folder)
            if complaint:
                wrong.append(f"{state.name}: {complaint}")
        return torn, wrong


def random_workload(tool, tmp_path, seed):
    dice = random.Random(seed)
    block_size = dice.choice([1024, 1024, 4096])
    image = Image(tmp_path / "base", "4M" if block_size == 1024 else "12M", block_size, kind="ext3")
    history, commands = History(), []
    for number in range(dice.choice([10, 60, 150])):
        if dice.random() < 0.15:
            commands.append([dice.choice(["flush", "flush", "sync"])])
        else:
            commands.append(random_step(dice, history.model, largest=100000)[0])
        history.note(number)
    work = Workload(tool, image.path, commands, history, tmp_path)
    assert "NO_SPACE" not in work.run.statuses and work.run.mount == "OK"
    return work, dice


@pytest.mark.timeout(3000 if LONG else 300)
def test_random_operations(tool, tmp_path):
    torn = total = 0
    for seed in range(RANDOM_SEEDS):
        work, dice = random_workload(tool, tmp_path, seed)
        count, wrong = work.judge(dice, STATES_OF_RANDOM)
        assert not wrong, (seed, wrong[0])
        torn += count
        total += STATES_OF_RANDOM
    print(f"{total} states, {torn} of them torn")
    assert torn >= total / 2


def test_a_disk_that_ignores_flushes_does_not_hold_it(tool, tmp_path):
    """The same seeds without flushes: the judge must see that."""
    found = []
    for seed in range(3):
        work, dice = random_workload(tool, tmp_path, seed)
        found.append(len(work.judge(dice, STATES_OF_RANDOM, flush_counts=False)[1]))
    assert sum(found) > 3 * STATES_OF_RANDOM / 4, found


# ---- by rule ----


def judge_sequence(tool, image, model, tmp_path, operations, count):
    """Runs operations, each followed by a flush, and judges `count` states."""
    history, commands = History(copy_of(model)), []
    for operation in operations:
        expected = apply(history.model, operation)
        commands += [operation, ["flush"]]
        history.note(len(commands) - 2)
        history.note(len(commands) - 1)
    work = Workload(tool, image.path, commands, history, tmp_path)
    dice = random.Random(repr(operations))
    torn, wrong = work.judge(dice, count)
    assert not wrong, (operations, wrong[0])
    assert work.run.statuses[-2] == expected, operations
    return torn


@pytest.mark.timeout(3000 if LONG else 300)
def test_every_single_operation(tool, tmp_path):
    image, model = fixed_tree(tool, tmp_path)
    operations = list(single_operations())
    torn = sum(judge_sequence(tool, image, model, tmp_path, [one], STATES_OF_SINGLE) for one in operations)
    total = len(operations) * STATES_OF_SINGLE
    print(f"{len(operations)} operations, {total} states, {torn} of them torn")
    assert len(operations) > 100 and torn >= total / 2


@pytest.mark.timeout(6000)
def test_pairs_of_operations(tool, tmp_path):
    image, model = fixed_tree(tool, tmp_path)
    pairs = random.Random(2).sample(list(itertools.permutations(single_operations(), 2)), PAIRS)
    for pair in pairs:
        judge_sequence(tool, image, model, tmp_path, pair, STATES_OF_PAIR)
    print(f"{len(pairs)} pairs, {len(pairs) * STATES_OF_PAIR} states")
