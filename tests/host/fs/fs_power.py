"""Power cuts: what a disk may hold when the power fails at some point of a recorded run, and whether that is allowed.

A disk with a cache of its own keeps what was flushed; of what was written since, any sectors may be there and any may
be missing. States of the disk are drawn from that, by seed. Each must be one that the host's e2fsck replays and finds
nothing wrong with; the tree on it must be that of the model after one of the operations between the last one that was
flushed and the one under way; and each byte of a file must be one that the file had there then or later. Atelier's own
mount of an untouched copy must read the same.
"""
import os
import shutil
import struct
import zlib
from dataclasses import dataclass

from fs_image import KIND_DIRECTORY, KIND_FILE, host, host_tree, without_own
from fs_model import Model

SECTOR = 512


def read_record(path):
    """The record of fs_tool as a list: ("W", offset, data), ("F",), ("A", command)."""
    data, events, at = path.read_bytes(), [], 0
    while at < len(data):
        kind = chr(data[at])
        if kind == "W":
            sector, length = struct.unpack_from("<QQ", data, at + 1)
            events.append(("W", sector * SECTOR, data[at + 17 : at + 17 + length]))
            at += 17 + length
        elif kind == "F":
            events.append(("F",))
            at += 1
        else:
            events.append(("A", *struct.unpack_from("<Q", data, at + 1)))
            at += 9
    return events


@dataclass
class State:
    """A disk after a power cut: its bytes, and between which commands the power failed."""

    disk: bytearray
    durable: int  # the last command before the last flush that a client was told of; -1: none
    started: int  # the last command that can have begun
    torn: bool  # something written is missing although something written later is there
    name: str


def sectors_of(events):
    """What was written as single sectors: (offset, bytes)."""
    for event in events:
        if event[0] == "W":
            for at in range(0, len(event[2]), SECTOR):
                yield event[1] + at, event[2][at : at + SECTOR]


def choose(dice, count):
    """Which of so many sectors are there: the first ones, or any; and whether one is missing before another."""
    if dice.random() < 0.25 or count < 2:
        first = dice.randint(0, count)
        return [i < first for i in range(count)], False
    missing = dice.randrange(count - 1)
    there = dice.randrange(missing + 1, count)
    share = dice.choice([0.1, 0.5, 0.9, dice.random()])
    return [i == there or (i != missing and dice.random() < share) for i in range(count)], True


def states(base, events, flushing, dice, count, flush_counts=True, name=""):
    """Draws `count` states; `flushing`: numbers of the commands whose answer says that everything is durable.

    Cuts lie behind writes, where something can be missing. `flush_counts`: False for a disk that ignores flushes.
    """
    disk, done, flushed = bytearray(base), 0, 0
    durable = answered = -1
    places = [place + 1 for place, event in enumerate(events) if event[0] == "W"]
    for cut in sorted(dice.choices(places, k=count if places else 0)):
        for place in range(done, cut):
            if events[place][0] == "F" and flush_counts:
                for offset, data in sectors_of(events[flushed:place]):
                    disk[offset : offset + SECTOR] = data
                flushed = place
            elif events[place][0] == "A":
                answered = events[place][1]
                durable = answered if answered in flushing else durable
        done = cut
        sectors = list(sectors_of(events[flushed:cut]))
        kept, torn = choose(dice, len(sectors))
        after = bytearray(disk)
        for (offset, data), keep in zip(sectors, kept):
            if keep:
                after[offset : offset + SECTOR] = data
        yield State(after, durable, answered + 1, torn, f"{name}, cut at event {cut}")


class History:
    """The model's tree after each command, and what each file held over time."""

    def __init__(self, model=None):
        self.model = model or Model()
        self.trees = []
        self.places = {}  # shape of a tree -> numbers of the trees that have it
        self.versions = {}  # id of a file -> [(number of the tree, bytes)]
        self.files = []  # kept alive: ids are unique
        self.note(-1)

    def note(self, number):
        """The model is as command `number` leaves it."""
        tree = {}

        def walk(folder, place):
            for name, child in folder.items():
                path = f"{place}/{name}".encode()
                if isinstance(child, dict):
                    links = 2 + sum(isinstance(grandchild, dict) for grandchild in child.values())
                    tree[path] = (KIND_DIRECTORY, links, None, None)
                    walk(child, f"{place}/{name}")
                else:
                    tree[path] = (child.kind, child.links, len(child.data), id(child))
                    versions = self.versions.setdefault(id(child), [])
                    if not versions:
                        self.files.append(child)
                    if not versions or versions[-1][1] != child.data:
                        versions.append((number, bytes(child.data)))

        walk(self.model.root, "")
        tree = without_own(tree)
        shape = frozenset((path, value[:3]) for path, value in tree.items())
        self.places.setdefault(shape, []).append(len(self.trees))
        self.trees.append(tree)

    def allowed(self, file, first, last):
        """All contents that a file had from tree `first` to tree `last` on."""
        versions = self.versions[file]
        start = max(i for i, version in enumerate(versions) if version[0] <= first)
        return [data for number, data in versions[start:] if number <= last]

    def explain(self, found, contents, durable, started):
        """None if the tree found is that of a command from `durable` to `started`; else what is wrong with it."""
        shape = frozenset(
            (path, (kind, links, None if data is None else data[0])) for path, (kind, links, data) in found.items()
        )
        complaint = "the tree is not that of any command"
        for place in reversed(self.places.get(shape, [])):
            number = place - 1
            if not durable <= number <= started:
                complaint = f"the tree is that of command {number}"
                continue
            wrong = [
                path for path, (kind, _, _, file) in self.trees[place].items()
                if kind != KIND_DIRECTORY and not is_made_of(contents[path], self.allowed(file, number, started))
            ]
            if not wrong:
                return None
            complaint = f"after command {number}: what {wrong} hold was never there"
        return f"{complaint}, not one from {durable} to {started}"


def is_made_of(data, versions):
    """Whether each sector of `data` is one of the versions' at the same place; past its end a version has zeros."""
    if data == versions[0]:
        return True
    for at in range(0, len(data), SECTOR):
        piece = data[at : at + SECTOR]
        if not any(version[at : at + SECTOR].ljust(len(piece), b"\0")[: len(piece)] == piece for version in versions):
            return False
    return True


def read(path):
    """What a file holds, or where a link leads."""
    return os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()


def judge(tool, history, state, folder):
    """None if the state is allowed, else what is wrong with it."""
    ours, theirs, dump = folder / "ours", folder / "theirs", folder / "dump"
    ours.write_bytes(state.disk)
    theirs.write_bytes(state.disk)
    host("e2fsck", "-E", "journal_only", "-y", theirs, accept=range(256))
    text = host("e2fsck", "-fn", theirs, accept=range(256))
    if "********** WARNING" in text or "<n>" in text or "? no" in text:
        return f"e2fsck: {text[-600:]}"
    shutil.rmtree(dump, ignore_errors=True)
    dump.mkdir()
    host("debugfs", "-R", f"rdump / {dump}", theirs)
    run = tool.run(ours, [["tree"]])
    if run.mount != "OK" or "DAMAGED" in run.statuses:
        return f"our own mount: {run.reports}"
    found = without_own(run.tree())
    dumped = {path: data for path, (_, _, data) in without_own(host_tree(dump)).items()}
    if dumped != {path: data for path, (_, _, data) in found.items()}:
        return "we do not read what debugfs reads"
    contents = {path: read(dump / path[1:].decode()) for path, data in dumped.items() if data is not None}
    assert all(zlib.crc32(data) == dumped[path][1] for path, data in contents.items())
    return history.explain(found, contents, state.durable, state.started)
