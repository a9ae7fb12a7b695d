"""The file server dies at every step: nothing acknowledged is lost, and nothing is done twice."""
import os
import random

import pytest
from fs_death import judge_deaths
from fs_image import Image, script
from fs_model import Model, copy_of, random_step
from fs_rule import fixed_tree, single_operations

LONG = bool(os.environ.get("LONG"))
SMALLEST = 256 * 1024
TOLD = (
    "mkdir /d; create /d/f; write /d/f end 700 1; write /d/f end 700 2; flush; write /d/f end 30 3; mkdir /d/e; "
    "rename /d/f /d/e/g; symlink target /s; link /d/e/g /hard; truncate /hard 900; flush; unlink /d/e/g; "
    "write /hard 100 50 4; create /x; rename /hard /x; rmdir /d/e; create /y; write /y 300000 10 5; sync; unlink /y; "
    "mkdir /z; write /x end 100 6; truncate /x 20; rmdir /d; tree; sync"
)
STORY = script(f"{TOLD}; mkdir /again; {TOLD.replace(' /', ' /again/')}")


def finish(counted, wrong):
    print(f"{counted} deaths")
    assert not wrong, (len(wrong), wrong[0])


@pytest.mark.parametrize("kind,block_size", [("ext3", 1024), ("ext3", 4096), ("ext2", 1024)])
def test_every_step_of_a_story(tool, tmp_path, kind, block_size):
    image = Image(tmp_path / "image", "4M" if block_size == 1024 else "12M", block_size, kind=kind)
    (tmp_path / "disks").mkdir()
    cache = 256 * block_size
    counted, wrong = judge_deaths(tool, image.path, Model(), STORY, cache, folder=tmp_path / "disks")
    finish(counted, wrong)
    assert counted > 1000


@pytest.mark.timeout(300)
def test_every_step_of_every_single_operation(tool, tmp_path):
    image, model = fixed_tree(tool, tmp_path)
    total = 0
    operations = list(single_operations())[:: 1 if LONG else 5]
    for operation in operations:
        commands = [operation, ["mkdir", "/after"], ["tree"]]
        counted, wrong = judge_deaths(tool, image.path, copy_of(model), commands, SMALLEST)
        assert not wrong, wrong[0]
        total += counted
    print(f"{len(operations)} operations, {total} deaths")
    assert total > 50 * len(operations)


@pytest.mark.timeout(3000 if LONG else 300)
@pytest.mark.parametrize("seed", range(100 if LONG else 4))
def test_successors_die_too(tool, tmp_path, seed):
    """Random operations; the first death at every step, a second and a third at some step of the successors."""
    dice = random.Random(seed)
    image = Image(tmp_path / "image", "6M", 1024, kind=dice.choice(["ext3", "ext3", "ext2"]))
    plan, commands = Model(), []
    for _ in range(25):
        step = random_step(dice, plan, largest=3000)[0]
        commands.append([dice.choice(["flush", "sync"])] if dice.random() < 0.15 else step)
    commands = [command for command in commands if command[0] not in ("read", "status")] + [["tree"], ["sync"]]
    (tmp_path / "disks").mkdir()
    finish(*judge_deaths(tool, image.path, Model(), commands, SMALLEST, levels=3, folder=tmp_path / "disks"))
