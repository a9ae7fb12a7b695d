"""The files of a kill loop (tests/guest/killing/files.c): the operations that were told, done by a model."""
import sys

from disks import check_disk, read_disk
from places import PROJECT

sys.path.insert(0, str(PROJECT / "tests/host/fs"))

from fs_image import CREATE, EXCLUSIVE, READ, WRITE, contents, host_tree  # noqa: E402
from fs_model import Model, apply  # noqa: E402


def replay(told):
    """The model after everything that was told; and what it did not find possible."""
    model, complaints = Model(), []
    for line in told:
        word, *command = line.split()
        if word != "did":
            continue
        if command[0] == "open":
            command = ["open", READ | WRITE | CREATE | EXCLUSIVE, "0644", command[1]]
        status = apply(model, command)
        if status != "OK":
            complaints.append(f"{line}: the model says {status}")
    return model, complaints


def compare(told, disk, folder):
    """Complaints about an image: e2fsck's, and what is not as the model has it."""
    model, complaints = replay(told)
    check_disk(disk)
    wanted = contents(model.tree())
    found = {path: what for path, what in contents(host_tree(read_disk(disk, folder))).items() if path[:2] == b"/r"}
    for path in sorted(wanted.keys() | found.keys()):
        if wanted.get(path) != found.get(path):
            complaints.append(f"{path}: {found.get(path)}, not {wanted.get(path)}")
    return complaints
