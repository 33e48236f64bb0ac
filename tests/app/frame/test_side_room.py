"""Side panels never lie over the photograph: they fold where there is no room, and come back."""

import pytest
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from segviewer.app.frame.side_room import SideRoom

LEAST = (200, 150, 200)


@pytest.fixture
def regions(qtbot):
    window = QWidget()  # which may be narrower than all of them, as one with docks may
    qtbot.addWidget(window)
    window.resize(900, 300)
    splitter = QSplitter(window)
    splitter.setHandleWidth(1)
    for place, least in enumerate(LEAST):
        panel = QWidget()
        panel.setMinimumWidth(least)
        splitter.addWidget(panel)
        splitter.setStretchFactor(place, place == 1)
        splitter.setCollapsible(place, place != 1)
    splitter.room = SideRoom(splitter)
    splitter.setMinimumWidth(1)
    splitter.resize(900, 300)
    window.show()
    qtbot.waitExposed(window)
    splitter.setSizes([220, 458, 220])
    yield splitter


def sizes(splitter, width):
    splitter.resize(width, 300)
    QApplication.processEvents()
    return splitter.sizes()


def whole(splitter) -> bool:
    """Whether each panel that is seen has the room that it needs, beside the others."""
    seen = [(panel, size) for panel, size in zip(panels(splitter), splitter.sizes(), strict=True)]
    return sum(splitter.sizes()) <= splitter.width() and all(
        size >= panel.minimumWidth() for panel, size in seen if size
    )


def panels(splitter):
    return [splitter.widget(place) for place in range(3)]


def test_the_left_one_goes_first_and_both_come_back(regions):
    assert [bool(size) for size in sizes(regions, 500)] == [False, True, True] and whole(regions)
    assert [bool(size) for size in sizes(regions, 300)] == [False, True, False] and whole(regions)
    assert [bool(size) for size in sizes(regions, 500)] == [False, True, True] and whole(regions)
    back = sizes(regions, 900)
    assert back[0] == 220 and back[2] == 220 and whole(regions)
    assert regions.room.kept == []


def test_one_that_a_person_folded_stays_so(regions):
    regions.setSizes([0, 680, 220])
    assert sizes(regions, 340)[::2] == [0, 0]
    assert [bool(size) for size in sizes(regions, 900)] == [False, True, True]


def test_one_that_is_hidden_takes_no_room_and_one_that_comes_needs_it(regions, qtbot):
    left = panels(regions)[0]
    left.hide()
    assert sizes(regions, 360)[2] >= 200 and whole(regions)
    left.show()
    qtbot.waitUntil(lambda: whole(regions) and regions.sizes()[0] == 0)
    assert sizes(regions, 900)[0] >= 200 and whole(regions)


def test_a_layout_is_kept_as_it_was_before(regions):
    sizes(regions, 500)
    regions.room.restore()
    assert all(regions.sizes()), "what is written down has all panels"


def test_one_column_for_all_controls_is_left_alone(regions):
    panels(regions)[0].setFixedWidth(0)
    assert sizes(regions, 320)[2] >= 1
    assert regions.room.kept == []
