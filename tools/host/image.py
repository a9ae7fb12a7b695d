"""Disk images: an ext3 file system (ext2 with a journal) made from a folder, by the host's own mke2fs."""
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

BLOCK = 4096
INODE = 256
SPARE_BYTES = 256 << 20
SPARE_INODES = 32768
NOT_PART_OF_THE_TREE = {".git", "build", "disk.img", "__pycache__", ".pytest_cache"}
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class ImageError(Exception):
    """The image could not be made; the text says why, in a sentence."""


def parse_size(text):
    """Bytes in "512M" and its like."""
    match = re.fullmatch(r"([1-9][0-9]*)([KMG]?)", text.upper())
    if not match:
        raise ImageError(f"{text!r} is no size; write for example 512M or 2G.")
    return int(match[1]) * UNITS[match[2]]


def measure(root):
    """(bytes, inodes) that the folder's contents take on an ext2 file system with 4 KiB blocks, never too few."""
    size = inodes = 0
    for folder, folders, files in os.walk(root):
        entries = len(folders) + len(files)
        inodes += entries
        size += BLOCK * (1 + entries // 12)  # a directory entry takes at most 264 bytes
        for name in files:
            blocks = -(-os.lstat(os.path.join(folder, name)).st_size // BLOCK)
            size += BLOCK * (blocks + blocks // 1000 + 3)  # and the blocks that list its blocks
    return size, inodes


def make_image(path, root, size=None, options=()):
    """Writes an ext3 image of the folder `root` to `path`; `size` in bytes, by default the contents and 256 MiB.

    Below 8 MiB mke2fs leaves the journal out.
    `options` go to mke2fs as they are. An image that was there stays whole until the new one is finished.
    """
    if not Path(root).is_dir():
        raise ImageError(f"{root} is not a folder.")
    contents, inodes = measure(root)
    inodes += SPARE_INODES if size is None else min(SPARE_INODES, size // BLOCK // 4)
    size = size or contents + contents // 50 + inodes * INODE + SPARE_BYTES
    fresh = Path(f"{path}.new")
    command = ["mke2fs", "-q", "-F", "-t", "ext3", "-m", "0", "-b", str(BLOCK), "-N", str(inodes), *options]
    command += ["-d", str(root), str(fresh), f"{-(-size // BLOCK) * BLOCK // 1024}k"]
    environment = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
    fresh.unlink(missing_ok=True)
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        fresh.unlink(missing_ok=True)
        raise ImageError(f"mke2fs could not put {root} on {size >> 20} MiB:\n{made.stderr.strip()}")
    fresh.rename(path)


def make_image_of_project(path, project, size=None):
    """An image of the project's own tree, without what is built or belongs to git."""
    with tempfile.TemporaryDirectory(prefix="atelier-") as staging:
        tree = Path(staging) / "tree"
        ignore = lambda _folder, names: NOT_PART_OF_THE_TREE.intersection(names)
        shutil.copytree(project, tree, symlinks=True, ignore=ignore)
        make_image(path, tree, size)
