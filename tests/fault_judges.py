"""What clients were told, against what is there, round by round, for software_faults.py.

Each judge is given a boot and returns {round: what is wrong}; a round is what one fault was made in. Something that was
never acknowledged may be there or not.
"""
import hashlib
import re
import shutil
from collections import Counter, defaultdict

import kill_files
from kill_loops import MODELS

_LINE = re.compile(r"[tj](\d+)\.(\d+) ([a-z]*)")


def _archive(boot):
    """The digest of what was read in a round is the file's."""
    digest = hashlib.sha256((boot.folder / "manifest").read_bytes()).hexdigest()
    told = [line.split() for line in boot.told if line.startswith("digest ")]
    return {int(number): found for _, _, number, found in told if found != digest}


def _pci(boot):
    """Each listing has the devices that the machine was given."""
    listings = defaultdict(list)
    for line in boot.told:
        if line.startswith("device "):
            _, number, device = line.split(" ", 2)
            listings[int(number)].append(line.replace(f"device {number}", "device 1"))
    return {number: f"{told}" for number, told in listings.items() if MODELS["pci"](told, None, 1)}


def _process(boot):
    """A child that was made ran once, and its parent learned how it ended."""
    text = "\n".join(boot.told)
    ran = Counter(re.findall(r"^ran (\d+)$", text, re.MULTILINE))
    wrong = {}
    for number, how in re.findall(r"^ended (\d+) (\d+ \d+)$", text, re.MULTILINE):
        if ran[number] != 1 or how != f"0 {int(number) % 50}":
            wrong[int(number)] = f"ran {ran[number]} times, ended with {how}"
    wrong |= {int(number): f"ran {times} times" for number, times in ran.items() if times > 1}
    wrong.pop(0, None)  # run as often as a round before was not content
    return wrong


def _discontented(boot):
    """The rounds that did not end well: what they did last was not acknowledged, and may be done or not."""
    text = "\n".join(boot.told)
    begun = {int(number) for number in re.findall(r"^round (\d+)$", text, re.MULTILINE)}
    return begun - {int(number) for number in re.findall(r"^fault (\d+) content", text, re.MULTILINE)}


def _compare_lines(channel, wanted, seen, wrong, optional):
    """Walks along what was printed. What nobody expects there was done by the round that was under way."""
    at = 0
    for line in seen:
        if line[0] in optional and line not in wanted:
            continue
        ahead = wanted.index(line, at) if line in wanted[at : at + 8] else None
        if ahead is None:
            round_number = wanted[min(at, len(wanted) - 1)][0] if wanted else 1
            wrong.setdefault(round_number, f"{channel}: {line} is too much")
            continue
        for number, length in wanted[at:ahead]:
            wrong.setdefault(number, f"{channel}: line {number}.{length} is missing")
        at = ahead + 1
    for number, length in wanted[at:]:
        wrong.setdefault(number, f"{channel}: line {number}.{length} is missing")


def _lines(text):
    """The workload's lines as (round, length); anything else as it is."""
    for line in filter(str.strip, text.split("\n")):
        found = _LINE.fullmatch(line)
        whole = found and found[3] == chr(ord("a") + int(found[1]) % 26) * int(found[2])
        yield (int(found[1]), int(found[2])) if whole else repr(line[:60])


def _console(boot):
    """Each line that was acknowledged is there once, whole and in order, on its channel, and nothing else is."""
    terminal = re.sub(r"(init|Atelier): [^\n]*\n", "", boot.console)
    job = boot.output.decode(errors="replace").replace("\r\n", "\n")
    wrong, optional = {}, _discontented(boot)
    for channel, text in (("t", terminal), ("j", job)):
        told = re.findall(rf"^line {channel} (\d+) (\d+)$", "\n".join(boot.told), re.MULTILINE)
        _compare_lines(channel, [(int(number), int(length)) for number, length in told], _lines(text), wrong, optional)
    return wrong


def _files(boot):
    """What is on the disk is what was acknowledged, by the host's own tools."""
    wrong = {}
    read = boot.folder / "read"
    shutil.rmtree(read, ignore_errors=True)
    try:
        complaints = kill_files.compare(boot.told, boot.disk, read)
    except AssertionError as error:
        complaints = [f"the disk: {error}"]
    last = max([int(number) for number in re.findall(r"^fault (\d+)", "\n".join(boot.told), re.MULTILINE)] or [1])
    for complaint in complaints:
        found = re.search(r"/r(\d+)", complaint)
        if found and int(found[1]) in _discontented(boot) and complaint.endswith(", not None"):
            continue
        wrong[int(found[1]) if found else last] = complaint[:300]
    return wrong


JUDGES = {"archive": _archive, "pci": _pci, "process": _process, "console": _console, "files": _files}
