"""A monkey at the window for a minute: nothing falls, hangs or grows."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.hostile import acted_window, gestures

SEED = 11


@pytest.mark.slow
def test_random_gestures_break_nothing(tmp_path):
    report = gestures.campaign(seed=SEED, seconds=40, folder=tmp_path)
    print(report)
    assert report.tried > 50 and report.failures == [], str(report)


def test_the_same_seed_makes_the_same_choices():
    def chosen():
        acted = SimpleNamespace(window=None, presenter=None)
        monkey = gestures.Monkey(acted, random.Random(SEED), [])
        return [monkey.act() for _ in range(200)]

    assert chosen() == chosen() and len(set(chosen())) > 15


BROKEN = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer, qCritical, qInstallMessageHandler
from tests.hostile.acted_window import Watch
from tests.hostile.report import Report
watch = Watch(Report("broken", 0), Path(sys.argv[1]))
qInstallMessageHandler(watch.on_qt_message)
app = QCoreApplication([])
def slot():
    raise ValueError("in a slot")
with watch.turn("a slot"):
    QTimer.singleShot(0, slot)
    watch.loop(app.processEvents, 0.1)
with watch.turn("a message"):
    qCritical("Qt minds")
with watch.turn("a call"):
    [][1]
with watch.turn("a stall"):
    QTimer.singleShot(0, lambda: time.sleep(5.2))
    watch.loop(app.processEvents, 0.1)
with watch.turn("waiting"):
    watch.loop(app.processEvents, 5.5)
watch.save()
"""


@pytest.mark.slow
def test_what_goes_wrong_is_noted(tmp_path):
    root = acted_window.REPOSITORY
    subprocess.run(
        [sys.executable, "-c", BROKEN, str(tmp_path)],
        cwd=root,
        check=True,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        timeout=60,
    )
    report = json.loads((tmp_path / acted_window.REPORT).read_text("utf-8"))
    expected = ("a slot: ", "in a slot"), ("a message: ", "Qt minds"), ("a call: ", "IndexError")
    expected = (*expected, ("a stall: ", "stood still"))
    assert "in <lambda>" in report["failures"][-1]  # where it stood
    assert len(report["failures"]) == len(expected), report["failures"]
    for failure, (doing, what) in zip(report["failures"], expected, strict=True):
        assert failure.startswith(doing) and what in failure


@pytest.mark.slow
def test_a_process_that_dies_is_a_failure(tmp_path):
    report = acted_window.run_apart("tests.hostile.no_such_module", 0, 1.0, tmp_path)
    assert len(report.failures) == 1 and "No module" in report.failures[0]
