"""Short paths give the results of the long ones, in every register, word, capability and lease."""
import kernel_programs
import paths
import pytest
from places import BUILD


@pytest.mark.parametrize(("cpus", "seed"), [(1, 1), (4, 1001)])
def test_short_paths_change_nothing(cpus, seed):
    kernel_programs.build(BUILD)
    assert paths.difference(BUILD, cpus, f"seed={seed} stories=5") is None
