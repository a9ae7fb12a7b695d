"""The parts of the C library and the shell that need no kernel, compiled for the host under the sanitizers."""
import hashlib
import subprocess

import pytest

SANITIZERS = "-fsanitize=address,undefined -fno-sanitize-recover=all"
HOST = f"gcc -std=gnu17 -g -O1 -Itests/host/lib -I. -Wall -Wextra -Werror {SANITIZERS}".split()
LIBRARY = [*HOST, *"-ffreestanding -isystem user/lib -include tests/host/lib/rename.h".split()]
BASE = "string string_memory strdup malloc mutex numbers qsort format snprintf strings".split()
FILES = [*BASE, *"stream output input path listing status complain".split()]


@pytest.fixture
def build_test(tmp_path):
    """Builds tests/host/lib/NAME.c with these rooms of the library; returns the program's path."""

    def build_test(name, rooms):
        sources = [f"tests/host/lib/{name}.c", "tests/host/lib/fakes.c"]
        sources += [f"user/lib/{room}.c" for room in dict.fromkeys(FILES + rooms)]
        commands = [[*LIBRARY, "-c", source, "-o", tmp_path / f"{i}.o"] for i, source in enumerate(sources)]
        commands.append([*HOST, "-c", "tests/host/lib/host.c", "-o", tmp_path / "host.o"])
        running = [subprocess.Popen(command) for command in commands]
        assert not any([compiler.wait(60) for compiler in running])
        subprocess.run([*HOST, *tmp_path.glob("*.o"), "-o", tmp_path / name], check=True, timeout=60)
        return tmp_path / name

    return build_test


def run(*command):
    """What a program printed; a failure shows what it complained about."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_text_and_numbers(build_test):
    program = build_test("text_test", ["sha256", "time"])
    run(program)
    for size in 0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 99999:
        data = bytes((i * 7 + i // 256) & 255 for i in range(size))
        assert run(program, str(size)) == hashlib.sha256(data).hexdigest()


def test_memory(build_test):
    run(build_test("memory_test", []))


def test_streams_and_paths(build_test):
    run(build_test("stream_test", []))


def test_shell(build_test):
    run(build_test("shell_test", "glob shell_parse shell_expand shell_run shell_builtin shell_variables".split()))


def test_line_editor(build_test):
    run(build_test("edit_test", ["edit", "history"]))
