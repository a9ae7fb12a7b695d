"""The pure parts of the drivers, compiled for the host with the sanitizers: one program a room."""
import subprocess

import pytest

ROOMS = {
    "line": ["console/line.c"],
    "keyboard": ["console/keyboard.c"],
    "screen": ["console/screen.c", "console/display.c", "console/font.c"],
    "firmware": ["console/firmware.c"],
    "virtqueue": ["block/virtqueue.c"],
    "order": ["block/order.c"],
    "claims": ["console/claims.c"],
    "kept": ["console/kept.c", "console/claims.c", "console/outgoing.c", "../user/lib/kept.c"],
    "scan": ["pci/scan.c", "pci/function.c"],
}
FLAGS = "-std=gnu17 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -I.".split()


@pytest.mark.parametrize("room", ROOMS)
def test_driver_room(room, tmp_path):
    """The room's own tests, in tests/host/drivers/."""
    program = tmp_path / room
    sources = [f"tests/host/drivers/test_{room}.c"] + [f"servers/{source}" for source in ROOMS[room]]
    subprocess.run(["gcc", *FLAGS, *sources, "-lcmocka", "-o", str(program)], check=True, timeout=60)
    result = subprocess.run([str(program)], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
