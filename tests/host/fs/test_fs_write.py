"""Writing: what the server wrote, the host reads back, and e2fsck finds nothing to say about."""
import re
import zlib

import pytest
from fs_image import CREATE, DIRECTORY, EXCLUSIVE, READ, TRUNCATE, WRITE, Image, pattern, quote

BLOCK_SIZES = [1024, 2048, 4096]
GIB = 1 << 30


def create(path):
    return ["open", READ | WRITE | CREATE, "0644", path]


def free(run, index):
    """Free blocks and inodes, from an answer of `space`."""
    return run.answers[index][2:4]


@pytest.mark.parametrize("block_size", BLOCK_SIZES)
def test_a_full_disk(tool, tmp_path, block_size):
    """A write is cut short at the last block, creating leaves no trace, and everything comes back."""
    image = Image(tmp_path / "image", "6M", block_size)
    commands = [["space"], create("/f"), ["write", "/f", 0, 20 << 20, 1], ["space"], ["status", "/f"], ["write", "/f", "end", 1, 1]]
    commands += [["mkdir", "/d"], ["symlink", "t" * 100, "/s"], create("/empty"), ["write", "/empty", 0, 1, 1], ["write", "/empty", 1 << 20, 1, 1], ["sync"]]
    run = tool.run(image.path, commands)
    done = int(run.answers[2][1])
    assert run.answers[2][0] == "OK" and 4 << 20 < done < 6 << 20
    assert int(free(run, 3)[0]) <= 1
    assert run.answers[4][1] == str(done)
    assert run.statuses[5:] == ["NO_SPACE", "NO_SPACE", "NO_SPACE", "OK", "NO_SPACE", "NO_SPACE", "OK"]
    image.check()
    run2 = tool.run(image.path, [["read", "/f", 0, done], ["unlink", "/f"], ["unlink", "/empty"], ["space"], ["sync"]])
    assert run2.answers[0][2] == str(zlib.crc32(pattern(1, done)))
    assert free(run2, 3) == free(run, 0)
    image.check()


def test_no_inodes_left(tool, tmp_path):
    image = Image(tmp_path / "image", "2M", 1024, options=["-N", "32"])
    run = tool.run(image.path, [["space"]] + [create(f"/f{i}") for i in range(40)] + [["mkdir", "/d"], ["space"], ["sync"]])
    left = int(free(run, 0)[1])
    assert run.statuses[1:41] == ["OK"] * left + ["NO_SPACE"] * (40 - left)
    assert run.statuses[41] == "NO_SPACE"
    assert free(run, 42)[1] == "0"
    image.check()


def test_names_and_flags(tool, tmp_path):
    image = Image(tmp_path / "image", "4M")
    longest = "/" + "n" * 255
    steps = [
        (create(longest), "OK"), (create(longest + "n"), "NAME_TOO_LONG"), (["mkdir", longest + "/x"], "NOT_DIRECTORY"),
        (["mkdir", "/d"], "OK"), (["mkdir", "/d/"], "EXISTS"), (["mkdir", "/e/"], "OK"), (["mkdir", "/x/y"], "NOT_FOUND"), (["mkdir", "/"], "EXISTS"),
        (["open", READ | WRITE | CREATE | EXCLUSIVE, "0", longest], "EXISTS"), (["open", READ, "0", "/none"], "NOT_FOUND"),
        (["open", WRITE, "0", "/d"], "IS_DIRECTORY"), (["open", READ | WRITE | DIRECTORY, "0", "/d"], "OK"), (["open", READ, "0", "/d"], "OK"),
        (["open", READ | DIRECTORY, "0", longest], "NOT_DIRECTORY"), (create("/d"), "IS_DIRECTORY"), (create("/new/"), "IS_DIRECTORY"),
        (["unlink", "/d"], "IS_DIRECTORY"), (["rmdir", longest], "NOT_DIRECTORY"), (["unlink", "/none"], "NOT_FOUND"), (["rmdir", "/none"], "NOT_FOUND"),
        (["rmdir", "/"], "MALFORMED"), (["rmdir", "/d/."], "MALFORMED"), (["unlink", "/d/.."], "IS_DIRECTORY"),
        (create("/d/f"), "OK"), (["rmdir", "/d"], "NOT_EMPTY"), (["rename", "/d", "/d/sub"], "LOOP"), (["rename", "/d", "/e"], "OK"),
        (["mkdir", "/g"], "OK"), (["rename", "/g", "/e"], "NOT_EMPTY"), (["rename", "/e/f", "/g"], "IS_DIRECTORY"), (["rename", "/g", "/e/f"], "NOT_DIRECTORY"),
        (["rename", "/g", "/e/g"], "OK"), (["rename", "/e", "/e/g/deep"], "LOOP"), (["rename", "/none", "/x"], "NOT_FOUND"), (["rename", "/e/f", "/x/"], "NOT_DIRECTORY"),
        (["rename", "/e/.", "/x"], "MALFORMED"), (["link", "/e", "/x"], "IS_DIRECTORY"), (["link", "/e/f", "/e/g"], "EXISTS"), (["link", "/e/f", "/h"], "OK"),
        (["rename", "/h", "/e/f"], "OK"), (["unlink", "/h"], "OK"), (["symlink", "none", "/s"], "OK"), (["symlink", "x", "/s"], "EXISTS"),
        (["symlink", "t" * 1023, "/s1023"], "OK"), (["symlink", "t" * 1024, "/s1024"], "NAME_TOO_LONG"), (create("/s"), "OK"), (["status", "/none"], "OK"),
        (["open", READ | WRITE | TRUNCATE, "0", "/s"], "OK"), (["open", READ | 64, "0", "/s"], "LOOP"), (["unlink", "/s"], "OK"), (["status", "/none"], "OK"), (["sync"], "OK"),
    ]
    run = tool.run(image.path, [[quote(word) if isinstance(word, str) and "/" in word else word for word in command] for command, _ in steps])
    assert [(step[0], status) for step, status in zip(steps, run.statuses)] == steps
    image.check()


