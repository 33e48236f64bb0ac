"""The slider of pages: there only where there are several."""

import pytest
from PySide6.QtCore import Qt

from segviewer.widgets.panels.page_bar import PageBar


@pytest.fixture
def bar(qtbot):
    widget = PageBar()
    qtbot.addWidget(widget)
    widget.resize(600, 40)
    return widget


def test_one_page_needs_no_slider(bar):
    bar.set_pages("page", 1, 0)
    assert bar.isHidden()
    bar.set_pages("slice", 1200, 4)
    assert not bar.isHidden() and bar.page() == 4
    assert bar.steps.step_name() == "slice 5 of 1,200"
    bar.set_pages("", 0, 0)
    assert bar.isHidden()


def test_an_arrow_on_the_slider_turns_one_page(bar, qtbot):
    chosen = []
    bar.page_chosen.connect(lambda page, finished: chosen.append((page, finished)))
    bar.set_pages("page", 5, 2)
    bar.show()
    qtbot.keyClick(bar.steps.slider, Qt.Key.Key_Right)
    assert chosen == [(3, True)]
