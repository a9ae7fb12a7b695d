"""tools/run without a machine: its decoder, and its manners towards a QEMU that is only played."""
import random
import shutil
import subprocess

import pytest
from disks import read_disk
from host import qemu
from host.job import Decoder
from trees import snapshot

END = b"\x10X%03d"
ALL_BYTES = bytes(range(256))


def encode(data):
    """A command's output as the guest sends it."""
    return data.replace(b"\x10", b"\x10\x10")


@pytest.fixture
def run(project, environment, tmp_path):
    """Runs tools/run on a played machine; returns the finished process."""

    def run(steps, *options):
        disk = tmp_path / "disk.img"
        disk.touch()
        environment.update(QEMU=str(project / "tests/host/fake_qemu.py"), BUILD=str(tmp_path), DISK=str(disk))
        command = ["tools/run", "--cmd", repr(steps), *options]
        return subprocess.run(command, env=environment, capture_output=True, timeout=30, check=False)

    return run


def test_decoder_gives_every_byte_back_however_the_stream_is_cut():
    data = ALL_BYTES * 3 + b"\x10" * 5 + b"X123" + b"\x10X"
    stream = encode(data) + END % 42
    dice = random.Random(1)
    for _ in range(200):
        decoder, output, position = Decoder(), b"", 0
        while position < len(stream):
            step = dice.randint(1, 7)
            output += decoder.feed(stream[position : position + step])
            position += step
        assert output == data
        assert decoder.status == 42


def test_decoder_ignores_what_follows_the_end_mark():
    decoder = Decoder()
    assert decoder.feed(b"all" + END % 0 + b"more") == b"all"
    assert decoder.feed(b"and more") == b""
    assert decoder.status == 0


def test_decoder_refuses_an_unknown_escape():
    with pytest.raises(ValueError):
        Decoder().feed(b"\x10Q")


def test_output_and_status_are_the_commands_own(run):
    ended = run([("job", encode(ALL_BYTES), 1000), ("job", END % 7)])
    assert ended.stdout == ALL_BYTES * 1000
    assert ended.returncode == 7


def test_output_of_several_megabytes(run):
    data = random.Random(2).randbytes(10000)
    ended = run([("job", encode(data), 300), ("job", END % 0)])
    assert ended.stdout == data * 300
    assert ended.returncode == 0


def test_output_that_waits_in_the_line_when_the_machine_is_off_is_not_lost(run):
    ended = run([("job", b"a", 100000), ("job", END % 0), ("exit", 0)])
    assert ended.stdout == b"a" * 100000


def test_limit(run):
    ended = run([("job", b"so far"), ("wait", 20)], "--limit", "0.5")
    assert ended.returncode == 124
    assert ended.stdout == b"so far"
    assert b"0.5 seconds" in ended.stderr


def test_machine_that_goes_down_is_reported_with_its_last_words(run):
    ended = run([("console", b"panic: out of teapots\r\n"), ("exit", 0)])
    assert ended.returncode == 125
    assert b"out of teapots" in ended.stderr
    assert ended.stdout == b""


def test_panic_ends_the_run_at_once(run):
    ended = run([("console", b"Atelier: 1 CPU\r\n\r\nPANIC on cpu0: out of tea\r\n"), ("wait", 20)])
    assert ended.returncode == 125
    assert b"out of tea" in ended.stderr


@pytest.mark.parametrize("refusal", [b"Atelier cannot start: no memory", b"Atelier needs an x86-64 CPU with NX"])
def test_a_kernel_that_cannot_run_here_ends_the_run_at_once(run, refusal):
    ended = run([("console", b"\x1b[2JGRUB\r\n" + refusal + b"\r\n"), ("wait", 20)])
    assert ended.returncode == 125
    assert ended.stderr.startswith(refusal)
    assert b"LIMIT" not in ended.stderr


def test_a_command_may_quote_the_kernels_refusal(run):
    steps = [("console", b"Atelier: 1 CPU\r\nAtelier cannot start: no\r\n"), ("wait", 1.5), ("job", END % 3)]
    assert run(steps).returncode == 3


