"""The bundled pyramid taken apart: switches agree with the network's own, the score adds up."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import Qt

from segviewer.checkpoints.opening import open_network
from segviewer.errors import Cancelled
from segviewer.imaging.reading.samples import sample_path
from segviewer.inference.running import run_features, run_head
from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.lab import LabContext


def looked_at(reference: str) -> LabContext:
    opened = open_network(reference)
    with Image.open(sample_path("leuven_street")) as picture:
        image = np.asarray(picture.convert("RGB").resize((96, 72)))
    device = torch.device("cpu")
    passes = run_features(opened.network, image, opened.card.preprocessing, device)
    probs = run_head(opened.network, passes, image.shape[:2])
    return LabContext(image=image, opened=opened, probs=probs, classes=tuple(opened.card.classes))


@pytest.fixture(scope="module")
def lite():
    return looked_at("bundled:v3_pooling_efficientnet_lite0_camvid")


def results(context, **values):
    return list(compute("aspp", values, context))


def last(context, **values):
    return results(context, **values)[-1]


def test_branches_alone_and_what_goes_without_them(lite):
    lite.memory.clear()
    found = results(lite)
    assert [one.complete for one in found] == [False, False, True]
    assert [one.shown.tiles[1].overlay is None for one in found] == [True, False, False]
    assert "running each branch" in found[0].caption
    assert "changes most labels" in found[-1].caption
    shown = found[-1].shown
    titles = ["as it is", "1×1", "rate 6", "rate 12", "rate 18", "image pooling"]
    assert [tile.title for tile in shown.tiles] == titles
    assert pickle.loads(pickle.dumps(found[-1])).caption == found[-1].caption
    network = lite.opened.network
    before = network.config
    with torch.inference_mode():
        network.reconfigure(before.changed(image_pooling=False))
        passes = run_features(
            network, lite.image, lite.opened.card.preprocessing, torch.device("cpu")
        )
        own = run_head(network, passes, lite.image.shape[:2]).argmax(0)
        network.reconfigure(before)
    without = last(lite, maps="without", branch=4)
    np.testing.assert_array_equal(without.label_map, own)
    changed = (own != lite.probs.argmax(0)).mean()
    assert without.shown.tiles[5].figures == f"off: {100 * changed:.1f} % change"
    assert "image pooling" in without.raster_name


def test_the_score_of_the_clicked_pixel_adds_up(lite):
    found = last(lite, column=0.2, row=0.9)
    *parts, margin = [value for _, value in found.shown.amounts]
    assert sum(parts) == pytest.approx(margin, abs=1e-3)
    y, x = int(0.9 * 72), int(0.2 * 96)
    order = lite.probs[:, y, x].argsort()[::-1]
    p = lite.probs[:, y, x]
    assert margin == pytest.approx(float(np.log(p[order[0]] / p[order[1]])), abs=1e-2)
    assert found.shown.title == f"margin of {lite.classes[order[0]]} over {lite.classes[order[1]]}"
    *_, mark = found.marks
    assert mark.oval and mark.left < 0.2 < mark.right


def test_nothing_is_computed_again_for_a_click(lite):
    last(lite)
    apart = lite.memory["apart"]
    assert len(results(lite, column=0.1)) == 1 and lite.memory["apart"] is apart


def test_another_network_is_asked_for():
    found = last(looked_at("bundled:fcn_efficientnet_lite0_camvid"))
    assert found.shown is None and found.caption.startswith("The open network has no ASPP")


def test_it_can_be_cancelled(lite):
    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        results(replace(lite, check=stop, memory={}))


@pytest.fixture
def view(qtbot, lite):
    widget = lab_of("aspp").make_view()
    widget.resize(1100, 240)
    qtbot.addWidget(widget)
    widget.show_result(last(lite, branch=2).shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_tile_is_chosen_and_the_button_asks(view, qtbot, lite):
    tiles, button = view.variants.tiles, view.variants.button
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(tiles, Qt.MouseButton.LeftButton, pos=tiles.area_of(5).center().toPoint())
    assert emitted.args == ["branch", 4, True]
    assert button.text() == "Switch rate 12 off"
    with qtbot.waitSignal(view.asked) as emitted:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert emitted.args == [{"network": {"branches": (True, True, False, True)}}]
    view.show_result(last(lite, branch=4).shown)
    with qtbot.waitSignal(view.asked) as emitted:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert emitted.args == [{"network": {"image_pooling": False}}]


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, size):
    view.resize(*size)
    assert not view.grab().isNull()
    view.show_result(None)
    assert not view.grab().isNull() and view.variants.button.isHidden()


def test_it_is_in_the_gallery():
    assert LABS["aspp"].needs == "probs" and lab_of("aspp").picks == ("column", "row")


def test_the_taps_of_each_branch_lie_on_the_photograph(lite):
    marks = results(lite, column=0.5, row=0.5)[-1].marks
    assert [one.text for one in marks if one.text] == ["r 6", "r 12", "r 18"]
    alone = results(lite, branch=1, column=0.5, row=0.5)[-1].marks
    assert [one.text for one in alone if one.text] == ["r 6"]
    # The 1×1 branch and the pooling have no taps to draw: the pixel's ring alone.
    assert len(results(lite, branch=0)[-1].marks) == 1
