"""Bringing scores to the picture's pixels, tiles, averages and layers against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from segviewer.errors import EngineError
from segviewer.imaging.preprocessing import HALF
from segviewer.inference import running as inference
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings


def nothing(*args):
    return None


@given(st.integers(1, 20000))
def test_tiles_cover_everything(length):
    starts = inference.tile_starts(length)
    covered = np.zeros(length, bool)
    for start in starts:
        assert start >= 0 and (start == 0 or start + inference.TILE_SIDE <= length)
        covered[start : start + inference.TILE_SIDE] = True
    assert covered.all()
    for a, b in zip(starts, starts[1:], strict=False):
        assert b < a + inference.TILE_SIDE


class Pointwise(Network):
    """A network without context: its answer does not depend on how a picture is cut."""

    def __init__(self):
        super().__init__(NetworkSettings())
        self.conv = nn.Conv2d(3, 4, 1)

    def features(self, image):
        return {"out": image}

    def head(self, features):
        return self.conv(features["out"])


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)


def test_tiles_equal_one_pass_for_a_network_without_context(monkeypatch, picture):
    monkeypatch.setattr(inference, "TILE_SIDE", 32)
    monkeypatch.setattr(inference, "TILE_OVERLAP", 8)
    torch.manual_seed(0)
    network, device = Pointwise(), torch.device("cpu")
    passes = inference.run_features(network, picture, HALF, device)
    whole = inference.run_head(network, passes, (70, 90))
    tiled = inference.run_tiles(network, picture, HALF, device)
    np.testing.assert_allclose(tiled, whole, atol=1e-5)


def test_flip_and_scales_keep_probabilities_and_undo_the_mirror(picture):
    torch.manual_seed(0)
    network, device = Pointwise(), torch.device("cpu")
    plain = inference.run_head(
        network, inference.run_features(network, picture, HALF, device), (70, 90)
    )
    flipped = inference.run_head(
        network, inference.run_features(network, picture, HALF, device, flip=True), (70, 90)
    )
    np.testing.assert_allclose(flipped, plain, atol=1e-5)
    scaled = inference.run_head(
        network,
        inference.run_features(network, picture, HALF, device, scales=(0.5, 1, 2)),
        (70, 90),
    )
    np.testing.assert_allclose(scaled.sum(0), 1, atol=1e-5)


def test_an_unknown_device_is_refused_in_words():
    with pytest.raises(EngineError, match="cuda:7"):
        inference.choose_device("cuda:7")


def test_out_of_memory_is_recognised():
    assert inference.is_out_of_memory(MemoryError())
    assert inference.is_out_of_memory(torch.OutOfMemoryError("the card is full"))
    # On a CPU torch says neither "memory" first nor a class of its own.
    assert inference.is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't get 9 bytes"))
    assert inference.is_out_of_memory(RuntimeError("CUDA out of memory. Tried to allocate"))
    assert not inference.is_out_of_memory(RuntimeError("size mismatch"))
    assert not inference.is_out_of_memory(ValueError("out of memory"))


def test_memory_that_runs_out_leads_to_tiles_and_is_said(monkeypatch, tmp_path, picture):
    from PIL import Image

    from segviewer.engine.executor import StageExecutor
    from segviewer.engine.listener import Collected
    from segviewer.session import Session

    Image.fromarray(picture).save(tmp_path / "p.png")
    whole = inference.run_features
    calls = []

    def hungry(network, image, *args, **kwargs):
        calls.append(image.shape)
        if len(calls) == 1:
            raise MemoryError
        return whole(network, image, *args, **kwargs)

    monkeypatch.setattr(inference, "run_features", hungry)
    collected = Collected()
    StageExecutor(collected.listener()).run(
        Session(
            image=str(tmp_path / "p.png"), checkpoint="bundled:deeplab_v3_efficientnet_lite0_camvid"
        )
    )
    texts = [text for text, _ in collected.results["label_map"].chips]
    assert any("in tiles" in text for text in texts)


def test_memory_that_never_suffices_is_an_error_in_words(monkeypatch, tmp_path, picture):
    from PIL import Image

    from segviewer.engine.executor import StageExecutor
    from segviewer.session import Session

    Image.fromarray(picture).save(tmp_path / "p.png")

    def hungry(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(inference, "run_features", hungry)
    with pytest.raises(EngineError, match="not enough memory"):
        StageExecutor().run(
            Session(
                image=str(tmp_path / "p.png"),
                checkpoint="bundled:deeplab_v3_efficientnet_lite0_camvid",
            )
        )
