"""Priority inversion with the cure and without: the same stories under both, and their figures side by side."""
import re

import kernel_programs
from kernel_programs import EXACT, Variant
from places import BUILD

FIGURES = re.compile(r"^ok (\S+?)( \(|, far).*wait was (\d+) instructions; the sections (\d+), the middle run (\d+)")


def waits(words):
    """{story: (instructions waited, instructions of the critical sections, those of the middle thread's run)}."""
    ended = kernel_programs.run(BUILD, "inversion", Variant(4, EXACT, words))
    assert ended.complaint() is None, f"{ended.complaint()}\n{ended.text[-3000:]}"
    found = filter(None, map(FIGURES.match, ended.text.splitlines()))
    return {line[1] + line[2].removesuffix(" ("): tuple(map(int, line.groups()[2:])) for line in found}


def test_inheritance_bounds_the_wait_by_the_critical_section():
    kernel_programs.build(BUILD)
    cured, ill = waits("exact"), waits("exact inherit=off")
    assert len(cured) == 9 and cured.keys() == ill.keys()
    for story, (waited, sections, middle) in cured.items():
        assert sections <= waited < sections + middle / 10, f"{story} waited {waited}"
        assert ill[story][0] >= middle, f"without inheritance {story} waited only {ill[story][0]}"
