"""The parts of init, the archive server and the loader that need no kernel, and tools/archive."""
import struct
import subprocess

import pytest

FILES = ["servers/init", "manifest", "bin/ls", "bin/cat", "bin/deep/er"]
SANITIZERS = "-fsanitize=address,undefined -fno-sanitize-recover=all"
COMPILE = f"gcc -std=gnu17 -g -O1 -I. -Wall -Wextra -Werror {SANITIZERS}".split()
LINK_PROGRAM = "-nostdlib -static -no-pie -Wl,-z,separate-code,-z,max-page-size=4096,--build-id=none"


@pytest.fixture
def run_test(tmp_path):
    """Builds tests/host/servers/NAME.c with some sources under the sanitizers and runs it."""

    def run_test(name, sources, *arguments):
        program = tmp_path / name
        command = [*COMPILE, f"tests/host/servers/{name}.c", *sources, "-o", program, "-lcmocka"]
        subprocess.run(command, check=True, timeout=60)
        done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    return run_test


@pytest.fixture
def archive(tmp_path):
    """Runs tools/archive; returns the finished process and the output's path."""

    def archive(*arguments):
        output = tmp_path / "test.archive"
        command = ["tools/archive", output, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False), output

    return archive


def make_files(folder, names):
    """Files that contain their own names; returns the arguments for tools/archive."""
    arguments = []
    for number, name in enumerate(names):
        path = folder / f"file{number}"
        path.write_text(name)
        arguments.append(f"{name}={path}")
    return arguments


def test_elf_checks_refuse_what_breaks_a_rule(run_test, tmp_path):
    source = tmp_path / "tiny.c"
    source.write_text("int zeroed[5000], data = 1; const int constant = 2; void _start(void) { for (;;) data++; }")
    link = [*LINK_PROGRAM.split(), "-Wl,-Ttext-segment=0x10000000"]
    subprocess.run(["gcc", *link, source, "-o", tmp_path / "tiny"], check=True, timeout=60)
    run_test("elf_test", ["user/lib/elf.c"], tmp_path / "tiny", "100000")


def test_manifest_and_clock(run_test):
    sources = [f"servers/init/{name}.c" for name in ("manifest", "words", "clock")]
    run_test("manifest_test", sources, "servers/init/manifest")


def test_kept_records(run_test):
    run_test("kept_test", ["user/lib/kept.c"])


def test_records_of_programs(run_test):
    run_test("record_test", ["servers/process/record.c"])


def test_archive_tree(run_test, archive, tmp_path):
    done, output = archive(*make_files(tmp_path, FILES))
    assert done.returncode == 0, done.stderr
    run_test("archive_test", ["servers/archive/tree.c", "user/lib/boot_archive.c"], output)


def test_archive_is_what_the_header_says(archive, tmp_path):
    arguments = make_files(tmp_path, FILES)
    _, output = archive(*arguments)
    packed = output.read_bytes()
    magic, count = struct.unpack_from("<QQ", packed)
    assert magic == 0x3152454954414C45 and count == len(FILES)
    for number, name in enumerate(FILES):
        entry, offset, size = struct.unpack_from("<56sQQ", packed, 16 + 72 * number)
        assert entry == name.encode().ljust(56, b"\0")
        assert offset % 4096 == 0 and packed[offset : offset + size] == name.encode()
    _, output = archive(*arguments)
    assert output.read_bytes() == packed


@pytest.mark.parametrize(
    "name, reason",
    [
        ("/bin/ls", "plain relative path"),
        ("bin//ls", "plain relative path"),
        ("../ls", "plain relative path"),
        ("bin/a b", "plain relative path"),
        ("bin/" + "x" * 52, "at most 55 bytes"),
        ("bin/ls", "given twice"),
        ("bin", "both a file and a folder"),
        ("bin/ls/more", "both a file and a folder"),
    ],
)
def test_archive_refuses_names_that_cannot_be_paths(archive, tmp_path, name, reason):
    done, output = archive(*make_files(tmp_path, [*FILES, name]))
    assert done.returncode == 1 and reason in done.stderr
    assert not output.exists()


def test_archive_says_what_is_missing(archive, tmp_path):
    done, _ = archive(f"bin/ls={tmp_path}/none")
    assert done.returncode == 1 and "No such file" in done.stderr
    done, _ = archive("bin/ls")
    assert done.returncode == 1 and "usage" in done.stderr
