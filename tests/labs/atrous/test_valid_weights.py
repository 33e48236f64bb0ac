"""The numbers stand on the areas they count, and the rate is played."""

import pytest

from segviewer.labs import compute
from segviewer.labs.atrous.valid_weights import LAB
from segviewer.labs.lab import LabContext


def result(**values):
    (found,) = compute("valid_weights", values, LabContext())
    return found


@pytest.fixture
def view(qtbot):
    made = LAB.make_view()
    qtbot.addWidget(made)
    made.resize(900, 320)
    return made


@pytest.mark.parametrize(("rate", "counts"), [(12, {9, 6, 4}), (36, {4, 2, 1}), (70, {1})])
def test_blocks_have_the_counts_of_the_closed_form(view, rate, counts):
    view.show_result(result(rate=rate).shown)
    areas = view.map.areas()
    assert {count for count, *_ in areas} == counts
    # Together they are the whole map.
    assert sum((right - x) * (bottom - y) for _, x, y, right, bottom in areas) == 65 * 65
    if rate == 12:
        assert [one for one in areas if one[0] == 9] == [(9, 12, 12, 53, 53)]
    assert not view.grab().isNull()


def test_the_rate_is_played(view):
    found = []
    view.edited.connect(lambda *args: found.append(args))
    view.show_result(result(rate=6).shown)
    assert view.steps.index() == 5
    view.steps.play_button.click()
    assert found == [("rate", 7, False)]
    view.show_result(None)
    assert not view.steps.isEnabled()
