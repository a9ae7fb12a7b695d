"""Campaigns go on where they were stopped, and what was wrong once stays said (campaign.py)."""
import signal
import subprocess
import sys

import campaign
import fault_machine
import fault_plans
import pytest
from campaign import MOST_COMPLAINTS, STOPPED, Batch, Campaign
from fault_campaign import Faults
from places import PROJECT


@pytest.fixture
def start(tmp_path):
    """Makes a campaign of a thousand things, in a folder of the test's own."""

    def make(version="c0ffee"):
        return Campaign("things", 7, "things", 1000, folder=tmp_path, version=version, jobs=1)

    return make


def some(number, folder):
    assert folder.is_dir()
    return Batch({"things": 90, "others": number}, readings=[number])


def test_all_is_done_once(start, capsys):
    assert start().run(some, lambda readings: f", readings {readings}") == 0
    report = capsys.readouterr().out.splitlines()[-1]
    assert report.startswith("20") and "commit c0ffee, seed 7, 0 minutes, 12 batches: 1,080 things, 66 others" in report
    assert report.endswith("; 0 complaints, readings [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].")
    assert start().run(lambda number, folder: pytest.fail("there is nothing left to do")) == 0


def test_a_tree_that_is_not_built_is_no_hundred_complaints(start, monkeypatch, tmp_path):
    monkeypatch.setattr(campaign, "TESTED", tmp_path / "test.archive")
    with pytest.raises(SystemExit, match="make all build/test.archive"):
        start().run(some)


def test_a_run_that_goes_on_draws_from_the_same_instructions(monkeypatch, tmp_path):
    code = [fault_plans.Instruction(address, 1, "nop") for address in range(16, 32)]
    monkeypatch.setattr(fault_plans, "instructions", lambda server: code)
    monkeypatch.setattr(fault_machine, "executed", lambda server, folder: code[3:7])
    assert Faults(1, tmp_path / "first", tmp_path / "code-c0ffee").executed("fs") == code[3:7]
    monkeypatch.setattr(fault_machine, "executed", lambda server, folder: code[2:7])
    assert Faults(1, tmp_path / "again", tmp_path / "code-c0ffee").executed("fs") == code[3:7]
    assert Faults(1, tmp_path / "other", tmp_path / "code-decaf").executed("fs") == code[2:7]


def test_it_goes_on_where_it_was_stopped(start):
    def stopping(number, folder):
        if number == 5:
            raise SystemExit
        return some(number, folder)

    stopped = start()
    note = stopped._note
    stopped._note = lambda number, *rest: note(number, *rest) if number < 5 else signal.raise_signal(signal.SIGINT)
    assert stopped.run(stopping) == STOPPED
    with open(stopped.file, "a", encoding="utf-8") as file:
        file.write('\n{"number": 5, "seco')
    played = []
    assert start().run(lambda number, folder: played.append(number) or some(number, folder)) == 0
    assert played == [5, 6, 7, 8, 9, 10, 11]


def test_there_may_be_no_more_batches(start, capsys):
    campaign = start()
    campaign.batches = 3
    assert campaign.run(some) == 0
    assert "3 batches: 270 things" in capsys.readouterr().out


def test_complaints_and_failures_are_kept(start, capsys):
    def wrong(number, folder):
        assert number != 3, "an expectation failed"
        return Batch({"things": 90}, ["one was lost"] if number == 2 else [])

    assert start().run(wrong) == 1
    assert start().run(some) == 1
    assert "2 complaints" in capsys.readouterr().out


def test_one_that_gets_nowhere_ends(start):
    assert start().run(lambda number, folder: pytest.fail("no machine")) == 1
    assert MOST_COMPLAINTS <= len(start().file.read_text().split("no machine")) <= 3 * MOST_COMPLAINTS


def test_a_changed_tree_begins_afresh(start):
    played = []
    for _ in range(2):
        assert start("c0ffee-dirty").run(lambda number, folder: played.append(number) or some(number, folder)) == 0
    assert len(played) == 24


def test_ctrl_c_leaves_nothing_behind(tmp_path):
    """Neither what is under way nor its folders."""
    program = f"""
import sys, time; sys.path.insert(0, {str(PROJECT / "tests")!r})
from pathlib import Path
from campaign import Batch, Campaign
def play(number, folder):
    (folder / "disk").write_text("")
    print("begun", flush=True)
    time.sleep(60)
sys.exit(Campaign("c", 1, "things", 10, folder=Path({str(tmp_path)!r}), version="c0ffee", jobs=1).run(play))
"""
    environment = {"TMPDIR": str(tmp_path), "PATH": "/usr/bin"}
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    assert "stopped at 0 of 10 things" in process.communicate(timeout=10)[0]
    assert process.returncode == STOPPED
    assert list(tmp_path.iterdir()) == []
