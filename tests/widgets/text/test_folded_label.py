"""The first sentence shows; the rest when it is asked for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from segviewer.widgets.text.folded_label import LESS, MORE, FoldedLabel, first_sentence


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("At r = 2.5 it is 3.4 px. The rest says why that is so.", "The rest says why that is so."),
        ("As Chen et al. Show it in section 3 of the paper again.", ""),
        ("One, e.g. The other of two, is the one that is meant here.", ""),
        ("Is it “so.” Then it follows the quotation.", "Then it follows the quotation."),
        ("Short. So.", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_sentence_ends_where_it_ends(text, rest):
    first, found = first_sentence(text)
    assert found == rest
    assert (first + (" " if rest else "") + found) == text


def test_a_click_and_a_key_unfold_and_fold(qtbot):
    label = FoldedLabel()
    qtbot.addWidget(label)
    label.resize(300, 60)
    label.show()
    label.setText("The first sentence. And then a second one, longer than the first.")
    assert label.text().endswith("the first.")
    assert QLabel.text(label) == f"The first sentence.  {MORE}"
    qtbot.mouseClick(label, Qt.MouseButton.LeftButton)
    assert QLabel.text(label) == f"{label.text()}  {LESS}"
    label.setText("Another sentence. And another second one, as long as the first.")
    assert QLabel.text(label).endswith(LESS)  # it stays as it was chosen
    qtbot.keyClick(label, Qt.Key.Key_Return)
    assert QLabel.text(label) == f"Another sentence.  {MORE}"


def test_one_sentence_has_nothing_to_unfold(qtbot):
    label = FoldedLabel("One sentence.")
    qtbot.addWidget(label)
    qtbot.mouseClick(label, Qt.MouseButton.LeftButton)
    assert QLabel.text(label) == "One sentence." and not label.has_more
