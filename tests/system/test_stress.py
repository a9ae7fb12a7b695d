"""Everything at once, at random, under the validators: a minute of what `make test-long` does for ten."""
import kernel_programs
import pytest
import stress
from places import BUILD

# How many stories of how many milliseconds of the machine's time; together a minute.
SHARES = {
    "4 CPUs at once, shaken": (5, 4000),
    "4 CPUs at once": (5, 4000),
    "4 CPUs by turns, shaken": (3, 3000),
    "8 CPUs by turns": (2, 2000),
    "1 CPU, shaken": (2, 2000),
    "4 CPUs by turns, measured": (2, 1000),
    "1 CPU, measured": (2, 1000),
}
SEED = 1


@pytest.fixture(scope="module", autouse=True)
def programs():
    """Everything is built once, before the first test."""
    kernel_programs.build(BUILD)


@pytest.mark.parametrize("kind", stress.KINDS)
def test_everything_at_once(kind, tell):
    run = stress.play(BUILD, kind, SEED, *SHARES[kind])
    assert run.complaint is None, run.complaint
    assert all(run.totals[what] > 0 for what in ("operations", "calls", "answers", "faults", "kills")), run.text
    measured = f"; longest step with interrupts off {run.longest:,} ns" if run.longest else ""
    tell(f"stress, {kind}, seeds from {SEED}: {stress.describe(run.totals)}{measured}")


def test_a_seed_is_one_run():
    first, second = (stress.play(BUILD, "4 CPUs by turns, shaken", 77, 1, 300) for _ in range(2))
    assert first.complaint is None, first.complaint
    assert first.text == second.text