def test_words_of_the_firmware_are_not_the_commands(run):
    firmware = b"\x1b[2JBdsDxe\x10\r\n"
    steps = [("job", firmware), ("console", firmware), ("console", b"Atelier: 1 CPU\r\n"), ("job", b"hi" + END % 0)]
    assert run(steps, "--uefi").stdout == b"hi"


def test_the_kept_disk_is_made_once_and_afresh_when_its_contents_are_named(project, environment, tmp_path):
    shutil.copytree(project / "tools", tmp_path / "tools")
    for name in "first", "second":
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text(name)
    environment.update(QEMU=str(project / "tests/host/fake_qemu.py"), BUILD=str(tmp_path))
    steps = repr([("job", END % 0)])

    def names(**variables):
        subprocess.run([tmp_path / "tools/run", "--cmd", steps], env={**environment, **variables}, check=True)
        return set(snapshot(read_disk(tmp_path / "disk.img", tmp_path / f"read{len(list(tmp_path.iterdir()))}")))

    assert names(DISK_ROOT=str(tmp_path / "first"), DISK_SIZE="8M") == {"first"}
    assert names() == {"first"}
    assert names(DISK_ROOT=str(tmp_path / "second"), DISK_SIZE="8M") == {"second"}
    (tmp_path / "disk.img").unlink()
    assert "tools/run" in names(DISK_SIZE="8M")


def test_the_kept_disk_does_not_change_its_size(project, environment, tmp_path):
    shutil.copytree(project / "tools", tmp_path / "tools")
    (tmp_path / "disk.img").write_bytes(b"kept")
    environment["DISK_SIZE"] = "8M"
    line = [tmp_path / "tools/run", "--cmd", "true"]
    ended = subprocess.run(line, env=environment, capture_output=True, timeout=30, check=False)
    assert ended.returncode == 125
    assert b"make fresh-disk" in ended.stderr
    assert (tmp_path / "disk.img").read_bytes() == b"kept"


@pytest.mark.parametrize("options", [[], ["--cmd", ""]])
def test_without_a_command_there_must_be_a_terminal(project, environment, options):
    line = [project / "tools/run", *options]
    ended = subprocess.run(
        line, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False
    )
    assert ended.returncode == 2
    assert b"no terminal" in ended.stderr


@pytest.mark.parametrize("wish", ["CPUS=x", "MEM=lots", "LIMIT=abc", "DISK=/nowhere"])
def test_the_debugger_tells_in_a_sentence_too(project, environment, wish):
    name, value = wish.split("=")
    line = [project / "tools/debug", "--cmd", "print 1"]
    ended = subprocess.run(
        line, env={**environment, name: value}, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"tools/debug: {wish}: ")
    assert ended.stderr.count("\n") == 1


def test_disk_in_use_is_a_sentence(run):
    ended = run([("error", b'qemu: Failed to get "write" lock\nIs another process using the image?'), ("exit", 1)])
    assert ended.returncode == 125
    assert b"in use by another Atelier" in ended.stderr


@pytest.mark.parametrize(
    "options, complaint",
    [
        (["--cpus", "17"], b"1 to 16 CPUs"),
        (["--cpus", "two"], b"1 to 16 CPUs"),
        (["--mem", "lots"], b"256M"),
        (["--limit", "soon"], b"seconds"),
        (["--disk", "/nowhere"], b"/nowhere"),
        (["--disk", "/dev/null"], b"not an image"),
        (["--disk_root", "/tmp"], b"Choose one"),
    ],
)
def test_wishes_that_cannot_be_granted_are_told_in_a_sentence(run, options, complaint):
    ended = run([], *options)
    assert ended.returncode == 125
    assert complaint in ended.stderr
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "flags, can", [("fpu vmx sse", True), ("fpu lm svm", True), ("fpu sse", False), ("fpu vmxnet svm_lock", False)]
)
def test_kvm_is_not_asked_of_a_cpu_that_cannot_virtualise(flags, can):
    assert qemu.can_virtualise(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: vmx\n") == can
