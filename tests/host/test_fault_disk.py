"""What a disk holds, against what was told: who had acknowledged what is wrong there (fault_disk.py)."""
import fault_disk
import pytest
from fault_disk import DiskJudge
from fault_log import BEFORE, DAMAGED, Parser

from fs_image import host, pattern

TOLD = ["try mkdir /r1", "did mkdir /r1", "try open /r1/f", "did open /r1/f", "try write /r1/f end 700 5",
        "did write /r1/f end 700 5", "try mkdir /r1/x", "did mkdir /r1/x", "try rmdir /r1/x", "did rmdir /r1/x"]
AFTER = ["injected fs owing", "try write /r1/f end 90 6", "did write /r1/f end 90 6", "try mkdir /r1/d",
         "did mkdir /r1/d", "died fs 1 14"]
RIGHT = {"f": pattern(5, 700) + pattern(6, 90), "d": None}


@pytest.fixture
def judge(image, tmp_path):
    """Judges a disk with these files in the folder of round 1, None for a folder, after these lines."""

    def make(files, lines):
        parser = Parser()
        for line in ["round 1", *lines]:
            parser.take(line)
        folder = tmp_path / "root/r1"
        folder.mkdir(parents=True)
        for name, data in files.items():
            if data is None:
                (folder / name).mkdir()
            else:
                (folder / name).write_bytes(data)
        disk = image(tmp_path / "root", size=8 << 20)
        return [one.when for one in DiskJudge(tmp_path).judge(parser.rounds[0], disk)]

    return make


@pytest.mark.parametrize("files, wanted", [
    (RIGHT, []),
    ({**RIGHT, "f": pattern(5, 700)}, [DAMAGED]),  # what was written later is lost
    ({**RIGHT, "f": pattern(5, 700) + b"z" * 90}, [DAMAGED]),
    ({**RIGHT, "f": pattern(5, 600)}, [BEFORE]),
    ({"d": None}, [BEFORE]),
    ({"f": RIGHT["f"]}, [DAMAGED]),
    ({**RIGHT, "x": None}, [BEFORE]),  # it had been removed
    ({**RIGHT, "y": None}, [DAMAGED]),
])
def test_told_before_or_after(judge, files, wanted):
    assert judge(files, TOLD + AFTER) == wanted


@pytest.mark.parametrize("files", [RIGHT, {**RIGHT, "z": None}])
def test_what_was_not_acknowledged_is_there_or_not(judge, files):
    assert judge(files, [*TOLD, *AFTER, "try mkdir /r1/z"]) == []


@pytest.mark.parametrize("length", [0, 33, 90])
def test_a_write_that_was_cut_off(judge, length):
    assert judge({"f": pattern(5, 700) + pattern(6, length)}, TOLD + AFTER[:2]) == []


@pytest.mark.parametrize("spoil, wanted", [
    (lambda disk: host("debugfs", "-w", "-R", "set_inode_field /r1/d links_count 7", disk), [DAMAGED]),
    (lambda disk: disk.write_bytes(bytes(8 << 20)), [BEFORE, BEFORE, DAMAGED, DAMAGED]),
])
def test_an_unsound_disk(judge, monkeypatch, spoil, wanted):
    """With a wrong count of links nothing is lost; without anything all is."""
    sound = fault_disk.check_disk

    def check(disk):
        spoil(disk)
        sound(disk)

    monkeypatch.setattr(fault_disk, "check_disk", check)
    assert judge(RIGHT, TOLD + AFTER) == wanted
