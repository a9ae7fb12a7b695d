"""The console, as somebody at the keyboard sees it: editing, history, Ctrl-C, the end."""
import pytest

CTRL_C = "\x03"
CTRL_D = "\x04"
CTRL_U = "\x15"
BACKSPACE = "\x7f"
LEFT = "\x1b[D"
UP = "\x1b[A"


@pytest.fixture
def machine(guest, image):
    return guest(disk=image())


def typed(machine, keys):
    """Types keys and Enter; returns all that the console shows up to the next prompt."""
    machine.type(keys + "\r")
    machine.wait_for(rb"\n")
    return machine.wait_for_prompt()


def test_backspace_and_erasing_the_line(machine):
    assert typed(machine, "echo helloo" + BACKSPACE).endswith(b"hello\n")
    assert typed(machine, "rm -r everything" + CTRL_U + "echo safe").endswith(b"safe\n")


def test_inserting_in_the_middle(machine):
    assert typed(machine, "echo ac" + LEFT + "b").endswith(b"abc\n")


def test_history(machine):
    machine.run("echo first")
    machine.run("echo second")
    assert typed(machine, UP + UP).endswith(b"first\n")


def test_ctrl_c_ends_the_program_and_not_the_shell(machine):
    machine.type("sleep 1000\r")
    machine.wait_for(rb"sleep 1000\r*\n")
    machine.type(CTRL_C)
    machine.wait_for_prompt(10)
    assert machine.run("echo alive") == b"alive\n"


def test_ctrl_c_drops_the_line(machine):
    machine.type("echo never" + CTRL_C)
    machine.wait_for_prompt(10)
    assert machine.run("echo alive") == b"alive\n"


def test_end_of_input_ends_the_program_that_reads(machine):
    machine.type("cat\r")
    machine.wait_for(rb"cat\r*\n")
    machine.type("a line\r")
    machine.wait_for(rb"a line\r*\n.*a line\r*\n")
    machine.type(CTRL_D)
    machine.wait_for_prompt(10)


def test_a_long_paste_loses_nothing(machine):
    words = " ".join(f"word{n}" for n in range(40))
    assert typed(machine, f"echo {words}").endswith(words.encode() + b"\n")


def test_background_and_wait(machine):
    machine.run("sleep 1 &")
    assert machine.run("echo at once") == b"at once\n"
    machine.run("wait")


def test_poweroff_ends_qemu_cleanly(machine):
    machine.power_off()
    assert machine.process.exitstatus == 0
