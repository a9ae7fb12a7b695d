"""The kernel's own tests, and what QEMU itself can tell about the kernel's page tables and control registers."""
import re
import subprocess
import time

import kernel_programs
import pytest
from kernel_programs import VARIANTS
from places import BUILD

from host import qemu

CR0_WRITE_PROTECT, EFER_NO_EXECUTE = 1 << 16, 1 << 11
CR4_UMIP, CR4_SMEP, CR4_SMAP = 1 << 11, 1 << 20, 1 << 21
MAPPING = re.compile(r"^([0-9a-f]{16}): [0-9a-f]{16} ([XGPDACTUW-]{9})", re.MULTILINE)
UPPER_HALF = 1 << 63


@pytest.fixture(scope="module", autouse=True)
def programs():
    """Everything is built once, before the first test."""
    kernel_programs.build(BUILD)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("program", kernel_programs.names())
def test_kernel(program, variant):
    ended = kernel_programs.run(BUILD, program, VARIANTS[variant])
    assert ended.complaint() is None, f"{ended.complaint()}\n{ended.text[-3000:]}"
    assert ended.passed > 0 or VARIANTS[variant].cpus == 1


def test_an_exact_run_can_be_repeated():
    first, second = (kernel_programs.run(BUILD, "messages", VARIANTS["4 CPUs, exact"]) for _ in range(2))
    assert first.text == second.text


@pytest.fixture
def ask(tmp_path):
    """Boots a program, lets QEMU stop where the machine would go off, and gives its monitor's answers to commands."""

    def ask(cpus, commands):
        serial = tmp_path / "serial"
        serial.unlink(missing_ok=True)  # of the machine before
        described = kernel_programs.machine(BUILD, "capabilities", kernel_programs.Variant(cpus, []))
        command = described.arguments() + ["-serial", f"file:{serial}", "-monitor", "stdio", "-no-shutdown"]
        process = qemu.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            limit = time.monotonic() + 30
            while time.monotonic() < limit and not (serial.exists() and b" failed" in serial.read_bytes()):
                time.sleep(0.05)
            time.sleep(0.2)  # the machine goes off
            return process.communicate("".join(f"{line}\n" for line in [*commands, "quit"]), timeout=30)[0]
        finally:
            qemu.stop(process)

    return ask


def test_protections_are_on_on_every_cpu(ask):
    answer = ask(4, ["info registers -a"])
    wanted = {"CR0": CR0_WRITE_PROTECT, "CR4": CR4_SMEP | CR4_SMAP | CR4_UMIP, "EFER": EFER_NO_EXECUTE}
    for register, bits in wanted.items():
        values = [int(value, 16) for value in re.findall(rf"\b{register}\s*=\s*([0-9a-f]+)", answer)]
        assert len(values) == 4, answer
        assert all(value & bits == bits for value in values), f"{register}: {[hex(value) for value in values]}"


def test_no_mapping_is_writable_and_executable(ask):
    for cpu in range(4):
        mappings = MAPPING.findall(ask(4, [f"cpu {cpu}", "info tlb"]))
        assert mappings
        for address, flags in mappings:
            executable, user, writable = flags[0] != "X", flags[7] == "U", flags[8] == "W"
            assert not (executable and writable), f"{address}: {flags}"
            assert user == (int(address, 16) < UPPER_HALF), f"{address}: {flags}"
