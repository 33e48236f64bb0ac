"""The words before a setting keep the height of their letters, however little room there is."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from segviewer.settings import Control
from segviewer.widgets.controls.setting_rows.head import LEAST_HEIGHT, HeadLabel
from segviewer.widgets.controls.setting_rows.toggle_rows import ToggleRow
from segviewer.widgets.theme.typography import resized


def test_large_words_are_not_squeezed(qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    layout = QVBoxLayout(holder)
    labels = [HeadLabel(Control(f"x{i}", "int", 3, "crf", "Words")) for i in range(4)]
    for label in labels:
        layout.addWidget(label)
    assert all(label.sizeHint().height() >= LEAST_HEIGHT for label in labels)
    for label in labels:
        label.setFont(resized(label.font(), 4))
    holder.resize(400, 60)
    holder.show()
    for label in labels:
        assert label.height() >= label.fontMetrics().height() > LEAST_HEIGHT


def test_a_long_head_takes_a_second_line_before_it_is_cut(qtbot):
    form = QWidget()
    qtbot.addWidget(form)
    layout = QVBoxLayout(form)
    layout.setContentsMargins(0, 0, 0, 0)
    words = "Leave out classes that could not win anyway"
    layout.addWidget(row := ToggleRow(Control("x", "bool", True, "crf", words)))
    layout.addStretch(1)
    label = row.findChild(HeadLabel)
    form.resize(600, 200)
    form.show()
    assert label.height() == LEAST_HEIGHT
    assert label.width() >= label.fontMetrics().horizontalAdvance(words)
    assert form.minimumSizeHint().width() <= 250
    form.resize(250, 200)
    assert label.height() >= label.heightForWidth(label.width())
    assert label.height() >= 2 * label.fontMetrics().lineSpacing()
    assert label.geometry().right() < row.width() - 30, "the switch has its place"
