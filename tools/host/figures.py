"""The figures of `make bench`: which there are, who measures each, and what it should come to.

The targets are those of one build: multiprocessor, deadlines, inheritance, leases and trace points compiled in.
"""
from dataclasses import dataclass

from host.measure import Readings
from host.recovery import LIMITS

FALLS_SHORT = "short"  # of what must be reached
REACHES = "must"
MEETS = "aim"


@dataclass(frozen=True)
class Target:
    """`must` be reached, and what it `aims` for; of what is measured above another figure, only the rest counts."""

    group: str
    must: float | None = None
    aims: float | None = None
    above: str | None = None


MESSAGES, EVENTS, MEMORY, SHOOTDOWN, SYSTEM, BOOT = "messages", "events", "memory", "shootdown", "system", "boot"
RESTART = "restart"
STEPS = "steps"  # the longest step in all of them
ALONE = (MESSAGES, EVENTS, MEMORY, SHOOTDOWN)  # with the kernel
CPUS = {SHOOTDOWN: 4}  # where it is not 1
FIGURES = {
    "syscall_null": Target(MESSAGES, 80, 60),
    "ipc_roundtrip_0w": Target(MESSAGES, 340, 280),
    "ipc_roundtrip_4w": Target(MESSAGES, 350, 290),
    "ipc_roundtrip_8w": Target(MESSAGES, 420, 330),
    "ipc_roundtrip_64w": Target(MESSAGES, 700, 560),
    "ipc_roundtrip_deadline": Target(MESSAGES, 520, 400),
    "ipc_roundtrip_separate_reply": Target(MESSAGES, 550, 420),
    "ipc_step_max": Target(MESSAGES, 1.5),
    "notification_roundtrip": Target(MESSAGES, 700, 500),
    "fault_roundtrip": Target(EVENTS, 650, 450),
    "irq_to_thread": Target(EVENTS, 330, 260),
    "irq_full_cycle": Target(EVENTS, 750, 550),
    "map_page": Target(MEMORY, 450, 350),
    "unmap_page": Target(MEMORY, 400, 300),
    "cap_mint": Target(MEMORY, 450, 350),
    "cap_delete": Target(MEMORY, 400, 300),
    "move_4k_roundtrip": Target(MEMORY, 900, 600),
    "move_1m_roundtrip": Target(MEMORY, 12_000, 8_000),
    "shootdown_initiator_4cpu": Target(SHOOTDOWN, 1_200, 800),
    "shootdown_responder_4cpu": Target(SHOOTDOWN, 150, 100),
    "lease_copy_1m": Target(MEMORY, 145_000, 136_000),
    "file_read_4k": Target(SYSTEM, 1_800, 1_300),
    "file_open_read_close": Target(SYSTEM, 6_000, 4_000),
    "spawn_wait": Target(SYSTEM, 150_000, 80_000),
    "restart_median": Target(RESTART, LIMITS["restart_median"]),
    "restart_p99": Target(RESTART, LIMITS["restart_p99"]),
    "restart_max": Target(RESTART, LIMITS["restart_max"]),
    "restart_work_max": Target(RESTART),
    "restart_wall_ms": Target(RESTART),
    "irqs_off_max": Target(STEPS),
    "boot_to_shell_ms": Target(BOOT, 400, 200, above="boot_grub_ms"),
    "boot_grub_ms": Target(BOOT),
}


def groups_of(wanted):
    """The groups that measure a figure; all where nothing is named, none where it is no figure."""
    return dict.fromkeys(target.group for name, target in FIGURES.items() if wanted in ("", name))


def calibration(readings):
    """The calibration as a figure of its own."""
    expected, counted = readings.calibration
    note = "a loop of known length; rdtsc under -icount shift=0"
    return {"value": counted, "expected": expected, "unit": "instructions", "note": note}


def longest_step(runs):
    """Of the {group: readings} of runs that measured the longest stretch with interrupts off, the longest of all."""
    longest, group, what = max(
        (length, group, what) for group, readings in runs.items() for what, length in readings.stretches()
    )
    readings = Readings(calibration=runs[group].calibration)
    readings.figures["irqs_off_max"] = {
        "value": longest,
        "unit": "instructions",
        "note": "the longest stretch with interrupts off in all benches on 1 CPU, as the kernel itself measures "
        f"(measure=on); it was in {group}{what}",
    }
    return readings


def judge(name, results):
    """Where a measured figure stands: FALLS_SHORT, REACHES, MEETS; "" where there is nothing to reach."""
    target = FIGURES[name]
    if target.must is None:
        return ""
    value = results[name]["value"] - (results[target.above]["value"] if target.above else 0)
    if value > target.must:
        return FALLS_SHORT
    return MEETS if target.aims is not None and value <= target.aims else REACHES


def add_targets(results):
    """Notes in each result what it should come to."""
    for name in results:
        target = FIGURES.get(name)
        if target and target.must is not None:
            base = results[target.above]["value"] if target.above else 0
            results[name]["must"] = base + target.must
            if target.aims is not None:
                results[name]["aims"] = base + target.aims


def number(value):
    """A figure as people read it; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


MARKS = {FALLS_SHORT: "<-- falls short", REACHES: "", MEETS: "as aimed for", "": ""}


def rows(results):
    """The table's cells: figure, value and unit, what must be reached, what is aimed for, a mark if it falls short."""
    for name in FIGURES:
        if name in results:
            figure = results[name]
            targets = [number(figure.get(key)) for key in ("must", "aims")]
            yield name, number(figure["value"]), figure["unit"], *targets, MARKS[judge(name, results)]


def table(results):
    """The figures as text for a terminal."""
    lines = [f"{'figure':30}{'measured':>10} {'unit':13}{'must reach':>11}{'aims for':>10}"]
    for name, value, unit, must, aims, mark in rows(results):
        lines.append(f"{name:30}{value:>10} {unit:13}{must:>11}{aims:>10}  {mark}".rstrip())
    if "calibration" in results:
        counted, expected = results["calibration"]["value"], results["calibration"]["expected"]
        lines.append(f"A loop of {number(expected)} instructions counted as {number(counted)}.")
    return "\n".join(lines)


def document(results, commit):
    """The figures as Markdown, for docs/figures.md."""
    lines = [f"Measured at commit {commit}.", "", "| figure | measured | must reach | aims for | |"]
    lines.append("|---|---:|---:|---:|---|")
    for name, value, unit, must, aims, mark in rows(results):
        value += "" if unit == "instructions" else f" {unit}"
        lines.append(f"| `{name}` | {value} | {must} | {aims} | {mark.lstrip('<- ')} |")
    return "\n".join(lines) + "\n"
