"""Figures of one picture and of many, in closed form."""

import numpy as np
import pytest

from segviewer.batch.picture_row import PictureRow, Total, spreads, worst_first


def test_a_rows_figures(make_row):
    row = make_row()
    assert row.iou[:2].tolist() == [0.8, 10 / 12] and np.isnan(row.iou[2])
    assert row.miou == pytest.approx((0.8 + 10 / 12) / 2) and row.accuracy == 0.9
    assert row.boundary_iou[:2].tolist() == [0.5, 0.25]
    assert row.mean_boundary_iou == 0.375
    assert row.worst_class == 0
    assert row.pixels_of(0, 1) == 2 and row.pixels_of(1, 0) == 0


def test_the_matrix_comes_back_whole(make_row):
    counts = ((8, 2, 0), (0, 10, 0), (3, 0, 1))
    assert make_row(counts=counts).confusion.counts.tolist() == [list(line) for line in counts]


def test_pictures_add_up_as_if_they_were_one(make_row):
    first, second = make_row(), make_row("b.png", ((0, 0, 4), (1, 3, 0), (0, 0, 2)))
    failed = PictureRow("c.png", "c", 3, reason="It is gone.")
    total = Total(3, [first, second, failed])
    assert total.pictures == 2
    assert total.confusion.counts.tolist() == [[8, 2, 4], [1, 13, 0], [0, 0, 2]]
    assert total.boundary.tolist() == [[2, 2, 0], [4, 8, 0]]
    assert total.boundary_iou[:2].tolist() == [0.5, 0.25]


def test_worst_first_and_failures_last(make_row):
    bad = make_row("bad.png", ((0, 10, 0), (10, 0, 0), (0, 0, 0)))
    failed = PictureRow("c.png", "c", 3, reason="It is gone.")
    assert [r.picture for r in worst_first([failed, make_row(), bad])] == [
        "bad.png",
        "a.png",
        "c.png",
    ]


def test_spread_is_over_the_pictures_that_have_the_class(make_row):
    rows = [make_row(counts=((k, 10 - k, 0), (0, 1, 0), (0, 0, 0))) for k in range(11)]
    first, _, none = spreads(rows, 3)
    assert first == pytest.approx((0.25, 0.5, 0.75)) and none is None
    assert spreads([], 2) == [None, None]
