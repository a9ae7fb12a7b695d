"""A disk that fails: the error reaches whoever asked, nobody else, and the file server lives on."""
import json
import subprocess

import pytest
from disks import check_disk, read_disk, tool

SECTORS = 8  # in a block


def block_of(disk, path):
    """The first block of a file."""
    asked = [tool("debugfs"), "-R", f"blocks {path}", disk]
    return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()[0])


def failing(disk, *errors):
    """QEMU's options for a disk with errors: (read or write, sector, True if only once)."""
    rules = [
        {"event": "none", "iotype": kind, "errno": 5, "once": once, "sector": sector} for kind, sector, once in errors
    ]
    node = {"driver": "blkdebug", "node-name": "failing", "inject-error": rules,
            "image": {"driver": "file", "filename": str(disk)}}
    device = "virtio-blk-pci,drive=failing,disable-legacy=on,werror=report,rerror=report"
    return ["-blockdev", json.dumps(node), "-device", device]


@pytest.fixture
def disk(image, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "bad").write_bytes(b"b" * 9000)
    (root / "good").write_bytes(b"g" * 9000)
    (root / "folder").mkdir()
    (root / "folder" / "file").write_bytes(b"f")
    return image(root)


def lives(ended):
    """The file server was not started again."""
    line = next(line for line in ended.output.decode().splitlines() if line.startswith("fs "))
    return line.split()[1:4] == ["running", "1", "0"]


def test_a_sector_that_cannot_be_read(command, disk):
    place = block_of(disk, "/bad") * SECTORS
    line = "cat /bad > /copy; echo bad $?; sha256sum /good > /sum; echo good $?; rm /copy; sync; echo sync $?; services"
    ended = command(line, extra=failing(disk, ("read", place, False)))
    assert b"bad 1\ngood 0\nsync 0\n" in ended.output and b"input/output error" in ended.console.encode() + ended.output
    assert lives(ended)
    check_disk(disk)


def test_a_folder_that_cannot_be_read(command, disk):
    place = block_of(disk, "/folder") * SECTORS
    line = "ls /folder; echo list $?; cat /folder/file; echo file $?; cat /good > /new; echo new $?; services"
    ended = command(line, extra=failing(disk, ("read", place, False)))
    assert b"list 1\n" in ended.output and b"file 1\nnew 0\n" in ended.output
    assert lives(ended)
    check_disk(disk)


@pytest.mark.parametrize("place", ["contents", "superblock", *range(10)])
def test_a_write_that_fails_once(command, disk, tmp_path, place):
    """Whichever it is (numbers are blocks of the journal, up to the first commit): whoever asked is told, the next
    attempt succeeds, and nothing that succeeded is lost."""
    blocks = {"contents": block_of(disk, "/good"), "superblock": 0, **dict(enumerate(journal_blocks(disk)))}
    line = "cat /bad > /good; echo . $?; mkdir /d; echo . $?; sync; echo . $?; echo more > /d/f; echo . $?; "
    line += "sync; echo . $?; sync; echo last $?; services"
    ended = command(line, extra=failing(disk, ("write", blocks[place] * SECTORS, True)))
    assert ended.output.count(b". 1\n") == 1 and b"last 0\n" in ended.output, ended.output
    assert lives(ended)
    check_disk(disk)
    found = read_disk(disk, tmp_path / "read")
    assert (found / "d" / "f").read_text() == "more\n"
    assert (found / "good").read_bytes() == (b"g" if ended.output.startswith(b". 1") else b"b") * 9000


def journal_blocks(disk):
    """The first blocks of the journal."""
    asked = [tool("debugfs"), "-R", "blocks <8>", disk]
    return [int(word) for word in subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()]


def test_a_sector_that_cannot_be_written(command, disk):
    """The log's: nothing can be made durable, and every sync says so."""
    place = journal_blocks(disk)[3] * SECTORS
    line = "echo x > /x; sync; echo first $?; echo y > /y; sync; echo second $?; cat /x /good > /z; ls /; services"
    ended = command(line, extra=failing(disk, ("write", place, False)))
    assert b"first 1" in ended.output and b"second 1" in ended.output and b"\nx\n" in ended.output
    assert lives(ended)
