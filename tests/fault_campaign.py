"""Software faults in all servers but init: batches by seed, which are the same wherever and whenever they are made.

    faults = Faults(seed, folder)
    tally = faults.make(7, 45, folder)                      batch 7, in the server of its turn: faults.server(7)
    tally = faults.leave_out("fs", 7, 45, folder)           batch 7 of those that leave out each instruction in turn
    for server, tally in faults.make_all(540, 45): ...      side by side on the host's CPUs, in whatever order
"""
import os
import random
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import fault_machine
import fault_plans
import software_faults

SERVERS = ("fs", "block", "console", "process", "archive", "pci")


class Faults:
    """The faults of one seed; `folder` is for what machines need. What a workload comes to depends a little on when the
    host's disk answers, and all faults depend on that: so it is noted in the file `notes`.SERVER, and read from there.
    """

    def __init__(self, seed, folder, notes=None):
        self.seed, self.folder, self.notes = seed, Path(folder), notes
        self.code = {}  # by server: the instructions that its workload comes to
        self.locks = {server: threading.Lock() for server in SERVERS}

    @staticmethod
    def server(number):
        """In which server batch `number` is made."""
        return SERVERS[number % len(SERVERS)]

    def make(self, number, count, folder):
        """Makes batch `number`, of `count` faults; a Tally."""
        server = self.server(number)
        dice = random.Random(f"{self.seed} {number}")
        return self._make(server, fault_plans.plan(server, self.executed(server), dice, count), folder)

    def leave_out(self, server, number, count, folder):
        """The same with batch `number` of all instructions that the server's workload comes to, left out in turn."""
        code = self.executed(server)[number * count : (number + 1) * count]
        return self._make(server, fault_plans.leave_out(server, code), folder)

    @staticmethod
    def _make(server, plan, folder):
        tally = software_faults.Tally()
        software_faults.make(server, plan, folder, tally)
        return tally

    def make_all(self, total, size):
        """Makes batches of `size` until `total` were planned: (server, tally) of each, when it is done."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            try:
                numbers = range(-(-total // size))
                running = {pool.submit(self._make_aside, number, size): self.server(number) for number in numbers}
                for done in as_completed(running):
                    yield running[done], done.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _make_aside(self, number, count):
        folder = self.folder / str(number)
        tally = self.make(number, count, folder)
        shutil.rmtree(folder)
        return tally

    def executed(self, server):
        """The instructions that the server's workload comes to."""
        with self.locks[server]:
            if server not in self.code:
                self.code[server] = self._noted(server) or self._measured(server)
            return self.code[server]

    def _noted(self, server):
        file = self.notes and self.notes.with_suffix(f".{server}")
        if not file or not file.exists():
            return None
        addresses = set(file.read_text().split())
        return [instruction for instruction in fault_plans.instructions(server)
                if f"{instruction.address:x}" in addresses]

    def _measured(self, server):
        folder = self.folder / server
        folder.mkdir(parents=True)
        code = fault_machine.executed(server, folder)
        if self.notes:
            text = "\n".join(f"{instruction.address:x}" for instruction in code)
            self.notes.with_suffix(f".{server}").write_text(text)
        return code
