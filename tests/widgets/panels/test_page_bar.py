"""The slider of pages: there only where there are several."""

import pytest
from PySide6.QtCore import Qt

from segviewer.widgets.controls.step_slider import NumberedSteps
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


def test_a_film_passes_over_what_went_by_and_says_its_rate(bar, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("segviewer.widgets.panels.page_bar.time.perf_counter", lambda: now[0])
    chosen = []
    bar.page_chosen.connect(lambda page, finished: chosen.append((page, finished)))
    bar.set_pages("frame", 100, 0, fps=25)
    bar.show()
    bar.steps.play_button.click()
    assert chosen == [(1, False)]
    bar.set_pages("frame", 100, 1, fps=25)
    now[0] += 0.4
    bar.set_pages("frame", 100, 1, fps=25)
    assert bar.rate_label.text() == "live: 2.5 fps" and bar.rate_label.isVisible()
    bar.steps._on_next()
    assert chosen[-1] == (11, False)
    bar.steps.play_button.click()
    assert not bar.rate_label.isVisible() and chosen[-1] == (11, True)


def test_names_of_a_long_film_take_no_room():
    names = NumberedSteps("frame", 9_000_000)
    assert names[8_999_999] == "frame 9,000,000 of 9,000,000" and names[-1] == names[8_999_999]
    assert names[:2] == ["frame 1 of 9,000,000", "frame 2 of 9,000,000"]
    with pytest.raises(IndexError):
        names[9_000_000]
