"""Disks that are absent, foreign, damaged or full: a clear word, a working shell, and nothing lost."""
import random
import re

import pytest
from disks import FEATURE_INCOMPAT, FEATURE_RO_COMPAT, SUPERBLOCK, check_disk, set_feature

MEBIBYTE = 1 << 20
UNKNOWN_FEATURE = 1 << 30
CORRUPTED_BOOTS = 12


def still_a_shell(ended):
    """Was the last command of the line run?"""
    return ended.output.endswith(b"the end\n")


def no_server_died(ended):
    """Has init reported no server's end? The disk's contents, whatever they are, must not cause one."""
    return re.search(r"init: .*(generation|given up)", ended.console) is None


def test_no_disk(command):
    ended = command("ls /system/bin; ls /; cat /x; echo y > /x; echo the end")
    assert still_a_shell(ended)
    assert b"sha256sum" in ended.output
    assert "/x: " in ended.console


@pytest.mark.parametrize("contents", ["zeros", "noise"])
def test_a_disk_that_is_not_ext2(command, tmp_path, contents):
    disk = tmp_path / "disk.img"
    data = bytes(4 * MEBIBYTE) if contents == "zeros" else random.Random(4).randbytes(4 * MEBIBYTE)
    disk.write_bytes(data)
    ended = command("cat /x; echo y > /x; sync; echo the end", disk=disk)
    assert still_a_shell(ended)
    assert "ext2" in ended.console
    assert disk.read_bytes() == data


def test_unknown_incompatible_features_are_refused_by_name(command, image):
    disk = image(options=["-O", "extent,64bit,flex_bg"])
    data = disk.read_bytes()
    ended = command("cat /hello; echo y > /x; sync; echo the end", disk=disk)
    assert still_a_shell(ended)
    assert "extent" in ended.console
    assert disk.read_bytes() == data


def test_an_incompatible_feature_without_a_name_is_refused(command, image):
    disk = image()
    set_feature(disk, FEATURE_INCOMPAT, UNKNOWN_FEATURE)
    data = disk.read_bytes()
    ended = command("cat /hello; echo y > /x; sync; echo the end", disk=disk)
    assert ended.output == b"the end\n"
    assert f"what this server does not know: unknown feature {UNKNOWN_FEATURE:x}\n" in ended.console
    assert "fs: nothing is mounted" in ended.console
    assert disk.read_bytes() == data


def test_unknown_compatible_features_mean_reading_only(command, image):
    disk = image()
    set_feature(disk, FEATURE_RO_COMPAT, UNKNOWN_FEATURE)
    data = disk.read_bytes()
    ended = command("cat /hello; echo y > /x; rm /hello; mkdir /y; sync; echo the end", disk=disk)
    assert ended.output == b"hello, world\nthe end\n"
    assert "read-only" in ended.console
    assert disk.read_bytes() == data


def test_truncated_image(command, image):
    disk = image()
    with open(disk, "r+b") as file:
        file.truncate(MEBIBYTE)
    data = disk.read_bytes()
    ended = command("ls /; cat /hello; echo y > /x; sync; echo the end", disk=disk)
    assert still_a_shell(ended)
    assert no_server_died(ended)
    assert "the disk is damaged: its file system has 8192 blocks of 4096 bytes" in ended.console
    assert "fs: nothing is mounted" in ended.console
    assert disk.read_bytes() == data


def test_disk_full(command, image, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "three").write_bytes(bytes(3 * MEBIBYTE))
    disk = image(root, size=8 * MEBIBYTE)
    lines = "cp /three /a; cp /three /b; cp /three /c; echo status $?; rm /a; echo fits > /small; cat /small; sync"
    ended = command(lines, disk=disk)
    assert b"status 0" not in ended.output
    assert ended.output.endswith(b"fits\n")
    assert "no space" in ended.console.lower() or "full" in ended.console.lower()
    check_disk(disk)


def test_names_too_long(command, image):
    disk = image()
    lines = f"touch /{'a' * 255} && echo fits; touch /{'a' * 256} || echo refused; sync"
    ended = command(lines, disk=disk)
    assert ended.output == b"fits\nrefused\n"
    assert "too long" in ended.console
    check_disk(disk)


def test_a_folder_read_as_a_file(command, image):
    ended = command("cat /folder || echo refused", disk=image())
    assert ended.output == b"refused\n"
    assert "/folder: " in ended.console


def test_a_disk_that_may_only_be_read(command, image):
    disk = image()
    data = disk.read_bytes()
    read_only = ["-drive", f"if=none,id=fixed,format=raw,readonly=on,file={disk}"]
    extra = read_only + ["-device", "virtio-blk-pci,drive=fixed,disable-legacy=on"]
    ended = command("cat /hello; echo y > /x; sync; echo the end", extra=extra)
    assert ended.output == b"hello, world\nthe end\n"
    assert disk.read_bytes() == data


@pytest.mark.parametrize("seed", range(CORRUPTED_BOOTS))
def test_damaged_image(command, image, seed):
    """A few boots with damage in the structures; tests/host/fs does the same hundreds of times without a machine."""
    disk = image()
    dice = random.Random(seed)
    data = bytearray(disk.read_bytes())
    end = 200 * 1024 if seed % 3 else SUPERBLOCK + 128
    for _ in range(dice.randint(1, 40)):
        data[dice.randrange(SUPERBLOCK, end)] = dice.randrange(256)
    disk.write_bytes(data)
    lines = "ls -l /; cat /hello /folder/inner; echo x > /y; rm /hello; mkdir /z; mv /y /z; sync; df; echo the end"
    ended = command(lines, disk=disk)
    assert still_a_shell(ended)
    assert no_server_died(ended)
    if "fs: nothing is mounted" in ended.console:
        assert disk.read_bytes() == data
