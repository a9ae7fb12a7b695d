"""Every way to the prompt, and machines that are too small."""
import pytest


def test_prompt_by_grub(guest, image):
    machine = guest(boot="grub", disk=image())
    assert machine.run("echo it works") == b"it works\n"
    assert machine.run("cat /hello") == b"hello, world\n"
    machine.power_off()


@pytest.mark.parametrize("cpus", [1, 2, 4, 8])
def test_prompt_on(guest, image, cpus):
    machine = guest(disk=image(), cpus=cpus)
    assert machine.run("cat /hello") == b"hello, world\n"
    assert machine.run("echo again") == b"again\n"
    machine.power_off()


def test_prompt_by_uefi(guest, image):
    machine = guest(boot="uefi", disk=image())
    assert machine.run("cat /hello") == b"hello, world\n"
    machine.power_off()


def test_prompt_with_8_cpus_by_grub(guest, image):
    machine = guest(boot="grub", disk=image(), cpus=8)
    assert machine.run("cat /hello") == b"hello, world\n"
    machine.power_off()


def test_too_little_memory_is_told(guest):
    machine = guest(wait=False, memory="8M")
    machine.wait_for(rb"(?i)memory")


def test_a_cpu_without_long_mode_is_told(guest):
    machine = guest(wait=False, boot="grub", extra=["-cpu", "qemu32"])
    machine.wait_for(rb"Atelier needs an x86-64 CPU")


def test_screen_and_keyboard_do_not_disturb_the_serial_console(guest, image):
    machine = guest(boot="grub", disk=image(), extra=["-vga", "std"])
    assert machine.run("echo it works") == b"it works\n"
    machine.power_off()
