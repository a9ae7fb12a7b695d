"""Folders to put on disks: large, deep and odd, the same from the same seed."""
import hashlib
import os
import random
from pathlib import Path

BLOCK = 4096
# around the places where a file's blocks move on to the next level of its map, for 1 KiB and for 4 KiB blocks
EDGES = [0, 1, 1023, 1024, 1025, 4095, 4096, 4097, 12 * 1024, 12 * 1024 + 1, 268 * 1024, 268 * 1024 + 1]
EDGES += [12 * BLOCK, 12 * BLOCK + 1, (12 + 1024) * BLOCK, (12 + 1024) * BLOCK + 1]
ODD_NAMES = ["a b", "ümläut", "-dash", "quote'", '"', "$HOME", "*", "x" * 255, "new\tline"]


def make_tree(root, files, folders, depth, big=0, seed=1):
    """Fills `root`: small files spread over folders, one chain `depth` deep, edge sizes, odd names, links, holes.

    `big`: bytes of one large file, 0 for none.
    """
    dice = random.Random(seed)
    root = Path(root)
    places = [root / f"folder{n // 20}" / f"sub{n}" for n in range(folders)]
    chain = root.joinpath("deep", *(f"level{n}" for n in range(depth)))
    for folder in [*places, chain, root / "edges", root / "odd", root / "links"]:
        folder.mkdir(parents=True, exist_ok=True)
    (chain / "bottom").write_bytes(dice.randbytes(100))
    for number in range(files):
        (dice.choice(places) / f"file{number}").write_bytes(dice.randbytes(dice.randrange(3000)))
    for size in EDGES:
        (root / "edges" / str(size)).write_bytes(dice.randbytes(size))
    for name in ODD_NAMES:
        (root / "odd" / name).write_bytes(name.encode())
    with open(root / "edges" / "hole", "wb") as hole:
        hole.seek(3 << 20)
        hole.write(b"after the hole")
    (root / "links" / "symbolic").symlink_to("../edges/4097")
    os.link(root / "edges" / "4096", root / "links" / "hard")
    if big:
        with open(root / "big", "wb") as file:
            for _ in range(big >> 20):
                file.write(dice.randbytes(1 << 20))
    return root


def sums(root):
    """{path from the root: SHA-256} of every regular file below a folder, by the host."""
    found = {}
    for folder, _, files in os.walk(root):
        for name in files:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    found[os.path.relpath(path, root)] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def snapshot(root):
    """All that a folder holds, to compare: {path: contents, link target, or None for a folder}."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                contents = os.readlink(path)
            elif os.path.isdir(path):
                contents = None
            else:
                contents = Path(path).read_bytes()
            found[os.path.relpath(path, root)] = contents
    return found
