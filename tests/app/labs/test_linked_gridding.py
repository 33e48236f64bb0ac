"""In the window: a rate is changed, in the lab or in the model panel, and all five follow."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow

DRN = "bundled:drn_c_26_narrow_camvid"


def line_of(table, name):
    """The switch of a remedy, and what stands beside it."""
    switch, title, _, *labels = table._lines[[row.name for row in table.rows()].index(name)]
    return switch, " · ".join(label.text() for label in (title, *labels) if label.text())


@pytest.fixture
def drn(opened):
    opened.store.update(opened.session.with_checkpoint(DRN))
    opened.settled()
    return opened


def open_lab(explorer, name):
    explorer.presenter.labs.open(name)
    explorer.settled("lab")
    return explorer.presenter.labs._views[name]


def seen(explorer, view):
    """All five as they are on screen."""
    return (
        view.nest.shown.sizes[-1],
        view.field.tiles()[0],
        view.taps._grid.rates,
        view.spectrum.tiles()[0],
        explorer.labels(),
    )


def differ(before, after):
    return [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]


def test_a_rate_in_the_lab_moves_rectangle_gradient_taps_spectrum_and_labels(drn):
    view = open_lab(drn, "linked_gridding")
    before = seen(drn, view)
    drn.bot.keyClick(view.rates.boxes["dilation"][0], Qt.Key.Key_Up)
    drn.settled("lab")
    assert dict(drn.session.network) == {"dilation": (3, 4)}
    after = seen(drn, view)
    assert all(differ(before, after))
    assert after[2].count(3) == 4
    drn.trigger("undo")
    drn.settled("lab")
    assert dict(drn.session.network) == {} and not any(differ(before, seen(drn, view)))


def test_a_rate_in_the_model_panel_does_the_same(drn):
    view = open_lab(drn, "linked_gridding")
    before = seen(drn, view)
    trained = drn.results("network").trained
    drn.store.update(drn.session.with_network("dilation", (1, 2), trained["dilation"]))
    drn.settled("lab")
    assert all(differ(before, seen(drn, view)))
    assert [box.value() for box in view.rates.boxes["dilation"]] == [1, 2]
    assert "Before (dilation (2, 4))" in drn.presenter.labs.drawer.formula.text()


def test_a_remedy_is_switched_off_and_its_number_stays_beside_the_one_with_it(drn):
    drn.presenter.labs.open("gridding_seen")
    drn.settled("lab")
    session = drn.session.with_lab_value("looked_at", "remedies", "measures")
    drn.store.update(session.with_lab_value("layer", "backbone.layer7.0.relu#2", ""))
    drn.settled("lab")
    table = drn.presenter.labs._views["gridding_seen"].remedies
    labels, words = drn.labels(), line_of(table, "level_8")[1]
    assert line_of(table, "level_8")[0].isChecked() and "→" in words
    drn.bot.mouseClick(line_of(table, "level_8")[0], Qt.MouseButton.LeftButton)
    drn.settled("lab")
    assert dict(drn.session.network) == {"level_8": False}
    assert not np.array_equal(drn.labels(), labels)
    assert not line_of(table, "level_8")[0].isChecked() and line_of(table, "level_8")[1] == words
    drn.bot.mouseClick(line_of(table, "level_8")[0], Qt.MouseButton.LeftButton)
    drn.settled("lab")
    assert dict(drn.session.network) == {} and np.array_equal(drn.labels(), labels)
    drn.bot.mouseClick(line_of(table, "shared_separable")[0], Qt.MouseButton.LeftButton)
    drn.settled("lab")
    assert dict(drn.session.lab.values)["remedy"] == "shared separable"
    assert "The remedy is untrained" in drn.presenter.labs.drawer.caption.text()
