"""Programs that are none, or too large, and a boot archive with something missing."""
import struct
import subprocess

import pytest

ELF_EXECUTABLE = 2
ELF_X86_64 = 62


def elf(memory_size, machine=ELF_X86_64):
    """An executable with one segment of that many bytes, of which the file gives the first: an endless loop."""
    code = b"\xeb\xfe"
    header = struct.pack("<4sBBBB8xHHI", b"\x7fELF", 2, 1, 1, 0, ELF_EXECUTABLE, machine, 1)
    header += struct.pack("<QQQIHHHHHH", 0x20000000, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    header += struct.pack("<IIQQQQQQ", 1, 5, 0x1000, 0x20000000, 0x20000000, len(code), memory_size, 0x1000)
    return header.ljust(0x1000, b"\0") + code


@pytest.mark.parametrize(
    "contents",
    {
        "text": b"#!/bin/sh\necho no\n",
        "empty": b"",
        "cut": elf(2)[:100],
        "other-machine": elf(2, machine=183),
        "half": elf(1 << 20)[: 0x1000 - 8],
        "huge": elf(1 << 40),
        "larger-than-memory": elf(1 << 30),
        "wraps": elf((1 << 64) - 0x1000),
    }.items(),
    ids=lambda item: item[0],
)
def test_a_program_that_cannot_run(command, image, tmp_path, contents):
    root = tmp_path / "root"
    root.mkdir()
    (root / "program").write_bytes(contents[1])
    (root / "program").chmod(0o755)
    ended = command("/program; echo status $?; ls / > /system-is-fine; echo fine", disk=image(root))
    assert ended.output in (b"status 126\nfine\n", b"status 127\nfine\n")
    assert "/program: " in ended.console


def test_a_folder_is_no_program(command, image):
    ended = command("/folder; echo status $?", disk=image())
    assert ended.output == b"status 126\n"


@pytest.fixture
def archive_without(project, build, tmp_path):
    """Packs the boot archive without one server."""

    def pack(absent):
        names = ["servers/init"] + sorted(f"servers/{file.stem}" for file in build.glob("servers/*.elf"))
        entries = [f"{name}={build}/{name}.elf" for name in dict.fromkeys(names)]
        entries.insert(1, f"manifest={project}/servers/init/manifest")
        entries += [f"bin/{file.stem}={file}" for file in sorted(build.glob("bin/*.elf"))]
        path = tmp_path / "archive"
        kept = [entry for entry in entries if not entry.startswith(f"{absent}=")]
        subprocess.run([project / "tools/archive", path, *kept], check=True)
        return path

    return pack


@pytest.mark.parametrize("server", ["fs", "block", "pci"])
def test_an_archive_without_a_server_boots_to_a_shell(command, image, archive_without, server):
    ended = command("echo alive; cat /hello", disk=image(), archive=archive_without(f"servers/{server}"))
    assert ended.output == b"alive\n"
    assert server in ended.console


@pytest.mark.parametrize("absent", ["servers/console", "servers/process", "bin/session", "manifest"])
def test_an_archive_without_what_a_shell_needs_says_so(guest, archive_without, absent):
    machine = guest(wait=False, archive=archive_without(absent))
    machine.wait_for(b"init: [^\n]*" + absent.rpartition("/")[2].encode())


def test_a_boot_without_an_archive_is_told(guest, tmp_path):
    empty = tmp_path / "empty"
    empty.write_bytes(bytes(4096))
    machine = guest(wait=False, archive=empty)
    machine.wait_for(b"(?i)archive")
