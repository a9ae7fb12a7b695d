"""The demonstrations, as a visitor sees them; what they claim is checked with the host's own tools."""
import hashlib
import re

import pytest

LAST_LINE = re.compile(rb"kills=(\d+) busy=(\d+) lost=0 duplicated=0 sha256=([0-9a-f]{64})\n$")


@pytest.fixture
def large(tmp_path):
    """A folder with a file of some size that nobody could guess, and its hash."""
    (tmp_path / "root").mkdir()
    contents = b"".join(hashlib.sha256(bytes([i % 256, i // 256])).digest() * 3 for i in range(20000))
    (tmp_path / "root/large").write_bytes(contents)
    return tmp_path / "root", hashlib.sha256(contents).hexdigest()


@pytest.mark.parametrize("options, kills", [("--kills 10", 10), ("--server fs --period 100 --kills 20", 20)])
def test_restart(command, image, large, options, kills):
    root, digest = large
    disk = image(root=root, size=64 << 20)
    ended = command(f"demo restart --file /large {options}", disk=disk, limit=120)
    assert ended.status == 0, ended.console
    last = LAST_LINE.search(ended.output)
    assert last and int(last[1]) == kills and int(last[2]) > 0 and last[3].decode() == digest, ended.output
    live = re.search(rb"^ *1 s +\d+\.\d MiB/s .* restarts: fs \d+, block \d+$", ended.output, re.MULTILINE)
    assert live, ended.output


def test_restart_says_what_it_does_not_understand(command, image):
    ended = command("demo restart --kills many; echo $?; demo restart --server nobody --kills 1; echo $?", disk=image())
    assert "demo: --kills needs a number" in ended.console
    assert "demo: nobody: no such process or server" in ended.console
    assert ended.output.splitlines()[0] == b"2" and ended.output.splitlines()[-1] == b"1"
