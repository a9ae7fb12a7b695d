"""The host's own tools' view of a disk image."""
import os
import shutil
import struct
import subprocess
from pathlib import Path

SUPERBLOCK = 1024  # bytes from the start of the image
FEATURE_INCOMPAT = SUPERBLOCK + 0x60
FEATURE_RO_COMPAT = SUPERBLOCK + 0x64


def tool(name):
    """Path of one of e2fsprogs' programs."""
    return shutil.which(name) or f"/usr/sbin/{name}"


def check_disk(path):
    """Fails unless the host's e2fsck finds nothing at all wrong with an image."""
    ended = subprocess.run(
        [tool("e2fsck"), "-fn", path], capture_output=True, text=True, errors="replace", check=False
    )
    assert ended.returncode == 0, f"e2fsck -fn {path}:\n{ended.stdout}{ended.stderr}"


def read_disk(path, folder):
    """Copies all that the host's debugfs finds on an image to a new folder, and returns the folder."""
    Path(folder).mkdir()
    request = f'rdump / "{folder}"'
    subprocess.run([tool("debugfs"), "-R", request, path], capture_output=True, check=True)
    lost = Path(folder) / "lost+found"
    if lost.is_dir():
        os.rmdir(lost)
    return folder


def set_feature(path, field, bit):
    """Sets a feature bit in an image's superblock."""
    with open(path, "r+b") as disk:
        disk.seek(field)
        (features,) = struct.unpack("<I", disk.read(4))
        disk.seek(field)
        disk.write(struct.pack("<I", features | bit))