@pytest.mark.parametrize("block_size", BLOCK_SIZES)
def test_holes_and_huge_files(tool, tmp_path, block_size):
    """Blocks behind each level of the map, written in any order; cut; and the flag large_file set when it is needed."""
    image = Image(tmp_path / "image", "8M", block_size, options=["-O", "^large_file"])
    places = [5 * GIB + 7, 0, 3 * GIB, 70 << 20, 300 * 1024, 13 * block_size - 5]
    commands = [create("/f")] + [["write", "/f", place, 5000, i] for i, place in enumerate(places)]
    commands += [["read", "/f", max(0, place - 3), 5003 + bool(place) * 0] for place in places] + [["sync"]]
    run = tool.run(image.path, commands)
    assert set(run.statuses) == {"OK"}
    for i, place in enumerate(places):
        lead = b"\0\0\0" if place else b""
        data = lead + pattern(i, 5000) + b"\0" * 3
        assert run.answers[1 + len(places) + i][2] == str(zlib.crc32(data[: min(5003, 5 * GIB + 5007 - max(0, place - 3))]))
    assert "large_file" in image.superblock()["Filesystem features"]
    image.check()
    assert f"Size: {5 * GIB + 5007}" in image.debugfs("stat /f")
    for i, place in enumerate(places):  # the host finds the same bytes where its own map says they are
        index = place // block_size + 1
        block = int(image.debugfs(f"bmap /f {index}"))
        with open(image.path, "rb") as file:
            file.seek(block * block_size)
            skip = index * block_size - place
            assert file.read(100) == pattern(i, 5000)[skip : skip + 100]
    cuts = [4 * GIB, 70 << 20, (70 << 20) - block_size, 20 * block_size + 3, 5, 0]
    for cut in cuts:
        run = tool.run(image.path, [["truncate", "/f", cut], ["truncate", "/f", cut + 3000], ["read", "/f", max(0, cut - 1), 4000], ["sync"]])
        assert set(run.statuses) == {"OK"}
        image.check()
    assert int(image.superblock()["Free blocks"]) == int(run_free(tool, image))
    assert run.answers[2][2] == str(zlib.crc32(b"\0" * 3000))


def run_free(tool, image):
    """Free blocks after the file is gone and a fresh image is compared: the same number is asked twice."""
    run = tool.run(image.path, [["space"]])
    return free(run, 0)[0]


def test_sizes_beyond_the_format(tool, tmp_path):
    image = Image(tmp_path / "image", "8M", 1024)
    most = (12 + 256 + 256**2 + 256**3) * 1024
    commands = [create("/f"), ["truncate", "/f", most], ["truncate", "/f", most + 1], ["write", "/f", most, 1, 1], ["write", "/f", most - 10, 100, 1],
                ["write", "/f", 2**64 - 2, 10, 1], ["read", "/f", 2**64 - 2, 10], ["sync"]]
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
        assert "Number of indirect levels: 1" in image.debugfs("htree_dump /big").replace("Indirect levels", "Number of indirect levels")

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
    from fs_image import host

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
        run = tool.run(image.path, [create("/f"), ["unlink", "/f"], create("/f"), ["unlink", "/f"], ["sync"]])
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
        run = tool.run(image.path, [["write", "/b", 0, 3000, 1], ["readlink", "/link"], ["unlink", "/" + name], ["sync"]])
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
    commands = [create("/f"), ["write", "/f", 0, 3000, 1], ["write_vanish", "/f", 100000, 200000, 2], ["status", "/f"], ["space"],
                ["truncate", "/f", 3000], ["space"], ["sync"]]
    run = tool.run(image.path, commands)
    assert run.statuses == ["OK", "OK", "MALFORMED", "OK", "OK", "OK", "OK", "OK"]
    image.check()
    assert tool.run(image.path, [["read", "/f", 0, 9999]]).answers[0] == ["OK", "3000", str(zlib.crc32(pattern(1, 3000)))]


def test_links_have_a_limit(tool, tmp_path):
    image = Image(tmp_path / "image", "4M")
    image_links = 31998
    run = tool.run(image.path, [create("/f"), ["mkdir", "/d"], ["sync"]])
    assert set(run.statuses) == {"OK"}
    image.debugfs(f"sif /f links_count {image_links}", write=True)
    image.debugfs(f"sif /d links_count {image_links}", write=True)
    commands = [["link", "/f", f"/g{i}"] for i in range(3)] + [["mkdir", f"/d/{i}"] for i in range(3)]
    commands += [["mkdir", "/e"], ["rename", "/e", "/d/e"], ["rename", "/e", "/d/0"]]
    assert tool.run(image.path, commands).statuses == ["OK", "OK", "LINKS", "OK", "OK", "LINKS", "OK", "LINKS", "OK"]
