"""Power cuts between any two writes: every state that a disk may be in is sound, and holds what was flushed.

Two kinds of work: random operations; and, by rule, each operation by itself on a small fixed tree, followed by a flush
(what a crash leaves of longer sequences is nearly always shown by one or two operations). LONG=1 in the environment
asks for many more states, and for pairs of operations.
"""
import itertools
import os
import random
import shutil

import pytest
from fs_image import Image, create, host, pattern, script
from fs_model import File, Model, random_step
from fs_power import History, judge, read_record, states

LONG = bool(os.environ.get("LONG"))
RANDOM_SEEDS = 400 if LONG else 12
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


# ---- by rule: single operations and pairs, on a tree with a bit of everything ----

FILES = {"/a/f": 3000, "/a/g": 40000, "/top": 700, "/c/d/deep": 20000}
FOLDERS = ["/a", "/b", "/c", "/c/d", "/c/e"]
NEW = ["/new", "/a/new", "/c/d/new"]


def fixed_tree(tool, tmp_path):
    """An image with the tree, and a model that holds the same."""
    image, model = Image(tmp_path / "base", "3M", 1024, kind="ext3", options=["-N", "128"]), Model()
    commands = [["mkdir", folder] for folder in FOLDERS]
    for folder in FOLDERS:
        model.mkdir(folder)
    for seed, (path, size) in enumerate(FILES.items()):
        commands += [create(path), ["write", path, 0, size, seed]]
        model.create(path)
        model.write(path, 0, pattern(seed, size))
    commands += [["link", "/a/f", "/c/hard"], ["symlink", "a/f", "/soft"], ["sync"]]
    model.link("/a/f", "/c/hard")
    model.symlink("a/f", "/soft")
    run = tool.run(image.path, commands)
    assert set(run.statuses) == {"OK"}
    image.check()
    return image, model


def single_operations():
    """Every operation that changes something, with all that can make a difference to it on the tree."""
    for path in FILES:
        size = FILES[path]
        for offset, length in [(0, 100), (size - 50, 3000), (size + 30000, 2000), ("end", 10000), (1024, 512)]:
            yield ["write", path, offset, length, 99]
        for length in (0, 1, size - 1, size + 5000):
            yield ["truncate", path, length]
        yield ["unlink", path]
    yield from (["unlink", path] for path in ("/c/hard", "/soft"))
    for path in NEW:
        yield create(path)
        yield ["mkdir", path]
        yield ["symlink", "short", path]
        yield ["symlink", "long" * 50, path]
        yield from (["link", old, path] for old in ("/a/f", "/a/g"))
        yield from (["rename", old, path] for old in [*FILES, "/a", "/b", "/c/d", "/soft"] if old[:3] != path[:3])
    yield from (["rmdir", path] for path in FOLDERS)
    yield from (["rename", old, new] for old, new in itertools.permutations(["/a/f", "/a/g", "/top", "/c/hard"], 2))
    yield from (["rename", old, new] for old in ("/a", "/c/d", "/c") for new in ("/b", "/c/e"))


def apply(model, command):
    """Does in the model what the command does."""
    name, *words = command
    if name == "open":
        return model.create(words[-1])
    if name == "write":
        return model.write(words[0], words[1], pattern(words[3], words[2]))
    return getattr(model, name)(*words)


def copy_of(model):
    """A model with the same tree and nothing in common."""
    copies, new = {}, Model()

    def copy(node):
        if isinstance(node, dict):
            return {name: copy(child) for name, child in node.items()}
        if id(node) not in copies:
            copies[id(node)] = File(node.kind, node.data)
            copies[id(node)].links = node.links
        return copies[id(node)]

    new.root = copy(model.root)
    return new


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
