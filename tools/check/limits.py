#!/usr/bin/python3
"""Checks sizes, for the reader's sake: lines of 120 columns, files of 500 lines, functions of 70; nothing left to do.

Prints the medians and the largest, so that growth is seen before it is forbidden. Functions are found by their braces,
which clang-format keeps in the first column.
"""
import re
import statistics
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ["kernel", "servers", "user", "boot", "tools", "tests"]
MAX_COLUMNS = 120
MAX_FILE = 500
MAX_FUNCTION = 70
LEFT_TO_DO = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
SOURCE = {".c", ".h", ".asm", ".py", ".sh", ""}


def sources():
    """Every text of ours that somebody reads as a program."""
    files = [PROJECT / "Makefile", PROJECT / "linker.ld"]
    for folder in FOLDERS:
        files += (PROJECT / folder).rglob("*")
    return sorted(f for f in files if f.is_file() and f.suffix in SOURCE and "__pycache__" not in f.parts)


def functions(lines):
    """(length, line number) of each function of a C file, from its head to its closing brace."""
    found = []
    head, start = 0, None
    for number, line in enumerate(lines):
        if line and not line[0].isspace() and line[0] not in "{}/*#":
            head = number
        if line == "{":
            start = head
        if line == "}" and start is not None:
            found.append((number - start + 1, start + 1))
            start = None
    return found


def main():
    complaints, file_sizes, function_sizes = [], [], []
    for file in sources():
        name = str(file.relative_to(PROJECT))
        lines = file.read_text().splitlines()
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_COLUMNS:
                complaints.append(f"{name}:{number}: {len(line)} columns")
            if LEFT_TO_DO.search(line):
                complaints.append(f"{name}:{number}: something is left to do")
        if len(lines) > MAX_FILE:
            complaints.append(f"{name}: {len(lines)} lines")
        if file.suffix in {".c", ".h"}:
            file_sizes.append((len(lines), name))
        if file.suffix == ".c":
            function_sizes += [(length, f"{name}:{number}") for length, number in functions(lines)]
    for length, where in function_sizes:
        if length > MAX_FUNCTION:
            complaints.append(f"{where}: a function of {length} lines")
    for kind, sizes in ("files", file_sizes), ("functions", function_sizes):
        if sizes:
            longest = ", ".join(f"{where} {length}" for length, where in sorted(sizes, reverse=True)[:3])
            print(f"{kind}: {len(sizes)}, median {statistics.median(s for s, _ in sizes):.0f} lines; longest {longest}")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
