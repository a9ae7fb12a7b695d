"""Damaged disks: 300 seeded corruptions. No crash, no hang, and nothing is written to what could not be mounted."""
import random
import struct

import pytest
from fs_image import Image, host, script

SEEDS = 60  # of each region, over two images
REGIONS = ["superblock", "descriptors and bitmaps", "inodes", "directories", "indirect blocks"]
LIMIT = 20  # seconds for one image; most take a hundredth of one
KNOWN = """
    OK NOT_FOUND EXISTS NOT_DIRECTORY IS_DIRECTORY NOT_EMPTY NO_SPACE TOO_BIG NAME_TOO_LONG LOOP READ_ONLY DAMAGED
    NOT_SUPPORTED LINKS MALFORMED
""".split()
WORK = [
    *script("tree; space; mkdir /new; create /new/file; write /new/file 0 60000 1; write /large 100000 50000 2"),
    *script("write /large end 20000 3; truncate /large 14000; read /holes 0 500000; create /big/added"),
    *script("; ".join(f"unlink /big/name%20{i}" for i in range(0, 300, 30))),
    *script("rename /a/b /new/b; rename /a /big/a; readlink /long; status /a/up follow; link /holes /h"),
    *script(f"symlink {'t' * 200} /s; unlink /long; unlink /large; unlink /holes; rmdir /a/b/c; time /big 5"),
    *script("tree; sync"),
]


@pytest.fixture(scope="module", params=[1024, 4096])
def good(request, tmp_path_factory):
    """An image with everything that can be damaged, and where that is: region -> list of (offset, length)."""
    folder = tmp_path_factory.mktemp("good")
    root, block_size = folder / "root", request.param
    (root / "a" / "b" / "c").mkdir(parents=True)
    (root / "a" / "up").symlink_to("../a/b")
    (root / "long").symlink_to("l" * 200)
    (root / "large").write_bytes(random.Random(7).randbytes(320 * block_size if block_size == 1024 else 60000))
    with open(root / "holes", "wb") as file:
        for place in (0, 20, 300):
            file.seek(place * block_size)
            file.write(b"island")
    (root / "big").mkdir()
    for i in range(300):
        (root / "big" / f"name {i}").write_text(str(i))
    image = Image(folder / "image", "2M", block_size, root, options=["-N", "512"])
    host("e2fsck", "-fyD", image.path, accept=(0, 1))
    return image, find_regions(image, block_size)


def find_regions(image, block_size):
    contents = image.path.read_bytes()
    descriptors = (1 if block_size > 1024 else 2) * block_size
    block_bitmap, inode_bitmap, table = struct.unpack_from("<III", contents, descriptors)

    def blocks(*paths):
        numbers = [int(word) for path in paths for word in image.debugfs(f"blocks {path}").splitlines()[-1].split()]
        return [(number * block_size, block_size) for number in numbers]

    paths = ("/a", "/a/b", "/big", "/large", "/holes", "/long", "/a/up")
    inodes = [2] + [int(image.debugfs(f"stat {path}").split()[1]) for path in paths]
    indirect = {numbers for path in ("/large", "/holes", "/big") for numbers in indirect_blocks(image, path)}
    return {
        "superblock": [(1024, 264)],
        "descriptors and bitmaps": [(descriptors, 32), (descriptors, 32), (block_bitmap * block_size, 256),
        (inode_bitmap * block_size, 64)],
        "inodes": [(table * block_size + (inode - 1) * 256, 128) for inode in inodes],
        "directories": blocks("/", "/a", "/a/b", "/big"),
        "indirect blocks": [(block * block_size, 256) for block in sorted(indirect)],
    }


def indirect_blocks(image, path):
    """The numbers of a file's indirect blocks, from debugfs's list: (IND):123, (DIND):456, ..."""
    words = image.debugfs(f"stat {path}").replace(",", " ").split()
    return [int(word.split(":")[1]) for word in words if word.startswith(("(IND", "(DIND", "(TIND"))]


