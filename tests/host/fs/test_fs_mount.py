"""What is mounted, what is mounted read-only, what is refused; and what a disk looks like when the power fails."""
import random
import struct

import pytest
from fs_image import Image, script

INCOMPATIBLE, READ_ONLY_COMPATIBLE, STATE, ORPHAN = 1024 + 96, 1024 + 100, 1024 + 58, 1024 + 232
CHANGES = script(
    "create /new; mkdir /d; symlink x /s; write /f 0 10 1; truncate /f 1; unlink /f; rename /f /g; link /f /h; "
    "rmdir /lost%2bfound; time /f 1"
)
INCOMPATIBLE_FEATURES = {
    0x1: "compression", 0x8: "journal_dev", 0x10: "meta_bg", 0x40: "extent", 0x80: "64bit", 0x100: "mmp",
    0x200: "flex_bg", 0x400: "ea_inode", 0x2000: "metadata_csum_seed", 0x4000: "large_dir", 0x8000: "inline_data",
    0x10000: "encrypt", 0x20000: "casefold", 0x40000000: "40000000",
}
READ_ONLY_FEATURES = {0x8: "huge_file", 0x10: "uninit_bg", 0x400: "metadata_csum", 0x200000: "200000"}
SUPERBLOCK_FIELDS = {
    "inodes": 0, "blocks": 4, "free blocks": 12, "free inodes": 16, "first data block": 20, "block size": 24,
    "blocks in a group": 32, "inodes in a group": 40, "first inode": 84,
}


@pytest.fixture
def image(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "f").write_bytes(b"contents" * 1000)
    return Image(tmp_path / "image", "4M", 1024, root)


def set_bit(image, offset, bit):
    with open(image.path, "rb") as file:
        file.seek(offset)
        value = struct.unpack("<I", file.read(4))[0]
    image.poke(offset, struct.pack("<I", value | bit))


def assert_refused(tool, image, status, words):
    before = image.digest()
    run = tool.run(image.path, [["tree"]])
    assert run.mount == status and words in run.reports, run.reports
    assert not run.answers
    assert image.digest() == before


def assert_read_only(tool, image, words):
    """Reading works, changing does not, and nothing at all is written."""
    before = image.digest()
    run = tool.run(image.path, [["read", "/f", 0, 8000], *CHANGES, ["sync"]])
    assert run.mount == "OK" and run.read_only
    assert run.reports.count(words) == 1, run.reports
    assert run.answers[0][:2] == ["OK", "8000"]
    assert run.statuses[1:] == ["READ_ONLY"] * len(CHANGES) + ["OK"]
    assert image.digest() == before


@pytest.mark.parametrize("bit,name", INCOMPATIBLE_FEATURES.items())
def test_an_unknown_incompatible_feature_is_refused_by_name(tool, image, bit, name):
    set_bit(image, INCOMPATIBLE, bit)
    assert_refused(tool, image, "NOT_SUPPORTED", name)


@pytest.mark.parametrize("bit,name", READ_ONLY_FEATURES.items())
def test_an_unknown_read_only_feature_allows_reading(tool, image, bit, name):
    set_bit(image, READ_ONLY_COMPATIBLE, bit)
    assert_read_only(tool, image, name)


def test_ext4_is_refused_with_all_names(tool, tmp_path):
    image = Image(tmp_path / "image", "8M", 1024, kind="ext4")
    assert_refused(tool, image, "NOT_SUPPORTED", "extent, 64bit, flex_bg")


def test_ext3_that_was_left_clean_is_written_through_its_journal(tool, tmp_path):
    image = Image(tmp_path / "image", "8M", 1024, kind="ext3")
    commands = script("mkdir /d; create /d/f; write /d/f 0 99999 1; sync")
    run = tool.run(image.path, commands)
    assert not run.read_only and set(run.statuses) == {"OK"} and run.reports == ""
    image.check()
    assert image.superblock()["Journal start"] == "0"


def test_a_file_system_without_a_journal_is_served_with_a_warning(tool, image):
    run = tool.run(image.path, script("mkdir /d; sync"))
    assert set(run.statuses) == {"OK"} and "no journal" in run.reports
    image.check()


