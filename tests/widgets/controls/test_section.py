"""A section folds and unfolds by mouse and keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractButton, QLabel

from segviewer.widgets.controls.section import Section


@pytest.fixture
def section(qtbot):
    widget = Section("Classes", QLabel("content"))
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_click_on_the_head_folds_and_unfolds(section, qtbot):
    head = section.findChild(QAbstractButton)
    with qtbot.waitSignal(section.toggled) as emitted:
        qtbot.mouseClick(head, Qt.MouseButton.LeftButton)
    assert emitted.args == [False]
    assert not section.content().isVisible()
    qtbot.keyClick(head, Qt.Key.Key_Space)
    assert section.content().isVisible()
    assert section.is_open()


def test_it_can_be_folded_from_outside(section):
    section.set_open(False)
    assert not section.content().isVisible()


def test_the_head_is_in_small_caps_of_weight_600(section):
    font = section.findChild(QAbstractButton).font()
    assert font.capitalization() == QFont.Capitalization.SmallCaps
    assert font.weight() == QFont.Weight.DemiBold


def test_what_is_put_away_stays_so_whoever_shows_it(section):
    section.put_away(True)
    assert section.isHidden()
    section.show()
    assert section.isHidden()
    section.put_away(False)
    assert not section.isHidden()
    section.hide()
    section.put_away(True)
    section.put_away(False)
    assert section.isHidden()  # as it was wanted
