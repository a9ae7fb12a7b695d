"""Reading: every byte of a tree that mke2fs wrote is what the host has."""
import os
import random
import zlib

import pytest
from fs_image import Image, contents, host_tree, pattern, quote, script, without_own

BLOCK_SIZES = [1024, 2048, 4096]
GIB = 1 << 30


def make_tree(folder, block_size):
    """Files of all sizes that matter to the block map, names of all lengths, links, deep folders."""
    dice = random.Random(block_size)
    pointers = block_size // 4
    edges = [0, 1, 12, 13, 12 + pointers, 12 + pointers + 1, 12 + 2 * pointers + 3]
    folder.mkdir()
    for edge in edges:
        for more in (-1, 0, 1):
            size = max(0, edge * block_size + more)
            (folder / f"size {edge} {more}").write_bytes(dice.randbytes(size))
    for length in (1, 2, 3, 4, 5, 100, 254, 255):
        (folder / ("n" * length)).write_bytes(dice.randbytes(length))
    (folder / os.fsdecode(bytes(range(1, 47)) + bytes(range(48, 256)))).write_text("any byte but zero and slash")
    deep = folder
    for level in range(40):
        deep = deep / f"level {level}"
        deep.mkdir()
        (deep / "file").write_bytes(dice.randbytes(dice.randrange(3000)))
    many = folder / "many"
    many.mkdir()
    for i in range(2000):
        (many / f"file number {i}").write_bytes(b"%d" % i)
    for length in (1, 59, 60, 61, 300):
        (folder / f"link {length}").symlink_to("t" * length)
    os.link(folder / "n", folder / "second name")
    holes = folder / "holes"
    with open(holes, "wb") as file:
        for place in (0, 5, 12, 100, 700):
            file.seek(place * block_size + 17)
            file.write(dice.randbytes(100))
        file.truncate(900 * block_size + 5)


@pytest.mark.parametrize("block_size", BLOCK_SIZES)
def test_every_file_of_a_tree_reads_as_on_the_host(tool, tmp_path, block_size):
    make_tree(tmp_path / "root", block_size)
    image = Image(tmp_path / "image", "90M", block_size, tmp_path / "root")
    before = image.digest()
    run = tool.run(image.path, [["tree"]], cache=256 * block_size)
    assert run.mount == "OK" and not run.read_only
    assert without_own(run.tree()) == host_tree(tmp_path / "root")
    assert image.digest() == before


@pytest.mark.parametrize("options", [["-r", "0"], ["-I", "128"], ["-I", "512"], ["-O", "^filetype"], ["-O", "none"]])
def test_older_and_plainer_formats(tool, tmp_path, options):
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "file").write_bytes(pattern(3, 300000))
    (root / "a" / "link").symlink_to("b/file")
    image = Image(tmp_path / "image", "4M", 1024, root, options=options)
    commands = script(
        "mkdir /n; create /n/f; write /n/f 0 50000 9; rename /a/b /n/b; symlink n /s; read /s/b/file 0 300000; sync"
    )
    run = tool.run(image.path, commands)
    assert run.statuses == ["OK"] * len(commands)
    assert run.answers[5][1:] == ["300000", str(zlib.crc32(pattern(3, 300000)))]
    image.check()
    tree = without_own(tool.run(image.path, [["tree"]]).tree())
    assert contents(tree) == contents(image.dump(tmp_path / "dump"))
    assert b"/n/b/file" in tree


@pytest.mark.parametrize("block_size", [1024, 4096])
def test_a_file_over_64_mib_and_one_over_4_gib(tool, tmp_path, block_size):
    """4 GiB and a bit are behind triple indirect blocks for all block sizes."""
    root = tmp_path / "root"
    root.mkdir()
    large = pattern(5, 66 << 20)
    (root / "large").write_bytes(large)
    places = [0, 63 << 20, 65 << 20, 2 * GIB - 50, 4 * GIB + 123456, 5 * GIB]
    with open(root / "sparse", "wb") as file:
        for i, place in enumerate(places):
            file.seek(place)
            file.write(pattern(i, 3000))
    image = Image(tmp_path / "image", "80M", block_size, root)
    commands = [["read", "/large", 0, len(large)], ["read", "/sparse", 5 * GIB + 2990, 1000]]
    commands += [["read", "/sparse", place - 1000 if place else 0, 5000] for place in places[:-1]]
    run = tool.run(image.path, commands)
    assert run.answers[0] == ["OK", str(len(large)), str(zlib.crc32(large))]
    assert run.answers[1] == ["OK", "10", str(zlib.crc32(pattern(5, 3000)[-10:]))]
    for i, answer in enumerate(run.answers[2:]):
        expected = ((b"\0" * 1000 if places[i] else b"") + pattern(i, 3000) + b"\0" * 2000)[:5000]
        assert answer == ["OK", "5000", str(zlib.crc32(expected))]


LINKS = {
    "rel": "a/b", "abs": "/a/../a/b/f", "up": "a/b/../../a", "root": "/", "dead": "none", "slash": "a/b//",
    "self": "self", "ping": "pong", "pong": "ping", "file": "a/b/f",
}
PATHS = {
    "OK": [
        "/", "//", "/.", ".", "/..", "/../a", "a/b", "/a//b///", "/a/./b/../b/f", "/rel/f", "/abs", "/up/b/f",
        "/root/a", "/root", "/slash/f", "/chain5", "/" + "./" * 511 + "a",
    ],
    "NOT_FOUND": ["/dead", "/dead/x", "/none", "/none/x", "/" + "n" * 255],
    "LOOP": ["/self", "/ping", "/chain4"],
    "NOT_DIRECTORY": ["/a/b/f/", "/a/b/f/x", "/abs/x", "/file/"],
    "NAME_TOO_LONG": ["/" + "n" * 256, "/" + "./" * 512],
    "MALFORMED": ["/a\0b"],
}


def test_paths_and_links(tool, tmp_path):
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "f").write_text("f")
    for link, target in LINKS.items():
        (root / link).symlink_to(target)
    for i in range(45):  # 40 links may be followed, 41 not
        (root / f"chain{i}").symlink_to(f"chain{i + 1}" if i < 44 else "a/b/f")
    image = Image(tmp_path / "image", "4M", 1024, root)
    for status, paths in PATHS.items():
        run = tool.run(image.path, [["status", quote(path), "follow"] for path in paths])
        assert dict(zip(paths, run.statuses)) == dict.fromkeys(paths, status)
    run = tool.run(image.path, script("readlink /abs; readlink /a; status /self"))
    assert run.answers[0] == ["OK", quote("/a/../a/b/f")]
    assert run.statuses[1:] == ["MALFORMED", "OK"]


def test_reading_in_order_asks_the_disk_rarely(tool, tmp_path):
    """Read-ahead: 4 MB in pieces of 4 KiB must not be a thousand disk requests; the disk is dead after 150."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "f").write_bytes(pattern(1, 4 << 20))
    image = Image(tmp_path / "image", "8M", 1024, root)
    commands = [["fail", "dead", 150, 0]] + [["read", "/f", place, 4096] for place in range(0, 4 << 20, 4096)]
    run = tool.run(image.path, commands)
    assert set(run.statuses) == {"OK"}
