"""What a shift changes is counted, said and played."""

import pytest

from segviewer.labs import compute
from segviewer.labs.atrous.invariance import FURTHEST, LAB
from segviewer.labs.lab import LabContext


def result(**values):
    (found,) = compute("invariance", values, LabContext())
    return found


def test_the_caption_counts_what_changes_and_says_the_price():
    found = result()
    assert found.caption == (
        "Shifted by 1 px, 6 of 256 pixels change; pooled, 0 of 16 cells. Its price: 16 positions "
        "give one cell, so that where a detection was is known to 4 px."
    )
    assert "min(1, 1 / 4) = <b>25%</b>" in found.formula
    assert "0 of 1 cell. " in result(window=16, shift=5).caption
    assert "0 of 3 detections" in result(pooling="every s-th").caption
    assert "every position is known" in result(window=1).caption


@pytest.fixture
def view(qtbot):
    made = LAB.make_view()
    qtbot.addWidget(made)
    made.resize(1000, 300)
    made.found = []
    made.edited.connect(lambda *args: made.found.append(args))
    return made


def test_it_is_drawn_and_played(qtbot, view):
    view.show_result(None)
    view.show_result(result(shift=2).shown)
    assert view.steps.index() == 2 and view.steps.count() == FURTHEST + 1
    assert view.map.words().count("○") == 2  # the mouth leaves a window and comes into the next
    view.steps.play_button.click()
    assert view.found[-1] == ("shift", 3, False)
    view.plot.clicked.emit(6.7, 0.0)
    assert view.found[-1] == ("shift", 7, True)
