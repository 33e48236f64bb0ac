"""Windows blended in any order are what they are gone through from above."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.crf.engines.refinement import refine
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.inference.blended_windows import BlendedWindows
from segviewer.inference.windows import Windows, label_windows

SIZES = st.integers(1, 60)


def probs_of_place(window):
    """Probabilities that depend on the window, so that blending shows."""
    top, bottom, left, right = window
    rows, columns = np.mgrid[top:bottom, left:right]
    first = (np.sin(rows / 7 + left) + 1.5) / 4
    second = (np.cos(columns / 5 + top) + 1.5) / 8
    return np.stack([first, second, 1 - first - second]).astype(np.float32)


def whole(cut, probs_of):
    out = np.full((3, cut.height, cut.width), np.nan, np.float32)
    for (top, bottom, left, right), probs in label_windows(cut, 3, probs_of):
        out[:, top:bottom, left:right] = probs
    return out


def one_by_one(cut, probs_of, order, most_bytes=1 << 30):
    """Middles in `order`, each with the windows that it needs; how many windows were run."""
    blended, ran = BlendedWindows(cut, most_bytes), 0
    out = np.full((3, cut.height, cut.width), np.nan, np.float32)
    done = set()
    turns = {number: turn for turn, number in enumerate(order)}

    def turn(number):
        return None if number in done else turns[number]

    for number in order:
        while number not in done:
            window = blended.missing(number)[0]
            ran += 1
            for middle in blended.add(window, probs_of(blended.cut[window][0]), turn):
                top, bottom, left, right = blended.cut[middle][1]
                assert np.isnan(out[:, top:bottom, left:right]).all()
                out[:, top:bottom, left:right] = blended.take(middle)
                done.add(middle)
    assert not blended._sums and not blended._added
    return out, ran


@pytest.mark.slow
@given(
    height=SIZES,
    width=SIZES,
    side=st.integers(2, 20),
    overlap=st.integers(0, 19),
    seed=st.integers(0, 99),
    little=st.booleans(),
)
def test_any_order_and_any_memory_give_the_whole_run(height, width, side, overlap, seed, little):
    cut = Windows(height, width, side, min(overlap, side - 1, side // 2))
    order = list(range(len(cut.middles())))
    random.Random(seed).shuffle(order)
    found, ran = one_by_one(cut, probs_of_place, order, 1 if little else 1 << 30)
    np.testing.assert_allclose(found, whole(cut, probs_of_place), rtol=1e-5, atol=1e-6)
    assert little or ran == len(order)


def test_what_windows_of_one_value_give_is_the_weighted_mean():
    cut = Windows(8, 14, 8, 2)
    found, _ = one_by_one(
        cut, lambda w: np.full((3, 8, 8), 1.0 if w[2] == 0 else 0.0, np.float32), [1, 0]
    )
    np.testing.assert_allclose(found[0, 4], [1] * 6 + [2 / 3, 1 / 3] + [0] * 6, atol=1e-6)


def test_of_half_done_middles_there_is_a_mean_already():
    blended = BlendedWindows(Windows(8, 14, 8, 2), 1 << 20)
    assert blended.missing(0) == [0, 1] and blended.missing(1) == [1, 0]
    assert blended.add(0, np.full((2, 8, 8), 0.5, np.float32), lambda number: number) == []
    np.testing.assert_array_equal(blended.mean(0), np.full((2, 8, 7), 0.5))
    assert blended.missing(0) == [1] and blended.missing(1) == [1]


def test_a_crf_in_each_window_is_the_whole_crf_away_from_borders():
    """Kernels far narrower than the overlap see in a window what they see in the picture."""
    rng = np.random.default_rng(0)
    height, width = 56, 64
    image = np.repeat(rng.integers(0, 255, (height // 8, width // 8, 3), np.uint8), 8, 0)
    image = np.ascontiguousarray(np.repeat(image, 8, 1))
    raw = rng.random((3, height, width)).astype(np.float32) + 0.2
    probs = raw / raw.sum(0)
    crf = CRFSettings(
        enabled=True,
        num_iterations=2,
        engine="exact",
        appearance_weight=0.0,
        smoothness_weight=3.0,
        smoothness_xy_std=1.0,
    )

    def refined(window):
        top, bottom, left, right = window
        picture = np.ascontiguousarray(image[top:bottom, left:right])
        unary = np.ascontiguousarray(probs[:, top:bottom, left:right])
        return list(refine(picture, unary, crf))[-1]

    cut = Windows(height, width, 36, 18)
    found, _ = one_by_one(cut, refined, list(range(len(cut.middles()))))
    everywhere = refined((0, height, 0, width))
    plain = probs.argmax(0)
    assert (everywhere.argmax(0) != plain).mean() > 0.1  # it does something
    assert (found.argmax(0) == everywhere.argmax(0)).mean() > 0.995
    # Where one window alone sees, many standard deviations from its border: equal.
    np.testing.assert_allclose(found[:, :10, :10], everywhere[:, :10, :10], atol=1e-4)


def test_sides_that_do_not_overlap_are_refused():
    with pytest.raises(ValueError):
        BlendedWindows(Windows(10, 10, 4, 4), 1)
