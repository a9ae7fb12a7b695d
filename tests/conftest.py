"""What tests get: machines and disks that are cleared away, a clean environment, and the time by group."""
import os
from collections import defaultdict

import pytest
from places import BUILD, PROJECT

from host.image import make_image
from machines import Guest, describe, run_command

USER_VARIABLES = "CMD CPUS MEM UEFI SCREEN DISK DISK_ROOT DISK_SIZE SNAPSHOT LIMIT T B MINUTES SEED QEMU".split()
os.chdir(PROJECT)

seconds_of_group = defaultdict(float)
told = []


@pytest.fixture(scope="session")
def project():
    """The project's root folder."""
    return PROJECT


@pytest.fixture(scope="session")
def build():
    """Where the built files are."""
    return BUILD


@pytest.fixture
def environment():
    """The environment without what this run of make was given, so that a make inside starts afresh."""
    dropped = set(USER_VARIABLES) | {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"}
    return {name: value for name, value in os.environ.items() if name not in dropped}


@pytest.fixture
def image(tmp_path):
    """Makes a disk image of a folder (by default of one with a few files) and returns its path."""
    count = 0

    def make(root=None, size=32 << 20, options=()):
        nonlocal count
        count += 1
        if root is None:
            root = tmp_path / "small-root"
            (root / "folder").mkdir(parents=True, exist_ok=True)
            (root / "hello").write_text("hello, world\n")
            (root / "folder" / "inner").write_text("inside\n")
        path = tmp_path / f"disk{count}.img"
        make_image(path, root, size, options)
        return path

    return make


@pytest.fixture
def guest():
    """Starts machines with somebody at the console; ends them all after the test."""
    guests = []

    def start(wait=True, **options):
        machine = Guest(describe(options))
        guests.append(machine)
        if wait:
            machine.wait_for_prompt()
        return machine

    yield start
    for machine in guests:
        machine.close()


@pytest.fixture
def command():
    """Runs one command in a machine of its own."""
    return run_command


@pytest.fixture
def tell():
    """Takes a line that is printed at the end of the run: what a test has measured."""
    return told.append


def pytest_runtest_logreport(report):
    """Adds up the time by group: the test's file."""
    seconds_of_group[report.nodeid.split("::")[0]] += report.duration


def pytest_terminal_summary(terminalreporter):
    """Says what tests have told, and where the time went."""
    for line in told:
        terminalreporter.write_line(line)
    for group, seconds in sorted(seconds_of_group.items(), key=lambda item: -item[1]):
        terminalreporter.write_line(f"{seconds:7.1f} s  {group}")
