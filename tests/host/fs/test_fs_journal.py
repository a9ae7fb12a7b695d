"""The journal: what others left in it is replayed as the host does, and ours is what the host expects.

And a disk that fails and works again: what fails leaves no trace.
"""
import random
import shutil
import struct
import zlib

import pytest
from fs_image import KIND_DIRECTORY, Image, create, host, pattern, script, without_own
from fs_log import MAGIC, Log
from fs_model import File, Model, apply, plain, random_step

BLOCK = 1024


@pytest.fixture
def image(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "f").write_bytes(b"contents" * 10000)
    return Image(tmp_path / "image", "4M", BLOCK, root, kind="ext3")


def free_blocks(image, count):
    """Numbers of blocks that no file has."""
    return [int(word) for word in image.debugfs(f"ffb {count}").split(":")[1].split()]


def replay_by_both(tool, image, tmp_path):
    """Replays with e2fsck, and a copy with ours; both images' bytes without superblock and journal."""
    ours = tmp_path / "ours"
    shutil.copy(image.path, ours)
    journal = Log(image, BLOCK).blocks
    host("e2fsck", "-E", "journal_only", "-y", image.path, accept=(0, 1))
    run = tool.run(ours, [["tree"]])
    assert run.mount == "OK" and not run.read_only and "replayed the journal" in run.reports, run.reports
    found = []
    for path in (image.path, ours):
        data = bytearray(path.read_bytes())
        for block in [1, *journal]:
            data[block * BLOCK : (block + 1) * BLOCK] = bytes(BLOCK)
        found.append(bytes(data))
    host("e2fsck", "-fn", ours)
    return found, run


def test_what_another_system_left_is_replayed_as_by_e2fsck(tool, image, tmp_path):
    """Escaped images, blocks written twice, revoked in time, revoked too early, half a transaction at the end."""
    one, two, three, four, five = free_blocks(image, 5)
    log = Log(image, BLOCK)
    log.add({one: b"1" * BLOCK, two: b"1" * BLOCK, three: b"1" * BLOCK})
    log.add({one: b"2" * BLOCK, four: struct.pack(">I", MAGIC) + b"2" * 1020}, revoked=[two])
    log.add({}, revoked=[five])
    log.add({five: b"4" * BLOCK})
    log.add({three: b"5" * BLOCK}, commit=False)
    log.close()
    (theirs, ours), run = replay_by_both(tool, image, tmp_path)
    assert theirs == ours and "4 transactions, 5 blocks" in run.reports
    place = [ours[block * BLOCK : block * BLOCK + 8] for block in (one, two, three, four, five)]
    magic = struct.pack(">I", MAGIC)
    assert place == [b"2" * 8, bytes(8), b"1" * 8, magic + b"2222", b"4" * 8]


@pytest.mark.parametrize("start", [1020, 1021, 1022, 1023])
@pytest.mark.parametrize("sequence", [1, 0xFFFFFFFD])
def test_a_log_that_goes_round(tool, image, tmp_path, start, sequence):
    blocks = free_blocks(image, 20)
    log = Log(image, BLOCK, start, sequence)
    for number in range(6):
        images = {block: bytes([number + 65]) * BLOCK for block in blocks[number : number + 3]}
        log.add(images, blocks[number - 1 : number])
    log.close()
    (theirs, ours), run = replay_by_both(tool, image, tmp_path)
    assert theirs == ours and "6 transactions" in run.reports


def test_random_logs(tool, image, tmp_path):
    dice = random.Random(5)
    contents = image.path.read_bytes()
    for _ in range(25):
        image.path.write_bytes(contents)
        blocks = free_blocks(image, 12)
        log = Log(image, BLOCK, dice.randrange(1, 1024), dice.getrandbits(32))
        for _ in range(dice.randrange(8)):
            chosen = dice.sample(blocks, dice.randrange(12))
            images = {block: bytes([dice.randrange(256)]) * BLOCK for block in chosen}
            log.add(images, [block for block in blocks if block not in images and dice.random() < 0.3])
        if dice.random() < 0.5:
            log.add({blocks[0]: b"x" * BLOCK}, commit=False)
        log.close()
        (theirs, ours), _ = replay_by_both(tool, image, tmp_path)
        assert theirs == ours


