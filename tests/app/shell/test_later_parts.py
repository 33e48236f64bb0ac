"""What is not on the first screen is there when it is asked for, and is not built before."""

from __future__ import annotations

import queue
import subprocess
import sys

import pytest
from PySide6.QtCore import QEvent, QObject, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

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
    assert not set(PARTS) & set(vars(presenter)) and len(presenter.panels) == 11
    presenter.window.show()
    with qtbot.waitSignal(presenter.later.built, timeout=10_000):
        pass
    assert set(PARTS) <= set(vars(presenter)) and len(presenter.panels) == 16
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
