"""Windows lie where both rules say; a PSPNet's score is split into its levels."""

import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from segviewer.checkpoints.opening import open_network
from segviewer.labs import compute
from segviewer.labs.lab import LabContext
from segviewer.labs.pyramids.pyramid import LAB

IMAGE = np.random.default_rng(0).integers(0, 256, (368, 480, 3), dtype=np.uint8)


def plain(image=IMAGE, stride=16):
    network = SimpleNamespace(config=SimpleNamespace(output_stride=stride))
    opened = SimpleNamespace(network=network, card=SimpleNamespace(architecture="fcn"))
    return LabContext(image=image, opened=opened)


def result(given=None, **values):
    (found,) = compute("pyramid", values, given or plain())
    return found


@pytest.fixture(scope="module")
def psp():
    opened = open_network("bundled:psp_b1236_average_efficientnet_lite0_camvid")
    return LabContext(image=IMAGE[:96, :160], opened=opened, classes=opened.card.classes)


def test_marks_are_the_windows():
    found = result(bins=2, rule="adaptive")
    boxes = [m for m in found.marks if not m.oval]
    np.testing.assert_allclose(
        [(m.left, m.top, m.right, m.bottom) for m in boxes],
        # Both halves of 23 rows hold the middle one.
        [(0, 0, 0.5, 12 / 23), (0.5, 0, 1, 12 / 23), (0, 11 / 23, 0.5, 1), (0.5, 11 / 23, 1, 1)],
    )
    assert not any(m.dashed for m in boxes)
    assert "23×30 cells, adaptive: 2×2 windows; 0.0% of the cells" in found.caption
    assert pickle.loads(pickle.dumps(found)).caption == found.caption


def test_the_formula_gives_seven_of_23_rows_and_says_so():
    found = result(rule="formula", bins=6)
    assert "7×6 windows, more than 6×6: the first 6 count" in found.caption
    assert "a = 8, 9, 10, 11, 15, 16, 17, 22, 23, 29." in found.caption
    assert f"{4 / 23:.1%} of the cells lie in none" in found.caption
    assert sum(m.tone == "θ1" for m in found.marks) == 6 and all(
        m.dashed for m in found.marks if not m.oval
    )
    assert "⌈23 / 6⌉ = 4, stride ⌊23 / 6⌋ = 3" in found.formula
    assert "never gives more than 2" in result(bins=2).caption


def test_an_own_side_and_fewer_cells_than_windows():
    found = result(side=65, rule="formula")
    assert "65×65 cells" in found.caption and len(found.shown.strips) == 2
    few = result(side=4, rule="formula", bins=6)
    assert "the stride would be 0" in few.caption and len(few.marks) == 1
    assert len([m for m in result(side=4, bins=6).marks if not m.oval]) == 36


def test_levels_are_averages_or_maxima_of_windows_and_one_is_lit():
    image = np.zeros((64, 64, 3), np.uint8)
    image[:32, :32] = 200
    image[32:48, 32:48] = 100
    shown = result(plain(image, 16), bins=2, column=0.6, row=0.1).shown
    levels = {bins: (picture, window) for bins, picture, window in shown.levels}
    assert list(levels) == [1, 2, 3, 6]
    average, window = levels[2]
    assert average.shape == (240, 240, 3) and average[:120, :120].min() == 200
    assert (average[120:, 120:] == 25).all()
    assert window == (0.5, 0.0, 1.0, 0.5) and levels[1][1] == (0.0, 0.0, 1.0, 1.0)
    most = {n: p for n, p, _ in result(plain(image, 16), pooling="maximum").shown.levels}
    assert (most[2][120:, 120:] == 100).all()
    # The formula's windows end before the last of these cells: none is lit.
    last = result(plain(image, 16), rule="formula", side=65, column=0.999).shown.levels
    assert {n: w for n, _, w in last}[6] == (0.0, 0.0, 0.0, 0.0)


def test_without_a_pspnet_it_says_what_to_open():
    shown = result().shown
    assert shown.parts == () and "PPM B1236, average" in shown.heading


def test_parts_add_up_and_the_backbone_runs_once(psp):
    runs = []
    network = psp.opened.network
    features = network.features
    network.features = lambda x: runs.append(1) or features(x)
    found = result(psp)
    *parts, (name, total) = found.shown.parts
    assert [part[0] for part in parts] == ["map", "1×1", "2×2", "3×3", "6×6", "constants"]
    assert name == "sum" and total == pytest.approx(sum(v for _, v in parts))
    assert "Of the levels" in found.caption and "at cell" in found.shown.heading
    lead = result(psp, score="margin", column=0.9)
    assert lead.shown.heading.startswith("margin of ") and lead.shown.parts[-1][1] > 0
    assert result(psp, column=0.9).shown.parts != found.shown.parts
    assert len(runs) == 1


def test_the_view_is_drawn_and_each_level_says_what_it_adds(qtbot, psp):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.resize(1100, 240)
    view.show_result(None)
    view.show()
    shown = result(psp).shown
    view.show_result(shown)
    assert [strip.chosen for strip in view.strips.strips()] == [True, False, True, False]
    assert [part.strong for part in view.bars.parts()] == [False] * 6 + [True]
    bar = view.bars.bar_of(6)
    assert bar.width() > 1 and view.rect().height() >= bar.bottom()
    levels = view.levels.levels()
    assert [one.title for one in levels] == ["1×1", "2×2", "3×3", "6×6"]
    assert all(one.words for one in levels)
    areas = [view.levels.area_of(n) for n in range(4)]
    assert not any(a.intersects(b) for a in areas for b in areas if a is not b)
    assert all(view.levels.rect().contains(area.toAlignedRect()) for area in areas)
    for size in ((120, 60), (2600, 900)):
        view.resize(*size)
        assert not view.grab().isNull()
    view.show_result(None)
    assert view.strips.strips() == () and view.bars.parts() == ()


def test_hovering_a_window_says_its_cells(qtbot):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.resize(1100, 240)
    view.show_result(result(side=65, rule="formula").shown)
    view.show()
    place = view.strips.bar_of(1, 1).center().toPoint()
    qtbot.mouseMove(view.strips, place)
    assert view.strips.toolTip() == "window 2: cells 10 to 20"
    assert "6 on 65 cells, 4 cells unseen" in view.strips.accessibleName()
