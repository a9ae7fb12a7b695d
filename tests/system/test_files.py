"""Real input: a large tree is read exactly, and what was written inside is right in the host's eyes.

What is expected never comes from the system under test: sums and contents are the host's own.
"""
import shutil
import subprocess

import pytest
from disks import check_disk, read_disk
from trees import make_tree, snapshot, sums

MEBIBYTE = 1 << 20

# Said to the host's shell and to Atelier's, in the same folder. Every line must succeed.
CHANGES = """\
mkdir new new/inner new/other
echo a line > new/one
echo another >> new/one
cp edges/12288 new/copy
cp edges/4243457 new/large
cp -r folder0 new/tree
cat edges/4097 edges/hole edges/0 > new/joined
mv new/copy new/inner/moved
mv new/tree/sub1 new/other/sub
mv deep/level0 new/deep
echo over > edges/4095
cp new/one edges/274433
rm edges/49152
rm -r folder1
rmdir deep
ln new/one new/second
ln -s ../edges/4097 new/pointer
mv new/second new/inner/second
rm new/one
cat edges/hole >> new/joined
mv links/symbolic links/renamed
touch new/empty
"""


def read_sums(output):
    """{path: sum} from sha256sum's lines, without the system's own programs."""
    pairs = (line.split("  ", 1) for line in output.decode().splitlines())
    found = {path.removeprefix("/"): digest for digest, path in pairs}
    return {path: digest for path, digest in found.items() if not path.startswith("system/")}


@pytest.mark.timeout(240)
def test_sums_of_a_large_tree(command, image, tmp_path):
    root = make_tree(tmp_path / "root", files=4000, folders=200, depth=40, big=70 * MEBIBYTE)
    ended = command("sha256sum -r /", disk=image(root, size=256 * MEBIBYTE), limit=200)
    expected = sums(root)
    assert len(expected) > 4000
    assert read_sums(ended.output) == expected


@pytest.mark.parametrize("block_size", [1024, 2048, 4096])
def test_sums_with_blocks_of(command, image, tmp_path, block_size):
    root = make_tree(tmp_path / "root", files=300, folders=20, depth=10)
    ended = command("sha256sum -r /", disk=image(root, options=["-b", str(block_size)]))
    assert read_sums(ended.output) == sums(root)


@pytest.mark.parametrize("block_size", [1024, 2048, 4096])
def test_changes_are_right_in_the_hosts_eyes(command, image, tmp_path, block_size):
    root = make_tree(tmp_path / "root", files=600, folders=40, depth=10)
    disk = image(root, size=64 * MEBIBYTE, options=["-b", str(block_size)])
    lines = " && ".join(CHANGES.splitlines())
    subprocess.run(lines, shell=True, cwd=root, check=True)
    ended = command(f"cd / && {lines} && sync", disk=disk)
    assert ended.status == 0, ended.console[-2000:]
    check_disk(disk)
    assert snapshot(read_disk(disk, tmp_path / "read")) == snapshot(root)


def test_a_large_folder_stays_right_for_the_host(command, image, tmp_path):
    root = tmp_path / "root"
    (root / "many").mkdir(parents=True)
    for number in range(3000):
        (root / "many" / f"a rather long name to fill blocks quickly {number}").touch()
    disk = image(root, size=64 * MEBIBYTE, options=["-b", "1024"])
    names = [f"new{number}" for number in range(200)]
    lines = f"cd /many && touch {' '.join(names)} && rm new7 && sync"
    ended = command(lines, disk=disk)
    assert ended.status == 0, ended.console[-2000:]
    check_disk(disk)
    subprocess.run(["touch", *names], cwd=root / "many", check=True)
    (root / "many" / "new7").unlink()
    assert snapshot(read_disk(disk, tmp_path / "read")).keys() == snapshot(root).keys()


def test_a_file_past_64_mebibytes_is_written(command, image, tmp_path):
    root = make_tree(tmp_path / "root", files=1, folders=1, depth=1, big=70 * MEBIBYTE)
    disk = image(root, size=256 * MEBIBYTE)
    ended = command("cp /big /copy && sync", disk=disk, limit=100)
    assert ended.status == 0, ended.console[-2000:]
    check_disk(disk)
    shutil.copy(root / "big", root / "copy")
    assert sums(read_disk(disk, tmp_path / "read")) == sums(root)


def test_what_was_written_is_there_after_the_next_boot(guest, command, image):
    disk = image()
    machine = guest(disk=disk)
    machine.run("echo kept > /folder/kept")
    machine.power_off()
    check_disk(disk)
    assert command("cat /folder/kept", disk=disk).output == b"kept\n"