def test_recovery_without_a_journal_makes_it_read_only(tool, image):
    set_bit(image, INCOMPATIBLE, 0x4)
    assert_read_only(tool, image, "needs_recovery")


def test_an_orphan_list_makes_it_read_only(tool, image):
    image.poke(ORPHAN, b"\x0c\0\0\0")
    assert_read_only(tool, image, "being deleted")


def test_recorded_errors_make_it_read_only(tool, image):
    image.poke(STATE, b"\2\0")
    assert_read_only(tool, image, "errors were found")


def test_a_disk_left_unclean_stays_so(tool, image):
    image.poke(STATE, b"\0\0")
    run = tool.run(image.path, script("mkdir /d; sync"))
    assert not run.read_only and "not left clean" in run.reports and run.statuses == ["OK", "OK"]
    assert image.superblock()["Filesystem state"] == "not clean"
    image.check()


def test_what_is_no_file_system(tool, image, tmp_path):
    contents = image.path.read_bytes()
    for data, status, words in [
        (b"", "NOT_SUPPORTED", "no ext2"), (b"\0" * 1024, "NOT_SUPPORTED", "no ext2"),
        (b"\0" * (1 << 20), "NOT_SUPPORTED", "no ext2"),
        (random.Random(1).randbytes(1 << 20), "NOT_SUPPORTED", "no ext2"), (contents[:2048], "DAMAGED", "4096 blocks"),
        (contents[: 3 << 20], "DAMAGED", "4096 blocks"),
        (contents[: (4 << 20) - 1], "DAMAGED", "the device only"),
    ]:
        image.path.write_bytes(data)
        assert_refused(tool, image, status, words)


@pytest.mark.parametrize("field", SUPERBLOCK_FIELDS)
def test_an_impossible_number_in_the_superblock(tool, image, field):
    image.poke(1024 + SUPERBLOCK_FIELDS[field], b"\xff\xff\xff\xff")
    assert_refused(tool, image, "DAMAGED", "is damaged: ")


def test_an_unknown_revision(tool, image):
    image.poke(1024 + 76, b"\2\0\0\0")
    assert_refused(tool, image, "NOT_SUPPORTED", "revision 2")


def test_the_inode_size_is_checked(tool, image):
    for size in (0, 1, 127, 129, 384, 2048, 65535):
        image.poke(1024 + 88, struct.pack("<H", size))
        assert_refused(tool, image, "DAMAGED", "inode size")


WORK = script(
    "mkdir /d; create /d/g; write /d/g 0 400000 1; sync; rename /d/g /h; unlink /f; rmdir /d; sync; mkdir /e; "
    "write /h end 50000 2; truncate /h 5000; sync"
)


@pytest.mark.parametrize("how", ["cut", "reordered"])
def test_a_disk_that_says_clean_is_sound_whenever_the_power_fails(tool, image, how):
    contents = image.path.read_bytes()
    states = []
    for cut in range(0, 24):
        image.path.write_bytes(contents)
        tool.run(image.path, [["fail", how, cut, 0], *WORK])
        states.append(image.superblock()["Filesystem state"])
        if states[-1] == "clean":
            image.check()
    assert "not clean" in states and "clean" in states[1:-1] and states[-1] == "clean"


def test_a_dying_disk_gives_errors_and_nothing_worse(tool, image):
    contents = image.path.read_bytes()
    seen = set()
    for after in range(0, 30, 2):
        image.path.write_bytes(contents)
        run = tool.run(image.path, [["fail", "dead", after, 0], *WORK, ["tree"]], cache=256 * 1024)
        seen |= set(run.statuses)
    assert {"OK", "IO"} <= seen <= {"OK", "IO", "NOT_FOUND", "NOT_EMPTY"}


def test_other_group_layouts(tool, tmp_path):
    """Superblock copies in all groups, in two, and where sparse_super has them; many groups."""
    for features in ("^sparse_super,^resize_inode", "sparse_super2,^resize_inode", "^resize_inode"):
        image = Image(tmp_path / "image", "20M", 1024, options=["-O", features, "-g", "1024"])
        commands = script("create /f; write /f 0 17000000 1") + [["mkdir", f"/d{i}"] for i in range(50)] + [["sync"]]
        run = tool.run(image.path, commands)
        assert set(run.statuses) == {"OK"}, features
        image.check()
