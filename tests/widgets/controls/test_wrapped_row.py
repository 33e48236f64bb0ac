"""A row of controls breaks into lines rather than asking for more than its room."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from segviewer.widgets.controls.wrapped_row import WrappedRow


@pytest.fixture
def row(qtbot):
    place = QWidget()
    whole = QVBoxLayout(place)
    whole.setContentsMargins(0, 0, 0, 0)
    layout = WrappedRow(8)
    buttons = [QPushButton("x") for _ in range(4)]
    for button in buttons:
        button.setFixedSize(100, 30)
        layout.addWidget(button)
    whole.addLayout(layout)
    whole.addStretch(1)
    qtbot.addWidget(place)

    def at(width):
        place.resize(width, 300)
        place.show()
        qtbot.waitExposed(place)
        return [(button.x(), button.y()) for button in buttons]

    return at, buttons, layout, place


def test_it_is_one_line_where_there_is_room(row):
    at, _, layout, place = row
    assert at(424) == [(0, 0), (108, 0), (216, 0), (324, 0)]
    assert layout.heightForWidth(424) == 30


def test_what_has_no_room_goes_to_the_next_line(row):
    at, _, layout, place = row
    assert at(423) == [(0, 0), (108, 0), (216, 0), (0, 38)]
    assert at(150) == [(0, 0), (0, 38), (0, 76), (0, 114)]
    assert layout.heightForWidth(150) == 4 * 30 + 3 * 8
    assert place.minimumSizeHint().width() == 100  # the widest of them


def test_what_is_hidden_takes_no_room(row):
    at, buttons, _, _ = row
    buttons[0].hide()
    assert at(324)[1:] == [(0, 0), (108, 0), (216, 0)]


def test_what_grows_takes_the_rest_of_its_line(row):
    at, buttons, _, place = row
    grows = buttons[3]
    grows.setMinimumSize(60, 30)
    grows.setMaximumSize(1000, 30)
    grows.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    at(500)
    assert (grows.x(), grows.width()) == (324, 500 - 324)
    at(300)
    assert (grows.y(), grows.x()) == (38, 108) and grows.width() == 300 - 108
