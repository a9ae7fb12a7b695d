"""A machine in which faults are made, one after the other, while a workload runs (tests/guest/killing/faults.c).

    boot = run("fs", faults, folder)            boot.rounds (fault_log.py), and what was found wrong on its disk
    instructions = executed("fs", folder)       those that the workload comes to
"""
import os
import re
import shutil
import subprocess
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import fault_log
import fault_plans
import machines
from fault_disk import DiskJudge
from kill_loops import MANIFEST
from own_disk import OwnDisk
from places import BUILD, PROJECT

from host import job
from host.image import make_image

LIMIT = 90  # seconds for a boot
# An endless loop costs the host as much as it has instructions until it is found: so heartbeats are this much quicker,
# and the machine this much slower (an instruction is 2**4 nanoseconds).
QUICKER = 10
SLOWER = "shift=4"
EXACT = ["-icount", f"{SLOWER},sleep=off"]  # the same run can be made again
WITH_DISK = ["-icount", f"{SLOWER},sleep=on"]  # time must not run ahead when all wait for the host's disk
PROGRAMS = ("session", "sh", "ls", "killing")
WORKLOADS = {"fs": "files", "block": "files"}  # the others have one of their own name
DISK_SIZE = 16 << 20
LOOK_EVERY = 0.002  # seconds


@dataclass
class Boot:
    """What one boot said, and what is wrong on its disk."""

    preamble: list[str]  # what was told before the first round
    rounds: list[fault_log.Round]
    ended_well: bool  # behind its last round
    went_off: bool  # the machine, although nobody had asked for it; a panic is that, too
    last_words: str
    console: str
    output: bytes
    folder: Path
    wrong_on_disk: list
    began_again: bool = False  # the workload was started a second time


def pack(server, faults, folder):
    """A boot archive with the plan, and with quicker heartbeats. With a damaged `block` the file server tells what it
    asks of it."""
    plan_file, manifest, archive = folder / "plan", folder / "manifest", folder / "archive"
    plan_file.write_bytes(b"".join(fault.injection for fault in faults))
    text = re.sub(r"heartbeat (\d+)", lambda found: f"heartbeat {int(found[1]) // QUICKER}", MANIFEST.read_text())
    stripped = BUILD / "stripped"
    names = sorted(path.stem for path in (stripped / "servers").glob("*.elf") if path.stem != "init")
    programs = {name: f"servers/{name}.elf" for name in names}
    if server == "block":
        programs["fs"] = "telling/fs.elf"
        text = text.replace("server fs\n", "server fs\n    use      init badge 2 as debug\n")
    manifest.write_text(text)
    files = [f"servers/init={stripped}/servers/init.elf", f"manifest={manifest}", f"plan={plan_file}"]
    files += [f"servers/{name}={stripped}/{file}" for name, file in programs.items()]
    files += [f"bin/{name}={stripped}/bin/{name}.elf" for name in PROGRAMS]
    subprocess.run([PROJECT / "tools/archive", archive, *files], check=True)
    return archive


class _Watcher(threading.Thread):
    """Reads what is told; looks at the disk whenever the guest waits for that, and tells it whether to go on."""

    def __init__(self, told, disk, judge, answers):
        super().__init__(daemon=True)
        self.told, self.disk, self.judge, self.answers = told, disk, judge, answers
        self.parser = fault_log.Parser()
        self.last = []  # lines, the last few
        self.wrong, self.error = [], None
        self.done = threading.Event()

    def run(self):
        try:
            with open(self.told, "rb") as log:
                rest = b""
                while True:
                    is_last = self.done.is_set()
                    lines, rest = fault_log.split(rest + log.read())
                    for line in lines:
                        self._take(line.decode(errors="replace"))
                    if is_last:
                        return
                    time.sleep(LOOK_EVERY)
        except Exception as error:
            self.error = error
            os.write(self.answers, b"bad\n")

    def _take(self, line):
        self.parser.take(line)
        self.last = [*self.last[-2:], line]
        if line.startswith("check ") and self.parser.began_again:
            os.write(self.answers, b"bad\n")
        elif line.startswith("check "):
            copy = self.disk.with_suffix(".copy")
            shutil.copyfile(self.disk, copy)
            self.wrong += self.judge.judge(self.parser.rounds[-1], copy)
            os.write(self.answers, b"bad\n" if self.wrong else b"good\n")


