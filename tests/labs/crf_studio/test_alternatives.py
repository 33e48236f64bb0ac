"""Ways to labels: computed without Qt, chosen with the mouse."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import Cancelled
from segviewer.labs.crf_studio.alternatives import LAB, WAYS, AlternativesConfig
from segviewer.labs.lab import LabContext


@pytest.fixture
def context():
    """Two flat halves; the network is three columns off, and has a speck."""
    image = np.full((24, 36, 3), 40, np.uint8)
    image[:, 18:] = 200
    first = np.where(np.arange(36) < 21, 0.7, 0.3)[None].repeat(24, 0)
    first[12, 5] = 0.3
    probs = np.stack([first, 1 - first, np.zeros_like(first)]).astype(np.float32)
    target = np.zeros((24, 36), np.uint8)
    target[:, 18:] = 1
    return LabContext(
        image=image,
        probs=probs,
        target=target,
        classes=("a", "b", "c"),
        crf=CRFSettings(appearance_weight=8, smoothness_weight=3, num_iterations=5),
    )


def last(context, **values):
    return list(LAB.compute(context, AlternativesConfig(**values)))[-1]


def test_superpixels_and_appearance_follow_the_edge_and_smoothness_alone_does_not(context):
    results = list(LAB.compute(context, AlternativesConfig(segments=24)))
    assert [result.complete for result in results] == [False] * (len(WAYS) - 1) + [True]
    ways = {way.name: way for way in results[-1].shown.ways}
    assert tuple(ways) == tuple(WAYS)
    wrong = 3 * 24 + 1
    assert ways["raw"].changed == 0
    assert ways["superpixels"].changed == pytest.approx(wrong / (24 * 36))
    assert ways["superpixels"].miou == ways["appearance"].miou == ways["both"].miou == 1
    # It mends the speck and leaves the edge where the network has it.
    assert ways["smoothness"].changed == pytest.approx(1 / (24 * 36))


def test_filters_and_a_window_are_beside_the_crf_with_their_time(context):
    ways = {way.name: way for way in last(context, radius=4, edge=10.0).shown.ways}
    speck = 1 / (24 * 36)
    assert ways["median"].changed == pytest.approx(speck)  # it does not see the photograph
    # Its window does not reach over the three columns by which the network is off.
    assert ways["conv"].changed == pytest.approx(speck) and "7×7" in ways["conv"].tip
    assert ways["guided"].changed >= speck
    assert ways["raw"].seconds == 0
    assert all(way.seconds > 0 for name, way in ways.items() if name != "raw")
    # An even number is one less, and computes nothing again.
    kept = len(context.memory)
    assert "7×7" in {way.name: way for way in last(context, window=8).shown.ways}["conv"].tip
    assert len(context.memory) == kept + 1  # the guided filter as it is by default


def test_the_chosen_way_lies_on_the_photograph(context):
    raw = last(context, way="raw").label_map
    np.testing.assert_array_equal(raw, context.probs.argmax(0))
    both = last(context, way="both")
    np.testing.assert_array_equal(both.label_map, context.target)
    assert "both" in both.raster_name and "8.4 %" in both.caption


def test_a_kernel_without_weight_changes_nothing(context):
    context.crf = context.crf.changed(smoothness_weight=0)
    ways = {way.name: way for way in last(context).shown.ways}
    assert ways["smoothness"].changed == 0
    np.testing.assert_allclose(ways["appearance"].changed, ways["both"].changed)


def test_without_a_target_nothing_is_measured(context):
    context.target = None
    assert all(way.miou is None for way in last(context).shown.ways)


def test_another_choice_computes_nothing_again(context):
    last(context)
    kept = dict(context.memory)
    result = last(context, way="appearance")
    assert context.memory.keys() == kept.keys()
    assert any(result.label_map is label_map for label_map, seconds in kept.values())
    # But another vote does, and so does another photograph.
    last(context, vote="majority")
    assert len(context.memory) == len(kept) + 1
    context.image = context.image + np.uint8(1)
    last(context)
    assert len(context.memory) > len(kept) + 1


def test_it_stops_when_nobody_waits(context):
    def check():
        raise Cancelled

    context.check = check
    with pytest.raises(Cancelled):
        last(context)


def test_a_click_and_the_arrow_keys_choose(qtbot, context):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.show_result(None)
    view.resize(900, 220)
    view.show()
    assert view.tiles.current() == ""
    view.show_result(last(context, segments=24).shown)
    assert [tile.title for tile in view.tiles.tiles()] == list(WAYS.values())
    figures = {tile.name: tile.figures for tile in view.tiles.tiles()}["superpixels"]
    assert "8.4" in figures and " s\n" in figures and "mIoU 1.000" in figures
    with qtbot.waitSignal(view.edited) as caught:
        where = view.tiles.area_of(3).center().toPoint()
        qtbot.mouseClick(view.tiles, Qt.MouseButton.LeftButton, pos=where)
    assert caught.args == ["way", "superpixels", True]
    with qtbot.waitSignal(view.edited) as caught:
        qtbot.keyClick(view.tiles, Qt.Key.Key_Right)
    assert caught.args[1] == "conv"
    with qtbot.assertNotEmitted(view.edited):
        qtbot.mouseClick(view.tiles, Qt.MouseButton.LeftButton, pos=QPoint(0, 0))


@pytest.mark.parametrize("size", [(240, 100), (300, 500), (2400, 260)])
def test_tiles_stay_inside_at_every_size(qtbot, context, size):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.show_result(last(context, segments=24).shown)
    view.resize(*size)
    view.show()
    areas = [view.tiles.area_of(index) for index in range(5)]
    assert all(area.width() >= 1 and area.height() >= 1 for area in areas)
    assert not any(a.intersects(b) for a in areas for b in areas if a is not b)
    if size != (240, 100):
        assert all(view.rect().adjusted(-1, -1, 1, 1).contains(a.toAlignedRect()) for a in areas)
    assert not view.grab().isNull()
