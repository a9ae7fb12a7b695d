"""Writing: what the server wrote, the host reads back, and e2fsck finds nothing to say about."""
import re
import zlib

import pytest
from fs_image import CREATE, DIRECTORY, EXCLUSIVE, NO_FOLLOW, READ, TRUNCATE, WRITE
from fs_image import Image, create, host, pattern, quote, script

BLOCK_SIZES = [1024, 2048, 4096]
GIB = 1 << 30
SMALL_GROUPS = ["-g", "256", "-O", "^resize_inode"]


def free(run, index):
    """Free blocks and inodes, from an answer of `space`."""
    return run.answers[index][2:4]


@pytest.mark.parametrize("block_size", BLOCK_SIZES)
def test_a_full_disk(tool, tmp_path, block_size):
    """A write is cut short at the last block, creating leaves no trace, and everything comes back."""
    image = Image(tmp_path / "image", "6M", block_size)
    commands = script("space; create /f; write /f 0 20000000 1; space; status /f; write /f end 1 1; mkdir /d")
    commands += script(f"symlink {'t' * 100} /s; create /empty; write /empty 0 1 1; write /empty 1000000 1 1; sync")
    run = tool.run(image.path, commands)
    done = int(run.answers[2][1])
    assert run.answers[2][0] == "OK" and 4 << 20 < done < 6 << 20
    assert int(free(run, 3)[0]) <= 1
    assert run.answers[4][1] == str(done)
    assert run.statuses[5:] == ["NO_SPACE", "NO_SPACE", "NO_SPACE", "OK", "NO_SPACE", "NO_SPACE", "OK"]
    image.check()
    emptied = tool.run(image.path, script(f"read /f 0 {done}; unlink /f; unlink /empty; space; sync"))
    assert emptied.answers[0][2] == str(zlib.crc32(pattern(1, done)))
    assert free(emptied, 3) == free(run, 0)
    image.check()


def test_the_last_block_is_not_spent_on_a_map_without_data(tool, tmp_path):
    """Data behind an indirect block needs two blocks; with one left the write must change nothing, also in a hole."""
    image = Image(tmp_path / "image", "2M", 1024)
    left = int(free(tool.run(image.path, [["space"]]), 0)[0])
    filler = next(blocks for blocks in range(left, 0, -1) if blocks + map_blocks(blocks) == left - 1)
    commands = script(f"create /hole; truncate /hole 2000000; create /f; write /f 0 {filler * 1024} 1; space")
    run = tool.run(image.path, commands + script("write /hole 1000000 100 1; space; write /hole 0 100 1; sync"))
    assert free(run, 4)[0] == "1"
    assert run.statuses[5:] == ["NO_SPACE", "OK", "OK", "OK"]
    assert free(run, 6) == free(run, 4)
    image.check()


def map_blocks(blocks):
    """How many indirect blocks a file of so many data blocks has, at 1 KiB."""
    doubly = max(0, blocks - 12 - 256)
    return (blocks > 12) + (doubly > 0) + (doubly + 255) // 256


def test_no_inodes_left(tool, tmp_path):
    image = Image(tmp_path / "image", "2M", 1024, options=["-N", "32"])
    creates = [create(f"/f{i}") for i in range(40)]
    run = tool.run(image.path, [["space"], *creates, ["mkdir", "/d"], ["space"], ["sync"]])
    left = int(free(run, 0)[1])
    assert run.statuses[1:41] == ["OK"] * left + ["NO_SPACE"] * (40 - left)
    assert run.statuses[41] == "NO_SPACE"
    assert free(run, 42)[1] == "0"
    image.check()


