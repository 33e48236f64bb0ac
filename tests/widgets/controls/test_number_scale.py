"""Slider positions and values: inverse of each other, in range, reachable ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.session import InferenceSettings, OverlaySettings
from segviewer.settings import Control, controls
from segviewer.widgets.controls.number_scale import NumberScale


def scale(kind="float", low=0.0, high=10.0, **more):
    default = more.pop("default", low)
    control = Control("x", kind, default, "crf", "X", minimum=low, maximum=high, **more)
    return NumberScale.of(control)


lows = st.one_of(st.just(0.0), st.floats(1e-300, 50))
ranges = st.tuples(lows, st.floats(60, 500))


@given(ranges, st.booleans(), st.floats(0, 1))
def test_value_and_position_are_inverse(ends, log, fraction):
    made = scale(low=ends[0], high=ends[1], log=log, decimals=6)
    value = ends[0] + fraction * (ends[1] - ends[0])
    assert made.value(made.position(value)) == pytest.approx(value, abs=2e-6)


@given(ranges, st.booleans())
def test_the_ends_are_reached(ends, log):
    made = scale(low=ends[0], high=ends[1], log=log)
    assert made.position(ends[0]) == 0
    assert made.position(ends[1]) == pytest.approx(1)
    assert made.value(0.0) == pytest.approx(ends[0], abs=0.5 * 10**-made.decimals + 1e-9)
    assert made.value(1.0) == pytest.approx(ends[1], abs=0.5 * 10**-made.decimals + 1e-9)


@given(st.floats(0, 1), st.floats(0, 1), st.booleans(), st.sampled_from([0.0, 1.0]))
def test_further_right_is_never_less(first, second, log, low):
    made = scale(low=low, high=300.0, log=log)
    small, large = sorted((first, second))
    assert made.value(small) <= made.value(large)


def test_the_middle_of_a_logarithmic_scale_is_the_geometric_mean():
    assert scale(low=1.0, high=100.0, log=True, decimals=3).value(0.5) == pytest.approx(10)


def test_integers_stay_integers():
    made = scale("int", 1, 48)
    assert made.value(0.5) == 24
    assert isinstance(made.value(0.3), int)
    assert (made.decimals, made.step) == (0, 1)


def test_values_outside_are_held_inside():
    made = scale(low=1.0, high=5.0)
    assert made.position(99) == 1
    assert made.rounded(-3) == 1


@pytest.mark.parametrize(("step", "decimals"), [(1, 0), (0.5, 1), (0.25, 2), (10, 0)])
def test_a_step_decides_the_decimals(step, decimals):
    assert scale(step=step).decimals == decimals


def test_open_ends_get_room_around_the_default():
    made = NumberScale.of(Control("x", "float", 3.0, "crf", "X"))
    assert made.minimum < 3 < made.maximum


@pytest.mark.parametrize("position", [0.0, 0.001, 0.5, 1.0])
def test_every_value_of_a_slider_is_one_that_the_settings_take(position):
    for settings in (CRFSettings(), InferenceSettings(), OverlaySettings()):
        for control in controls(settings):
            if control.type in ("int", "float") and not control.length:
                value = NumberScale.of(control).value(position)
                settings.changed(**{control.name: value})