@pytest.mark.parametrize("incompatible,compatible", [(0x2, 0), (0x8, 0), (0x10, 0), (0x20, 0), (0, 1)])
def test_a_journal_with_unknown_features_is_left_alone(tool, image, incompatible, compatible):
    log = Log(image, BLOCK)
    log.add({free_blocks(image, 1)[0]: b"1" * BLOCK})
    log.close(incompatible, compatible)
    before = image.digest()
    run = tool.run(image.path, script("read /f 0 8; mkdir /d"))
    assert run.read_only and run.statuses == ["OK", "READ_ONLY"]
    assert "does not know" in run.reports and "needs_recovery" in run.reports
    assert image.digest() == before


DAMAGE = {
    "magic": (0, b"\0\0\0\0"), "kind": (4, b"\0\0\0\7"), "old": (4, b"\0\0\0\3"), "block size": (12, b"\0\0\0\7"),
    "length": (16, b"\xff\xff\xff\xff"), "first": (20, b"\0\0\0\0"), "start": (28, b"\0\1\0\0"),
    "error": (32, b"\0\0\0\1"),
}


@pytest.mark.parametrize("field", DAMAGE)
def test_a_damaged_journal_is_left_alone(tool, image, field):
    offset, data = DAMAGE[field]
    image.poke(Log(image, BLOCK).blocks[0] * BLOCK + offset, data)
    before = image.digest()
    run = tool.run(image.path, script("read /f 0 8; mkdir /d"))
    assert run.read_only and run.statuses == ["OK", "READ_ONLY"] and "the journal cannot be used" in run.reports
    assert image.digest() == before


def test_an_image_of_no_block_is_damage(tool, image):
    log = Log(image, BLOCK)
    log.add({0x7FFFFFFF: b"1" * BLOCK})
    log.close()
    run = tool.run(image.path, script("read /f 0 8; mkdir /d"))
    assert run.mount == "OK" and run.read_only and "the journal has an image" in run.reports


def test_noise_in_the_log(tool, image):
    """No crash, no hang, whatever the log holds behind a good superblock."""
    dice = random.Random(3)
    contents = image.path.read_bytes()
    for _ in range(30):
        image.path.write_bytes(contents)
        log = Log(image, BLOCK)
        log.add({block: bytes([1]) * BLOCK for block in free_blocks(image, 6)}, revoked=[9])
        for _ in range(dice.randrange(1, 4)):
            image.poke(log.blocks[dice.randrange(1, 9)] * BLOCK + dice.randrange(64), dice.randbytes(4))
        log.close()
        assert tool.run(image.path, [["tree"]]).mount == "OK"


def test_a_block_that_looks_like_the_log_is_escaped(tool, tmp_path):
    """Files are created and removed so that the inode bitmap of group 1 begins with the journal's magic number."""
    image = Image(tmp_path / "image", "12M", 1024, kind="ext3", options=["-N", "128", "-O", "^resize_inode"])
    per_group = int(image.superblock()["Inodes per group"])
    names = [f"/f{i}" for i in range(per_group - 11 + 32)]
    bits = [byte >> bit & 1 for byte in struct.pack(">I", MAGIC) for bit in range(8)]
    removed = [name for name, bit in zip(names[per_group - 11 :], bits) if not bit]
    assert per_group >= 32
    tool.run(image.path, [create(name) for name in names] + [["unlink", name] for name in removed] + [["flush"]])
    log = image.debugfs("logdump -a")
    assert "(flags 0x3)" in log or "(flags 0x1)" in log or "(flags 0xb)" in log, log
    host("e2fsck", "-E", "journal_only", "-y", image.path, accept=(0, 1))
    image.check()


def test_the_log_begins_anew_when_it_is_full(tool, image):
    """Hundreds of commits, checkpoints between; then replayed by the host."""
    commands = []
    for number in range(400):
        commands += [create(f"/d{number % 7}"), ["write", f"/d{number % 7}", "end", 3000, number], ["flush"]]
        commands += [["unlink", f"/d{(number + 3) % 7}"]] if number % 3 == 0 else []
    run = tool.run(image.path, commands)
    assert set(run.statuses) <= {"OK", "NOT_FOUND"}
    assert int(image.superblock()["Journal sequence"], 16) > 100
    (_, _), again = replay_by_both(tool, image, image.path.parent)
    assert again.mount == "OK"


