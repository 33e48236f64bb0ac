"""The inside of polygons by a closed form, run lengths beside pycocotools' own."""

import numpy as np
import pytest

from segviewer.imaging.reading.mask_files import areas
from segviewer.imaging.reading.mask_files.areas import (
    AreaError,
    area_of,
    checked_points,
    decode_runs,
    fill_polygon,
)

# pycocotools 2.0.8, mask.encode of drawn() below.
GOLDEN = (
    "Q11g80TJh0dM0000000DXO8h0400000000^OD8<HD80B86H8<HD8<HD8<HD8<HD8<HD8<HD80B86H8<HD8<HD8<HD8<"
    "HD8<HD8<HD80B86H8<HD8<HD8<HD8<HD8<HD8<HD80B86H8<:0000000000DXOd80WK"
)


def drawn():
    mask = np.zeros((40, 60), bool)
    mask[5:30, 10:50] = True
    mask[12:15, 20:44] = False
    mask[33, ::7] = True
    return mask


def filled(points, shape=(20, 30)):
    labels = np.zeros(shape, np.uint8)
    fill_polygon(labels, checked_points(points, shape), 1)
    return labels


def test_a_rectangle_has_the_pixels_whose_centres_are_in_it():
    expected = np.zeros((20, 30), np.uint8)
    expected[3:7, 2:11] = 1
    np.testing.assert_array_equal(filled([[2, 3], [11, 3], [11, 7], [2, 7]]), expected)
    # From centre to centre: the left and upper edge belong to it, the others to the neighbour.
    np.testing.assert_array_equal(
        filled([[2.5, 3.5], [11.5, 3.5], [11.5, 7.5], [2.5, 7.5]])[3:7, 2:11], 1
    )
    np.testing.assert_array_equal(filled([2, 3, 11, 3, 11, 7, 2, 7]), expected)


def test_any_polygon_has_the_pixels_that_the_even_odd_rule_says():
    rng = np.random.default_rng(0)
    for corners in (3, 5, 12):
        points = rng.uniform(-5, 35, (corners, 2)).tolist()
        found = filled(points)
        y, x = np.mgrid[:20, :30] + 0.5
        inside = np.zeros((20, 30), bool)
        for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True):
            crossed = (y1 <= y) != (y2 <= y)
            inside ^= crossed & (x >= x1 + (y - y1) / (y2 - y1) * (x2 - x1))
        np.testing.assert_array_equal(found.astype(bool), inside)


def test_neighbours_that_share_an_edge_leave_no_gap_and_do_not_overlap():
    left = filled([[0, 0], [13.3, 0], [7.7, 20], [0, 20]])
    right = filled([[13.3, 0], [30, 0], [30, 20], [7.7, 20]])
    np.testing.assert_array_equal(left + right, 1)


def test_two_points_have_no_inside():
    assert not filled([[0, 0], [10, 10]]).any()
    assert area_of(np.array([[0.0, 0], [4, 0], [4, 3]])) == 6


@pytest.mark.parametrize(
    "points",
    [
        [[0, 0], [float("nan"), 3], [5, 5]],
        [[0, 0], [1e9, 3], [5, 5]],
        [[0, 0], [float("-inf"), 3], [5, 5]],
        [[0, 0], ["x", 3], [5, 5]],
        [[0, 0, 1], [1, 2, 3]],
        [[0, 0], [1]],
        [[0, 0]] * 300_000,
        "0 0 1 1",
        [[10**400, 0], [1, 1], [2, 2]],
        None,
    ],
)
def test_points_that_cannot_be_some_are_refused(points):
    with pytest.raises(AreaError):
        checked_points(points, (20, 30))


def test_run_lengths_are_those_of_pycocotools():
    np.testing.assert_array_equal(decode_runs([40, 60], GOLDEN, (40, 60)), drawn())
    flat = drawn().T.ravel()
    ends = np.flatnonzero(np.diff(flat, prepend=False, append=not flat[-1]))
    runs = np.diff(ends, prepend=0).tolist()
    np.testing.assert_array_equal(decode_runs([40, 60], runs, (40, 60)), drawn())


@pytest.mark.parametrize(
    ("size", "counts"),
    [
        ([40, 61], GOLDEN),
        ([4000000, 6000000], GOLDEN),
        ([40], GOLDEN),
        (None, GOLDEN),
        ([40, 60], GOLDEN[:-1]),
        ([40, 60], GOLDEN + "`"),
        ([40, 60], "~" * 12),
        ([40, 60], "o" * 9),
        ([40, 60], [2400, 1]),
        ([40, 60], [-1, 2401]),
        ([40, 60], [2**70]),
        ([40, 60], [1.5, 2398.5]),
        ([40, 60], [0] * 3000),
        ([40, 60], {"a": 1}),
    ],
)
def test_run_lengths_that_lie_are_refused(size, counts):
    with pytest.raises(AreaError):
        decode_runs(size, counts, (40, 60))


def test_edges_are_gone_through_in_groups_of_few_rows(monkeypatch):
    monkeypatch.setattr(areas, "_AT_ONCE", 10)
    parts = areas._parts(np.array([4, 4, 4, 9, 1, 20]))
    assert [(part.start, part.stop) for part in parts] == [(0, 2), (2, 3), (3, 5), (5, 6)]
    corners = [[2, 3], [25, 1], [28, 15], [14, 9], [4, 18]]
    small = filled(corners)
    monkeypatch.setattr(areas, "_AT_ONCE", 1000)
    np.testing.assert_array_equal(small, filled(corners))
