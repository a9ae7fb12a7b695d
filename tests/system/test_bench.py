"""make bench: the calibration holds, and the results are in the shape that was promised."""
import json
import subprocess


def test_one_figure(project, environment, build, tmp_path):
    line = ["make", "-s", f"BUILD={build}", "bench", "B=syscall_null"]
    ended = subprocess.run(line, cwd=project, env=environment, capture_output=True, text=True, timeout=110, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "terminating on signal" not in ended.stderr
    results = json.loads((build / "bench/results.json").read_text())
    assert set(results["syscall_null"]) == {"value", "unit", "note"}
    assert 0 < results["syscall_null"]["value"] < 2000
    calibration = results["calibration"]
    assert abs(calibration["value"] - calibration["expected"]) < 100
