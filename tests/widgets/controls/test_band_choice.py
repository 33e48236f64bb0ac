"""Three bands are red, green and blue; one is grey."""

import pytest

from segviewer.widgets.controls.band_choice import BandChoice


@pytest.fixture
def choice(qtbot):
    widget = BandChoice()
    qtbot.addWidget(widget)
    widget.show()
    widget.emitted = []
    widget.bands_chosen.connect(widget.emitted.append)
    return widget


def test_without_a_choice_the_first_three(choice):
    choice.set_bands((), 8)
    assert choice.bands() == (1, 2, 3) and not choice.emitted


def test_each_number_can_be_set(choice):
    choice.set_bands((4, 3, 2), 8)
    choice.boxes[0].setValue(8)
    assert choice.emitted == [(8, 3, 2)]
    choice.boxes[2].setValue(99)
    assert choice.emitted[-1] == (8, 3, 8)


def test_grey_and_back(choice):
    choice.set_bands((4, 3, 2), 8)
    choice.kind.buttons()[1].click()
    assert choice.emitted[-1] == (4,)
    assert [box.isVisible() for box in choice.boxes] == [True, False, False]
    choice.kind.buttons()[0].click()
    assert choice.emitted[-1] == (4, 1, 2)


def test_two_bands_are_no_colour(choice):
    choice.set_bands((), 2)
    assert choice.bands() == (1,)
    assert not choice.kind.buttons()[0].isEnabled()


def test_bands_that_are_not_there_are_not_shown(choice):
    choice.set_bands((7, 8, 9), 4)
    assert choice.bands() == (1, 2, 3)
