"""The key sheet lists every key and closes by the usual ways."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from segviewer.widgets.help.key_sheet import KeySheet, _in_columns, _Keys

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


def test_typing_finds_a_key_by_its_action_or_its_name(sheet, qtbot):
    assert sheet.search.hasFocus()
    qtbot.keyClicks(sheet.search, "Opacity")
    assert sheet.listed() == ["less, more opacity"]
    sheet.search.clear()
    qtbot.keyClicks(sheet.search, "ctrl shift")
    assert sheet.listed() == ["redo"]
    heads = [label for label in sheet.findChildren(QLabel) if label.text() in ("View", "Settings")]
    assert {head.text(): head.isVisible() for head in heads} == {"View": False, "Settings": True}
    sheet.search.clear()
    assert sheet.listed() == [action for _, _, action in KEYS]


def test_the_question_mark_closes_it_from_the_search_field_too(sheet, qtbot):
    qtbot.keyClicks(sheet.search, "?")
    assert not sheet.isVisible()


def test_columns_are_even_and_keep_the_order(qtbot):
    keys = [(f"S{n}", "A", f"{n}{k}") for n in range(6) for k in range(4)]
    sheet = KeySheet(keys)
    qtbot.addWidget(sheet)
    heights = [section.sizeHint().height() for section in sheet._sections]
    shares = _in_columns(sheet._sections, 3)
    assert [len(share) for share in shares] == [2, 2, 2] and len(set(heights)) == 1
    assert [s for share in shares for s in share] == sheet._sections
    assert len(_in_columns(sheet._sections, 1)) == 1


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, "?"])
def test_escape_and_the_question_mark_close_it(sheet, qtbot, key):
    if isinstance(key, str):
        qtbot.keyClicks(sheet, key)
    else:
        qtbot.keyClick(sheet, key)
    assert not sheet.isVisible()
