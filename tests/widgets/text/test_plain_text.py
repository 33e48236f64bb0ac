"""Text from files stays text: the classes that show it, and that nothing goes past them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QMainWindow, QMenu

import segviewer
from segviewer.widgets.text.plain_text import (
    LABEL_LETTERS,
    WORD_WIDTH,
    ClosedPage,
    PlainLabel,
    plain_entry,
    plain_tip,
    plain_title,
)

PACKAGE = Path(segviewer.__file__).parent
HOSTILE = '<img src="file:///etc/hostname"> & <b>Fräulein</b>\nsecond line'
# They write their own markup, of words of their own or escaped.
WRITES_MARKUP = {"help/tour.py", "setting_rows/head.py", "crf_studio/trimap_view.py"}
ESCAPED_TIPS = {"plain_tip", "tooltip"}


def trees():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@pytest.mark.slow
def test_no_label_or_page_of_qt_is_made_directly():
    wrong = []
    for name, tree in trees():
        if name.endswith(("text/plain_text.py", "text/equation_label.py")):
            continue
        for node in ast.walk(tree):
            made = name_of(node) if isinstance(node, ast.Call) else ""
            if made in ("QLabel", "QTextBrowser", "QTextEdit", "QMessageBox", "setTextFormat"):
                wrong.append(f"{name}:{node.lineno} {made}")
            if made == "RichLabel" and not name.endswith(tuple(WRITES_MARKUP)):
                wrong.append(f"{name}:{node.lineno} {made}")
            if isinstance(node, ast.ClassDef):
                bases = {ast.unparse(base) for base in node.bases}
                if bases & {"QLabel", "QTextBrowser", "QTextEdit"}:
                    wrong.append(f"{name}:{node.lineno} class {node.name}")
    assert wrong == []


def tip_of(call: ast.Call) -> ast.expr | None:
    made = name_of(call)
    if made in ("setToolTip", "setStatusTip", "setWhatsThis"):
        return call.args[0]
    if made == "setTabToolTip":
        return call.args[1]
    if made == "showText" and ast.unparse(call.func).startswith("QToolTip"):
        return call.args[1]
    if made == "setItemData" and len(call.args) > 2 and "ToolTip" in ast.unparse(call.args[2]):
        return call.args[1]
    return None


@pytest.mark.slow
def test_every_tip_that_is_not_a_fixed_text_goes_through_plain_tip():
    wrong, seen = [], 0
    for name, tree in trees():
        for node in ast.walk(tree):
            tip = tip_of(node) if isinstance(node, ast.Call) else None
            if tip is None:
                continue
            seen += 1
            fixed = isinstance(tip, ast.Constant)
            if not fixed and not (isinstance(tip, ast.Call) and name_of(tip) in ESCAPED_TIPS):
                wrong.append(f"{name}:{node.lineno} {ast.unparse(tip)}")
    assert wrong == [] and seen > 60


@pytest.mark.slow
def test_every_model_that_has_tips_makes_them_plain():
    found = {
        name: ast.unparse(tree)
        for name, tree in trees()
        if "ItemDataRole.ToolTipRole" in ast.unparse(tree)
    }
    assert len(found) >= 3
    for name, text in found.items():
        assert "plain_tip(" in text, name


def test_a_label_shows_markup_letter_by_letter(qtbot):
    label = PlainLabel(HOSTILE)
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText and label.text() == HOSTILE


def test_one_endless_word_neither_widens_the_window_nor_holds_it_up(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    label = PlainLabel("x" * 1_000_000)
    label.setWordWrap(True)
    window.setCentralWidget(label)
    assert len(label.text()) < LABEL_LETTERS + 10
    assert label.minimumSizeHint().width() <= WORD_WIDTH
    assert window.minimumSizeHint().width() < 2 * WORD_WIDTH


@pytest.mark.parametrize("text", [HOSTILE, "plain\nlines", "<a", "a < b and b > c", "<!-- x", ""])
def test_a_tip_shows_its_text_and_lines(qapp, text):
    tip = plain_tip(text)
    if not GuiQt.mightBeRichText(tip):
        assert tip == text
        return
    document = QTextDocument()
    document.setHtml(tip)
    assert document.toPlainText().splitlines() == text.splitlines()
    assert "<img" not in tip


def test_a_menu_entry_has_no_accelerator_key_or_second_line(qtbot):
    menu = QMenu()
    qtbot.addWidget(menu)
    action = menu.addAction(plain_entry("fish & chips\tCtrl+Q\nnext"))
    assert action.text() == "fish && chips Ctrl+Q next"
    assert len(plain_entry("n" * 300)) < 110


def test_a_title_says_its_brackets(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setWindowTitle(plain_title("a[*].png"))
    assert window.windowTitle() == "a[*][*].png"  # which Qt shows as a[*].png
    assert plain_title("a\nb") == "a b"


def test_a_page_opens_no_file(qtbot, tmp_path):
    asked = []

    class Watched(ClosedPage):
        def loadResource(self, kind, name):  # noqa: N802
            asked.append(name)
            return super().loadResource(kind, name)

    picture = tmp_path / "x.png"
    picture.write_bytes(b"")
    page = Watched()
    qtbot.addWidget(page)
    page.setHtml(f'<img src="{picture.as_uri()}">')
    page.show()
    page.grab()
    assert asked and page.loadResource(2, asked[0]) is None
    assert not page.openLinks() and not page.openExternalLinks()
