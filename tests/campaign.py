"""Long campaigns: batches of a test, each noted when it is done, so that one that was stopped goes on where it was.

    def play(number, folder):             one batch; all in it follows from the campaign's seed and this number
        return Batch({"busy kills": 312, "idle kills": 20}, complaints)

    sys.exit(Campaign("kills", seed, "busy kills", 100_000).run(play))

build/campaigns/ has a file for each campaign, commit and seed, with a line for each finished batch. A tree that differs
from its commit has no name, so a campaign on one begins afresh. Batches run side by side, one on each of the host's
CPUs. One that ends with an exception counts as a complaint, and complaints make the exit status 1, also when they were
noted in a run before. Ctrl-C ends the campaign within a moment; the batches under way are forgotten.
"""
import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from places import BUILD, PROJECT

TESTED = BUILD / "test.archive"
STOPPED = 130  # exit status after Ctrl-C, as a shell has it
MOST_COMPLAINTS = 20  # more of them tell nothing new


def commit():
    """The commit that is tested, marked if files differ from it."""
    command = ["git", "-C", str(PROJECT), "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def has_name(version):
    """Does it always mean the same tree?"""
    return "dirty" not in version and version != "unknown"


def require_build():
    """Ends the program, and says what to do, where nothing is built."""
    if not TESTED.exists():
        sys.exit("there is nothing to test yet: `make all build/test.archive` builds it")


def describe(counts):
    """Counts in one line."""
    return ", ".join(f"{count:,} {what}" for what, count in counts.items())


@dataclass
class Batch:
    """What came of a batch: what was done how often, everything that was wrong, and figures to look at in the end."""

    counts: dict[str, int]
    complaints: list[str] = field(default_factory=list)
    readings: list[int] = field(default_factory=list)


@dataclass
class Campaign:
    """Batches 0, 1, 2... until `wanted` of what `counted` names are done, or there are no more batches."""

    name: str
    seed: int
    counted: str
    wanted: int
    batches: int = sys.maxsize
    jobs: int = os.cpu_count() or 1
    folder: Path = BUILD / "campaigns"
    version: str = field(default_factory=commit)

    def __post_init__(self):
        self.file = self.folder / f"{self.name}-{self.version}-{self.seed}.jsonl"
        self.done = {}  # number -> Batch
        self.seconds = 0.0  # of all runs

    def run(self, play, summary=lambda readings: ""):
        """Goes on until all is done; the exit status. `summary`: what there is to say about all readings."""
        require_build()
        self._resume()
        try:
            with tempfile.TemporaryDirectory(prefix="atelier-", ignore_cleanup_errors=True) as folder:
                tempfile.tempdir = folder  # whatever a batch leaves goes when we end
                self._play_all(play, Path(folder))
        except KeyboardInterrupt:
            # flushed: a batch that is cut off in the middle of a line of its own would keep us from it later
            print(f"stopped at {self._progress()}; the same command goes on from there", flush=True)
            return STOPPED
        finally:
            tempfile.tempdir = None
        self._report(summary)
        return 1 if self._complaints() else 0

    def _resume(self):
        """Reads what was done before. A line that was cut off is of a batch that is done again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not has_name(self.version):
            self.file.unlink(missing_ok=True)
        for line in self.file.read_text().splitlines() if self.file.exists() else []:
            with contextlib.suppress(json.JSONDecodeError):
                noted = json.loads(line)
                number, seconds = noted.pop("number"), noted.pop("seconds")
                self.done[number] = Batch(**noted)
                self.seconds += seconds
        if self.done:
            print(f"going on at {self._progress()}")

    def _play_all(self, play, folder):
        results = queue.SimpleQueue()
        self._started, since, number, running = time.monotonic(), time.monotonic(), 0, 0
        self._done_before = self._count()
        while self._goes_on(number) or running > 0:
            while running < self.jobs and self._goes_on(number):
                if number not in self.done:
                    place = folder / str(number)
                    place.mkdir()
                    threading.Thread(target=_play_one, args=(play, number, place, results), daemon=True).start()
                    running += 1
                number += 1
            finished, batch = results.get()
            running -= 1
            now = time.monotonic()
            self._note(finished, batch, now - since)
            since = now

    def _note(self, number, batch, seconds):
        with open(self.file, "a", encoding="utf-8") as file:  # a new line first: the last one may have been cut off
            file.write("\n" + json.dumps({"number": number, "seconds": round(seconds, 3), **asdict(batch)}))
        self.done[number] = batch
        self.seconds += seconds
        minutes = (time.monotonic() - self._started) / 60
        rate = (self._count() - self._done_before) / minutes if minutes else 0
        print(f"batch {number}: {describe(batch.counts)}; {self._progress()}, {rate:,.0f} a minute", flush=True)
        for complaint in batch.complaints:
            print(f"batch {number}: {complaint}", flush=True)

    def _goes_on(self, number):
        is_done = number >= self.batches or self._count() >= self.wanted
        return not is_done and len(self._complaints()) < MOST_COMPLAINTS

    def _count(self):
        return sum(batch.counts.get(self.counted, 0) for batch in self.done.values())

    def _progress(self):
        return f"{self._count():,} of {self.wanted:,} {self.counted} in {self.seconds / 60:.1f} minutes"

    def _complaints(self):
        return [complaint for batch in self.done.values() for complaint in batch.complaints]

    def _report(self, summary):
        """The line for docs/figures.md."""
        totals, readings = Counter(), []
        for batch in self.done.values():
            totals.update(batch.counts)
            readings += batch.readings
        more = summary(sorted(readings)) if readings else ""
        print(
            f"{time.strftime('%Y-%m-%d')}, commit {self.version}, seed {self.seed}, {self.seconds / 60:.0f} minutes, "
            f"{len(self.done)} batches: {describe(totals)}; {len(self._complaints())} complaints{more}."
        )


def _play_one(play, number, folder, results):
    """In a thread of its own, so that the host's CPUs share the batches, and Ctrl-C waits for none."""
    try:
        batch = play(number, folder)
    except BaseException:  # pytest's failures are no Exceptions
        batch = Batch({}, [traceback.format_exc(limit=-3)])
    shutil.rmtree(folder, ignore_errors=True)
    results.put((number, batch))
