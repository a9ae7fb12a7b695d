"""What clients were told, against what is there, for software_faults.py.

Each judge is given a boot and returns what is wrong: in which round, who had acknowledged it (fault_log.py), and what.
Something that was never acknowledged may be there or not. What files hold is judged by fault_disk.py.
"""
import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from fault_log import BEFORE, DAMAGED, SUCCESSOR
from kill_loops import MODELS

_LINE = re.compile(r"(.*)([tj])(\d+)\.(\d+) ([a-z]*)")


@dataclass
class Wrong:
    """What was acknowledged and is not so."""

    round: int
    when: str
    text: str


def _answered(current, line, text):
    """A wrong answer. Who gave it before this round's fault is what the fault of the round before has left."""
    if line.when == BEFORE:
        return Wrong(current.number - 1, SUCCESSOR, text)
    return Wrong(current.number, line.when, text)


def _lines(boot, word):
    """(round, line, its other words) of each line that begins with the word."""
    for current in boot.rounds:
        for line in current.lines:
            first, *words = line.text.split()
            if first == word:
                yield current, line, words


def _archive(boot):
    """The digest of what was read is the file's."""
    digest = hashlib.sha256((boot.folder / "manifest").read_bytes()).hexdigest()
    told = _lines(boot, "digest")
    return [_answered(current, line, line.text) for current, line, words in told if words[2] != digest]


def _pci(boot):
    """Each listing has the devices that the machine was given. A round's own is told by its number, the next by 0."""
    listings, last = defaultdict(list), {}
    for current, line, words in _lines(boot, "device"):
        listings[current.number, words[0]].append(f"device 1 {' '.join(words[1:])}")
        last[current.number, words[0]] = current, line
    return [_answered(*last[key], f"{told}") for key, told in listings.items() if MODELS["pci"](told, None, 1)]


def _process(boot):
    """A child that was made ran once, and its parent learned how it ended. Those of number 0 are many: one a round."""

    def child(current, number):
        return (current.number, 0) if number == "0" else number

    ran, spawned, wrong = Counter(), {}, []
    for current, line, (number,) in _lines(boot, "spawned"):
        spawned[child(current, number)] = line.when
    for current, line, (number,) in _lines(boot, "ran"):
        ran[child(current, number)] += 1
        if ran[child(current, number)] == 2:
            wrong.append(Wrong(current.number, spawned.get(child(current, number), line.when), f"ran {number} twice"))
    for current, line, (number, *how) in _lines(boot, "ended"):
        if ran[child(current, number)] == 0 or how != ["0", f"{int(number) % 50}"]:
            wrong.append(_answered(current, line, f"{line.text}; ran {ran[child(current, number)]} times"))
    return wrong


def _printed(text):
    """What was printed: the workload's lines as (channel, round, length), anything else as it is, also what stands in
    front of such a line."""
    for line in filter(str.strip, text.split("\n")):
        found = _LINE.fullmatch(line)
        if not found or found[5] != chr(ord("a") + int(found[3]) % 26) * int(found[4]):
            yield line
            continue
        if found[1]:
            yield found[1]
        yield (found[2], int(found[3]), int(found[4]))


class _Comparison:
    """Walks along one channel: what was acknowledged there, against what was printed."""

    def __init__(self, boot, channel, text):
        self.wanted = []  # (line as printed, round, who acknowledged it)
        for current, line, words in _lines(boot, "line"):
            if words[0] == channel:
                self.wanted.append(((channel, int(words[1]), int(words[2])), current.number, line.when))
        self.unacknowledged = {current.number for current in boot.rounds if not current.content}
        self.channel, self.wrong, self.at, self.extra = channel, [], 0, []
        for line in _printed(text):
            self._take(line)
        self._go_on(len(self.wanted))

    def _take(self, line):
        ahead = [place for place in range(self.at, min(self.at + 8, len(self.wanted))) if self.wanted[place][0] == line]
        if ahead:
            self._go_on(ahead[0])
            self.at = ahead[0] + 1
        elif not self._may_be(line):
            self.extra.append(line)

    def _go_on(self, end):
        """Judges what stands before `wanted[end]`: what nobody expects there, and what is missing."""
        for line in self.extra:
            self._too_much(line, self.at < end)
        self.extra = []
        for line, number, when in self.wanted[self.at : end]:
            self.wrong.append(Wrong(number, when, f"{self.channel}: {line} is missing"))

    def _may_be(self, line):
        """Is it of an operation that was not acknowledged, or the beginning of one?"""
        if isinstance(line, tuple):
            return line[1] in self.unacknowledged and line not in [wanted[0] for wanted in self.wanted]
        found = re.match(rf"{self.channel}(\d+)\.", line)
        return found is not None and int(found[1]) in self.unacknowledged

    def _too_much(self, line, is_instead):
        """Done by the round under way: instead of what it should have printed; or it was told before, and is there a
        second time."""
        known = [place for place in range(self.at) if self.wanted[place][0] == line]
        _, number, _ = self.wanted[min(self.at, len(self.wanted) - 1)] if self.wanted else (None, 1, None)
        was_before = known and (self.wanted[known[0]][1] < number or self.wanted[known[0]][2] == BEFORE)
        text = f"{self.channel}: {repr(line)[:80]} is too much"
        self.wrong.append(Wrong(number, BEFORE if was_before and not is_instead else DAMAGED, text))


def _console(boot):
    """Each line that was acknowledged is there once, whole and in order, on its channel, and nothing else is."""
    terminal = re.sub(r"(init|Atelier): [^\n]*\n", "", boot.console)
    job = boot.output.decode(errors="replace").replace("\r\n", "\n")
    if boot.began_again:
        return []  # what the second run printed cannot be told from the first's
    return _Comparison(boot, "t", terminal).wrong + _Comparison(boot, "j", job).wrong


JUDGES = {"archive": _archive, "pci": _pci, "process": _process, "console": _console}
