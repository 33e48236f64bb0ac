"""Notes fold to a line each, and open by a click or by Enter."""

import pytest
from PySide6.QtCore import Qt

from segviewer.widgets.panels.folded_notes import FoldedNotes

LONG = "Nothing says how pictures were normalised, so that ImageNet's mean was taken. " * 3


@pytest.fixture
def notes(qtbot):
    widget = FoldedNotes()
    qtbot.addWidget(widget)
    widget.set_notes([LONG, "Short."])
    widget.resize(240, 100)
    widget.show()
    return widget


def test_each_is_one_line_until_it_is_opened(notes, qtbot):
    long, short = notes.notes()
    line = long.sizeHint().height()
    assert long.text().endswith("…") and short.text() == "Short."
    qtbot.mouseClick(long, Qt.MouseButton.LeftButton)
    assert " ".join(long.text().split()) == " ".join(LONG.split())
    assert long.heightForWidth(240) > 2 * line
    qtbot.keyClick(long, Qt.Key.Key_Return)
    assert long.text().endswith("…")
    assert long.accessibleName() == LONG


def test_without_notes_there_is_nothing(notes):
    notes.set_notes([])
    assert notes.isHidden() and notes.notes() == []