def _machine(server, faults, folder, told, extra=()):
    """A machine with the plan, which tells what happens in the file `told`; and its disk."""
    disk, root = folder / "disk", folder / "root"
    root.mkdir(exist_ok=True)
    make_image(disk, root, DISK_SIZE)
    speed = WITH_DISK if _workload(server) == "files" else EXACT
    debug = ["-chardev", f"file,id=told,path={told},append=on", "-device", "isa-debugcon,iobase=0xe9,chardev=told"]
    options = {"archive": pack(server, faults, folder), "cpus": 1, "extra": [*speed, *debug, *extra]}
    if server != "block":
        return machines.describe({**options, "disk": disk}), disk
    own_disk = OwnDisk(folder / "socket", disk, told)
    own_disk.start()
    options["extra"] += own_disk.options()
    return machines.describe(options), disk


def _workload(server):
    return WORKLOADS.get(server, server)


def _command(server, way):
    return f"killing {server} {_workload(server)} {way}".encode()


def run(server, faults, folder):
    """Makes the faults, as many as one machine bears."""
    told = folder / "told"
    told.write_bytes(b"")
    machine, disk = _machine(server, faults, folder, told)
    judge = DiskJudge(folder)
    questions, answers = os.pipe()
    watcher = _Watcher(told, disk, judge, answers)
    watcher.start()
    output, console = BytesIO(), BytesIO()
    outcome = job.run_job(machine, _command(server, "faults 0 0"), LIMIT, output, console, questions)
    watcher.done.set()
    watcher.join()
    os.close(questions)
    os.close(answers)
    if watcher.error is not None:
        raise watcher.error
    text = console.getvalue().decode(errors="replace").replace("\r\n", "\n")
    rounds, wrong = watcher.parser.rounds, watcher.wrong
    if _workload(server) == "files" and rounds and not rounds[-1].checked and not wrong:
        last = [current for current in rounds if current.happened] or rounds
        wrong = judge.judge_unfinished(last[-1].number, disk)
    went_off = "PANIC" in text or (outcome.status is None and not outcome.time_is_up)
    preamble, again = watcher.parser.preamble, watcher.parser.began_again
    ended_well = watcher.parser.end == "end good"
    last_words = f"{watcher.last} {text[-600:]}"
    return Boot(preamble, rounds, ended_well, went_off, last_words, text, output.getvalue(), folder, wrong, again)


class _Visits(threading.Thread):
    """Reads the emulator's log of code that it translates and executes, and in it the line that begins the workload."""

    def __init__(self, log):
        super().__init__(daemon=True)
        self.log = log
        self.blocks, self.visited = defaultdict(set), set()

    def run(self):
        block, began = None, False
        with open(self.log, encoding="ascii", errors="replace") as lines:
            for line in lines:
                if line.startswith("Trace "):
                    if began:
                        self.visited.add(int(line.split("/")[1], 16))
                elif line.startswith("0x"):
                    address = int(line.split(":")[0], 16)
                    block = address if block is None else block
                    self.blocks[block].add(address)
                else:
                    block = None
                    began |= line.startswith("round ")


def executed(server, folder):
    """The server's instructions that its workload comes to."""
    code = fault_plans.instructions(server)
    first, end = code[0].address, code[-1].address + code[-1].length
    log = folder / "visits"
    os.mkfifo(log)
    visits = _Visits(log)
    visits.start()
    options = ["-d", "in_asm,exec,nochain", "-D", str(log), "-dfilter", f"{first:#x}+{end - first:#x}"]
    machine, _ = _machine(server, [], folder, log, options)
    job.run_job(machine, _command(server, "never 0 1"), LIMIT, BytesIO(), BytesIO())
    visits.join()
    log.unlink()
    seen = {address for block in visits.visited for address in visits.blocks[block]}
    return [instruction for instruction in code if instruction.address in seen]
