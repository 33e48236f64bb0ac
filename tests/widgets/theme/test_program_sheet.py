"""The program's style sheet is exchanged at the price of two, and single widgets keep theirs."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from segviewer.widgets.theme.program_sheet import set_program_sheet

DEPTH = 12


class Counting(QLabel):
    """Counts how often its style changes."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.times = 0
        self.changed = lambda: None

    def changeEvent(self, event):  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.StyleChange:
            self.times += 1
            self.changed()
        super().changeEvent(event)


@pytest.fixture
def sheet(qapp):
    """The program's style sheet, which is put back."""
    before = qapp.styleSheet()
    yield before
    set_program_sheet(qapp, before)


@pytest.fixture
def nest(qtbot, sheet):
    """Widgets in widgets, twelve deep, on screen: all of them, the outermost first."""
    nested = [QWidget()]
    qtbot.addWidget(nested[0])
    for _ in range(DEPTH):
        inner = QWidget(nested[-1])
        QVBoxLayout(nested[-1]).addWidget(inner)
        nested.append(inner)
    nested.append(Counting("word", nested[-1]))
    nested[0].show()
    qtbot.waitExposed(nested[0])
    return nested


def test_a_widget_deep_within_others_changes_its_style_twice(qapp, nest, sheet):
    set_program_sheet(qapp, "QLabel { color: #102030; }")
    nest[-1].times = 0
    set_program_sheet(qapp, sheet + "QLabel { color: #405060; }")
    assert 1 <= nest[-1].times <= 2
    assert nest[-1].palette().windowText().color().name() == "#405060"


def test_sheets_of_single_widgets_stay_and_cost_no_more_for_what_is_within(qapp, nest, sheet):
    set_program_sheet(qapp, "QLabel { color: #102030; }")
    nest[1].setStyleSheet("* { font-size: 31px; }")
    nest[5].setStyleSheet("* { font-size: 17px; }")
    nest[-1].times = 0
    set_program_sheet(qapp, sheet + "QLabel { color: #405060; }")
    # Two for the program's, and no more than three for each that is taken away and put back.
    assert nest[-1].times <= 8
    assert nest[1].styleSheet() == "* { font-size: 31px; }"
    assert nest[-1].font().pixelSize() == 17 and nest[3].font().pixelSize() == 31
    assert nest[-1].palette().windowText().color().name() == "#405060"


def test_python_collects_no_widget_while_qt_goes_through_all_of_them(qapp, nest, sheet):
    found = []
    nest[-1].changed = lambda: found.append(gc.isenabled())
    set_program_sheet(qapp, "QLabel { color: #102030; }")
    assert found and not any(found) and gc.isenabled()


def test_the_same_sheet_may_be_set_again(qapp, nest, sheet):
    for _ in range(2):
        set_program_sheet(qapp, "QLabel { color: #102030; }")
        assert qapp.styleSheet() == "QLabel { color: #102030; }"
        assert nest[-1].palette().windowText().color().name() == "#102030"


HIDDEN_ONES_ARE_DELETED = """
from PySide6.QtCore import SIGNAL
from PySide6.QtWidgets import QApplication, QDockWidget, QStyle
from segviewer.widgets.theme.program_sheet import set_program_sheet

def ask_for_a_size():
    for dock in docks:
        dock.style().pixelMetric(QStyle.PixelMetric.PM_DockWidgetTitleMargin, None, dock)

def told():
    return {dock.receivers(SIGNAL("destroyed(QObject*)")) for dock in docks}

app = QApplication([])
set_program_sheet(app, "QDockWidget { color: #102030; }")
docks = [QDockWidget() for _ in range(50)]
ask_for_a_size()
assert told() == {1}
set_program_sheet(app, "QDockWidget { color: #405060; }")
ask_for_a_size()
assert told() == {1}
docks.clear()
set_program_sheet(app, "QDockWidget { color: #708090; }")
print("still here")
"""


def test_a_hidden_widget_that_is_deleted_is_not_gone_through_again():
    """In a process of its own: the suite keeps a style sheet in use, and Qt would crash."""
    # Freed memory is overwritten, so that what Qt reads there is no widget by any chance.
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "MALLOC_PERTURB_": "165"}
    ended = subprocess.run(
        [sys.executable, "-c", HIDDEN_ONES_ARE_DELETED],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.stdout == "still here\n", ended.stderr
    assert ended.returncode == 0
