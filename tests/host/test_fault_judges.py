"""Who had acknowledged what, and what the disk was told, are told apart in logs that were written by hand."""
from pathlib import Path

import fault_device
import fault_judges
import pytest
import software_faults
from fault_log import BEFORE, DAMAGED, SUCCESSOR, Parser, split
from fault_machine import Boot
from fault_plans import Fault
from software_faults import Tally

DEVICES = ["00.0 8086:29c0", "01.0 1af4:1042", "1f.0 8086:2918", "1f.2 8086:2922", "1f.3 8086:2930"]
FAULT = Fault("process", "exit", "here", b"")


def boot(told, console="", output="", ended_well=True, went_off=False, began_again=False):
    """A boot that told these lines, separated by semicolons."""
    parser = Parser()
    for line in told.split(";"):
        parser.take(line.strip())
    output = output.encode()
    return Boot(parser.preamble, parser.rounds, ended_well, went_off, "", console, output, Path(), [], began_again)


def found(wrong):
    return [(one.round, one.when) for one in wrong]


def judge(server, *arguments):
    return found(fault_judges.JUDGES[server](boot(*arguments)))


def test_lines_belong_to_whoever_answered():
    told = "round 1; did a; injected fs owing; did b; died fs 3 500; did c; fault 1 content soon; did d"
    (only,) = boot(told).rounds
    assert [line.when for line in only.lines] == [BEFORE, DAMAGED, SUCCESSOR, SUCCESSOR]
    assert only.happened and only.owing and only.manifested() and only.content and not only.late


def test_an_answer_on_its_way_was_given_before():
    told = "round 1; line t 1 10; injected console idle; line j 1 20; line t 1 1100; died console 5 0"
    assert [line.when for line in boot(told).rounds[0].lines] == [BEFORE, BEFORE, DAMAGED]


def test_a_line_that_was_cut_is_whole_again():
    text = b"try mk\x01device do 0\ndir /r1\ndid mkdir /\x01injected fs idle\n\x01died fs 1 0\nr1\ntr"
    lines, rest = split(text)
    assert lines == [b"device do 0", b"try mkdir /r1", b"injected fs idle", b"died fs 1 0", b"did mkdir /r1"]
    assert rest == b"tr" and split(b"tr\x01dev") == ([], b"tr\x01dev") and split(b"\x01dev") == ([], b"\x01dev")


PRINTED = "round 1; line t 1 2; injected console owing; line t 1 3; died console 5 0; line t 1 4; fault 1 content soon"


@pytest.mark.parametrize("console, wanted", [
    ("t1.2 bb\nt1.3 bbb\nt1.4 bbbb\n", []),
    ("t1.3 bbb\nt1.4 bbbb\n", [(1, BEFORE)]),
    ("t1.2 bb\nt1.4 bbbb\n", [(1, DAMAGED)]),
    ("t1.2 bb\nt1.3 bbb\n", [(1, SUCCESSOR)]),
    ("t1.2 bb\nt1.2 bb\nt1.3 bbb\nt1.4 bbbb\n", [(1, BEFORE)]),  # twice
    ("t1.2 bb\nt1.2 bb\nt1.4 bbbb\n", [(1, DAMAGED), (1, DAMAGED)]),  # instead of another
    ("t1.2 bb\nzzz\nt1.3 bbb\nt1.4 bbbb\n", [(1, DAMAGED)]),
    ("t1.2 bb\nt1.3 bbb\nzzzt1.4 bbbb\n", [(1, DAMAGED)]),
])
def test_console(console, wanted):
    assert judge("console", PRINTED, console) == wanted


def test_a_wrong_answer_before_the_fault_is_what_the_one_before_has_left():
    devices = [f"device 2 {device}" for device in DEVICES]
    right = "round 1; injected pci owing; died pci 1 14; fault 1 content soon; round 2;" + ";".join(devices)
    assert judge("pci", right) == []
    assert judge("pci", right.replace("1af4", "1af5")) == [(1, SUCCESSOR)]


def test_a_child_that_ran_twice_was_acknowledged_before():
    told = "round 1; ran 1; spawned 1; injected process owing; ran 1; ended 1 0 1; died process 5 0; fault 1 content a"
    assert judge("process", told) == [(1, BEFORE)]
    assert judge("process", told.replace("; ran 1; ended", "; ended")) == []
    assert judge("process", told.replace("; ran 1; ended 1 0 1", "; ended 1 0 2")) == [(1, DAMAGED)]


ASKED = "asked 1 100 527000 1000; asked 1 300 600000 200;"


