"""Names stand beside their own curves, on no other name and on no line."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segviewer.widgets.charts.curve_names import GAP, place_names, resampled

AREA = (0.0, 0.0, 400.0, 300.0)


def box(place, size):
    return (*place, place[0] + size[0], place[1] + size[1])


def overlap(a, b):
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def test_a_lone_name_stands_above_the_peak():
    line = np.array([[50.0, 200.0], [150.0, 80.0], [250.0, 200.0]])
    assert place_names([line], [(40, 10)], AREA) == [(150.0, 70.0)]


def test_curves_that_begin_at_one_point_are_named_apart():
    fan = [np.array([[0.0, 20.0], [400.0, end]]) for end in (60.0, 160.0, 280.0)]
    size = (60, 14)
    boxes = [box(place, size) for place in place_names(fan, [size] * 3, AREA)]
    for index, one in enumerate(boxes):
        assert not any(overlap(one, other) for other in boxes[:index])
        middle = np.array([(one[0] + one[2]) / 2, (one[1] + one[3]) / 2])
        away = [np.hypot(*(resampled(line) - middle).T).min() for line in fan]
        assert int(np.argmin(away)) == index
    lines = np.concatenate([resampled(line) for line in fan])
    for left, top, right, bottom in boxes:
        inside = (lines > (left, top)).all(1) & (lines < (right, bottom)).all(1)
        assert not inside.any()


def test_a_name_on_a_crowded_peak_goes_beside_it():
    point, roof = np.array([[100.0, 100.0]]), np.array([[0.0, 95.0], [400.0, 95.0]])
    floor = roof + (0, 10)
    (place, *_) = place_names([point, roof, floor], [(30, 8), None, None], AREA)
    assert place == (100 + GAP, 96.0)


@given(
    st.lists(st.tuples(st.floats(0, 400), st.floats(0, 300)), min_size=1, max_size=6),
    st.integers(1, 5),
)
def test_names_stay_in_the_plot(points, count):
    lines = [np.array(points)] * count
    for place in place_names(lines, [(70, 16)] * count, AREA):
        assert 0 <= place[0] <= 330 and 0 <= place[1] <= 284


def test_a_curve_without_points_has_no_name():
    assert place_names([np.zeros((0, 2))], [(30, 8)], AREA) == [None]
