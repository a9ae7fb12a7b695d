"""The short paths of messages against the long ones: the program `paths` told with and without them.

    difference(BUILD, cpus, "seed=5 stories=3")     None, or the first story where something was not the same
"""
import re

import kernel_programs
from kernel_programs import EXACT, Variant

STORY = re.compile(r"^ok everything_that_messages_can_be \(.*\): (seed .*); (\d+) us$", re.MULTILINE)


def stories(folder, cpus, words):
    """What each story came to, and microseconds of all. Raises ValueError if the run was not a good one."""
    ended = kernel_programs.run(folder, "paths", Variant(cpus, EXACT, f"exact {words}"))
    if ended.complaint() is not None:
        raise ValueError(f"{ended.complaint()}\n{ended.text[-3000:]}")
    found = STORY.findall(ended.text)
    return [story for story, _ in found], sum(int(time) for _, time in found)


def difference(folder, cpus, words):
    """None if both ways give the same results, and the short ones are shorter; else what is wrong."""
    try:
        short, time = stories(folder, cpus, words)
        long, longer_time = stories(folder, cpus, f"{words} short=off")
    except ValueError as trouble:
        return str(trouble)
    if not short or len(short) != len(long):
        return f"{len(short)} stories with short paths, {len(long)} without"
    for first, second in zip(short, long):
        if first != second:
            return f"FAIL with short paths: {first}; without: {second}"
    return None if time < longer_time else f"FAIL it took {time} us with short paths, {longer_time} us without"