def damage(contents, region, dice):
    """Changes one to four places: single bits, small and large numbers, zeros, numbers of other blocks, noise."""
    for _ in range(dice.choice([1, 1, 2, 4])):
        offset, length = dice.choice(region)
        place = offset + dice.randrange(length // 4) * 4
        values = [0, 1, 2, 0xFFFFFFFF, 0x80000000, dice.randrange(64), dice.randrange(1 << 11), dice.getrandbits(32)]
        value = dice.choice(values)
        kind = dice.randrange(4)
        if kind == 0:
            contents[place + dice.randrange(4)] ^= 1 << dice.randrange(8)
        elif kind == 1:
            contents[place : place + 4] = struct.pack("<I", value)
        elif kind == 2:
            contents[place : place + 2] = struct.pack("<H", value & 0xFFFF)
        else:
            size = dice.choice([8, 64, 256])
            contents[place : place + size] = dice.randbytes(size)


@pytest.mark.parametrize("region", REGIONS)
def test_seeded_corruptions(tool, good, tmp_path, region):
    image, regions = good
    contents = image.path.read_bytes()
    path = tmp_path / "image"
    outcomes = {"refused": 0, "read-only": 0, "damage found": 0}
    for seed in range(SEEDS // 2):
        damaged = bytearray(contents)
        damage(damaged, regions[region], random.Random(f"{region} {seed}"))
        path.write_bytes(damaged)
        run = tool.run(path, WORK, limit=LIMIT)
        left_alone = path.read_bytes() == damaged
        if run.mount != "OK":
            outcomes["refused"] += 1
            assert run.reports and left_alone, seed
            continue
        assert len(run.statuses) >= len(WORK) and set(run.statuses) <= set(KNOWN), seed
        if run.read_only:
            outcomes["read-only"] += 1
            assert run.reports and left_alone, seed
        if "DAMAGED" in run.statuses:
            outcomes["damage found"] += 1
            assert "the disk is damaged" in run.reports, seed
            assert run.reports.count("read-only from now on") == (not run.read_only), seed
    assert sum(outcomes.values()) > SEEDS // 20, outcomes


def test_the_same_work_on_the_good_image_is_sound(tool, good, tmp_path):
    """So that the work above reaches what it is meant to reach."""
    image, _ = good
    copy = Image.__new__(Image)
    copy.path = tmp_path / "image"
    copy.path.write_bytes(image.path.read_bytes())
    run = tool.run(copy.path, WORK)
    assert set(run.statuses) == {"OK", "NOT_FOUND"} and run.statuses.count("NOT_FOUND") <= 2
    copy.check()


def poke_inode(image, path, field, value):
    image.debugfs(f"sif {path} {field} {value}", write=True)


def test_circles(tool, tmp_path):
    """Block maps and directories that lead back to themselves."""
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "f").write_bytes(b"x" * 400000)
    image = Image(tmp_path / "image", "2M", 1024, root)
    indirect = indirect_blocks(image, "/f")
    image.poke(indirect[0] * 1024, struct.pack("<I", indirect[0]) * 256)
    image.poke(indirect[1] * 1024, struct.pack("<I", indirect[1]) * 256)
    commands = script("read /f 0 400000; truncate /f 5000; unlink /f; sync")
    run = tool.run(image.path, commands, limit=LIMIT)
    assert run.answers[0][:2] == ["OK", "400000"] and run.statuses[1:] == ["DAMAGED", "READ_ONLY", "OK"]
    image = Image(tmp_path / "image", "2M", 1024, root)
    image.debugfs("unlink /a/b/..", write=True)
    image.debugfs("link /a/b /a/b/..", write=True)
    commands = script("rename /a /a/b/c; mkdir /d; rename /d /a/b/d; tree")
    run = tool.run(image.path, commands, limit=LIMIT)
    assert run.statuses[:3] == ["LOOP", "OK", "LOOP"]


def test_a_block_of_the_file_system_in_a_file_is_never_written(tool, tmp_path):
    """A data pointer to the superblock, a bitmap or the inode table is damage, not a place to write to."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "f").write_bytes(b"x" * 5000)
    for block in (1, 2, 5, 0x7FFFFFFF):
        image = Image(tmp_path / "image", "2M", 1024, root, options=["-O", "^resize_inode"])
        poke_inode(image, "/f", "block[0]", block)
        run = tool.run(image.path, script("write /f 0 2000 1; sync; read /f 0 100; unlink /f"))
        assert run.statuses == ["DAMAGED", "OK", "DAMAGED", "READ_ONLY"]
        assert run.reports.count("read-only from now on") == 1
