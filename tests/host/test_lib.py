"""The parts of the C library and the shell that need no kernel, compiled for the host under the sanitizers."""
import hashlib
import subprocess

import pytest

SANITIZERS = "-fsanitize=address,undefined -fno-sanitize-recover=all"
HOST = f"gcc -std=gnu17 -g -O1 -Itests/host/lib -I. -Wall -Wextra -Werror {SANITIZERS}".split()
LIBRARY = [*HOST, *"-ffreestanding -isystem user/lib -include tests/host/lib/rename.h".split()]
ROOMS = """
    complain edit format glob history input listing malloc mutex numbers output path qsort sha256 shell_builtin
    shell_expand shell_parse shell_run shell_variables snprintf status strdup stream string string_memory strings time
""".split()


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """An archive of the tested rooms and of tests/host/lib/'s made-up world, which takes the place of the others."""
    folder = tmp_path_factory.mktemp("library")
    sources = [f"user/lib/{room}.c" for room in ROOMS] + ["tests/host/lib/fakes.c"]
    subprocess.run([*HOST, "-c", "tests/host/lib/host.c", "-o", folder / "host.o"], check=True, timeout=60)
    for number, source in enumerate(sources):
        subprocess.run([*LIBRARY, "-c", source, "-o", folder / f"{number}.o"], check=True, timeout=60)
    subprocess.run(["ar", "rcs", folder / "library.a", *folder.glob("*.o")], check=True, timeout=60)
    return folder / "library.a"


@pytest.fixture
def build_test(library, tmp_path):
    """Builds tests/host/lib/NAME.c; returns the program's path."""

    def build_test(name):
        command = [*LIBRARY, f"tests/host/lib/{name}.c", library, "-o", tmp_path / name]
        subprocess.run(command, check=True, timeout=60)
        return tmp_path / name

    return build_test


def run(*command):
    """What a program printed; a failure shows what it complained about."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_text_and_numbers(build_test):
    program = build_test("text_test")
    run(program)
    for size in 0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 99999:
        data = bytes((i * 7 + i // 256) & 255 for i in range(size))
        assert run(program, str(size)) == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("name", ["memory_test", "stream_test", "shell_test", "edit_test"])
def test_rooms(build_test, name):
    run(build_test(name))
