"""Labs and activations of a network that a library built, before and after a change of stride."""

from __future__ import annotations

import numpy as np
import pytest

from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected
from segviewer.imaging.export.writing import write_png
from segviewer.session import InferenceSettings, LabState, OverlaySettings, Session

smp = pytest.importorskip("segmentation_models_pytorch")
FIELDS = ("receptive_field", "effective_field", "gridding_seen", "linked_gridding")


@pytest.fixture(scope="module")
def looking(tmp_path_factory):
    """Give what a session of DeepLab v3 on MobileNet v2 computes."""
    import torch

    from tests.checkpoints.families.comparing import enliven

    folder = tmp_path_factory.mktemp("tree")
    pixels = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    image = write_png(folder / "a.png", pixels)
    network = enliven(smp.DeepLabV3("mobilenet_v2", encoder_weights=None, classes=3))
    torch.save(network.state_dict(), folder / "net.pth")
    pipeline = StageExecutor()
    session = Session(
        image=str(image),
        checkpoint=str(folder / "net.pth"),
        inference=InferenceSettings(device="cpu"),
    )

    def look(**changes):
        collected = Collected()
        pipeline.listener = collected.listener()
        pipeline.run(session.changed(**changes), asked=frozenset({"card"}))
        return collected.results

    return look


@pytest.mark.slow
@pytest.mark.parametrize("name", FIELDS)
def test_a_lab_follows_the_stride(looking, name):
    built, denser = (
        looking(lab=LabState(name=name), network=(("output_stride", stride),))["lab"]
        for stride in (8, 4)
    )
    assert built.complete and denser.complete
    assert denser.caption and built.caption
    assert (built.caption, built.formula) != (denser.caption, denser.formula)


def test_activations_and_the_card_follow_the_stride(looking):
    rows = looking()["card"].rows
    layer = [row.name for row in rows if row.name.startswith("model.encoder.")][-1]
    seen = {}
    for stride, size in ((8, (8, 12)), (4, (16, 24))):
        network = (("output_stride", stride),)
        found = looking(overlay=OverlaySettings(activation=layer), network=network)
        row = next(row for row in found["card"].rows if row.name == layer)
        assert (row.height, row.width) == size
        seen[stride] = found["activation"].raster
    assert seen[8] is not None and not np.array_equal(seen[8], seen[4])
