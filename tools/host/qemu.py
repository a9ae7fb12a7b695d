"""Atelier's machine as QEMU sees it: the one place that knows QEMU's options.

tools/run, tools/debug, tools/bench and the tests describe a machine here and start it with `start`. A machine has a
q35 board with nothing on it but what is asked for: two serial lines (COM1 the console, COM2 the job channel), at most
one virtio disk, and the boot medium.
"""
import ctypes
import os
import re
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

QEMU = os.environ.get("QEMU", "qemu-system-x86_64")
IN_USE = "{disk} is in use by another Atelier (process {user}). End that one, or boot with another disk: DISK=file."
OVMF = "/usr/share/ovmf/OVMF.fd"
COMMAND_FILE = "opt/atelier/command"  # JOB_COMMAND_FILE of servers/proto/console.h


@dataclass
class Machine:
    """What to boot, and on what. `boot`: "grub" (BIOS), "uefi", or "pvh" (QEMU loads the kernel itself, in 0.1 s)."""

    build: Path
    boot: str = "grub"
    archive: Path | None = None  # for pvh: another boot archive than the build's
    kernel: str = "atelier.elf"  # for pvh: atelier-debug.elf has the debug tools
    cpus: int = 4
    memory: str = "512M"
    disk: Path | None = None
    snapshot: bool = False  # changes of the disk are forgotten
    screen: bool = False
    accelerator: str = "tcg"
    extra: list[str] = field(default_factory=list)

    def arguments(self):
        """QEMU's command line, without the serial lines."""
        display = ["-vga", "std", "-display", "gtk"] if self.screen else ["-vga", "none", "-display", "none"]
        return (
            [QEMU, "-machine", "q35", "-cpu", "max", "-accel", self.accelerator, "-smp", str(self.cpus)]
            + ["-m", self.memory, "-nodefaults", "-no-reboot", *display]
            + self._boot_arguments()
            + self._disk_arguments()
            + self.extra
        )

    def _boot_arguments(self):
        if self.boot == "pvh":
            archive = self.archive or self.build / "boot.archive"
            return ["-kernel", str(self.build / self.kernel), "-initrd", escape(archive)]
        image = self.build / ("atelier-uefi.iso" if self.boot == "uefi" else "atelier.iso")
        medium = f"if=none,id=medium,media=cdrom,readonly=on,format=raw,file={escape(image)}"
        firmware = ["-bios", OVMF] if self.boot == "uefi" else []
        return firmware + ["-drive", medium, "-device", "ide-cd,drive=medium,bootindex=0"]

    def _disk_arguments(self):
        if self.disk is None:
            return []
        drive = f"if=none,id=disk,format=raw,file.locking=on,file={escape(self.disk)}"
        if self.snapshot:
            drive += ",snapshot=on"
        return ["-drive", drive, "-device", "virtio-blk-pci,drive=disk,disable-legacy=on"]


def escape(path):
    """A file name as QEMU's comma-separated options want it."""
    return str(path).replace(",", ",,")


def can_virtualise(cpuinfo):
    """Whether the text of /proc/cpuinfo names Intel's or AMD's extension for virtual machines."""
    return re.search(r"^flags\s*:.* (vmx|svm)( |$)", cpuinfo, re.MULTILINE) is not None


def best_accelerator():
    """KVM if QEMU can really use it here, else TCG. An accessible /dev/kvm is no proof, nor is one that QEMU starts
    with: some hosts imitate it without the CPU's help, and there a guest's `syscall` stays in user mode."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK) or not can_virtualise(Path("/proc/cpuinfo").read_text()):
        return "tcg"
    probe = [QEMU, "-machine", "q35", "-cpu", "max", "-accel", "kvm", "-S", "-nodefaults", "-display", "none"]
    try:
        ended = subprocess.run(
            probe + ["-monitor", "stdio"], input=b"quit\n", capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "tcg"
    return "kvm" if ended.returncode == 0 else "tcg"


def end_with_parent():
    """Runs in a child before exec: the child gets SIGTERM when its parent dies, however that happens."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(arguments, **options):
    """A QEMU that does not outlive this process; `options` as for subprocess.Popen."""
    return subprocess.Popen(arguments, preexec_fn=end_with_parent, **options)


def stop(process):
    """Ends a QEMU that may have ended already: politely, after two seconds by force."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def users_of(path):
    """Numbers of the processes that have the file open, as far as this user may look."""
    wanted = os.path.realpath(path)
    users = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) == wanted:
                users.add(int(link.parts[2]))
        except OSError:
            continue
    return sorted(users)


def complaint(errors):
    """What QEMU complained about in the file it wrote its errors to; that we ended it is no complaint."""
    errors.seek(0)
    lines = errors.read().decode(errors="replace").splitlines(keepends=True)
    return "".join(line for line in lines if "terminating on signal" not in line)


def explain(error, disk):
    """What QEMU's own error text means to a user, in a sentence; the text itself where it is not one of the known."""
    if 'Failed to get "write" lock' in error or "Failed to get shared" in error:
        return IN_USE.format(disk=disk, user=", ".join(map(str, users_of(disk))) or "of another user")
    return "QEMU: " + (error.strip() or "ended without a word")
