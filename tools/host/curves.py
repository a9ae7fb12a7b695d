"""The curves of `make bench`: how cost grows. Each has a BUILD/bench/NAME.data, and a picture or several of it that
gnuplot draws by tools/curves/PICTURE.gnuplot, BUILD/bench/PICTURE.svg.
"""
import math
import subprocess
from dataclasses import dataclass
from pathlib import Path

from host import measure
from host.measure import BenchError

SCRIPTS = Path(__file__).resolve().parent.parent / "curves"
FLAT = 0.05  # how much of it the cost of a message may vary with the number of threads
LONG_QUEUE = 256


def crossings(points):
    """Bulk data: where moving begins to be cheaper than copying, for each number of CPUs; the sizes in between are
    found on straight lines between the measured ones, as they are drawn.
    """
    lines = {}
    for name, size, cost in points:
        lines.setdefault(name, []).append((size, cost))
    found = []
    for name in lines:
        kind, cpus = name.split("-")
        if kind == "move":
            found += [["crossings", *place, int(cpus)] for place in first_crossing(lines["copy-1"], lines[name])]
    return points + found


def first_crossing(dear, cheap):
    """[(size, cost)] where `dear`, below at first, crosses `cheap`; nothing if it never does."""
    for (size, dear1), (after, dear2), (_, cheap1), (_, cheap2) in zip(dear, dear[1:], cheap, cheap[1:]):
        gap1, gap2 = math.log(cheap1 / dear1), math.log(cheap2 / dear2)
        if gap1 > 0 >= gap2:
            part = gap1 / (gap1 - gap2)
            return [(round(size * (after / size) ** part), round(dear1 * (dear2 / dear1) ** part))]
    return []


def sort_by_cost(points):
    """Steps: the longest last; names as people write them."""
    return [[f'"{name.replace("_", " ")}"', cost] for name, cost in sorted(points, key=lambda point: point[1])]


@dataclass(frozen=True)
class Curve:
    """Measured by a group of user/bench/kernel, once for each number of CPUs; "": by the demonstration of restarts, in
    the whole system. A line of the data has these columns.
    """

    group: str
    columns: str
    cpus: tuple[int, ...] = (1,)
    words: str = ""
    pictures: tuple[str, ...] = ()  # where it is not one of the same name
    prepare: object = list  # what is done to the points before they are written
    blocks: bool = False  # the first column names a block of points


CURVES = {
    "words": Curve("messages", "words round_trip"),
    "threads": Curve("threads", "threads round_trip", blocks=True),
    "deadlines": Curve("deadlines", "armed added_if_earliest added_if_among added_if_latest"),
    "bulk": Curve(
        "bulk",
        "bytes round_trip",
        cpus=(1, 2, 4),
        pictures=("bulk_size", "bulk_frequency"),
        prepare=crossings,
        blocks=True,
    ),
    "shootdown": Curve("shootdown", "cpus initiator responder", cpus=(8,)),
    "revoke": Curve("revoke", "derived children chain mapped"),
    "restart": Curve("", "period_ms kib_per_second kills busy"),
    "steps": Curve("steps", "what longest", words=measure.MEASURED_STEPS, prepare=sort_by_cost),
}


def write_data(path, points, curve):
    """Points as gnuplot reads them: columns, or blocks of columns with a name."""
    lines = [f"# {curve.columns}"]
    block = None
    for point in points:
        if curve.blocks and point[0] != block:
            block = point[0]
            lines += ["", "", f"# {block}"]
        lines.append(" ".join(map(str, point[1:] if curve.blocks else point)))
    path.write_text("\n".join(lines) + "\n")


def pictures(folder, name):
    """The pictures that are drawn of a curve."""
    return [folder / f"{picture}.svg" for picture in CURVES[name].pictures or (name,)]


def draw(data, picture):
    """Draws one picture of the data."""
    script = SCRIPTS / f"{picture.stem}.gnuplot"
    command = ["gnuplot", "-e", f"data='{data}'; picture='{picture}'", str(SCRIPTS / "style.gnuplot"), str(script)]
    drawn = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if drawn.returncode != 0 or "warning" in drawn.stderr:
        raise BenchError(f"gnuplot could not draw {picture.stem}:\n{drawn.stderr}")


def measured(alone, name):
    """The points of a curve of a group. `alone` is measure.run_alone for a build."""
    curve = CURVES[name]
    runs = [alone(curve.group, cpus, curve.words) for cpus in curve.cpus]
    return curve.prepare([point for run in runs for point in run.points[name]])


def make(folder, name, points):
    """Writes and draws the points of one curve."""
    curve = CURVES[name]
    write_data(folder / f"{name}.data", points, curve)
    for picture in pictures(folder, name):
        draw(folder / f"{name}.data", picture)


def rough_lines(points):
    """What is wrong with the cost of a message by the number of threads, in sentences: it should be flat.

    A call that waits in a queue has a share in what happens once for the whole queue, so short queues do not count.
    """
    lines = {}
    for kind, threads, cost in points:
        if kind != "queued" or threads >= LONG_QUEUE:
            lines.setdefault(kind, []).append(cost)
    return [
        f"a message costs {min(costs)} to {max(costs)} instructions by the number of threads that are {kind}"
        for kind, costs in lines.items()
        if max(costs) > min(costs) * (1 + FLAT)
    ]
