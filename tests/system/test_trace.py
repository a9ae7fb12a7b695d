"""The trace: recorded in full with trace=on, free of charge without, and told by panics and failed tests."""
import re
import subprocess

import kernel_programs
import pytest
from kernel_programs import EXACT, OTHER_VARIANTS, Variant
from places import BUILD

TRACED = {name: variant for name, variant in OTHER_VARIANTS.items() if "traced" in name}
LINE = re.compile(r"^  (\d+\.\d{3}) us cpu(\d)( thread \d+)? (\w+)(.*)$", re.MULTILINE)
SHORT_PATH = ["fast_call", "fast_reply_recv", "call_with_extras", "reply_recv_with_extras", "syscall_entry", "deliver"]


@pytest.fixture(scope="module", autouse=True)
def programs():
    """Everything is built once, before the first test."""
    kernel_programs.build(BUILD)


@pytest.mark.parametrize("variant", TRACED)
@pytest.mark.parametrize("program", ["records", "circles", "trace"])
def test_records(program, variant):
    ended = kernel_programs.run(BUILD, program, TRACED[variant])
    assert ended.complaint() is None, f"{ended.complaint()}\n{ended.text[-3000:]}"


@pytest.mark.parametrize("program", ["messages", "priorities", "deadlines", "moves"])
def test_tracing_changes_nothing_else(program):
    ended = kernel_programs.run(BUILD, program, TRACED["4 CPUs, exact, traced"])
    assert ended.complaint() is None, f"{ended.complaint()}\n{ended.text[-3000:]}"


def test_a_traced_system_works(command, image):
    ended = command("cat /hello", disk=image(), extra=["-append", "trace=on"])
    assert ended.output == b"hello, world\n"


def disassembly(*options):
    """The kernel's instructions: (function, text) one by one."""
    command = ["objdump", "-d", "--no-show-raw-insn", *options, BUILD / "atelier.elf"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    function = None
    for line in listing.splitlines():
        head = re.fullmatch(r"[0-9a-f]+ <(.+)>:", line)
        if head:
            function = head[1]
        elif ":\t" in line:
            yield function, line.split(":\t", 1)[1]


def test_a_point_that_is_off_costs_two_instructions():
    code = list(disassembly())
    readers = [
        (function, text, code[i + 1][1])
        for i, (function, text) in enumerate(code)
        if "<trace_enabled>" in text and not text.startswith("mov    %")  # but who sets it
    ]
    assert len(readers) > 15
    for function, compare, jump in readers:
        assert re.match(r"cmpl   \$0x0,0x[0-9a-f]+\(%rip\) ", compare), f"{function}: {compare}"
        assert jump.startswith("jne "), f"{function}: {compare}; {jump}"


def test_the_short_path_has_no_point():
    functions = {function for function, _ in disassembly()}
    assert functions.issuperset(SHORT_PATH), "the short path has other names now"
    for function, text in disassembly():
        assert function not in SHORT_PATH or "trace" not in text, f"{function}: {text}"


def lines_after(text, mark):
    """The records told after a line that begins with `mark`: their times, CPUs and words."""
    assert mark in text, text
    return LINE.findall(text.split(mark, 1)[1])


@pytest.mark.parametrize("variant", TRACED)
def test_a_panic_tells_the_last_records(variant):
    variant = Variant(TRACED[variant].cpus, TRACED[variant].options, TRACED[variant].words + " then=fault")
    ended = kernel_programs.run(BUILD, "trace", variant)
    assert re.search(r"^PANIC on cpu\d: init faulted: vector 14, .* address dead000,", ended.text, re.MULTILINE)
    records = lines_after(ended.text, "last events of all CPUs:\n")
    assert len(records) == 40
    times = [float(time) for time, *_ in records]
    assert times == sorted(times)
    assert {int(cpu) for _, cpu, *_ in records} <= set(range(variant.cpus))
    thread, _, words = next(record for record in reversed(records) if record[3] == "fault")[2:]
    assert thread == " thread 1" and re.fullmatch(r", vector 14, rip 0x[0-9a-f]+, address 0xdead000", words)
    assert {"syscall", "trap"} <= {kind for *_, kind, _ in records}


def test_a_panic_without_tracing_tells_the_rare_records():
    ended = kernel_programs.run(BUILD, "trace", Variant(4, EXACT, "exact then=fault"))
    kinds = [kind for *_, kind, _ in lines_after(ended.text, "last events of all CPUs:\n")]
    assert kinds[-1] == "fault" and "destroy" in kinds and "exit" in kinds and "expire" in kinds
    assert not {"syscall", "switch", "ready", "wait", "call"} & set(kinds)


def test_a_failed_test_tells_the_last_records():
    ended = kernel_programs.run(BUILD, "trace", Variant(4, EXACT, "exact trace=on then=fail"))
    said = r"^FAIL what_does_not_hold: tests/guest/kernel/trace\.c:\d+: figure\(SELF, PROCESS_EXITED\) is 0, not 0x2\n"
    failed = re.search(said, ended.text, re.MULTILINE)
    assert failed, ended.text
    told = ended.text[failed.end() :].split("\nok ", 1)[0]
    records = LINE.findall(told)
    assert len(records) == 40 == len(told.splitlines())
    # what the story did last, and how the frame heard of it, which is then in its way
    kinds = [kind for *_, kind, _ in records]
    last = len(kinds) - 1 - kinds[::-1].index("exit")
    assert re.search(r" of process \d+, status 0x1", records[last][4])
    assert ("syscall", " 18,") in [(kind, words[:4]) for *_, kind, words in records[:last]]
