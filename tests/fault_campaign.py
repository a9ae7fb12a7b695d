"""A campaign of software faults in all servers but init: batches by seed, side by side on the host's CPUs.

    for batch, tally in Campaign(seed, folder).run(batches): ...        as they are done, in whatever order
"""
import os
import random
import shutil
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import fault_machine
import fault_plans
import software_faults

SERVERS = ("fs", "block", "console", "process", "archive", "pci")


@dataclass(frozen=True)
class Batch:
    """Faults in one server that are planned together. The same seed, number and count give the same faults."""

    server: str
    number: int
    count: int


def batches(total, size):
    """So many faults, shared out among the servers in turn."""
    planned = []
    while total > 0:
        planned.append(Batch(SERVERS[len(planned) % len(SERVERS)], len(planned) // len(SERVERS), min(size, total)))
        total -= size
    return planned


class Campaign:
    """Makes faults; `folder` is for what machines need."""

    def __init__(self, seed, folder):
        self.seed, self.folder = seed, Path(folder)
        self.code = {}  # by server: the instructions that its workload comes to

    def run(self, planned):
        """(batch, tally) of each batch, as they are done."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            try:
                servers = sorted({batch.server for batch in planned})
                self.code |= dict(zip(servers, pool.map(self._executed, servers)))
                running = {pool.submit(self._make, batch): batch for batch in planned}
                for done in as_completed(running):
                    yield running[done], done.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _executed(self, server):
        folder = self.folder / server
        folder.mkdir(parents=True)
        return fault_machine.executed(server, folder)

    def _make(self, batch):
        dice = random.Random(f"{self.seed} {batch.server} {batch.number}")
        folder = self.folder / f"{batch.server}-{batch.number}"
        tally = software_faults.Tally()
        faults = fault_plans.plan(batch.server, self.code[batch.server], dice, batch.count)
        software_faults.make(batch.server, faults, folder, tally)
        shutil.rmtree(folder)
        return tally
