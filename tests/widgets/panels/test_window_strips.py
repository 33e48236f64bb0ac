"""Windows over cells: where they lie, what is said of them, which cells nobody sees."""

import pytest

from segviewer.widgets.panels.window_strips import Strip, WindowStrips

STRIP = Strip("floor", 7, ((0, 2), (2, 4), (4, 6)), wanted=3, chosen=True)


@pytest.fixture
def strips(qtbot):
    widget = WindowStrips()
    qtbot.addWidget(widget)
    widget.resize(702, 120)
    widget.set_strips([STRIP, Strip("ceil", 7, ((0, 3), (3, 6), (6, 7)), wanted=2)])
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_window_spans_its_cells_and_neighbours_take_turns(strips):
    first, second, third = (strips.bar_of(0, window) for window in range(3))
    assert first.left() == pytest.approx(1.5) and first.width() == pytest.approx(199)
    assert second.left() - first.left() == pytest.approx(200)
    assert first.top() == third.top() < second.top()


def test_what_is_too_many_and_unseen_is_said(strips):
    assert strips.accessibleName() == (
        "floor: 3 on 7 cells, 1 cell unseen; ceil: 3 on 7 cells, 1 too many, 1 cell unseen"
    )


def test_the_window_under_the_pointer_is_named(strips, qtbot):
    qtbot.mouseMove(strips, strips.bar_of(1, 1).center().toPoint())
    assert strips.toolTip() == "window 2: cells 3 to 5"
    qtbot.mouseMove(strips, strips.rect().bottomRight())
    assert strips.toolTip() == ""
