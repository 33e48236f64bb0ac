"""What is not on the first screen is there when it is asked for, and is not built before."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import QEvent, QObject, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from segviewer.additions import installed
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.shell.later_parts import MODULES, PARTS, LaterParts
from segviewer.app.shell.presenter import Presenter
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.runner import Runner
from segviewer.app.state.store import Store
from segviewer.session import Session


class SilentEngine:
    def __init__(self):
        self._ended = queue.SimpleQueue()

    def send(self, message):
        pass

    def receive(self):
        self._ended.get()
        raise EOFError

    def stop(self):
        self._ended.put(None)


@pytest.fixture
def window(qtbot):
    window = MainWindow()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def presenter(qtbot, tmp_path, window):
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    runner = Runner(SilentEngine())
    presenter = Presenter(window, Store(Session()), runner, Preferences(settings), in_slices=True)
    yield presenter
    presenter.close()


@pytest.fixture
def noted():
    return []


@pytest.fixture
def later(qapp, noted):
    def steps():
        for number in range(3):
            noted.append(number)
            yield

    parent = QObject()
    found = LaterParts(steps, parent)
    yield found
    found.stop()


def test_nothing_is_built_before_the_first_paint_and_all_of_it_afterwards(qtbot, presenter):
    assert not set(PARTS) & set(vars(presenter))
    first = len(presenter.panels)
    presenter.window.show()
    with qtbot.waitSignal(presenter.later.built, timeout=10_000):
        pass
    assert set(PARTS) <= set(vars(presenter)) and len(presenter.panels) >= first + 5
    assert not presenter.card.drawer.isVisible() and not presenter.lessons.dock.isVisible()


def test_a_part_that_is_asked_for_is_there(presenter):
    assert presenter.lessons.opened is None
    assert presenter.later.are_built and set(PARTS) <= set(vars(presenter))


def test_no_other_attribute_builds_anything(presenter):
    with pytest.raises(AttributeError, match="no_such_part"):
        presenter.no_such_part  # noqa: B018
    assert not presenter.later.are_built


def test_a_window_that_closes_early_builds_nothing_for_it(presenter):
    presenter.close()
    assert not set(PARTS) & set(vars(presenter))


def test_what_concerns_more_than_the_first_screen_has_it_built(presenter):
    presenter.openings.about_to_open.emit()
    assert presenter.later.are_built


def test_jobs_of_the_start_wait_for_the_first_paint(qtbot, presenter):
    done = []
    presenter.background.run(lambda: 1, done=done.append)
    assert presenter.background._threads == []
    presenter.window.show()
    qtbot.waitUntil(lambda: done == [1])


def test_what_packages_add_is_read_behind_the_first_paint_on_another_thread(
    qtbot, presenter, monkeypatch
):
    readers = []
    monkeypatch.setattr(
        installed, "read_installed", lambda: readers.append(threading.current_thread())
    )
    qtbot.wait(20)
    assert not readers
    presenter.window.show()
    qtbot.waitUntil(lambda: len(readers) == 1)
    assert readers[0] is not threading.main_thread()


def test_steps_are_taken_in_their_order_and_once(later, noted):
    later.build()
    later.build()
    assert noted == [0, 1, 2] and later.are_built


def test_a_person_who_is_quicker_finds_everything_built(qtbot, later, noted, monkeypatch):
    monkeypatch.setattr(later, "_on_turn", lambda: None)
    window = QWidget()
    qtbot.addWidget(window)
    later._timer.timeout.disconnect()  # as long as no turn comes
    later.begin_after_paint(window)
    window.show()
    qtbot.waitUntil(later._timer.isActive)
    assert noted == []
    QTest.keyClick(window, Qt.Key.Key_A)
    assert noted == [0, 1, 2]


def test_a_part_that_cannot_be_built_is_reported_and_does_not_end_the_process(qapp, monkeypatch):
    def steps():
        raise ValueError("broken")
        yield

    seen = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: seen.append(error))
    later = LaterParts(steps, qapp)
    assert not later.eventFilter(qapp, QEvent(QEvent.Type.KeyPress))
    assert [str(error) for error in seen] == ["broken"]


def test_the_first_screen_imports_nothing_of_the_later_parts():
    # In a process of its own: this one has imported them all.
    found = subprocess.run(
        [sys.executable, "-c", "import segviewer.app.shell.window, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    heavy = {"torch", "numba", "scipy", "pyqtgraph", "matplotlib", "tifffile"}
    files = {
        "segviewer.imaging.datasets.pairing",
        "segviewer.export.exporting",
        "segviewer.app.frame.routing",
    }
    assert not set(found) & (set(MODULES) | heavy | files)


def test_no_turn_imports_more_than_a_few_modules():
    # In a process of its own: this one has imported them all.
    program = """
import importlib, sys
import segviewer.app.shell.window
from segviewer.app.shell.later_parts import MODULES, built
for name in MODULES:
    before = set(sys.modules)
    importlib.import_module(name)
    new = [n for n in set(sys.modules) - before if n.startswith("segviewer.")]
    files = [n for n in new if not hasattr(sys.modules[n], "__path__")]
    print(name, len(files))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    counts = dict(line.split() for line in done.stdout.splitlines())
    assert list(counts) == list(MODULES)
    assert {name: n for name, n in counts.items() if not 1 <= int(n) <= 4} == {}


def test_parts_are_built_of_what_was_imported_for_them(presenter):
    presenter.later.build()
    program = """
import sys
import segviewer.app.shell.window
from segviewer.app.shell.later_parts import MODULES
import importlib
for name in MODULES: importlib.import_module(name)
import ast, inspect
from segviewer.app.shell import later_parts
named = [n.module for n in ast.walk(ast.parse(inspect.getsource(later_parts.built)))
         if isinstance(n, ast.ImportFrom)]
print(*[name for name in named if name not in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_events_of_widgets_that_are_made_are_not_looked_at(qtbot, qapp, monkeypatch):
    seen = []

    def steps():
        QWidget().setObjectName("made")
        seen.append("made")
        yield

    parent = QObject()
    later = LaterParts(steps, parent)
    monkeypatch.setattr(later, "eventFilter", lambda *_: seen.append("looked at") or False)
    qapp.installEventFilter(later)
    later._on_turn()
    assert seen == ["made"]
