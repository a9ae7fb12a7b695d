"""Random operations, mirrored in a model of a few lines; then the host is asked what is on the disk."""
import random

import pytest
from fs_image import Image, contents, without_own
from fs_model import Model, random_step


@pytest.mark.parametrize("block_size", [1024, 2048, 4096])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_operations(tool, tmp_path, block_size, seed):
    dice = random.Random(1000 * seed + block_size)
    image = Image(tmp_path / "image", "48M", block_size)
    model = Model()
    for part in range(3):  # with a remount between, and the smallest cache
        steps = [random_step(dice, model) for _ in range(500)]
        run = tool.run(image.path, [command for command, _ in steps] + [["sync"]], cache=256 * block_size)
        for (command, expected), answer in zip(steps, run.answers):
            assert answer[: len(expected)] == expected, (part, command)
        assert image.superblock()["Filesystem state"] == "clean"
        image.check()
        assert without_own(tool.run(image.path, [["tree"]]).tree()) == model.tree()
    assert contents(image.dump(tmp_path / "dump")) == contents(model.tree())
    assert len(model.tree()) > 20