@pytest.mark.parametrize("device, wanted", [
    ("do 1 100 151000 151010 527000:1000:from", None),
    ("do 1 300 151020 151030 600000:200:from", None),
    ("do 1 108 151000 151010 527000:1000:from", "sector"),
    ("do 1 100 151000 151010 528000:1000:from", "address"),
    ("do 1 100 151000 151010 527000:2000:from", "length"),
    ("do 1 100 151000 151010", "length"),
    ("do 1 100 151000 151010 527000:1000:to", "direction"),
    ("do 0 100 151000 151010 527000:1000:to", "direction"),
    ("do 1 100 151000 151011 527000:1000:from", "frame"),
    ("do 1 100 151008 151018 527000:1000:from", "frame"),
    ("do 4 0 151000 151010", "unasked"),
    ("broken descriptor 300", "frame"),
    ("queue 14f000 14f800 151000", "queue"),
    ("queue 14f000 14f800 150000", None),
])
def test_what_the_disk_was_told(device, wanted):
    told = boot(f"device queue 1 2 3; device queue 14f000 14f800 150000; round 1; {ASKED} injected block owing;"
                f"device {device}; answered 0; died block 5 0; fault 1 content soon")
    ways = [how for how, _ in fault_device.misdirected(told, told.rounds[0])]
    assert ways == ([wanted] if wanted else [])


def test_a_line_that_was_cut_off_hides_no_other():
    cut = ASKED.replace("asked 1 300", "asked 1 3asked 1 300") + "asked 1;"
    told = boot(f"device queue 14f000 14f800 150000; round 1; {cut} injected block owing;"
                "device do 1 300 151020 151030 600000:200:from")
    assert fault_device.misdirected(told, told.rounds[0]) == []


def test_nothing_is_wanted_after_an_answer_but_a_repetition():
    told = boot(f"device queue 14f000 14f800 150000; round 1; {ASKED} answered 0; injected block owing; asked 4;"
                "device do 1 100 151000 151010 527000:1000:from")
    assert [how for how, _ in fault_device.misdirected(told, told.rounds[0])] == ["unasked"]


def count(told, **how):
    tally, seen = Tally(), boot(told, **how)
    taken = software_faults._count(tally, seen, [FAULT] * 5)
    return taken, {name: number for name, number in tally.counts.items() if number}


def test_each_fault_is_counted_once():
    ended = {"activated": 1, "injected": 1}
    told = "round 1; injected process owing; died process {} 0; fault 1 {} {}"
    assert count(told.format(1, "content", "soon"))[1] == {**ended, "recovered": 1, "manifested": 1,
                                                           "manifested_recovered": 1}
    assert count(told.format(3, "content", "late"))[1] == {**ended, "hang_caught": 1, "manifested": 1,
                                                           "manifested_recovered": 1}
    assert count(told.format(5, "content", "late"))[1] == {**ended, "client_error": 1}
    assert count(told.format(5, "content", "soon"))[1] == {**ended, "recovered": 1}
    assert count(told.format(2, "discontent", "soon"))[1] == {**ended, "client_error": 1, "manifested": 1}
    assert count("round 1; fault 1 content soon")[1] == {"injected": 1}


def test_a_machine_that_ends_early():
    told = "round 1; injected process owing; died process 5 0; fault 1 content soon; round 2"
    one = {"activated": 1, "injected": 1}
    assert count(told, ended_well=False) == (1, {**one, "client_error": 1})
    assert count(told, ended_well=False, went_off=True) == (1, {**one, "kernel_hurt": 1})


def test_a_workload_that_begins_again():
    told = ("round 1; injected process owing; died process 5 0; fault 1 content soon; round 2; injected process owing;"
            "died process 1 14; fault 2 content soon; ran 0; spawned 0; round 1; ran 0; spawned 0; end good")
    taken, counts = count(told, ended_well=False)
    assert taken == 2
    assert counts == {"activated": 2, "injected": 2, "recovered": 1, "client_error": 1, "manifested": 1}
    taken, counts = count(told.replace("round 2", "census 1 changed; round 2"), ended_well=False, began_again=True)
    assert taken == 1
    assert counts["wrong_data_acknowledged_before"] == 1


def test_what_comes_after_a_lasting_damage_is_made_again():
    told = ("round 1; ran 1; spawned 1; injected process owing; ran 1; died process 5 0; fault 1 content soon;"
            "round 2; injected process owing; died process 5 0; fault 2 content soon")
    taken, counts = count(told)
    assert taken == 1
    assert counts == {"activated": 1, "injected": 1, "wrong_data": 1, "wrong_data_acknowledged_before": 1}
