"""Policies at their ends and at known points."""

from __future__ import annotations

import pytest

from segviewer.training.schedule import cosine_rate, poly_rate, step_rate


def test_known_points():
    assert poly_rate(500, 1000) == pytest.approx(0.5359, abs=1e-4)
    assert poly_rate(250, 1000) == pytest.approx(0.7719, abs=1e-4)
    assert cosine_rate(500, 1000) == pytest.approx(0.5)
    # DeepLab v1: ×0.1 every 2,000 iterations of 6,000.
    rates = [step_rate(i, 6000) for i in (0, 1999, 2000, 3999, 4000, 6000)]
    assert rates == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


@pytest.mark.parametrize("rate", [poly_rate, step_rate, cosine_rate])
def test_all_begin_at_one_never_rise_and_refuse_what_is_outside(rate):
    values = [rate(i, 97) for i in range(98)]
    assert values[0] == 1 and values == sorted(values, reverse=True) and values[-1] < 0.02
    for outside in (-1, 98):
        with pytest.raises(ValueError, match="outside 0..97"):
            rate(outside, 97)


def test_the_last_rate_can_be_kept_above_zero():
    assert poly_rate(10, 10, end=0.1) == pytest.approx(0.1)
    assert cosine_rate(10, 10, end=0.1) == pytest.approx(0.1)
