"""Software faults in the servers (software_faults.py): what came of them is written to BUILD/faults.json.

SEED in the environment chooses other faults; the seed is in the file, and the same seed makes the same faults.
"""
import json
import os
from collections import Counter

import software_faults
from places import BUILD

SEED = int(os.environ.get("SEED", 1))
FAULTS = {"archive": 100}


def test_software_faults(tmp_path):
    total, rows = Counter(), {}
    for server, count in FAULTS.items():
        tally = software_faults.run(server, SEED, count, tmp_path)
        rows[server] = tally.row()
        total += tally.counts
        print(server, tally.row(), *tally.complaints, sep="\n  ")
    report = {"seed": SEED, **software_faults.row(total), "servers": rows}
    (BUILD / "faults.json").write_text(json.dumps(report, indent=4) + "\n")
    assert total["activated"] == sum(total[outcome] for outcome in software_faults.OUTCOMES)
    assert total["activated"] > 0
    assert total["kernel_hurt"] == 0
