"""tools/install with a played system: what it does without rights, terminal, network or apt."""
import subprocess

import pytest

PLAYED = {
    "id": "echo ${PLAYED_ID:-0}",
    "apt-get": 'echo "apt-get $*" >> "$LOG"; case " $* " in *" update "*) exit ${PLAYED_UPDATE:-0};; esac',
    "sudo": 'echo "sudo $*" >> "$LOG"; [ "$1" = -n ] && exit ${PLAYED_SUDO:-0}; exec "$@"',
}


@pytest.fixture
def install(project, tmp_path):
    """Runs tools/install where nothing but a shell is installed; returns the process and what was called."""

    def run(*groups, without=(), **played):
        commands = tmp_path / "bin"
        commands.mkdir()
        for name in "sh", "awk", "env", "cat", "dash":
            found = subprocess.run(["which", name], capture_output=True, text=True, check=False).stdout.strip()
            (commands / name).symlink_to(found)
        for name, script in PLAYED.items():
            if name not in without:
                (commands / name).write_text(f"#!/bin/sh\n{script}\n")
                (commands / name).chmod(0o755)
        log = tmp_path / "log"
        log.touch()
        environment = {"PATH": str(commands), "LOG": str(log), "DOCTOR": "no", **played}
        ended = subprocess.run(
            [commands / "sh", project / "tools/install", *groups],
            env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False,
        )
        return ended, log.read_text()

    return run


def test_nothing_missing_is_silent(project):
    ended = subprocess.run([project / "tools/install", "run"], capture_output=True, timeout=20, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_root_installs_without_sudo(install):
    ended, called = install("run")
    assert ended.returncode == 0
    assert "qemu-system-x86" in ended.stderr
    assert "apt-get -qq update" in called
    assert "--no-install-recommends" in called and "nasm" in called
    assert "sudo" not in called
    assert ended.stdout == ""


def test_a_user_installs_with_sudo(install):
    ended, called = install("run", PLAYED_ID="1000")
    assert ended.returncode == 0
    assert "sudo apt-get -qq update" in called


@pytest.mark.parametrize(
    "reason, arguments",
    {
        "no rights": {"without": ["sudo"], "PLAYED_ID": "1000"},
        "no terminal for the password": {"PLAYED_ID": "1000", "PLAYED_SUDO": "1"},
        "no network": {"PLAYED_UPDATE": "100"},
        "no apt": {"without": ["apt-get"]},
    }.items(),
)
def test_where_it_cannot_work_it_prints_the_line_and_stops(install, reason, arguments):
    ended, called = install("run", **arguments)
    assert ended.returncode == 1, reason
    assert "apt-get update && " in ended.stderr and "nasm" in ended.stderr.splitlines()[-1]
    assert "-y" not in called.split()
