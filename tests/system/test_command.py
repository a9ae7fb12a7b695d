"""One command in a machine of its own: make run CMD=..., its bytes, its exit status, its limits."""
import random
import subprocess

import pytest

ALL_BYTES = bytes(range(256))


@pytest.fixture
def make_run(project, environment, build):
    """Runs `make -s run` with these variables; returns the finished process."""

    def run(*variables, options=("-s",), **keywords):
        environment["BUILD"] = str(build)
        line = ["make", *options, f"BUILD={build}", "run", *variables]
        where = {"cwd": project, "env": environment}
        return subprocess.run(line, **where, capture_output=True, timeout=100, check=False, **keywords)

    return run


def test_bytes_are_exactly_the_commands(make_run, image, tmp_path):
    data = ALL_BYTES * 2 + random.Random(3).randbytes(3_000_000)
    root = tmp_path / "root"
    root.mkdir()
    (root / "f").write_bytes(data)
    ended = make_run("CMD=cat /f", f"DISK={image(root)}")
    assert ended.stdout == data
    assert ended.returncode == 0


def test_nothing_else_is_on_standard_output_without_silence_either(make_run, image):
    ended = make_run("CMD=cat /hello", f"DISK={image()}", options=())
    assert ended.stdout == b"hello, world\n"


@pytest.mark.parametrize(
    "line, output",
    [
        ("echo 'a $b' '$(c)' '`d`'", b"a $b $(c) `d`\n"),
        ('echo "two  spaces"; echo \'$$HOME\' \\\\ "#" %', b"two  spaces\n$$HOME \\ # %\n"),
        ("echo one && echo two; echo 'it''s'", b"one\ntwo\nits\n"),
        ("echo 'line one\nline two'", b"line one\nline two\n"),
        ("A=5; echo $A ${A}", b"5 5\n"),
        ("echo 'äöü'", "äöü\n".encode()),
        ("echo ,comma,,comma =", b",comma,,comma =\n"),
    ],
)
def test_the_command_reaches_the_guest_unexpanded(make_run, image, line, output):
    ended = make_run(f"CMD={line}", f"DISK={image()}")
    assert ended.stdout == output
    assert ended.returncode == 0


def test_exit_status_of_tools_run_is_the_commands_own(project, environment, build, image):
    disk = image()
    for line, status in ("exit 7", 7), ("cat /nowhere", 1), ("true", 0), ("nosuchprogram", 127):
        options = ["--build", str(build), "--disk", str(disk), "--cmd", line, "--limit", "40"]
        ended = subprocess.run(["tools/run", *options], env=environment, capture_output=True, timeout=60, check=False)
        assert ended.returncode == status, ended.stderr.decode(errors="replace")


def test_errors_of_the_command_are_on_standard_error(make_run, image):
    ended = make_run("CMD=cat /nowhere", f"DISK={image()}")
    assert ended.stdout == b""
    assert b"/nowhere: " in ended.stderr
    assert ended.returncode != 0


def test_input_is_at_its_end(make_run, image):
    ended = make_run("CMD=cat; echo done", f"DISK={image()}", input=b"not for the guest")
    assert ended.stdout == b"done\n"


def test_limit_ends_a_command_that_does_not_end(project, environment, build, image):
    options = ["--build", str(build), "--disk", str(image()), "--cmd", "echo started; sleep 1000", "--limit", "10"]
    ended = subprocess.run(["tools/run", *options], env=environment, capture_output=True, timeout=60, check=False)
    assert ended.returncode == 124
    assert ended.stdout == b"started\n"


def test_snapshot_forgets_what_was_written(make_run, image):
    disk = image()
    before = disk.read_bytes()
    assert make_run("CMD=echo new > /new; sync; cat /new", f"DISK={disk}", "SNAPSHOT=1").stdout == b"new\n"
    assert disk.read_bytes() == before
