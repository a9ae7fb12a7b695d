"""make bench: the figures are there, plausible, and the same in every run; the curves are drawn."""
import functools
import json
import re
import subprocess
import time

import pytest

from host import curves, figures, measure, qemu

SLOW = {  # bounds of what takes long by nature; other figures are some hundred or thousand instructions
    "lease_copy_1m": (131_072, 400_000),
    "move_1m_roundtrip": (1_000, 400_000),
}
STEP_THROUGH = """
set confirm off
set pagination off
set architecture i386:x86-64
target remote {socket}
hbreak *((char *)&vector_stubs + 16 * VECTOR_SHOOTDOWN)
continue
set scheduler-locking on
set $steps = 0
while ($cs & 3) == 0
  set $before = $pc
  stepi
  if $pc != $before
    set $steps = $steps + 1
  end
end
printf "\\n%d steps\\n", $steps
kill
"""


@pytest.fixture(scope="module", autouse=True)
def programs(build):
    """Everything is built once, before the first test."""
    subprocess.run(["make", "-s", f"BUILD={build}", f"{build}/kernel-bench.archive"], check=True, timeout=110)


@pytest.fixture(scope="module")
def alone(build):
    """What a group measured; each runs once."""
    return functools.cache(functools.partial(measure.run_alone, build))


@pytest.fixture
def bench(project, environment, build):
    """Runs `make bench B=...`."""

    def run(wanted):
        line = ["make", "-s", f"BUILD={build}", "bench", f"B={wanted}"]
        return subprocess.run(
            line, cwd=project, env=environment, capture_output=True, text=True, timeout=110, check=False
        )

    return run


def test_one_figure(bench, build):
    ended = bench("file_read_4k")
    assert ended.returncode == 0, ended.stderr
    assert "terminating on signal" not in ended.stderr
    assert "file_read_4k" in ended.stdout and "1,800" in ended.stdout
    results = json.loads((build / "bench/results.json").read_text())
    assert set(results) == {"file_read_4k", "calibration"}
    assert set(results["file_read_4k"]) == {"value", "unit", "note", "must", "aims"}
    assert 500 < results["file_read_4k"]["value"] < 20_000
    calibration = results["calibration"]
    assert abs(calibration["value"] - calibration["expected"]) < 100


def test_a_figure_that_is_judged_above_another(bench):
    ended = bench("boot_to_shell_ms")
    assert ended.returncode == 0, ended.stderr
    assert "boot_to_shell_ms" in ended.stdout and "boot_grub_ms" in ended.stdout


def test_a_figure_that_is_not_there(bench):
    ended = bench("sycall_null")
    assert ended.returncode != 0
    assert "B=sycall_null: there is no such figure or curve" in ended.stderr
    assert "syscall_null" in ended.stderr


def test_one_curve(bench, build):
    (build / "bench").mkdir(exist_ok=True)
    (build / "bench/revoke.svg").unlink(missing_ok=True)
    ended = bench("revoke")
    assert ended.returncode == 0, ended.stderr
    assert "revoke.svg" in ended.stdout
    picture = (build / "bench/revoke.svg").read_text()
    assert "guest instructions" in picture and "capabilities derived" in picture
    rows = [list(map(int, line.split())) for line in (build / "bench/revoke.data").read_text().splitlines()[1:]]
    few, many = rows[-3], rows[-1]
    for column in range(1, 4):  # linear: each costs the same
        assert many[column] / many[0] == pytest.approx(few[column] / few[0], rel=0.1)


@pytest.mark.parametrize("group", figures.ALONE)
def test_every_figure_of_a_group_is_plausible_and_explained(alone, group):
    found = alone(group, figures.CPUS.get(group, 1)).figures
    assert set(found) == {name for name, target in figures.FIGURES.items() if target.group == group}
    for name, figure in found.items():
        least, most = SLOW.get(name, (1, 1.5) if figure["unit"] == "ratio" else (40, 5000))
        assert least <= figure["value"] <= most, name
        assert figure["unit"] in ("instructions", "ratio")
        assert len(figure["note"]) > 40


