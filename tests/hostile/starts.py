"""Starts the window again and again on a busy machine, and ends it at a random moment.

The first house died in one start of fifty, seconds after the first labels, when a second thread
imported modules of Qt.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.hostile.report import Report

CHECKOUT = Path(__file__).resolve().parents[2]
AT_ONCE = 2
# From before the first paint to well after the labs have been imported.
SHORTEST_S, LONGEST_S = 0.5, 12.0
END_S = 20.0
SAMPLES = ("coffee", "leuven_street", "palace", "building")
BUSY = "while True: sum(range(100_000))"


def campaign(seed: int, seconds: float, folder: Path, most: int | None = None) -> Report:
    """Start windows for about `seconds`; a crash, or an end that is not that of SIGTERM, fails.

    ``with labels`` counts those that lived long enough to show some.
    """
    report, chance = Report("starts", seed), random.Random(seed)
    end = time.monotonic() + seconds
    with busy_machine(os.cpu_count() or 1):
        while (most is None or report.tried < most) and time.monotonic() < end:
            batch = [
                (
                    chance.choice(SAMPLES),
                    chance.choice(("dark", "light", "system")),
                    chance.uniform(SHORTEST_S, LONGEST_S),
                )
                for _ in range(AT_ONCE)
            ]
            began = time.monotonic()
            running = [
                (one, start(one[0], one[1], folder / f"home{place}"))
                for place, one in enumerate(batch)
            ]
            for (sample, theme, lifetime), window in sorted(running, key=lambda pair: pair[0][2]):
                name = f"start {report.tried} of sample:{sample}, {theme}, {lifetime:.1f} s"
                report.tried += 1
                failure = end_of(window, began + lifetime)
                if failure:
                    report.failures.append(f"{name}: {failure} {_faults(folder)}")
            report.slowest_s = max(report.slowest_s, time.monotonic() - began)
    report.measures["with labels"] = _with_labels(folder)
    return report


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


def end_of(window: subprocess.Popen[str], moment: float) -> str:
    """End a window at `moment` by SIGTERM; returns what was wrong, or an empty text."""
    with window:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = window.wait(max(0.0, moment - time.monotonic()))
            return f"ended by itself with code {code}: {_last_lines(window)}"
        window.send_signal(signal.SIGTERM)
        try:
            code = window.wait(END_S)
        except subprocess.TimeoutExpired:
            window.kill()
            return f"still there {END_S:.0f} s after SIGTERM"
        said = _last_lines(window)
    # Before Qt's loop runs, SIGTERM ends the process itself.
    if code not in (143, -signal.SIGTERM):
        return f"ended with code {code}: {said}"
    return said if "Traceback" in said or "Fatal" in said else ""


def _with_labels(folder: Path) -> int:
    """How many engines wrote into the log that they computed a label map."""
    lines = [line for log in folder.rglob("segviewer.log*") for line in log.open(encoding="utf-8")]
    engines = re.compile(r"(\d+) segviewer\.engine\S* \w+ run \d+: .*label_map")
    return len({found[1] for line in lines if (found := engines.search(line))})


def _faults(folder: Path) -> str:
    """What faulthandler wrote of windows and engines that crashed."""
    found = [path.read_text("utf-8") for path in folder.rglob("*.faults")]
    return " | ".join(" ".join(text.splitlines()[-40:]) for text in found if text)


def _last_lines(window: subprocess.Popen[str]) -> str:
    return " | ".join((window.stderr.read() or "").strip().splitlines()[-40:])


@contextlib.contextmanager
def busy_machine(programs: int) -> Iterator[None]:
    """Other programs that take every core."""
    running = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(programs)]
    try:
        yield
    finally:
        for program in running:
            program.kill()
            program.wait()
