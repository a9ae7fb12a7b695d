"""Mutants: the kernel with one safety property broken, and the test that must notice.

A file tests/mutants/NAME.patch says in its first lines what is broken, which program of tests/guest/kernel must fail in
which variant (kernel_programs.VARIANTS, or BOTH_PATHS), and what it must say, as a regular expression:

    Other CPUs are not told that a page is gone.
    Test: shootdown, 4 CPUs, exact
    Expects: FAIL unmap_takes_effect_everywhere

followed by the change, as `git apply` takes it. A patch that does not apply any more is an error: it must be kept up.
"""
import re
import shutil
import subprocess
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
    """The program, the variant (None: both paths) and the expected words of a mutant."""
    text = (FOLDER / f"{name}.patch").read_text()
    program, variant = re.search(r"^Test: (\w+), (.*)$", text, re.MULTILINE).groups()
    variants = kernel_programs.VARIANTS | kernel_programs.OTHER_VARIANTS | {BOTH_PATHS: None}
    return program, variants[variant], re.search(r"^Expects: (.*)$", text, re.MULTILINE)[1]


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
    program, variant, expected = read(name)
    tree, build = copy_project(Path(folder), built)
    applied = subprocess.run(
        ["git", "apply", str(FOLDER / f"{name}.patch")], cwd=tree, capture_output=True, text=True, check=False
    )
    if applied.returncode:
        return f"the patch does not apply: {applied.stderr}"
    kernel_programs.build(build, tree)
    if variant is None:
        ended = kernel_programs.Ended(paths.difference(build, 1, "") or "", True)
    else:
        ended = kernel_programs.run(build, program, variant, LIMIT)
    if re.search(expected, "\n".join(ended.failed)):
        return None
    return f"{program} did not say {expected!r}:\n{ended.text[-2000:]}"
