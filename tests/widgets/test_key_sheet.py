"""The key sheet lists every key and closes by the usual ways."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from segviewer.widgets.key_sheet import KeySheet, _Keys

KEYS = [
    ("View", "S", "overlay on or off"),
    ("View", "A · D", "less, more opacity"),
    ("View", "Ctrl++ · Ctrl+-", "zoom"),
    ("Settings", "Ctrl+Shift+Z", "redo"),
]


@pytest.fixture
def sheet(qtbot):
    widget = KeySheet(KEYS)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_every_action_and_section_is_listed(sheet):
    texts = {label.text() for label in sheet.findChildren(QLabel)}
    assert texts == {"View", "Settings"} | {action for _, _, action in KEYS}
    assert {k.accessibleName() for k in sheet.findChildren(_Keys)} == {key for _, key, _ in KEYS}


def test_keys_become_caps(sheet):
    def caps(name):
        keys = next(k for k in sheet.findChildren(_Keys) if k.accessibleName() == name)
        return [text for text, cap in keys._parts if cap]

    assert caps("Ctrl+Shift+Z") == ["Ctrl", "Shift", "Z"]
    assert caps("Ctrl++ · Ctrl+-") == ["Ctrl", "+", "Ctrl", "-"]
    assert caps("A · D") == ["A", "D"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, "?"])
def test_escape_and_the_question_mark_close_it(sheet, qtbot, key):
    if isinstance(key, str):
        qtbot.keyClicks(sheet, key)
    else:
        qtbot.keyClick(sheet, key)
    assert not sheet.isVisible()
