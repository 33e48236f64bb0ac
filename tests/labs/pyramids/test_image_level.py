"""Image-level features with and without, for ASPP's pooling and ParseNet's context."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt

from segviewer.errors import Cancelled
from segviewer.inference.running import run_features, run_head
from segviewer.labs import LABS, compute, lab_of

POOLED = "bundled:v3_pooling_efficientnet_lite0_camvid"
PARSED = "bundled:parse_net_efficientnet_lite0_camvid"


def result(context, **values):
    (found,) = compute("image_level", values, context)
    return found


def own_labels(context, **changes):
    network, before = context.opened.network, context.opened.network.config
    network.reconfigure(before.changed(**changes))
    try:
        passes = run_features(
            network, context.image, context.opened.card.preprocessing, torch.device("cpu")
        )
        return run_head(network, passes, context.image.shape[:2]).argmax(0)
    finally:
        network.reconfigure(before)


def test_labels_without_pooling_are_the_networks_own(looking):
    context = looking(POOLED)
    found = result(context)
    own = own_labels(context, image_pooling=False)
    np.testing.assert_array_equal(found.label_map, own)
    changed = 100 * (own != own_labels(context)).mean()
    assert f"without image pooling {changed:.1f} %" in found.caption
    assert found.shown.tiles[1].asks == {"image_pooling": False}
    assert "mean of 5 · 6 = <b>30</b> cells" in found.formula
    assert "76.58 and 77.21 (DeepLab v3, ResNet-101), 60.78 and 60.87 here" in found.formula
    assert not found.shown.lengths
    assert pickle.loads(pickle.dumps(found)).caption == found.caption


def test_scores_are_differences_at_the_ring(looking):
    context = looking(POOLED)
    found = result(context, column=0.2, row=0.9)
    scores = context.memory["scores"]
    y, x = int(0.9 * 72), int(0.2 * 96)
    for name, gain in found.shown.gains:
        k = context.classes.index(name)
        assert gain == pytest.approx(float(scores[0][k, y, x] - scores[1][k, y, x]))
    assert len(found.shown.gains) == 7
    before = context.memory["scores"]
    result(context, column=0.3)
    assert context.memory["scores"] is before  # a click runs nothing again


def test_parse_net_with_and_without_context_norm_and_by_late_fusion(looking):
    context = looking(PARSED)
    found = result(context, variant=2)
    titles = [tile.title for tile in found.shown.tiles]
    assert titles == ["as it is", "without global context", "without L2 norm", "late fusion"]
    np.testing.assert_array_equal(found.label_map, own_labels(context, l2_norm=False))
    # Without the norm a linear classifier of joined features is the sum of two.
    scores = context.memory["scores"]
    np.testing.assert_allclose(scores[2], scores[3], rtol=1e-3, atol=1e-2)
    (_, place), (_, average) = found.shown.lengths
    features = run_features(
        context.opened.network,
        context.image,
        context.opened.card.preprocessing,
        torch.device("cpu"),
    )[0].features["out"][0]
    assert average == pytest.approx(float(features.mean((1, 2)).norm()), rel=1e-4)
    row, column = int(0.6 * 72) * features.shape[1] // 72, 48 * features.shape[2] // 96
    assert place == pytest.approx(float(features[:, row, column].norm()), rel=1e-4)
    assert "y = γ x / ‖x‖" in found.formula and "no weights are trained anew" in found.caption
    assert "trained anew" not in result(context, variant=1).caption


def test_another_network_is_asked_for(looking):
    found = result(looking("bundled:fcn_efficientnet_lite0_camvid"))
    assert found.shown is None and found.caption.startswith("The open network has no image-level")


def test_it_can_be_cancelled(looking):
    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        result(looking(POOLED, check=stop))


@pytest.fixture
def view(qtbot, looking):
    widget = lab_of("image_level").make_view()
    widget.resize(1100, 240)
    qtbot.addWidget(widget)
    widget.show_result(result(looking(PARSED), variant=0).shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_variant_is_chosen_and_asked_for(view, qtbot, looking):
    assert not view.button.isEnabled() and not view.lengths.isHidden()
    assert view.swipe.accessibleName() == "as it is"  # alone: nothing is chosen
    assert view.variants.count() == 3 and view.variants.currentIndex() == -1
    with qtbot.waitSignal(view.edited) as emitted:
        view.variants.activated.emit(0)
    assert emitted.args == ["variant", 1, True]
    shown = result(looking(POOLED)).shown
    view.show_result(shown)
    assert view.lengths.isHidden() and view.variants.currentText() == "without image pooling"
    changed = 100 * shown.tiles[1].changed
    said = f"as it is | without image pooling: {changed:.1f} % change"
    assert view.swipe.accessibleName() == said
    with qtbot.waitSignal(view.asked) as emitted:
        qtbot.mouseClick(view.button, Qt.MouseButton.LeftButton)
    assert emitted.args == [{"network": {"image_pooling": False}}]


def test_the_average_comes_back_into_every_cell(view, looking):
    context = looking(POOLED)
    shown = result(context).shown
    network = context.opened.network
    (one,) = run_features(
        network, context.image, context.opened.card.preprocessing, torch.device("cpu")
    )
    out = one.features["out"][0]
    assert shown.average == pytest.approx(float(out.mean((1, 2)).norm()), rel=1e-5)
    np.testing.assert_allclose(shown.cells, out.norm(dim=0).numpy(), rtol=1e-4)
    assert shown.average < shown.cells.mean()
    view.show_result(shown)
    assert view.flow.accessibleName().startswith("5 · 6 cells → one average")
    left, middle, right = view.flow.areas()
    assert left.right() < middle.left() and middle.right() < right.left()
    assert view.flow.places_of("the same in each")
    assert view.flow.isVisible() and not view.gains.isVisible()
    view.show_result(result(context, beside="scores").shown)
    assert view.gains.isVisible() and not view.flow.isVisible()
    view.steps.stepped.emit(0, True)
    assert view.steps.name.text() == "the map" and not view.flow.places_of("the same in each")
    assert view.flow.places_of("30 cells")


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, size):
    view.resize(*size)
    assert not view.grab().isNull()
    view.show_result(None)
    assert not view.grab().isNull()


def test_it_is_in_the_gallery():
    assert LABS["image_level"].needs == "network"
    assert lab_of("image_level").picks == ("column", "row")