STEPS = f"""
OK             create /LONGEST
NAME_TOO_LONG  create /LONGESTn
NOT_DIRECTORY  mkdir /LONGEST/x
OK             mkdir /d
EXISTS         mkdir /d/
OK             mkdir /e/
NOT_FOUND      mkdir /x/y
EXISTS         mkdir /
EXISTS         open {READ | WRITE | CREATE | EXCLUSIVE} 0 /LONGEST
NOT_FOUND      open {READ} 0 /none
IS_DIRECTORY   open {WRITE} 0 /d
OK             open {READ | WRITE | DIRECTORY} 0 /d
OK             open {READ} 0 /d
NOT_DIRECTORY  open {READ | DIRECTORY} 0 /LONGEST
IS_DIRECTORY   create /d
IS_DIRECTORY   create /new/
IS_DIRECTORY   unlink /d
NOT_DIRECTORY  rmdir /LONGEST
NOT_FOUND      unlink /none
NOT_FOUND      rmdir /none
MALFORMED      rmdir /
MALFORMED      rmdir /d/.
IS_DIRECTORY   unlink /d/..
OK             create /d/f
NOT_EMPTY      rmdir /d
LOOP           rename /d /d/sub
OK             rename /d /e
OK             mkdir /g
NOT_EMPTY      rename /g /e
IS_DIRECTORY   rename /e/f /g
NOT_DIRECTORY  rename /g /e/f
OK             rename /g /e/g
LOOP           rename /e /e/g/deep
NOT_FOUND      rename /none /x
NOT_DIRECTORY  rename /e/f /x/
MALFORMED      rename /e/. /x
IS_DIRECTORY   link /e /x
EXISTS         link /e/f /e/g
OK             link /e/f /h
OK             rename /h /e/f
OK             unlink /h
OK             symlink none /s
EXISTS         symlink x /s
OK             symlink {"t" * 1023} /s1023
NAME_TOO_LONG  symlink {"t" * 1024} /s1024
OK             create /s
OK             status /none
OK             open {READ | WRITE | TRUNCATE} 0 /s
LOOP           open {READ | NO_FOLLOW} 0 /s
OK             symlink none /other
OK             create /file
OK             rename /other /file
OK             unlink /s
OK             status /none
OK             sync
"""


def test_names_and_flags(tool, tmp_path):
    image = Image(tmp_path / "image", "4M")
    steps = STEPS.replace("LONGEST", "n" * 255).strip().splitlines()
    expected, commands = zip(*(step.split(maxsplit=1) for step in steps))
    run = tool.run(image.path, script("\n".join(commands)))
    assert list(zip(commands, run.statuses)) == list(zip(commands, expected))
    image.check()


@pytest.mark.parametrize("block_size", BLOCK_SIZES)
def test_holes_and_huge_files(tool, tmp_path, block_size):
    """Blocks behind each level of the map, written in any order, then cut; the flag large_file is set when needed."""
    image = Image(tmp_path / "image", "8M", block_size, options=["-O", "^large_file"])
    places = [5 * GIB + 7, 3 * GIB, 70 << 20, 300 * 1024, 13 * block_size - 5]
    commands = [["space"], create("/f")] + [["write", "/f", place, 5000, i] for i, place in enumerate(places)]
    commands += [["read", "/f", place - 3, 5003] for place in places] + [["sync"]]
    run = tool.run(image.path, commands)
    assert set(run.statuses) == {"OK"}
    for i, answer in enumerate(run.answers[2 + len(places) : -1]):
        assert answer == ["OK", "5003", str(zlib.crc32(b"\0\0\0" + pattern(i, 5000)))]
    assert "large_file" in image.superblock()["Filesystem features"]
    image.check()
    assert f"Size: {5 * GIB + 5007}" in image.debugfs("stat /f")
    for i, place in enumerate(places):
        assert host_bytes(image, "/f", place, block_size) == pattern(i, 5000)[:100]
    for cut in (4 * GIB, 70 << 20, (70 << 20) - block_size, 20 * block_size + 3, 5, 0):
        commands = script(f"truncate /f {cut}; truncate /f {cut + 3000}; read /f {cut} 4000; sync; space")
        cut_run = tool.run(image.path, commands)
        assert set(cut_run.statuses) == {"OK"}
        assert cut_run.answers[2] == ["OK", "3000", str(zlib.crc32(b"\0" * 3000))]
        image.check()
    assert free(cut_run, 4)[0] == free(run, 0)[0]