def test_what_a_freed_block_holds_now_is_not_overwritten(tool, tmp_path):
    """A folder's block is in the log; then it belongs to a file. Recovery must leave the file alone."""
    image = Image(tmp_path / "image", "4M", 1024, kind="ext3")
    commands = script("mkdir /d; flush; rmdir /d; flush; create /f; write /f 0 5000 7; flush")
    tool.run(image.path, commands[:2])
    block = image_after_replay(image, tmp_path / "first").debugfs("blocks /d").split()[0]
    image = Image(tmp_path / "image", "4M", 1024, kind="ext3")
    tool.run(image.path, commands)
    replayed = image_after_replay(image, tmp_path / "second")
    replayed.check()
    assert block in replayed.debugfs("blocks /f").split()
    (data,) = (answer for answer in tool.run(image.path, [["read", "/f", 0, 5000]]).answers)
    wanted = ["OK", "5000", str(zlib.crc32(pattern(7, 5000)))]
    assert data == wanted == tool.run(replayed.path, [["read", "/f", 0, 5000]]).answers[0]


def image_after_replay(image, path):
    """A copy in which e2fsck has replayed the journal."""
    shutil.copy(image.path, path)
    host("e2fsck", "-E", "journal_only", "-y", path, accept=(0, 1))
    copy = Image.__new__(Image)
    copy.path = path
    return copy


def test_a_freed_block_is_given_out_only_after_a_commit(tool, tmp_path):
    """Space comes back at once for those who need it: by a commit, when there is little of it."""
    image = Image(tmp_path / "image", "4M", 1024, kind="ext3")
    fill = script("create /f; write /f 0 9999999 1; flush")
    for _ in range(3):
        fill += script("unlink /f; create /f; write /f 0 9999999 1")
    run = tool.run(image.path, [*fill, ["sync"]])
    sizes = {answer[1] for command, answer in zip(fill, run.answers) if command[0] == "write"}
    assert len(sizes) == 1 and int(sizes.pop()) > 2000000
    image.check()


# ---- a disk that fails and works again ----


def smear(model, command):
    """A write that failed may have left anything where it was to write."""
    found, status = model.find(plain(command[1]))
    if status == "OK" and isinstance(found, File):
        found.is_smeared = True


def shape(tree):
    return {path: (kind, links, None if data is None else data[0]) for path, (kind, links, data) in tree.items()}


@pytest.mark.parametrize("kind", ["ext2", "ext3"])
@pytest.mark.parametrize("seed", range(6))
def test_what_fails_leaves_no_trace(tool, tmp_path, seed, kind):
    """Requests are refused again and again: an operation that reports an error has changed nothing, others all."""
    dice = random.Random(seed)
    image = Image(tmp_path / "image", "8M", 1024, kind=kind)
    plan, commands, model = Model(), [], Model()
    for number in range(400):
        if number % 20 == 0:
            commands.append(["fail", "flaky", dice.randrange(12), dice.choice([1, 1, 2, 5])])
        step = random_step(dice, plan, largest=60000)[0]
        commands.append(["flush"] if dice.random() < 0.1 else step)
    commands += [["fail", "flaky", 0, 0], ["sync"], ["tree"]]
    run = tool.run(image.path, commands, cache=256 * 1024)
    for command, answer in zip(commands, run.answers):
        if command[0] in ("fail", "flush", "sync", "tree", "read", "status"):
            continue
        if answer[0] == "IO":
            smear(model, command) if command[0] == "write" else None
        else:
            assert answer[0] == apply(model, command), (command, answer)
    assert "IO" in run.statuses
    image.check()
    tree = without_own(run.tree())
    assert shape(tree) == shape(model.tree())
    for path, (kind_of, _, data) in model.tree().items():
        if kind_of != KIND_DIRECTORY and not hasattr(model.find(path.decode())[0], "is_smeared"):
            assert tree[path][2] == data, path
