"""Power cuts of the whole machine: QEMU logs every write and flush of the disk, and disks are rebuilt from that.

The guest runs the workload of the kill loops (tests/guest/killing/files.c), which tells what was acknowledged through
the debug port. When it tells that something is durable, the host looks how far the log of writes is: a disk whose
power fails behind that place must hold it. What a disk may hold, and what is allowed, is fs_power.py's business.
"""
import struct
import threading
import time
from pathlib import Path

import kill_files  # makes the file server's tests known
import machines
from kill_loops import WITH_DISK
from places import BUILD
from trees import sums

from fs_image import CREATE, EXCLUSIVE, READ, WRITE
from fs_model import apply
from fs_power import History

SECTOR = 512
FLUSH, DISCARD = 1, 4


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

    def __init__(self, disk, way, rounds, folder, server="fs"):
        log, told = folder / "writes", folder / "told"
        log.touch()
        self.base = disk.read_bytes()
        listener = Listener(told, log)
        listener.start()
        line = f"killing {server} files {way} {1 if way == 'calls' else 0} {rounds}"
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


def sums_of(output):
    """{path: sum} from sha256sum's lines, without the system's own programs."""
    pairs = (line.split("  ", 1) for line in output.decode().splitlines())
    return {path.removeprefix("/"): digest for digest, path in pairs if not path.startswith("/system/")}


def sums_below(folder):
    """The same of a folder of the host."""
    return {path: digest for path, digest in sums(folder).items() if not path.startswith("lost+found")}
