"""Mutants: the system with one safety property broken, and the test that must notice.

A file tests/mutants/NAME.patch says in its first lines what is broken, which test must fail, and what it must say, as a
regular expression. The test is a program of tests/guest/kernel in a variant (kernel_programs.VARIANTS, or BOTH_PATHS),
or one or more of those that pytest runs ("Test: pytest tests/host/test_kernel.py -k timeout"):

    Other CPUs are not told that a page is gone.
    Test: shootdown, 4 CPUs, exact
    Expects: FAIL unmap_takes_effect_everywhere

followed by the change, as `git apply` takes it. What hangs says HANG after ['its last line']. A patch that does not
apply any more is an error: it must be kept up.
"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import kernel_programs
import paths
from places import PROJECT

FOLDER = PROJECT / "tests/mutants"
DEPENDENT = re.compile(r"^\S*/((?:kernel|boot|user|servers|tests)/\S+\.o)(?=:)", re.MULTILINE)
BOTH_PATHS = "with and without short paths"  # a variant of the program paths: two runs, and no difference
LIMIT = 40  # seconds for the test; a mutant may well hang


def names():
    """All mutants."""
    return sorted(patch.stem for patch in FOLDER.glob("*.patch"))


def read(name):
    """The test and the expected words of a mutant."""
    text = (FOLDER / f"{name}.patch").read_text()
    return re.search(r"^Test: (.*)$", text, re.MULTILINE)[1], re.search(r"^Expects: (.*)$", text, re.MULTILINE)[1]


def program_of(test):
    """The program and the variant (None: both paths) of a kernel's test."""
    program, variant = test.split(", ", 1)
    return program, (kernel_programs.VARIANTS | kernel_programs.OTHER_VARIANTS | {BOTH_PATHS: None})[variant]


def files_of(test):
    """The files that pytest is to run; none of a kernel's test."""
    words = test.split()
    return [word.split("::")[0] for word in words[1:] if ".py" in word] if words[0] == "pytest" else []


def run_pytest(test, tree, build):
    """Runs tests in a tree; what they complained about, and all they said."""
    if any(file.startswith("tests/system") for file in files_of(test)):
        targets = [f"{build}/atelier.elf", f"{build}/test.archive"]
        subprocess.run(["make", "--silent", "-j2", f"BUILD={build}", *targets], cwd=tree, check=True)
    command = [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "-x", *test.split()[1:]]
    environment = {**os.environ, "BUILD": str(build), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    return ended.stdout if ended.returncode == 1 else "", ended.stdout


def run_program(test, tree, build):
    """The same for a kernel's test."""
    program, variant = program_of(test)
    kernel_programs.build(build, tree)
    if variant is None:
        difference = paths.difference(build, 1, "") or ""
        return difference, difference
    ended = kernel_programs.run(build, program, variant, LIMIT)
    said = ended.failed if ended.off or ended.failed else [f"HANG after {ended.text.strip().splitlines()[-1:]}"]
    return "\n".join(said), ended.text


def copy_project(folder, built):
    """A copy of the sources, and of what was built from them so that little is built again; both folders."""
    for name in "kernel", "boot", "user", "servers", "tests", "tools":
        shutil.copytree(PROJECT / name, folder / "tree" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in "Makefile", "linker.ld":
        shutil.copy2(PROJECT / name, folder / "tree")
    shutil.copytree(built, folder / "built", ignore=shutil.ignore_patterns("*.iso", "medium", "bench", "*.img"))
    for dependencies in (folder / "built").rglob("*.d"):
        text = DEPENDENT.sub(f"{folder}/built/\\1", dependencies.read_text())
        dependencies.write_text(text)
    return folder / "tree", folder / "built"


def try_mutant(name, folder, built):
    """Builds a mutant in `folder` and runs its test. None if it was caught for the right reason, else what happened."""
    test, expected = read(name)
    tree, build = copy_project(Path(folder), built)
    applied = subprocess.run(
        ["git", "apply", str(FOLDER / f"{name}.patch")], cwd=tree, capture_output=True, text=True, check=False
    )
    if applied.returncode:
        return f"the patch does not apply: {applied.stderr}"
    complaints, said = (run_pytest if files_of(test) else run_program)(test, tree, build)
    return None if re.search(expected, complaints) else f"{test} did not say {expected!r}:\n{said[-2000:]}"
