"""The stress of everything at once (tests/guest/kernel/stress.c): booting it with a seed, and adding up what it says.

    run = play(BUILD, "4 CPUs by turns", seed=17, stories=3, milliseconds=1000)
    run.complaint          None, or what was wrong and how to play it again
    run.totals             {"operations": 40141, "calls": 6021, ...}; run.longest: nanoseconds of the longest step
"""
import re
from collections import Counter
from dataclasses import dataclass

import kernel_programs
from kernel_programs import DEBUG_KERNEL, EXACT, Variant

# Where all CPUs take turns in one host thread a seed is one run for ever; where each has a host thread of its own they
# really meet. All but the measured kinds look at the whole kernel now and then (validate=N).
KINDS = {
    "4 CPUs at once, shaken": Variant(4, [], "validate=200 shake={seed}", DEBUG_KERNEL),
    "4 CPUs at once": Variant(4, [], "validate=100", DEBUG_KERNEL),
    "4 CPUs by turns, shaken": Variant(4, EXACT, "validate=100 shake={seed}", DEBUG_KERNEL),
    "8 CPUs by turns": Variant(8, EXACT, "validate=200", DEBUG_KERNEL),
    "1 CPU, shaken": Variant(1, EXACT, "validate=100 shake={seed}", DEBUG_KERNEL),
    "4 CPUs by turns, measured": Variant(4, EXACT, "measure=on"),
    "1 CPU, measured": Variant(1, EXACT, "measure=on"),
}
STORY = re.compile(r"^ok everything_at_once \(\d+ ms\): seed \d+: (.*); longest step (\d+) ns$", re.MULTILINE)
FIGURE = re.compile(r"(\d+) ([a-z ]+)")
OVERHEAD = 20  # seconds that a boot may take beyond its stories' time


@dataclass
class Run:
    """What came of a boot."""

    text: str
    complaint: str | None
    totals: Counter
    longest: int  # nanoseconds


def words_for(kind, seed, stories, milliseconds):
    """The kernel's command line."""
    words = KINDS[kind].words.format(seed=seed)
    return f"{words} seed={seed} stories={stories} milliseconds={milliseconds}"


def play(folder, kind, seed, stories, milliseconds, patience=4):
    """Boots the stress: so many stories, the first with this seed; it may take `patience` times as long as it says."""
    words = words_for(kind, seed, stories, milliseconds)
    variant = Variant(KINDS[kind].cpus, KINDS[kind].options, words, KINDS[kind].kernel)
    limit = OVERHEAD + patience * stories * milliseconds / 1000
    ended = kernel_programs.run(folder, "stress", variant, limit)
    complaint = ended.complaint()
    found = STORY.findall(ended.text)
    if complaint is None and len(found) != stories:
        complaint = f"{len(found)} of {stories} stories were told"
    if complaint is not None:
        complaint = f"{complaint}\nto play it again: {kind}, words {words!r}\n{ended.text[-6000:]}"
    totals = Counter()
    for figures, _ in found:
        totals.update({what: int(count) for count, what in FIGURE.findall(figures)})
    return Run(ended.text, complaint, totals, max((int(longest) for _, longest in found), default=0))


def describe(totals):
    """Totals in one line."""
    return ", ".join(f"{count:,} {what}" for what, count in totals.items())
