"""Kills window or engine at a random moment, and looks at what is left.

After every kill: no process of the window lives on, its settings can be read, every file that it
wrote under its own name is whole, and the next window offers what was open. A window whose engine
was killed goes on by itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.driven_window import DEEDS
from tests.hostile.own_time import OwnTime
from tests.hostile.report import Report

CHECKOUT = Path(__file__).resolve().parents[2]
MEANS = ("window SIGKILL", "window SIGTERM", "window SIGINT", "engine SIGKILL")
END_S, ORPHAN_S, LABELS_S = 15.0, 2.0, 120.0
LONGEST_START_S, LONGEST_DEED_S = 8.0, 6.0
KEPT_AFTER_S = 4.0  # a window that did something for so long has it in its file


@dataclass(frozen=True)
class Kill:
    """One attack.

    Attributes
    ----------
    deed : str
        What the window is in the middle of.
    means : str
        Who gets which signal.
    after_s : float
        Since the process began for ``start``, else since the deed did.
    """

    deed: str
    means: str
    after_s: float

    def __str__(self) -> str:
        return f"{self.means} {self.after_s:.2f} s into {self.deed}"


def kill_number(seed: int, index: int) -> Kill:
    """The attack `index` of a campaign; every deed and means comes up in turn."""
    chance = random.Random(f"{seed} {index}")
    deed, means = DEEDS[index % len(DEEDS)], MEANS[(index // len(DEEDS)) % len(MEANS)]
    if deed == "start" and means.startswith("engine"):
        means = "window SIGKILL"  # there may be no engine yet
    longest = LONGEST_START_S if deed == "start" else LONGEST_DEED_S
    return Kill(deed, means, chance.uniform(0.05, longest))


class DrivenWindow:
    """A window in a process of its own, with its home, and what it says of itself."""

    def __init__(self, deed: str, home: Path):
        self.home, self.out = home, home / "out"
        self.out.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "PYTHONPATH": str(CHECKOUT),
        }
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.driven_window", deed, str(self.out)],
            cwd=CHECKOUT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._words: list[str] = []  # what was said and nobody has waited for
        self._errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_words, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_words(self) -> None:
        for line in self.process.stdout:
            self._said.put(line.strip())

    def _read_errors(self) -> None:
        self._errors.extend(self.process.stderr)

    def wait_for(self, *words: str, seconds: float = LABELS_S) -> str:
        """The first of `words` that the window said or says; empty if it says none in time.

        What else it says meanwhile is still there for whoever waits for that.
        """
        time_given = OwnTime(lambda: [self.process.pid, *self.children()])
        while True:
            for word in self._words:
                if word in words:
                    self._words.remove(word)
                    return word
            if time_given.is_over(seconds) or self.process.poll() is not None:
                return ""
            with contextlib.suppress(queue.Empty):
                self._words.append(self._said.get(timeout=0.2))

    def forget(self) -> None:
        """Look at nothing that was said until now."""
        self._words.clear()
        while not self._said.empty():
            self._said.get()

    def children(self) -> list[int]:
        """Its child processes: the engine, and what multiprocessing needs."""
        found = []
        try:
            for task in Path(f"/proc/{self.process.pid}/task").iterdir():
                found += [int(pid) for pid in (task / "children").read_text().split()]
        except OSError:
            return found
        return found

    def engine(self) -> int | None:
        """The child that has torch."""
        return max(self.children(), key=_memory, default=None)

    def end(self) -> tuple[int, str]:
        """Wait for its end; the exit code and what it said on standard error."""
        time_given = OwnTime(lambda: [self.process.pid])
        while self.process.poll() is None and not time_given.is_over(END_S):
            time.sleep(0.05)
        code = self.process.poll()
        if code is None:
            self.process.kill()
            code = self.process.wait()
            self._errors.append(f"still there {END_S:.0f} s after the signal")
        for reader in self._readers:
            reader.join(5)
        self.process.stdout.close()
        self.process.stderr.close()
        return code, " | ".join(line.strip() for line in self._errors[-20:])


def campaign(seed: int, seconds: float, folder: Path, most: int | None = None) -> Report:
    """Kill windows for about `seconds`, all of one person, whose next start follows each kill."""
    report = Report("kills", seed)
    end = time.monotonic() + seconds
    expected = 0  # folders of ended windows that the next start must find
    offers = 0
    while report.tried != most and time.monotonic() < end:
        kill = kill_number(seed, report.tried)
        began = time.monotonic()
        failures, offered = attack(kill, folder, expected > 0)
        offers += offered
        expected = len(left_behind(folder))
        report.failures += [f"kill {report.tried}, {kill}: {failure}" for failure in failures]
        report.tried += 1
        report.slowest_s = max(report.slowest_s, time.monotonic() - began)
    report.measures = {"offers": offers}
    return report


def attack(kill: Kill, home: Path, has_left: bool) -> tuple[list[str], bool]:
    """Start a window, kill it, and look; what was wrong, and whether it offered something."""
    failures: list[str] = []
    window = DrivenWindow(kill.deed, home)
    offered = False
    if kill.deed != "start":
        if not window.wait_for("doing"):
            return [f"it never showed labels: {_ended(window)}"], False
        began = time.monotonic()
        answer = window.wait_for("offered", "nothing", seconds=20)
        offered = answer == "offered"
        if offered != has_left:
            failures.append(f"left behind was {has_left}, but it said “{answer}”")
        time.sleep(max(0.0, kill.after_s - (time.monotonic() - began)))
    else:
        began = window.began
        time.sleep(kill.after_s)
    who, name = kill.means.split()
    number = getattr(signal, name)
    children = window.children()
    if who == "engine":
        os.kill(window.engine(), number)
        # On a busy machine no quick CRF is done before a slider that goes on moving asks again.
        window.process.send_signal(signal.SIGUSR1)
        window.forget()
        if not window.wait_for("labels"):
            failures.append("no labels after the engine was killed")
        children = window.children()
        number = signal.SIGTERM
    did_for = time.monotonic() - began
    window.process.send_signal(number)
    code, said = window.end()
    expected = {-number} if number == signal.SIGKILL else {128 + number, -number}
    if code not in expected:
        failures.append(f"it ended with code {code}: {said}")
    if "Traceback" in said and kill.deed != "start":
        failures.append(said)
    time_given = OwnTime(lambda: children)
    while alive := [pid for pid in children if _memory(pid)]:
        if time_given.is_over(ORPHAN_S):
            failures.append(f"{len(alive)} processes live on after {ORPHAN_S:.0f} s")
            for pid in alive:
                os.kill(pid, signal.SIGKILL)
            break
        time.sleep(0.05)
    failures += broken_files(window.out) + broken_settings(home)
    kept = left_behind(home)
    if kill.deed != "start" and did_for > KEPT_AFTER_S and not kept:
        failures.append(f"nothing was kept of {did_for:.1f} s")
    return failures, offered


def left_behind(home: Path) -> list[Path]:
    """What the next window can restore; raises what reading it raises."""
    from segviewer.app.state.recovery_file import read_kept

    found = list((home / "state" / "segviewer" / "running").glob("*/recovery.json"))
    for path in found:
        assert read_kept(path).session.image
    return found


def broken_files(out: Path) -> list[str]:
    """The files that are not whole; those with a temporary name may be half."""
    from PIL import Image

    broken = []
    for path in out.rglob("*"):
        if not path.is_file() or path.name.startswith("."):
            continue
        try:
            if path.suffix == ".json":
                json.loads(path.read_text("utf-8"))
            else:
                with Image.open(path) as picture:
                    picture.load()
        except (OSError, ValueError, SyntaxError) as error:
            broken.append(f"{path.name} ({path.stat().st_size} bytes) is broken: {error}")
        path.unlink()
    return broken


def broken_settings(home: Path) -> list[str]:
    """What is wrong with the person's settings."""
    from PySide6.QtCore import QSettings

    from segviewer.app.state.preferences import Preferences
    from segviewer.session import Session

    path = home / "config" / "segviewer" / "segviewer.conf"
    if not path.exists():
        return []
    settings = QSettings(str(path), QSettings.Format.IniFormat)
    if settings.status() != QSettings.Status.NoError:
        return [f"the settings cannot be read: {settings.status()}"]
    preferences = Preferences(settings)
    preferences.restore(Session())
    preferences.recent("pictures")
    return []


def _ended(window: DrivenWindow) -> str:
    window.process.kill()
    return window.end()[1]


def _memory(pid: int) -> int:
    """Pages that a process holds; 0 once it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
