"""Power cuts of the whole machine: QEMU logs every write and flush of the disk, and disks are rebuilt from that.

The guest runs the workload of the kill loops (tests/guest/killing/files.c), which tells what was acknowledged through
the debug port. When it tells that something is durable, the host looks how far the log of writes is: a disk whose
power fails behind that place must hold it. What a disk may hold, and what is allowed, is fs_power.py's business.
"""
import random
import struct
import threading
import time
from pathlib import Path

import kill_files  # makes the file server's tests known
import machines
from disks import SUPERBLOCK, check_disk
from kill_loops import WITH_DISK
from places import BUILD
from trees import sums

from fs_image import CREATE, EXCLUSIVE, READ, WRITE, Image
from fs_model import apply
from fs_power import History, judge, states

SIZE = 4 << 20  # of the disks
IDENTIFIER = SUPERBLOCK + 0x68  # of the file system: 16 bytes
SECTOR = 512
FLUSH, DISCARD = 1, 4


def make_disk(path):
    """A small disk with a journal."""
    Image(path, f"{SIZE >> 20}M", 1024, kind="ext3", options=["-N", "512"])


def disk_options(disk, log):
    """A virtio disk whose writes are logged (docs of QEMU: blklogwrites; the format is that of dm-log-writes)."""
    return [
        "-blockdev", f"driver=file,node-name=disk-file,filename={disk}",
        "-blockdev", f"driver=file,node-name=log-file,filename={log}",
        "-blockdev", "driver=blklogwrites,node-name=logged,file=disk-file,log=log-file,log-sector-size=512,"
        "log-super-update-interval=1", "-device", "virtio-blk-pci,drive=logged,disable-legacy=on",
    ]


def entries_of(log):
    """How many entries the log has by now."""
    with open(log, "rb") as file:
        head = file.read(24)
    return struct.unpack("<QQQ", head)[2] if len(head) == 24 else 0


def read_log(log):
    """The log as fs_power's events, one an entry: ("W", offset, data) or ("F",)."""
    data, events, at = Path(log).read_bytes(), [], SECTOR
    for _ in range(entries_of(log)):
        sector, sectors, flags, _ = struct.unpack_from("<QQQQ", data, at)
        at += SECTOR
        if flags & FLUSH:
            events.append(("F",))
            assert sectors == 0
        else:
            assert not flags & DISCARD
            events.append(("W", sector * SECTOR, data[at : at + sectors * SECTOR]))
            at += sectors * SECTOR
    return events


class Listener(threading.Thread):
    """Reads what the guest tells, and notes for each "flushed" the place of the log that is certainly behind it."""

    def __init__(self, told, log):
        super().__init__(daemon=True)
        self.told, self.log = told, log
        self.places = []
        self.done = threading.Event()

    def run(self):
        seen = 0
        while True:
            over = self.done.is_set()
            lines = self.told.read_text(errors="replace").splitlines() if self.told.exists() else []
            flushed = sum(line == "flushed" for line in lines)
            if flushed > seen:
                self.places += [entries_of(self.log)] * (flushed - seen)
                seen = flushed
            if over:
                return
            time.sleep(0.002)


class Recorded:
    """A run of a kill loop: the disk before it, events with acknowledgements between, and the model's history."""

    def __init__(self, way, first, rounds, folder, server="fs"):
        log, told, disk = folder / "writes", folder / "told", folder / "disk"
        log.touch()
        make_disk(disk)
        self.base = disk.read_bytes()
        listener = Listener(told, log)
        listener.start()
        line = f"killing {server} files {way} {first} {rounds}"
        options = [*WITH_DISK, "-debugcon", f"file:{told}", *disk_options(disk, log)]
        ended = machines.run_command(line, limit=100, archive=BUILD / "test.archive", cpus=1, extra=options)
        listener.done.set()
        listener.join()
        self.told = told.read_text().splitlines()
        assert ended.status == 0 and self.told[-1] == "end good", (self.told[-5:], ended.console[-2000:])
        self.history = History()
        flushed = self.replay()
        self.events = self.merge(read_log(log), list(zip(listener.places, flushed)))
        self.flushing = set(flushed)
        check_disk(disk)

    def replay(self):
        """Does in the model what was told. Numbers of the last commands before each flush."""
        number, flushed = -1, []
        for line in self.told:
            word, *command = line.split()
            if word == "flushed":
                flushed.append(number)
            elif word == "did":
                if command[0] == "open":
                    command = ["open", READ | WRITE | CREATE | EXCLUSIVE, "0644", command[1]]
                number += 1
                assert apply(self.history.model, command) == "OK", line
                self.history.note(number)
        return flushed

    @staticmethod
    def merge(events, flushed):
        """Puts acknowledgements where they belong among the events."""
        merged, done = [], 0
        for place, number in flushed:
            merged += events[done:place] + [("A", number)]
            done = max(done, place)
        return merged + events[done:]


class Reader:
    """A machine that mounts one disk after the other: each is put in the place of the last one, and the file server is
    killed. The next one must be of another file system, so that it is a first mount, and not one that goes on.

    with Reader(folder) as reader:
        reader.compare(state.disk, folder / "dump")         None, or what was read otherwise than by debugfs
    """

    def __init__(self, folder):
        self.disk, self.identifier = folder / "disk", None

    def __enter__(self):
        make_disk(self.disk)  # with one to begin with, the file server has nothing to say
        self.guest = machines.Guest(machines.describe({"disk": self.disk, "cpus": 1}))
        self.guest.process.delaybeforesend = None
        self.guest.wait_for_prompt()
        return self

    def __exit__(self, *_):
        self.guest.close()

    def compare(self, data, dump):
        """Mounts an untouched copy of the disk, and reads all of it; afterwards e2fsck finds the copy sound."""
        identifier = data[IDENTIFIER : IDENTIFIER + 16]
        assert len(data) == SIZE and identifier != self.identifier
        self.identifier = identifier
        with open(self.disk, "r+b", buffering=0) as file:
            file.write(data)
        folders = sorted(entry.name for entry in dump.iterdir())
        said = self.guest.run(f"kill fs; ls /; sha256sum -r {' '.join('/' + name for name in folders)}; sync").decode()
        check_disk(self.disk)
        lines = [line for line in said.splitlines() if not line.startswith("fs: ")]
        found = dict(reversed(line.split("  ", 1)) for line in lines if "  /" in line)
        listed = {name for line in lines if "  /" not in line for name in line.split()}
        wanted = {f"/{path}": digest for path, digest in sums(dump).items()}
        if found == wanted and listed == {*folders, "system"}:
            return None
        return f"Atelier reads otherwise: {sorted(found.items() ^ wanted.items())}, {listed}; it says {said}"


def draw(run, count, seed, flush_counts=True):
    """States of a recorded run's disk."""
    dice = random.Random(seed)
    for state in states(run.base, run.events, run.flushing, dice, count, flush_counts):
        state.started = len(run.history.trees)
        yield state


def play(tool, runs, count, seed, folder):
    """Judges `count` states of each of the runs, whose file systems differ: (how many were torn, what is wrong)."""
    torn, wrong = 0, []
    with Reader(folder) as reader:
        for states_of_runs in zip(*(draw(run, count, seed) for run in runs)):
            for run, state in zip(runs, states_of_runs):
                torn += state.torn
                complaint = judge(tool, run.history, state, folder) or reader.compare(state.disk, folder / "dump")
                wrong += [f"{state.name}: {complaint}"] if complaint else []
    return torn, wrong
