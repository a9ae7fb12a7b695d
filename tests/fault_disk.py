"""What files hold after each fault, against what was acknowledged: by the host's own tools, for software_faults.py.

After each round all is durable and the disk is at rest; the guest waits while the host takes a copy. What is there must
be what the model has (fs_model.py), which did all that was told. An operation that was tried and not acknowledged may
be done or not.

Told before the fault was what the file, folder or link held then, as far as nothing acknowledged later has changed it.
A disk that e2fsck finds unsound is wrong in itself; e2fsck repairs it, and what was told before must be there then.
"""
import os
import shutil
import subprocess
from pathlib import Path

import kill_files  # noqa: F401  makes the file server's tests known
from disks import check_disk, tool
from fault_judges import Wrong
from fault_log import BEFORE, DAMAGED

from fs_image import CREATE, EXCLUSIVE, READ, WRITE, contents, host_tree
from fs_model import File, Model, apply, copy_of

MOST_COMPLAINTS = 4  # of one round


def _command(words):
    """An operation that was told, as the model takes it."""
    return ["open", READ | WRITE | CREATE | EXCLUSIVE, "0644", words[1]] if words[0] == "open" else words


def _nodes(model):
    """{path: folder or file} of a model."""
    found = {}

    def walk(folder, place):
        for name, child in folder.items():
            found[f"{place}/{name}".encode()] = child
            if isinstance(child, dict):
                walk(child, f"{place}/{name}")

    walk(model.root, "")
    return found


class _Before:
    """What was acknowledged when a fault happened; `gone`: paths that had been there."""

    def __init__(self, model, gone):
        self.gone = gone
        self.tree = contents(model.tree())
        self.nodes = _nodes(model)
        self.paths = {id(node): path for path, node in self.nodes.items()}
        self.data = {id(node): bytes(node.data) for node in self.nodes.values() if isinstance(node, File)}

    def lost(self, path, wanted, node, found, read):
        """Is something of it lost where `path` holds `found`, and not `wanted`? `node`: what the model has there now;
        `read`: gives the bytes of a file that was found."""
        if wanted is None:  # there is too much: it had been taken away before, or never was
            return path in self.gone
        old = self.paths.get(id(node))
        if old is None or found.get(path) == self.tree[old] or found.get(old) == self.tree[old]:
            return False
        if not isinstance(node, File) or found.get(path) is None:
            return True
        stays = os.path.commonprefix([self.data[id(node)], bytes(node.data)])
        return not read(path).startswith(stays)


class DiskJudge:
    """Judges the disk of one machine, round by round."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.model = Model()
        self.ever = set()  # all paths that once were in the model

    def judge(self, current, disk):
        """What is wrong after a round; `disk`: a copy."""
        before, tried, wrong = self._replay(current)
        try:
            check_disk(disk)
        except AssertionError as error:
            wrong.append(Wrong(current.number, DAMAGED, f"the disk: {error}"[:1500]))
            subprocess.run([tool("e2fsck"), "-fy", disk], capture_output=True, check=False)
        try:
            found = self._read(disk)
        except (OSError, subprocess.CalledProcessError) as error:
            return wrong + [Wrong(current.number, BEFORE, f"the disk: {error}"[:1500])]
        for command in tried:
            self._adopt(command, found)
        wanted, nodes = contents(self.model.tree()), _nodes(self.model)
        for path in sorted(wanted.keys() | found.keys()):
            if wanted.get(path) == found.get(path):
                continue
            lost = before.lost(path, wanted.get(path), nodes.get(path), found, self._bytes)
            text = f"{path}: {found.get(path)}, not {wanted.get(path)}"
            wrong.append(Wrong(current.number, BEFORE if lost else DAMAGED, text))
        return sorted(wrong, key=lambda one: one.when != BEFORE)[:MOST_COMPLAINTS]

    def judge_unfinished(self, number, disk):
        """What is wrong in a machine that ended within a round: all that the rounds before it left must be there."""
        wanted = contents(self.model.tree())
        subprocess.run([tool("e2fsck"), "-fy", "-E", "journal_only", disk], capture_output=True, check=False)
        try:
            found = self._read(disk)
        except (OSError, subprocess.CalledProcessError) as error:
            return [Wrong(number, BEFORE, f"the disk: {error}"[:1500])]
        lost = [path for path in wanted if found.get(path) != wanted[path]][:MOST_COMPLAINTS]
        return [Wrong(number, BEFORE, f"{path}: {found.get(path)}, not {wanted[path]}") for path in lost]

    def _replay(self, current):
        """Does what was told. What was acknowledged before the fault; what was tried, if nobody knows whether it was
        done; and what cannot be."""
        before, tried, wrong = None, [], []
        for line in current.lines:
            word, *words = line.text.split()
            if line.when != BEFORE and before is None:
                before = self._now()
            if word == "try":
                tried.append(_command(words))
            if word != "did":
                continue
            if _command(words) in tried:  # else that line had another before it, of a server that died over its own
                tried.remove(_command(words))
            status = apply(self.model, _command(words))
            self.ever |= contents(self.model.tree()).keys()
            if status != "OK":
                wrong.append(Wrong(current.number, line.when, f"{line.text}: the model says {status}"))
        return before or self._now(), tried, wrong

    def _now(self):
        return _Before(self.model, self.ever - contents(self.model.tree()).keys())

    def _adopt(self, tried, found):
        """If what was tried was done, or a part of what was to be written, the model does it, too."""
        other = copy_of(self.model)
        if tried[0] == "write":
            file, _ = other.file(tried[1])
            size, _ = (found.get(tried[1].encode()) or (None, None))[1] or (0, 0)
            tried = [*tried[:3], str(max(size - len(file.data), 0) if file else 0), tried[4]]
        if apply(other, tried) == "OK" and contents(other.tree()) == found:
            self.model = other

    def _read(self, disk):
        read = self.folder / "read"
        shutil.rmtree(read, ignore_errors=True)
        read.mkdir()
        subprocess.run([tool("debugfs"), "-R", f'rdump / "{read}"', disk], capture_output=True, check=True)
        return {path: what for path, what in contents(host_tree(read)).items() if path[:2] == b"/r"}

    def _bytes(self, path):
        return Path(os.fsdecode(os.fsencode(self.folder / "read") + path)).read_bytes()
