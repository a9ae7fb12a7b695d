"""Software faults in the servers (software_faults.py): what came of them is written to BUILD/faults.json.

SEED in the environment chooses other faults: it is in the file, and the same seed makes the same ones. LONG=1 makes
80 times as many. Asserted is that the kernel is never hurt and that every fault is counted once; how many were
recovered from is measured, and printed with each fault that was not.
"""
import json
import os
from collections import Counter

import pytest
import software_faults
from places import BUILD

SEED = int(os.environ.get("SEED") or 1)
TIMES = 80 if os.environ.get("LONG") else 1
FAULTS = {"archive": 40, "pci": 40, "console": 40, "process": 40, "block": 40, "fs": 40}

pytestmark = pytest.mark.timeout(600 * TIMES)


@pytest.fixture(scope="module")
def tallies():
    """Collects what came of each server's faults; in the end all of it becomes the file."""
    collected = {}
    yield collected
    total, kinds = Counter(), {}
    for tally in collected.values():
        total += tally.counts
        for kind, counts in tally.by_kind.items():
            kinds[kind] = kinds.get(kind, Counter()) + counts
    rows = {server: software_faults.row(tally.counts) for server, tally in collected.items()}
    by_kind = {kind: software_faults.row(counts) for kind, counts in kinds.items()}
    report = {"seed": SEED, **software_faults.row(total), "servers": rows, "kinds": by_kind}
    (BUILD / "faults.json").write_text(json.dumps(report, indent=4) + "\n")


@pytest.mark.parametrize("server, count", FAULTS.items())
def test_software_faults(tmp_path, tallies, server, count):
    tally = tallies[server] = software_faults.run(server, SEED, count * TIMES, tmp_path)
    print(f"seed {SEED}, {server}: {software_faults.row(tally.counts)}", *tally.complaints, sep="\n  ")
    assert tally.counts["activated"] == sum(tally.counts[outcome] for outcome in software_faults.OUTCOMES)
    assert tally.counts["activated"] > 0
    assert tally.counts["kernel_hurt"] == 0
