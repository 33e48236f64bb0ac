"""Label maps at the picture's own pixels, and layers, against closed forms."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from segviewer.inference import label_maps


def nothing(*args):
    return None


@settings(max_examples=25)
@given(
    st.integers(1, 9), st.integers(1, 9), st.integers(1, 60), st.integers(1, 60), st.integers(0, 99)
)
def test_strips_equal_one_bilinear_interpolation(h, w, height, width, seed):
    rng = np.random.default_rng(seed)
    probs = rng.random((4, h, w)).astype(np.float32)
    whole = F.interpolate(
        torch.from_numpy(probs)[None], (height, width), mode="bilinear", align_corners=False
    )[0].numpy()
    got = label_maps.label_map_at(probs, (height, width), nothing, nothing)
    # Where two classes tie to rounding either answer is right.
    chosen = np.take_along_axis(whole, got[None].astype(int), 0)[0]
    np.testing.assert_allclose(chosen, whole.max(0), atol=1e-5)


def test_many_strips_equal_one(monkeypatch):
    probs = np.random.default_rng(0).random((3, 11, 13)).astype(np.float32)
    one = label_maps.label_map_at(probs, (97, 83), nothing, nothing)
    monkeypatch.setattr(label_maps, "STRIP_PIXELS", 83 * 5)
    parts = []
    many = label_maps.label_map_at(probs, (97, 83), nothing, parts.append)
    np.testing.assert_array_equal(one, many)
    assert len(parts) == 20 and parts[-1] == 1


def test_layers_have_their_closed_forms():
    probs = np.zeros((4, 1, 3), np.float32)
    probs[0, 0, 0] = 1
    probs[:, 0, 1] = 0.25
    probs[:2, 0, 2] = 0.5
    assert label_maps.raster_of(probs, "entropy", 0)[0].tolist() == [0, 255, 128]
    assert label_maps.raster_of(probs, "margin", 0)[0].tolist() == [255, 0, 0]
    assert label_maps.raster_of(probs, "probability", 1)[0].tolist() == [0, 64, 128]
