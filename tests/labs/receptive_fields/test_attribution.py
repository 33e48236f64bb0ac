"""Evidence for a class on the bundled network: checked, kept, drawn."""

from dataclasses import replace

import numpy as np
import pytest

from segviewer.inference.running import run_features, run_head
from segviewer.labs import compute, lab_of


@pytest.fixture(scope="module")
def context(looking):
    one = looking("bundled:deeplab_v3_efficientnet_lite0_camvid")
    device = next(one.network.parameters()).device
    passes = run_features(one.network, one.image, one.card.preprocessing, device)
    return replace(one, probs=run_head(one.network, passes, one.image.shape[:2]))


def result(context, **values):
    (found,) = compute("attribution", values, context)
    return found


@pytest.mark.parametrize("method", ["Seg-Grad-CAM", "occlusion", "integrated gradients"])
def test_each_way_gives_evidence_that_is_shared_among_the_classes(context, method):
    found = result(context, method=method, steps=4)
    assert found.raster.shape == (72, 96) and found.raster.max() == 255
    shares = [share for _, share in found.shown.parts]
    assert shares == sorted(shares, reverse=True) and 0.9 < sum(shares) <= 1 + 1e-9
    name = found.shown.title.removeprefix("evidence for ").partition(",")[0]
    assert f"score of {name} at its pixel" in found.caption
    assert found.marks[-1].oval


@pytest.mark.slow
def test_completeness_is_said_and_grows_better_with_the_steps(context):
    def gap(steps):
        values = {"method": "integrated gradients", "steps": steps, "row": 0.93}
        caption = result(context, **values).caption
        assert "Completeness: Σ = " in caption
        return float(caption.partition(" % off")[0].rpartition(" ")[2])

    assert gap(32) < 0.5 * gap(1)


def test_a_class_is_asked_as_a_whole_and_kept(context):
    found = result(context, region="class")
    assert " pixels: " in found.caption
    kept = context.memory["found"]
    assert np.array_equal(result(context, region="class").raster, found.raster)
    assert context.memory["found"] is kept


def test_the_view_draws_it(qtbot, context):
    view = lab_of("attribution").make_view()
    qtbot.addWidget(view)
    view.resize(700, 260)
    view.show_result(None)
    found = result(context)
    view.show_result(found.shown)
    assert [part.name for part in view.bars.parts()] == [name for name, _ in found.shown.parts]
    assert np.array_equal(view.map.tiles()[0], found.shown.picture)
    assert not view.grab().isNull()
