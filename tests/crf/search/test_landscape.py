"""A map over two settings, of measures known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from segviewer.crf.search.landscape import AXES, SIDES, axis_values, landscape
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import Cancelled, SettingsError
from segviewer.settings import controls

WEIGHTS = ("appearance_weight", "smoothness_weight")


def test_axes_are_the_six_numbers_of_the_paper():
    assert AXES == (
        "appearance_weight",
        "appearance_xy_std",
        "appearance_rgb_std",
        "smoothness_weight",
        "smoothness_xy_std",
        "num_iterations",
    )


@pytest.mark.parametrize("name", AXES)
def test_values_run_through_the_sliders_range_and_are_allowed(name):
    control = next(control for control in controls(CRFSettings) if control.name == name)
    values = axis_values(name)
    assert values[0] == control.minimum and values[-1] == control.useful_maximum
    assert (np.diff(values) > 0).all()
    for value in values:
        CRFSettings().changed(**{name: value})
    steps = np.diff(np.log(values)) if control.log else np.diff(values)
    assert np.ptp(steps) < (0.05 if control.log else 1.001)


def test_grids_lie_inside_one_another():
    for name in AXES:
        finest = axis_values(name, 9)
        np.testing.assert_allclose(axis_values(name, 5), finest[::2])
        np.testing.assert_allclose(axis_values(name, 3), finest[::4])


def test_every_point_once_coarse_to_fine_and_the_right_way_round():
    asked = []

    def score(settings):
        asked.append((settings.appearance_weight, settings.smoothness_weight))
        return 0.5 + settings.appearance_weight / 100 - settings.smoothness_weight / 1000

    states = list(landscape(score, 0.5, CRFSettings(), WEIGHTS))
    assert len(states) == 81 and len(set(asked)) == 81
    assert [state.done for state in states] == list(range(1, 82))
    assert [state.side for state in states] == [3] * 9 + [5] * 16 + [9] * 56
    assert set(asked[:9]) == {(a, b) for a in (0, 10, 20) for b in (0, 10, 20)}
    last = states[-1]
    expected = last.columns[None, :] / 100 - last.rows[:, None] / 1000
    np.testing.assert_allclose(last.gains, expected, atol=1e-12)
    assert last.best == (0, 8)


def test_other_settings_stay():
    start = CRFSettings(appearance_xy_std=33, num_iterations=7)

    def score(settings):
        assert settings.appearance_xy_std == 33 and settings.num_iterations == 7
        return 0.0

    next(landscape(score, 0, start, WEIGHTS))


@pytest.mark.parametrize("names", [("appearance_xy_std", "num_iterations"), WEIGHTS])
def test_widths_change_as_rarely_as_can_be(names):
    asked = []

    def score(settings):
        asked.append(settings.appearance_xy_std)
        return 0.0

    list(landscape(score, 0, CRFSettings(), names))
    changes = sum(a != b for a, b in zip(asked, asked[1:], strict=False))
    assert changes < sum(SIDES)


def test_a_drawing_has_no_holes():
    states = landscape(lambda s: s.appearance_weight, 0, CRFSettings(), WEIGHTS)
    for state in states:
        filled = state.filled()
        known = ~np.isnan(state.gains)
        np.testing.assert_array_equal(filled[known], state.gains[known])
        assert np.isfinite(filled).all()


def test_it_stops_between_two_points():
    asked, wanted = [], [True] * 5

    def check():
        if not wanted:
            raise Cancelled
        wanted.pop()

    with pytest.raises(Cancelled):
        list(landscape(lambda s: asked.append(s) or 0.0, 0, CRFSettings(), WEIGHTS, check))
    assert len(asked) == 5


@pytest.mark.parametrize("names", [("appearance_weight",) * 2, ("appearance_weight", "enabled")])
def test_no_two_axes_are_refused_in_words(names):
    with pytest.raises(SettingsError) as caught:
        next(landscape(lambda s: 0.0, 0, CRFSettings(), names))
    assert "Choose" in caught.value.next_step
