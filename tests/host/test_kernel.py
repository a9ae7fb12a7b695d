"""The kernel's pure files, compiled unchanged for the host under the sanitizers: random steps against naive models.

`kernel/base/check.h` is found first in tests/host/kernel/shadow, where a failed check is a failed test.
"""
import subprocess

import pytest

PROGRAMS = {
    "frame": ["mm/frame.c"],
    "derive": ["cap/derive.c"],
    "runqueue": ["sched/runqueue.c"],
    "timeout": ["sched/timeout.c"],
    "inherit": ["sched/inherit.c", "sched/thread.c", "sched/runqueue.c", "sched/timeout.c"],
    "trace": [],  # kernel/abi/trace_text.h alone
    "capability": ["cap/capability.c", "cap/table.c", "cap/derive.c", "mm/frame.c"],
}
SEEDS = [1, 2, 3]
FLAGS = "-std=gnu17 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all".split()
LINKING = ["-no-pie", "-Wl,--unresolved-symbols=ignore-all"]  # what no test calls need not be there
FOLDERS = ["-Itests/host/kernel/shadow", "-I."]


@pytest.mark.parametrize("program", PROGRAMS)
def test_kernel_unit(program, tmp_path):
    built = tmp_path / program
    sources = [f"tests/host/kernel/{program}_test.c"] + [f"kernel/{source}" for source in PROGRAMS[program]]
    subprocess.run(["gcc", *FLAGS, *FOLDERS, *sources, *LINKING, "-lcmocka", "-o", built], check=True, timeout=60)
    for seed in SEEDS:
        ended = subprocess.run([built, str(seed)], capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
