"""tools/disk: images that the host's own tools find right."""
import subprocess

from disks import check_disk, read_disk
from trees import make_tree, snapshot


def test_an_image_holds_the_folder(project, tmp_path):
    root = make_tree(tmp_path / "root", files=100, folders=10, depth=5)
    disk = tmp_path / "disk.img"
    subprocess.run([project / "tools/disk", disk, "--root", root], check=True)
    check_disk(disk)
    assert disk.stat().st_size > 256 << 20
    assert snapshot(read_disk(disk, tmp_path / "read")) == snapshot(root)


def test_the_projects_own_tree_is_the_default(project, tmp_path):
    disk = tmp_path / "disk.img"
    subprocess.run([project / "tools/disk", disk, "--size", "64M"], check=True)
    assert disk.stat().st_size == 64 << 20
    read = read_disk(disk, tmp_path / "read")
    assert (read / "Makefile").read_bytes() == (project / "Makefile").read_bytes()
    assert not (read / ".git").exists() and not (read / "build").exists()


def test_what_does_not_fit_is_told(project, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "big").write_bytes(b"full" * (2 << 20))
    line = [project / "tools/disk", tmp_path / "disk.img", "--root", root, "--size", "4M"]
    ended = subprocess.run(line, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "4 MiB" in ended.stderr and "Traceback" not in ended.stderr
    assert list(tmp_path.glob("disk.img*")) == []
