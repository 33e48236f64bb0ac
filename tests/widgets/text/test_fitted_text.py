"""Text in a panel: as large as asked for, smaller only where controls would be cut."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from segviewer.widgets.controls.segmented import SegmentedButtons
from segviewer.widgets.text.fitted_text import FittedText

LARGE = 25.0


@pytest.fixture
def area(qtbot):
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.resize(300, 200)
    area.show()
    return area


def column(*widgets):
    inside = QWidget()
    layout = QVBoxLayout(inside)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget)
    return inside


def large():
    font = QFont()
    font.setPointSizeF(LARGE)
    return font


def test_words_that_wrap_are_as_large_as_asked_for(area):
    words = QLabel("Words that go on over many a line of a panel.")
    words.setWordWrap(True)
    area.setWidget(column(words))
    fitted = FittedText(area)
    fitted.begin(large(), 300)
    assert fitted.share == 1.0
    assert words.font().pointSizeF() == pytest.approx(LARGE)


def test_a_row_that_would_be_cut_gets_smaller_until_it_fits(area, qtbot):
    line = QLabel("An unbroken row of a form, 12345")
    area.setWidget(column(line))
    fitted = FittedText(area)
    with qtbot.waitSignal(fitted.fitted) as emitted:
        fitted.begin(large(), 300)
    assert fitted.share < 1.0
    assert line.minimumSizeHint().width() <= 300
    assert emitted.args == [area.widget().minimumSizeHint().width()]
    # No smaller than it need be.
    assert line.minimumSizeHint().width() > 200


def test_joined_buttons_count_with_all_their_words(area):
    buttons = SegmentedButtons(["contours", "filling", "both of them"], exclusive=True)
    for button in buttons.buttons():
        button.setMinimumWidth(20)  # as a style sheet gives them
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(buttons)
    area.setWidget(column(row))
    fitted = FittedText(area)
    fitted.begin(large(), 300)
    assert fitted.share < 1.0
    assert sum(button.sizeHint().width() for button in buttons.buttons()) <= 300


def test_what_comes_later_is_fitted_too(area, qtbot):
    area.setWidget(column(QLabel("short")))
    fitted = FittedText(area)
    fitted.begin(large(), 300)
    assert fitted.share == 1.0
    button = QPushButton("A button with very many words on it")
    button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
    area.widget().layout().addWidget(button)
    qtbot.waitUntil(lambda: fitted.share < 1.0)
    qtbot.waitUntil(lambda: button.minimumSizeHint().width() <= 300)
    # Other content begins with the whole size again.
    button.hide()
    fitted.again()
    assert fitted.share == 1.0


def test_in_the_end_the_program_s_own_text_is_back(area):
    line = QLabel("An unbroken row of a form, 12345")
    area.setWidget(column(line))
    before = line.font().pointSizeF()
    fitted = FittedText(area)
    fitted.begin(large(), 300)
    fitted.end()
    assert line.font().pointSizeF() == pytest.approx(before)
    assert area.styleSheet() == ""
