"""make bench: the figures are there, plausible, and the same in every run."""
import functools
import json
import subprocess

import pytest

from host import figures, measure

SLOW = {"lease_copy_1m": (131_072, 400_000), "spawn_wait": (20_000, 1_000_000)}  # bounds of what takes long by nature
ALONE = (figures.MESSAGES, figures.EVENTS, figures.MEMORY)


@pytest.fixture(scope="module", autouse=True)
def programs(build):
    """Everything is built once, before the first test."""
    subprocess.run(["make", "-s", f"BUILD={build}", f"{build}/kernel-bench.archive"], check=True, timeout=110)


@pytest.fixture(scope="module")
def readings(build):
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


def test_a_figure_that_is_not_there(bench):
    ended = bench("sycall_null")
    assert ended.returncode != 0
    assert "B=sycall_null: there is no such figure" in ended.stderr
    assert "syscall_null" in ended.stderr


@pytest.mark.parametrize("group", ALONE)
def test_every_figure_of_a_group_is_plausible_and_explained(readings, group):
    found = readings(group).figures
    assert set(found) == {name for name, target in figures.FIGURES.items() if target.group == group}
    for name, figure in found.items():
        least, most = SLOW.get(name, (1, 1.5) if figure["unit"] == "ratio" else (40, 5000))
        assert least <= figure["value"] <= most, name
        assert figure["unit"] in ("instructions", "ratio")
        assert len(figure["note"]) > 40


def test_figures_can_be_repeated_to_the_instruction(build, readings):
    assert measure.run_alone(build, figures.EVENTS).figures == readings(figures.EVENTS).figures


def test_more_words_cost_more(readings):
    points = readings(figures.MESSAGES).points["words"]
    assert [words for words, _ in points] == list(range(65))
    assert points[64][1] > points[8][1]


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


def test_a_loop_that_counts_wrongly_is_noticed():
    readings = measure.read_lines("CALIBRATION 200000 200004\n")
    measure.check_calibration(readings)
    with pytest.raises(measure.BenchError, match="counted as 400008"):
        measure.check_calibration(measure.read_lines("CALIBRATION 200000 400008\n"))
