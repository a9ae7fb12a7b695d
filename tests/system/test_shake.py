"""The scheduling shaker of the debug image: other orders, all of them lawful, and each of them again with its seed."""
import re

import kernel_programs
import pytest
from kernel_programs import DEBUG_KERNEL, EXACT, Variant
from places import BUILD

SEEDS = [1, 2, 3]


@pytest.fixture(scope="module", autouse=True)
def programs():
    """Everything is built once, before the first test."""
    kernel_programs.build(BUILD)


def shaken(seed, cpus=4):
    """A run that can be repeated, with this seed."""
    return Variant(cpus, EXACT, f"exact shake={seed}", DEBUG_KERNEL)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("program", ["messages", "priorities", "circles", "deadlines", "processes"])
def test_shaken(program, seed):
    ended = kernel_programs.run(BUILD, program, shaken(seed))
    assert ended.complaint() is None, f"{ended.complaint()}\n{ended.text[-3000:]}"


@pytest.mark.parametrize("program", ["messages", "shootdown"])
def test_shaken_on_real_threads(program):
    ended = kernel_programs.run(BUILD, program, Variant(4, [], "shake=1", DEBUG_KERNEL))
    assert ended.complaint() is None, f"{ended.complaint()}\n{ended.text[-3000:]}"


def test_a_shaken_system_works(command, image):
    """Every server and the shell, the disk and its driver."""
    options = {"kernel": DEBUG_KERNEL, "extra": ["-append", "shake=1"]}
    ended = command("cat /hello; cp /hello /copy; cat /copy; ls /folder", disk=image(), **options)
    assert ended.output == b"hello, world\nhello, world\ninner\n"


@pytest.mark.parametrize("cpus", [1, 4])
def test_the_same_seed_is_the_same_run(cpus):
    first, second = (kernel_programs.run(BUILD, "order", shaken(7, cpus)) for _ in range(2))
    assert first.complaint() is None
    assert first.text == second.text


@pytest.mark.parametrize("cpus", [1, 4])
def test_other_seeds_are_other_runs(cpus):
    variants = [shaken(seed, cpus) for seed in SEEDS] + [Variant(cpus, EXACT, "exact", DEBUG_KERNEL)]
    ended = [kernel_programs.run(BUILD, "order", variant) for variant in variants]
    orders = [re.search(r"^order ([0-9a-f]+)$", run.text, re.MULTILINE)[1] for run in ended]
    assert len(set(orders)) == len(variants), orders


def test_without_a_seed_nothing_shakes():
    """The debug image without an option of its tools runs as the ordinary one does, instruction by instruction."""
    ordinary, debug = (
        kernel_programs.run(BUILD, "order", Variant(4, EXACT, "exact", kernel))
        for kernel in ("atelier.elf", DEBUG_KERNEL)
    )
    order = re.compile(r"^order [0-9a-f]+$", re.MULTILINE)
    assert order.findall(ordinary.text) == order.findall(debug.text) != []
