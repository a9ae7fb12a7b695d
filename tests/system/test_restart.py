"""Servers that crash: init says so, starts them again, and the shell goes on.

The crash is made with GDB: the server is stopped when it takes its next message, and sent to address 0.
"""
import re
import subprocess
import time

import pytest

SCRIPT = """\
set confirm off
set pagination off
set architecture i386:x86-64
target remote {socket}
hbreak ipc_reply_recv
echo ready\\n
continue
delete
set $rip = 0
detach
"""


@pytest.fixture
def crash(guest, image, build, tmp_path):
    """Boots a machine and returns it with a function that crashes a server; `poke` makes the server take a message."""
    socket = tmp_path / "gdb"
    machine = guest(disk=image(), extra=["-gdb", f"unix:{socket},server=on,wait=off"])

    def crash(server, poke):
        script = tmp_path / "script.gdb"
        script.write_text(SCRIPT.format(socket=socket))
        line = ["gdb", "-q", "-nx", "-batch", build / f"servers/{server}.elf", "-x", script]
        debugger = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            for said in debugger.stdout:
                if said == "ready\n":
                    break
            time.sleep(0.5)
            machine.type(poke)
            rest = debugger.communicate(timeout=30)[0]
        finally:
            debugger.kill()
        assert debugger.returncode == 0, rest

    return machine, crash


def test_a_crashed_console_comes_back(crash):
    machine, crash = crash
    crash("console", "\r")
    machine.wait_for(rb"init: console[^\n]*(fault|restart|again)[^\n]*\n")
    machine.type("echo alive\r")
    machine.wait_for(rb"\nalive\r*\n")


@pytest.mark.parametrize("server", ["fs", "block"])
def test_a_crashed_server_comes_back(crash, server):
    machine, crash = crash
    crash(server, "cat /folder/inner\r")
    machine.wait_for(rb"init: " + server.encode() + rb"[^\n]*\n")
    machine.wait_for_prompt()
    assert machine.run("cat /hello") == b"hello, world\n"


def test_a_crash_is_explained_by_name(crash, build):
    """The functions that `services --why` names are those that the host's own tool finds at the addresses."""
    machine, crash = crash
    crash("archive", "ls /system\r")
    machine.wait_for_prompt()
    told = machine.run("services --why archive").decode()
    assert re.search(r"archive, generation 1, \d+\.\d+ s after the start: fault 14 \(page fault\)", told), told
    named = re.findall(r"^  (0x\w+)  (\w+)\+0x\w+$", told, re.MULTILINE)
    assert len(named) >= 2, told
    command = ["addr2line", "-f", "-s", "-e", build / "servers/archive.elf", *(address for address, _ in named)]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0::2]
    assert found == [name for _, name in named], told


def check_damage(command, disk, server, way):
    """What the server did before is done again: the program that waits notices nothing."""
    line = f"{way} && cat /hello && ls /system > /listing && lspci && sync && services"
    ended = command(line, disk=disk)
    assert ended.status == 0, ended.console
    assert ended.output.startswith(b"hello, world\n")
    assert re.search(rf"^{server} +running +2 +1 ".encode(), ended.output, re.MULTILINE), ended.output.decode()


@pytest.mark.parametrize("server", ["console", "pci", "block", "fs", "archive", "process"])
@pytest.mark.parametrize("way", ["kill {}", "inject {} null", "inject {} exit"])
def test_a_shell_can_end_and_damage_servers(command, image, server, way):
    check_damage(command, image(), server, way.format(server))


@pytest.mark.parametrize("server", ["console", "block"])
def test_a_shell_can_hang_servers(command, image, server):
    check_damage(command, image(), server, f"hang {server}")


def test_programs_run_on_while_their_server_is_replaced(guest, image):
    """What runs goes on, what is waited for is told, and Ctrl-C still ends the program in the foreground."""
    machine = guest(disk=image())
    machine.run("sleep 3 &")
    machine.run("kill process")
    machine.run("kill console")
    assert b" sleep\n" in machine.run("ps")
    machine.run("wait")
    assert b" sleep\n" not in machine.run("ps")
    machine.type("sleep 1000\r")
    machine.wait_for(rb"sleep 1000\r*\n")
    machine.type("\x03")
    machine.wait_for_prompt(10)
    assert machine.run("echo alive") == b"alive\n"


def test_a_driver_does_not_notice_that_the_bus_server_dies(command, image):
    ended = command("demo restart --server pci --period 20 --kills 30 && services", disk=image())
    assert ended.status == 0, ended.console
    assert re.search(rb"^kills=30 busy=\d+ lost=0 duplicated=0 sha256=", ended.output, re.MULTILINE), ended.output
    assert re.search(rb"^pci +running +31 ", ended.output, re.MULTILINE), ended.output
    assert re.search(rb"^block +running +1 ", ended.output, re.MULTILINE), ended.output
