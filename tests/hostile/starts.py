"""Starts the window again and again on a busy machine, and ends it at a random moment.

The first house died in one start of fifty, seconds after the first labels, when a second thread
imported modules of Qt. So most of these windows live until then, however long that takes.
"""

from __future__ import annotations

import contextlib
import math
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.own_time import OwnTime
from tests.hostile.report import Report

CHECKOUT = Path(__file__).resolve().parents[2]
AT_ONCE = 2
# Of all, those that are ended before the first paint or while the engine loads. The others are
# ended some seconds after their first labels, in which the labs are imported.
EARLY = 0.2
SHORTEST_S, LONGEST_S = 0.5, 8.0
LABELS_S = 240.0  # for which the first labels are waited for
END_S = 20.0
SAMPLES = ("coffee", "leuven_street", "palace", "building")
COMPUTED = re.compile(r" segviewer\.engine\S* \w+ run \d+: .*label_map")
BUSY = "while True: sum(range(100_000))"


def campaign(seed: int, seconds: float, folder: Path, most: int | None = None) -> Report:
    """Start windows for about `seconds`; a crash, or an end that is not that of SIGTERM, fails.

    ``with labels`` counts those that lived long enough to have some computed.
    """
    report, chance = Report("starts", seed, measures={"with labels": 0}), random.Random(seed)
    end = time.monotonic() + seconds
    with busy_machine():
        while (most is None or report.tried < most) and time.monotonic() < end:
            running = [
                Started(Start.chosen_by(chance), folder / f"home{place}")
                for place in range(AT_ONCE)
            ]
            while running:
                for one in [one for one in running if one.is_due()]:
                    running.remove(one)
                    failure = end_of(one.window)
                    if not failure and not one.plan.early and one.labels_at is None:
                        failure = f"no labels within {LABELS_S:.0f} s"
                    report.measures["with labels"] += one.labels_at is not None
                    report.slowest_s = max(report.slowest_s, time.monotonic() - one.began)
                    if failure:
                        name = f"start {report.tried} of {one.plan}"
                        report.failures.append(f"{name}: {failure} {_faults(folder)}")
                    report.tried += 1
                time.sleep(0.05)
    return report


@dataclass(frozen=True)
class Start:
    """One start: of what, and for how long, in seconds since it began or had its first labels."""

    sample: str
    theme: str
    early: bool
    seconds: float

    def __str__(self) -> str:
        since = "its start" if self.early else "its labels"
        return f"sample:{self.sample}, {self.theme}, ended {self.seconds:.1f} s after {since}"

    @classmethod
    def chosen_by(cls, chance: random.Random) -> Start:
        """Any start."""
        return cls(
            chance.choice(SAMPLES),
            chance.choice(("dark", "light", "system")),
            chance.random() < EARLY,
            chance.uniform(SHORTEST_S, LONGEST_S),
        )


class Started:
    """A window that runs, and when it is to be ended."""

    def __init__(self, plan: Start, home: Path):
        self.plan = plan
        self.began, self.labels_at = time.monotonic(), None
        self._log = home / "state" / "segviewer" / "segviewer.log"
        self._seen = self._log.stat().st_size if self._log.exists() else 0
        self.window = start(plan.sample, plan.theme, home)

    def is_due(self) -> bool:
        """Whether its time is over, or it ended by itself."""
        now = time.monotonic()
        if self.labels_at is None and self._has_labels():
            self.labels_at = now
        begin = self.began if self.plan.early else self.labels_at
        if begin is None:
            begin = self.began + LABELS_S
        return now > begin + self.plan.seconds or self.window.poll() is not None

    def _has_labels(self) -> bool:
        """Whether the engine has written into the log that it computed a label map."""
        if not self._log.exists():
            return False
        with self._log.open(encoding="utf-8") as file:
            if self._log.stat().st_size >= self._seen:  # else the log was begun anew
                file.seek(self._seen)
            return any(COMPUTED.search(line) for line in file)


def start(sample: str, theme: str, home: Path) -> subprocess.Popen[str]:
    """A window with a home of its own."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONFAULTHANDLER": "1",
    }
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    return subprocess.Popen(
        [sys.executable, "main.py", f"sample:{sample}", "--theme", theme],
        cwd=CHECKOUT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def end_of(window: subprocess.Popen[str]) -> str:
    """End a window by SIGTERM; returns what was wrong, or an empty text."""
    with window:
        if (code := window.poll()) is not None:
            return f"ended by itself with code {code}: {_last_lines(window)}"
        window.send_signal(signal.SIGTERM)
        time_given = OwnTime(lambda: [window.pid])
        while window.poll() is None and not time_given.is_over(END_S):
            time.sleep(0.05)
        code = window.poll()
        if code is None:
            window.kill()
            return f"still there {END_S:.0f} s after SIGTERM"
        said = _last_lines(window)
    # Before Qt's loop runs, SIGTERM ends the process itself.
    if code not in (143, -signal.SIGTERM):
        return f"ended with code {code}: {said}"
    return said if "Traceback" in said or "Fatal" in said else ""


def _faults(folder: Path) -> str:
    """What faulthandler wrote of windows and engines that crashed."""
    found = [path.read_text("utf-8") for path in folder.rglob("*.faults")]
    return " | ".join(" ".join(text.splitlines()[-40:]) for text in found if text)


def _last_lines(window: subprocess.Popen[str]) -> str:
    return " | ".join((window.stderr.read() or "").strip().splitlines()[-40:])


@contextlib.contextmanager
def busy_machine() -> Iterator[None]:
    """Other programs, so many that no core is free."""
    programs = math.ceil(max(0.0, (os.cpu_count() or 1) - os.getloadavg()[0]))
    running = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(programs)]
    try:
        yield
    finally:
        for program in running:
            program.kill()
            program.wait()
