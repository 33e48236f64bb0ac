"""Windows cover every pixel once, blended, whatever the memory allows."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.inference import windows
from segviewer.inference.windows import Windows, label_windows

SIZES = st.integers(1, 60)


def probs_of_place(window, num_classes=3):
    """Probabilities that depend on the window, so that blending shows."""
    top, bottom, left, right = window
    rows, columns = np.mgrid[top:bottom, left:right]
    first = (np.sin(rows / 7 + left) + 1.5) / 4
    second = (np.cos(columns / 5 + top) + 1.5) / 8
    return np.stack([first, second, 1 - first - second]).astype(np.float32)[:num_classes]


def whole(cut, most_bytes):
    out = np.full((3, cut.height, cut.width), np.nan, np.float32)
    times = np.zeros((cut.height, cut.width), int)
    for (top, bottom, left, right), probs in label_windows(cut, 3, probs_of_place, most_bytes):
        out[:, top:bottom, left:right] = probs
        times[top:bottom, left:right] += 1
    return out, times


@given(height=SIZES, width=SIZES, side=st.integers(2, 20), overlap=st.integers(0, 19))
def test_every_pixel_is_done_once_and_sums_to_one(height, width, side, overlap):
    cut = Windows(height, width, side, min(overlap, side - 1))
    out, times = whole(cut, 1 << 20)
    assert (times == 1).all()
    np.testing.assert_allclose(out.sum(0), 1, atol=1e-5)


@pytest.mark.slow
@given(height=SIZES, width=SIZES, side=st.integers(2, 20), overlap=st.integers(0, 19))
def test_little_memory_gives_the_same(height, width, side, overlap):
    cut = Windows(height, width, side, min(overlap, side - 1))
    np.testing.assert_allclose(whole(cut, 1 << 20)[0], whole(cut, 1)[0], rtol=1e-5, atol=1e-6)


def test_windows_are_blended_by_their_distance_from_the_border():
    cut = Windows(8, 14, 8, 2)
    seen = []

    def constant(window):
        seen.append(window)
        value = 1.0 if window[2] == 0 else 0.0
        return np.stack([np.full((8, 8), value), np.full((8, 8), 1 - value)]).astype(np.float32)

    ((_, probs),) = [(where, part.copy()) for where, part in label_windows(cut, 2, constant)]
    assert seen == [(0, 8, 0, 8), (0, 8, 6, 14)]
    # In the two pixels that both see, the weights are 1 and ½, then ½ and 1, over the overlap.
    np.testing.assert_allclose(probs[0, 4], [1] * 6 + [2 / 3, 1 / 3] + [0] * 6, atol=1e-6)


@pytest.mark.parametrize("most", [1 << 20, 1])
def test_the_count_is_what_is_run(most):
    cut, seen = Windows(50, 70, 16, 4), []
    for _ in label_windows(cut, 3, lambda w: seen.append(w) or probs_of_place(w), most):
        pass
    assert len(seen) == cut.count(3, most)


def test_sums_stay_within_their_memory():
    cut = Windows(100_000, 100_000, 480, 120)
    for start, stop in cut.stripes(150):
        assert 4 * 151 * 480 * (stop - start) <= 512 << 20
    with pytest.raises(ValueError):
        Windows(10, 10, 8, 8)


@pytest.mark.slow
@pytest.mark.parametrize(("classes", "most"), [(12, 16 << 20), (2, 16 << 20), (60, 1)])
def test_no_more_memory_is_taken_than_is_said(classes, most, monkeypatch):
    monkeypatch.setattr(windows, "PART_BYTES", 1 << 20)
    cut = Windows(1200, 3000, 200, 50)
    probs = np.full((classes, 200, 200), 1 / classes, np.float32)
    tracemalloc.start()
    try:
        for _, part in label_windows(cut, classes, lambda window: probs, most):
            assert part.nbytes <= max(1 << 20, 4 * classes * 3000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    own = 5 * 200 * 200 * 4  # weights of one window, and a plane of it
    assert peak <= cut.bytes_kept(classes, most) + own
    assert peak >= 0.5 * cut.bytes_kept(classes, most)


@given(height=SIZES, width=SIZES, side=st.integers(2, 20), overlap=st.integers(0, 19))
def test_middles_cover_the_picture_once(height, width, side, overlap):
    cut = Windows(height, width, side, min(overlap, side - 1))
    times = np.zeros((height, width), int)
    for window, (top, bottom, left, right) in cut.middles():
        assert window[0] <= top < bottom <= window[1] and window[2] <= left < right <= window[3]
        times[top:bottom, left:right] += 1
    assert (times == 1).all()
