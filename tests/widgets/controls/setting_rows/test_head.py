"""The words before a setting keep the height of their letters, however little room there is."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from segviewer.settings import Control
from segviewer.widgets.controls.setting_rows.head import LEAST_HEIGHT, HeadLabel
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
