"""Modules are imported ahead at rest, one a turn, on the main thread."""

from __future__ import annotations

import sys
import threading

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from segviewer.app.shell import preloading
from segviewer.app.shell.preloading import SLOW, Preloading, lab_modules
from segviewer.labs import LABS


@pytest.fixture
def imported(monkeypatch):
    """What was imported, and on which thread."""
    found = []
    monkeypatch.setattr(preloading, "RESTED_S", 0.05)
    monkeypatch.setattr(
        preloading.importlib,
        "import_module",
        lambda name: found.append((name, threading.current_thread())),
    )
    return found


def test_one_after_the_other_on_the_main_thread(qtbot, imported):
    parent = QObject()
    work = Preloading(lambda: iter("abc"), lambda: False, parent)
    work.start()
    qtbot.waitUntil(lambda: len(imported) == 3)
    assert [name for name, _ in imported] == list("abc")
    assert {thread for _, thread in imported} == {threading.main_thread()}
    qtbot.waitUntil(lambda: not work._timer.isActive())


def test_nothing_while_something_runs(qtbot, imported):
    parent, busy = QObject(), [True]
    work = Preloading(lambda: iter("ab"), lambda: busy[0], parent)
    work.start()
    qtbot.wait(150)
    assert not imported
    busy[0] = False
    qtbot.waitUntil(lambda: len(imported) == 2)


def test_nothing_while_somebody_types(qtbot, imported, monkeypatch):
    monkeypatch.setattr(preloading, "RESTED_S", 3600.0)
    parent = QObject()
    work = Preloading(lambda: iter("ab"), lambda: False, parent)
    work.start()
    key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(parent, key)
    qtbot.wait(150)
    assert not imported
    monkeypatch.setattr(preloading, "RESTED_S", 0.0)
    qtbot.waitUntil(lambda: len(imported) == 2)


def test_an_import_that_fails_stops_nothing(qtbot, monkeypatch, caplog):
    monkeypatch.setattr(preloading, "RESTED_S", 0.0)
    parent = QObject()
    work = Preloading(lambda: iter(["segviewer.no_such", "json"]), lambda: False, parent)
    work.start()
    qtbot.waitUntil(lambda: not work._timer.isActive())
    assert "segviewer.no_such" in caplog.text


def test_every_module_of_the_labs_is_one_that_exists():
    import importlib.util

    names = [name for name in lab_modules(lambda name: None) if name is not None]
    assert (
        "segviewer.widgets.charts.plot" in names
        and "segviewer.labs.crf_studio.kernel_view" in names
    )
    assert all(name in sys.modules or importlib.util.find_spec(name) for name in names)


def test_plotting_waits_for_a_longer_rest(qtbot, imported, monkeypatch):
    monkeypatch.setattr(preloading, "LONG_RESTED_S", 3600.0)
    parent = QObject()
    work = Preloading(lambda: iter(["a", None, SLOW, "b"]), lambda: False, parent)
    work.start()
    qtbot.waitUntil(lambda: [name for name, _ in imported] == ["a"])
    qtbot.wait(200)
    assert [name for name, _ in imported] == ["a"] and work._timer.isActive()
    monkeypatch.setattr(preloading, "LONG_RESTED_S", 0.0)
    qtbot.waitUntil(lambda: [name for name, _ in imported] == ["a", SLOW, "b"])


def test_the_drawings_come_last_one_a_turn_and_one_that_fails_stops_no_other(caplog):
    ready = []

    def make_ready(name):
        ready.append(name)
        if name == "aspp":
            raise RuntimeError("no")

    left = lab_modules(make_ready)
    last = [name for name in left if not ready or name is not None]
    assert last and ready == list(LABS.modules) and "aspp could not be built" in caplog.text


def test_plotting_comes_behind_what_it_is_made_of():
    names = list(lab_modules(lambda name: None))
    at = names.index(SLOW)
    assert names[at - 1] is None  # classes of Qt
    charts = [n for n, name in enumerate(names) if name and ".widgets.charts." in name]
    assert min(charts) == at
