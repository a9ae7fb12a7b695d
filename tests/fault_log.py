"""What a machine told while faults were made in one of its servers: rounds, and in each what came before the fault.

The workload (tests/guest/killing/faults.c) and init (servers/init/host_log.h) write to one log, in the order in which
things happen, and no server has a part in it. In each line of a round it is known who had answered:

    BEFORE      the server, when nothing had been done to it
    DAMAGED     the server after the fault, until its end was noticed
    SUCCESSOR   a fresh incarnation

An answer may be on its way to the client when the fault happens: if the server owed nobody an answer then, the next
line still counts as told before.

A line of the workload's may be cut by one of init's, or of the disk's (own_disk.py): those begin with a mark.
"""
import re
from dataclasses import dataclass, field

BEFORE, DAMAGED, SUCCESSOR = "before", "by_damaged_server", "by_successor"
ACKNOWLEDGEMENTS = ("did", "line", "digest", "device", "ended", "spawned", "flushed")
MARK = b"\x01"
_MARKED = re.compile(b"(" + MARK + rb"[^\n]*\n)")
REASON_FAULT, REASON_EXIT, REASON_HUNG = 1, 2, 3  # enum service_reason


@dataclass
class Line:
    """One of the workload's, and who had answered."""

    text: str
    when: str


@dataclass
class Round:
    """What one fault was made in: the workload, and what ran after it on those who took over."""

    number: int
    lines: list[Line] = field(default_factory=list)
    happened: bool = False
    owing: bool = False  # when it happened
    reason: int = 0  # of the damaged incarnation's end
    is_over: bool = False
    content: bool = False
    late: bool = False  # it took until the limit
    checked: bool = False
    census: str = ""  # of the kernel's objects after it: conserved, or changed

    def manifested(self):
        """Was the server's end noticed, by itself or by its supervisor?"""
        return self.reason in (REASON_FAULT, REASON_EXIT, REASON_HUNG)


def split(text):
    """(the lines in a piece of the log, what there is of the next one): a line that was cut is whole again, and stands
    behind the one that cut it."""
    lines, rest = [], b""
    for number, piece in enumerate(_MARKED.split(text)):
        if number % 2:  # a marked one
            lines.append(piece.strip(MARK + b"\n"))
        else:
            *whole, rest = (rest + piece).split(b"\n")
            lines += whole
    return lines, rest


class Parser:
    """Takes the log line by line: `rounds`, as far as it goes, and the lines before them. If the workload is started a
    second time (its session was), that is the end of what can be told apart."""

    def __init__(self):
        self.rounds, self.preamble, self.began_again, self.end = [], [], False, ""
        self.when = BEFORE
        self.on_its_way = False  # the next acknowledgement was given before the fault

    def take(self, text):
        text = text.strip() or "nothing"
        word, *words = text.split()
        is_later = word == "round" and not self.end and bool(self.rounds)
        self.began_again |= is_later and int(words[0]) <= self.rounds[-1].number
        if self.began_again or self.end:
            return
        if word == "end":
            self.end = text
        elif word == "round":
            self.rounds.append(Round(int(words[0])))
            self.when, self.on_its_way = BEFORE, False
        elif self.rounds:
            self._take_of_round(self.rounds[-1], text, word, words)
        else:
            self.preamble.append(text)

    def _take_of_round(self, current, text, word, words):
        if word == "injected":
            current.happened, current.owing = True, words[1] == "owing"
            self.when, self.on_its_way = DAMAGED, not current.owing and not _is_between(current)
        elif word == "died":
            current.reason, self.when = int(words[1]), SUCCESSOR
        elif word == "fault":
            current.is_over, current.content, current.late = True, words[1] == "content", words[2] == "late"
        elif word == "check":
            current.checked = True
        elif word == "census" and len(words) == 2:
            current.census = words[1]
        else:
            is_early = self.on_its_way and word in ACKNOWLEDGEMENTS
            current.lines.append(Line(text, BEFORE if is_early else self.when))
            self.on_its_way &= not is_early


def _is_between(current):
    """Is the client known to be between two operations? Those of files are told before they are asked for."""
    last = current.lines[-1].text if current.lines else ""
    return last.startswith("did")