def test_figures_can_be_repeated_to_the_instruction(build, alone):
    assert measure.run_alone(build, figures.EVENTS).figures == alone(figures.EVENTS, 1).figures
    assert measure.run_alone(build, figures.SHOOTDOWN, 4).figures == alone(figures.SHOOTDOWN, 4).figures


def test_messages_of_all_sizes_are_measured(alone):
    points = alone(figures.MESSAGES, 1).points["words"]
    assert [words for words, _ in points] == list(range(65))
    costs = [cost for _, cost in points]
    steps = [max(a, b) / min(a, b) for a, b in zip(costs, costs[1:])]
    assert alone(figures.MESSAGES, 1).figures["ipc_step_max"]["value"] == pytest.approx(max(steps), abs=0.001)


def test_the_cost_of_a_message_does_not_depend_on_the_number_of_threads(alone):
    points = alone("threads").points["threads"]
    assert max(threads for _, threads, _ in points) == 4096
    assert {kind for kind, _, _ in points} == {"blocked", "ready", "queued"}
    assert curves.rough_lines(points) == []


def test_a_cost_that_grows_is_noticed():
    assert curves.rough_lines([["ready", 2, 300], ["ready", 4096, 315]]) == []
    assert len(curves.rough_lines([["ready", 2, 300], ["ready", 4096, 316]])) == 1


def test_an_interrupted_cpu_executes_what_stepping_through_it_counts(build, alone, tmp_path):
    """The responder's figure is a difference of counts on several CPUs; here a debugger counts the instructions."""
    socket, script = tmp_path / "gdb", tmp_path / "commands"
    script.write_text(STEP_THROUGH.format(socket=socket))
    extra = [*measure.ICOUNT, *measure.DEVICE, "-append", f"bench={figures.SHOOTDOWN}", "-serial", "null"]
    extra += ["-chardev", f"socket,id=gdb,path={socket},server=on,wait=on", "-gdb", "chardev:gdb", "-monitor", "none"]
    described = qemu.Machine(build, "pvh", archive=build / "kernel-bench.archive", cpus=4, extra=extra)
    process = qemu.start(described.arguments(), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if socket.exists():
                break
            time.sleep(0.1)
        command = ["gdb", "-q", "-nx", "-batch", str(build / "atelier.elf"), "-x", str(script)]
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    finally:
        qemu.stop(process)
    counted = re.search(r"^(\d+) steps$", said.stdout, re.MULTILINE)
    assert counted, said.stdout + said.stderr
    assert int(counted[1]) == alone(figures.SHOOTDOWN, 4).figures["shootdown_responder_4cpu"]["value"]


def test_where_moving_gets_cheaper_than_copying():
    points = [["copy-1", 1024, 100], ["copy-1", 4096, 400], ["move-1", 1024, 200], ["move-1", 4096, 200]]
    assert curves.crossings(points) == points + [["crossings", 2048, 200, 1]]
    assert curves.crossings(points[:3] + [["move-1", 4096, 500]])[4:] == []


def test_targets_and_marks():
    results = {
        "syscall_null": {"value": 81, "unit": "instructions", "note": ""},
        "map_page": {"value": 400, "unit": "instructions", "note": ""},
        "boot_to_shell_ms": {"value": 900, "unit": "ms", "note": ""},
        "boot_grub_ms": {"value": 700, "unit": "ms", "note": ""},
    }
    figures.add_targets(results)
    lines = {line.split()[0]: line for line in figures.table(results).splitlines()}
    assert "falls short" in lines["syscall_null"]
    assert "falls short" not in lines["map_page"] and "aimed" not in lines["map_page"]
    assert "1,100" in lines["boot_to_shell_ms"] and "as aimed for" in lines["boot_to_shell_ms"]
    assert "| `syscall_null` | 81 | 80 | 60 | falls short |" in figures.document(results, "abc")


def test_a_loop_that_counts_wrongly_is_noticed():
    measure.check_calibration(measure.read_lines("CALIBRATION 200000 200004\n"))
    with pytest.raises(measure.BenchError, match="counted as 400008"):
        measure.check_calibration(measure.read_lines("CALIBRATION 200000 400008\n"))
