#!/usr/bin/python3
"""Checks the direction of includes: every layer may include only itself and what stands to its right.

    kernel/*.c, debug -> syscall -> ipc -> sched -> cap -> mm -> base -> x86_64/arch.h -> abi
    servers, user, tests/guest -> user/lib -> servers/proto -> kernel/abi
    user/bench -> tests/guest/harness

Machine code (kernel/x86_64) stands below base, whose per-CPU data and log it uses. Also: no include cycle, no include
through a parent folder, and no header that is not there.
"""
import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)

# A layer, and what it may include besides itself. A file belongs to the first layer that its path begins with.
ABI = ["kernel/abi/"]
BASE = ["kernel/base/", "kernel/x86_64/arch.h"] + ABI
MM = ["kernel/mm/"] + BASE
CAP = ["kernel/cap/"] + MM
SCHED = ["kernel/sched/"] + CAP
IPC = ["kernel/ipc/"] + SCHED
SYSCALL = ["kernel/syscall/"] + IPC
TOP = ["kernel/bootstrap.h", "kernel/objects.h"] + SYSCALL
PROTO = ["servers/proto/"] + ABI
USER = ["user/lib/"] + PROTO
LAYERS = {
    "kernel/abi/": [],
    "kernel/x86_64/arch.h": ABI,
    "kernel/x86_64/offsets.c": ["kernel/x86_64/"] + SCHED,  # computes where other layers' fields lie, for the assembler
    "kernel/x86_64/": BASE,
    "kernel/base/": BASE,
    "kernel/mm/": BASE,
    "kernel/cap/": MM,
    "kernel/sched/": CAP,
    "kernel/ipc/": SCHED,
    "kernel/syscall/": IPC,
    "kernel/debug/": TOP,
    "kernel/main.": TOP,
    "kernel/bootstrap.": TOP,
    "kernel/trap.": TOP,
    "kernel/objects.": TOP,
    "servers/proto/": ABI,
    "servers/": USER,
    "user/lib/": PROTO,
    "user/bench/": USER + ["tests/guest/harness/"],  # the frame of the programs that boot in place of init
    "user/": USER,
    "tests/guest/telling/": USER + ["servers/fs/", "tests/guest/killing/"],  # stands in a server, and tells
    "tests/guest/damage.c": USER + ["servers/console/", "tests/guest/"],  # damages it from within
    "tests/guest/": USER,
    "tests/host/": [""],  # host tests look at everything
}


def layer_of(path):
    """The layer a path belongs to, or None. No server may include another, so each server is a layer of its own."""
    for layer in LAYERS:
        if path.startswith(layer):
            return re.match(r"servers/[^/]*/?", path)[0] if layer == "servers/" else layer
    return None


def is_allowed(source, target):
    """May `source` include `target`?"""
    layer = layer_of(source)
    if layer is None:
        return False
    rules = LAYERS.get(layer, USER)
    return target.startswith(tuple([layer] + rules))


def resolve(source, bracket, name):
    """The project's file that an include names, as a path from the root; None if it names none of ours."""
    beside = [] if bracket == "<" else [(PROJECT / source).parent, PROJECT]
    for folder in beside + [PROJECT / "user/lib"]:
        if (folder / name).is_file():
            return str((folder / name).resolve().relative_to(PROJECT))
    return None


def read_graph(complaints):
    """{path: [paths it includes]} of all C files."""
    graph = {}
    for folder in "kernel", "servers", "user", "tests":
        for file in sorted((PROJECT / folder).rglob("*.[ch]")):
            source = str(file.relative_to(PROJECT))
            graph[source] = []
            for bracket, name in INCLUDE.findall(file.read_text()):
                target = resolve(source, bracket, name)
                if ".." in name:
                    complaints.append(f"{source}: includes {name} through a parent folder")
                elif target is not None:
                    graph[source].append(target)
                elif bracket == '"' and not source.startswith("tests/host/"):
                    complaints.append(f"{source}: includes {name}, which is not there")
    return graph


def find_cycles(graph, complaints):
    """Complains about each include that leads back to where it came from."""
    done, path = set(), []

    def visit(file):
        if file in path:
            complaints.append("cycle: " + " -> ".join(path[path.index(file) :] + [file]))
        elif file not in done:
            path.append(file)
            for target in graph.get(file, []):
                visit(target)
            path.pop()
            done.add(file)

    for file in graph:
        visit(file)


def main():
    complaints = []
    graph = read_graph(complaints)
    for source, targets in graph.items():
        for target in targets:
            if not is_allowed(source, target):
                complaints.append(f"{source}: may not include {target}")
    find_cycles(graph, complaints)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
