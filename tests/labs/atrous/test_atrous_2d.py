"""The sparse way is true at one place in r²; the tiles choose what lies on the photograph."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segviewer.labs import compute
from segviewer.labs.atrous.atrous_2d import LAB
from segviewer.labs.lab import LabContext


def context(height=96, width=128):
    rng = np.random.default_rng(0)
    image = rng.integers(90, 110, (height, width, 3), dtype=np.uint8)
    image[:, width // 2 :] += 100
    return LabContext(image=image)


def result(given=None, **values):
    (found,) = compute("atrous_2d", values, given or context())
    return found


@pytest.mark.parametrize(("rate", "share"), [(2, "25.00%"), (4, "6.25%"), (8, "1.56%")])
def test_the_share_of_true_responses_is_said(rate, share):
    found = result(rate=rate)
    assert f"{share} of the pixels get a true response" in found.caption
    assert f"{49 * 96 * 128:,} multiply-adds" in found.formula
    assert f"{6 * rate + 1}×{6 * rate + 1} pixels seen" in found.formula
    kernel = found.shown.pictures["filter"][0][..., 0]
    assert kernel.shape == (6 * rate + 1, 6 * rate + 1)
    # Holes are of the same middle grey as weights of 0.
    assert (kernel[1] == kernel[1, 0]).all()


def test_a_constant_picture_makes_no_responses():
    found = result(LabContext(image=np.full((20, 30, 3), 77, np.uint8)), filter="Laplacian")
    assert "by 0 at most" in found.caption and not found.raster.any()


def test_averaging_is_said_and_tiny_pictures_work():
    assert "of an averaged picture" in result(smooth=True).caption
    one = result(LabContext(image=np.zeros((1, 1, 3), np.uint8)), smooth=True, rate=8)
    assert "100.00%" in one.caption


def test_large_photographs_are_worked_on_small():
    found = result(context(300, 1200), picture="difference")
    assert found.raster.shape == (80, 320)
    assert found.raster_name.startswith("|difference|")
    assert result(picture="photograph").raster is None


def test_a_click_on_a_tile_lays_it_over_the_photograph(qtbot):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.resize(1100, 240)
    view.show_result(None)
    view.show()
    view.show_result(result().shown)
    found = []
    view.edited.connect(lambda *args: found.append(args))
    tiles = view.tiles
    assert tiles.current() == "sparse"
    for index in (2, 4):
        place = tiles.area_of(index).center().toPoint()
        qtbot.mouseClick(tiles, Qt.MouseButton.LeftButton, pos=place)
    # The filter belongs to no place of the photograph.
    assert found == [("picture", "dense", True)]
    assert tiles.current() == "sparse"
    for size in ((120, 60), (2400, 900)):
        view.resize(*size)
        assert not view.grab().isNull()