def host_bytes(image, path, place, block_size):
    """A hundred bytes of a file, found through the host's own reading of the block map."""
    found = b""
    for index in range(place // block_size, (place + 99) // block_size + 1):
        block = int(image.debugfs(f"bmap {path} {index}"))
        with open(image.path, "rb") as file:
            file.seek(block * block_size)
            found += file.read(block_size)
    return found[place % block_size :][:100]


def test_sizes_beyond_the_format(tool, tmp_path):
    image = Image(tmp_path / "image", "8M", 1024)
    most = (12 + 256 + 256**2 + 256**3) * 1024
    commands = script(f"create /f; truncate /f {most}; truncate /f {most + 1}; write /f {most} 1 1")
    commands += script(f"write /f {most - 10} 100 1; write /f {2**64 - 2} 10 1; read /f {2**64 - 2} 10; sync")
    run = tool.run(image.path, commands)
    assert run.statuses == ["OK", "OK", "TOO_BIG", "TOO_BIG", "OK", "TOO_BIG", "OK", "OK"]
    assert run.answers[4][1] == "10" and run.answers[6][1] == "0"
    image.check()


@pytest.mark.parametrize("block_size", [1024, 4096])
def test_an_indexed_directory_stays_right(tool, tmp_path, block_size):
    """5,000 names under a hash tree (with two levels of nodes at 1 KiB): take away, redirect, add, in this order."""
    root = tmp_path / "root"
    (root / "big").mkdir(parents=True)
    names = [f"a rather long name, number {i:05}, so that a block has few{'.' * (i % 30)}" for i in range(5000)]
    for name in names:
        (root / "big" / name).touch()
    image = Image(tmp_path / "image", "24M", block_size, root, options=["-N", "12000"])
    host_index(image)
    if block_size == 1024:
        assert "Indirect levels: 1" in image.debugfs("htree_dump /big")

    def path(name):
        return quote(f"/big/{name}")

    removed, redirected = names[::7], [names[i] for i in range(1, 5000, 50) if i % 7]
    commands = [["unlink", path(name)] for name in removed]
    commands += [create("/x"), *[["rename", path(names[3]), "/moved"]]]
    for i, name in enumerate(redirected):
        commands += [create(f"/r{i}"), ["rename", f"/r{i}", path(name)]]
    run = tool.run(image.path, [*commands, ["sync"]])
    assert set(run.statuses) == {"OK"}
    image.check()
    assert has_index(image)
    added = [f"new {i}" for i in range(1500)]
    run = tool.run(image.path, [*[create(path(name)) for name in added], ["sync"]])
    assert set(run.statuses) == {"OK"}
    assert not has_index(image)
    image.check()
    expected = (set(names) - set(removed) - {names[3]}) | set(added)
    assert listed_by_host(image, "/big") == expected
    host_index(image)
    run = tool.run(image.path, [["status", path(name)] for name in sorted(expected)[::20]])
    assert set(run.statuses) == {"OK"}


def host_index(image):
    """Has e2fsck build the hash tree."""
    host("e2fsck", "-fyD", image.path, accept=(0, 1))
    assert has_index(image)


def has_index(image):
    return int(re.search(r"Flags: (0x[0-9a-f]+)", image.debugfs("stat /big")).group(1), 16) & 0x1000 != 0


def listed_by_host(image, directory):
    """The names in a directory, as debugfs reads them."""
    rows = image.debugfs(f"ls -p {directory}").splitlines()
    fields = [row.split("/", 6) for row in rows if row.startswith("/")]
    return {field[5] for field in fields if field[1] != "0"} - {".", ".."}


def test_a_reused_inode_number_is_another_file(tool, tmp_path):
    """So that a handle of the old file is known to be stale."""
    image = Image(tmp_path / "image", "4M")
    seen = set()
    for _ in range(3):  # also over a remount
        run = tool.run(image.path, script("create /f; unlink /f; create /f; unlink /f; sync"))
        seen |= {tuple(run.answers[0][1:]), tuple(run.answers[2][1:])}
    assert len({inode for inode, _ in seen}) == 1
    assert len(seen) == 6
    image.check()


@pytest.mark.parametrize("inode_size", [128, 256])
def test_extended_attributes_go_with_their_file(tool, tmp_path, inode_size):
    """Two files share a block of them, as some hosts write it; unlinking one leaves the other's."""
    root = tmp_path / "root"
    root.mkdir()
    for name in "ab":
        (root / name).write_text(name)
    (root / "link").symlink_to("target")
    image = Image(tmp_path / "image", "4M", 1024, root, options=["-I", inode_size])
    value = tmp_path / "value"
    value.write_bytes(b"v" * 300)
    image.debugfs(f"ea_set -f {value} /a user.test", write=True)
    image.debugfs(f"ea_set -f {value} /link user.test", write=True)
    block = int(re.search(r"File ACL: (\d+)", image.debugfs("stat /a")).group(1))
    assert block
    sectors = int(re.search(r"Blockcount: (\d+)", image.debugfs("stat /a")).group(1))
    image.debugfs(f"sif /b file_acl {block}", write=True)
    image.debugfs(f"sif /b blocks {sectors}", write=True)
    image.poke(block * 1024 + 4, b"\2\0\0\0")
    image.check()
    for name in ("a", "b", "link"):
        commands = script(f"write /b 0 3000 1; readlink /link; unlink /{name}; sync")
        run = tool.run(image.path, commands)
        assert run.statuses[1:] == ["OK"] * 3
        image.check()


def test_times(tool, tmp_path):
    image = Image(tmp_path / "image", "4M")
    times = [0, 1, 1 << 31, (1 << 32) - 1]
    commands = [step for i, time in enumerate(times) for step in (create(f"/f{i}"), ["time", f"/f{i}", time])]
    assert set(tool.run(image.path, [*commands, ["sync"]]).statuses) == {"OK"}
    image.check()
    for i, time in enumerate(times):
        row = re.search(r" mtime: 0x([0-9a-f]{8}):([0-9a-f]{8})", image.debugfs(f"stat /f{i}"))
        low, extra = int(row.group(1), 16), int(row.group(2), 16)
        assert (low - (1 << 32) if low >> 31 else low) + ((extra & 3) << 32) == time


def test_a_client_that_vanishes_leaves_a_sound_disk(tool, tmp_path):
    image = Image(tmp_path / "image", "4M")
    commands = script("create /f; write /f 0 3000 1; write_vanish /f 100000 200000 2; truncate /f 3000; sync")
    run = tool.run(image.path, commands)
    assert run.statuses == ["OK", "OK", "MALFORMED", "OK", "OK"]
    image.check()
    assert tool.run(image.path, [["read", "/f", 0, 9999]]).answers[0] == ["OK", "3000",
        str(zlib.crc32(pattern(1, 3000)))]


def test_links_have_a_limit(tool, tmp_path):
    image = Image(tmp_path / "image", "4M")
    run = tool.run(image.path, script("create /f; mkdir /d; sync"))
    assert set(run.statuses) == {"OK"}
    image.debugfs(f"sif /f links_count 31998", write=True)
    image.debugfs(f"sif /d links_count 31998", write=True)
    commands = [["link", "/f", f"/g{i}"] for i in range(3)] + [["mkdir", f"/d/{i}"] for i in range(3)]
    commands += script("mkdir /e; rename /e /d/e; rename /e /d/0")
    assert tool.run(image.path, commands).statuses == ["OK", "OK", "LINKS", "OK", "OK", "LINKS", "OK", "LINKS", "OK"]


@pytest.mark.parametrize("kind", ["ext2", "ext3"])
def test_what_is_too_large_for_one_change_is_done_in_several(tool, tmp_path, kind):
    """Many small groups, each with a bitmap of its own; the smallest cache. Cut, removed and replaced."""
    image = Image(tmp_path / "image", "24M", 1024, kind=kind, options=SMALL_GROUPS)
    before = free(tool.run(image.path, [["space"]]), 0)
    big = script("create /f; write /f 0 15000000 1")
    for commands in ("truncate /f 5000", "truncate /f 3000001", "unlink /f", "create /g; rename /g /f"):
        run = tool.run(image.path, [*big, *script(f"{commands}; read /f 0 99999999; sync; space")], cache=256 * 1024)
        length = {"truncate": int(commands.split()[-1]) if "truncate" in commands else 0}.get(commands.split()[0], 0)
        assert run.answers[1] == ["OK", "15000000"] and run.statuses[2] == "OK"
        if "unlink" not in commands:
            assert run.answers[-3] == ["OK", str(length), str(zlib.crc32(pattern(1, length)))]
        image.check()
    assert free(tool.run(image.path, script("unlink /f; sync; space")), 2) == before


@pytest.mark.parametrize("kind", ["ext2", "ext3"])
def test_a_file_in_the_gaps_of_others(tool, tmp_path, kind):
    """Free blocks are far apart: a write ends where its change is full, and goes on in another."""
    image = Image(tmp_path / "image", "16M", 1024, kind=kind, options=[*SMALL_GROUPS, "-N", "4096"])
    small = [create(f"/f{i}") for i in range(3500)] + [["write", f"/f{i}", 0, 3000, i] for i in range(3500)]
    gaps = [["unlink", f"/f{i}"] for i in range(0, 3500, 7)] + [["sync"]]
    commands = small + gaps + script("create /g; truncate /g 2000000; write /g 100000 1200000 9; sync")
    commands += [["read", "/g", 0, 2000000]]
    run = tool.run(image.path, commands, cache=256 * 1024)
    assert run.answers[-3] == ["OK", "1200000"], run.answers[-3:]
    expected = bytes(100000) + pattern(9, 1200000) + bytes(700000)
    assert run.answers[-1] == ["OK", "2000000", str(zlib.crc32(expected))]
    image.check()
