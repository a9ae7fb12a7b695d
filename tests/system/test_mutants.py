"""The tests notice what they are there for: a sample of mutants (tests/mutants/run tries them all)."""
import kernel_programs
import mutation
import pytest
from places import BUILD, PROJECT

SAMPLE = ["no-shootdown", "loan-outlives-deadline", "short-path-without-right", "heap-out-of-order", "answer-forgotten"]


@pytest.fixture(scope="module", autouse=True)
def programs():
    """What each mutant is built from."""
    kernel_programs.build(BUILD)


@pytest.mark.parametrize("name", SAMPLE)
def test_mutant_is_caught(name, tmp_path):
    complaint = mutation.try_mutant(name, tmp_path, BUILD)
    assert complaint is None, complaint


def test_every_mutant_names_a_test():
    for name in mutation.names():
        test, expected = mutation.read(name)
        files = mutation.files_of(test)
        assert expected and (files or mutation.program_of(test)[0] in kernel_programs.names())
        assert all((PROJECT / file).is_file() for file in files)
