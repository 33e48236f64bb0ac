"""Every lab computes on the smallest pictures and on a very long one."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected
from segviewer.imaging.export.writing import write_png
from segviewer.labs import LABS
from segviewer.session import InferenceSettings, LabState, Session

SIZES = ((1, 1), (2, 2), (3, 2000))


@pytest.fixture(scope="module")
def looking(tmp_path_factory):
    """Give a pipeline and a session by the picture's size, made once for all labs."""
    folder = tmp_path_factory.mktemp("small")

    @cache
    def look(height: int, width: int) -> tuple[StageExecutor, Session]:
        pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        path = write_png(folder / f"{height}x{width}.png", pixels)
        pipeline = StageExecutor()
        return pipeline, Session(
            image=str(path),
            checkpoint="bundled:deeplab_v3_efficientnet_lite0_camvid",
            inference=InferenceSettings(device="cpu"),
        )

    return look


@pytest.mark.slow
@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("name", LABS)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_lab_computes_on_a_picture_of_any_size(looking, name, size):
    pipeline, session = looking(*size)
    collected = Collected()
    pipeline.listener = collected.listener()
    pipeline.run(session.changed(lab=LabState(name=name)))
    result = collected.results["lab"]
    assert result.complete
    # Whatever there is to be seen, or why there is nothing, is said in words.
    assert result.caption or result.shown is not None


@pytest.mark.parametrize("name", ["gridding_seen", "linked_gridding"])
def test_a_gridding_lab_says_why_there_is_no_grid(looking, name):
    """``max() arg is an empty sequence`` on pictures of one or two pixels."""
    pipeline, session = looking(2, 2)
    collected = Collected()
    pipeline.listener = collected.listener()
    pipeline.run(session.changed(lab=LabState(name=name)))
    assert "2×2 pixels" in collected.results["lab"].caption
    assert "larger picture" in collected.results["lab"].caption
