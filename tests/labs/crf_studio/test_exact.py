"""The exact check: errors where the crop is, and the table's closed forms."""

import numpy as np
import pytest

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.labs import compute
from segviewer.labs.crf_studio.exact import LAB
from segviewer.labs.lab import LabContext


def context(**crf):
    rng = np.random.default_rng(1)
    image = np.full((30, 50, 3), 60, np.uint8)
    image[:, 25:] = 190
    image += rng.integers(0, 5, image.shape, dtype=np.uint8)
    scores = np.exp(rng.normal(size=(3, 30, 50)))
    values = {"appearance_xy_std": 5.0, "num_iterations": 2} | crf
    return LabContext(
        image=image,
        probs=(scores / scores.sum(0)).astype(np.float32),
        crf=CRFSettings().model_copy(update=values),
    )


def kept(given):
    (only,) = given.memory.values()
    return only


def result(given, **values):
    (found,) = compute("exact", {"side": 24, "column": 0.5, "row": 0.5} | values, given)
    return found


def test_raster_lies_in_the_crop_that_is_marked():
    found = result(context())
    frame = next(m for m in found.marks if not m.oval)
    box = np.array([frame.left * 50, frame.top * 30, frame.right * 50, frame.bottom * 30])
    np.testing.assert_allclose(box, [13, 3, 37, 27])
    outside = found.raster.copy()
    outside[3:27, 13:37] = 0
    assert found.raster.any() and not outside.any()
    assert "Crop 24×24, 2 iterations" in found.caption
    assert found.shown.pixels == 576 and len(found.shown.differences) == 2
    corner = result(context(), column=1.0, row=1.0, side=64)
    assert corner.shown.pixels == 30 * 50


def test_the_table_is_the_closed_form_of_the_smoothness_kernel():
    found = result(context(appearance_weight=0.0, smoothness_xy_std=2.0))
    (line,) = found.shown.kernels
    assert line.mass == pytest.approx(2 * np.pi * 4, rel=1e-3)
    assert line.raw == pytest.approx(2 * (line.mass - 1))
    assert line.factor == pytest.approx(line.raw / line.normalised)
    assert f"{line.factor:.3g} times" in found.formula
    off = result(context(appearance_weight=0.0, smoothness_weight=0.0))
    assert off.shown.kernels == () and "off" in off.formula


def test_deck_labels_are_shown_and_nothing_runs_twice():
    given = context()
    result(given)
    both = kept(given)
    found = result(given, check="slides")
    assert kept(given) is both
    differing = int((found.raster > 0).sum())
    assert (
        differing > 0 and f"The lecture slides' formula: {differing} labels differ" in found.caption
    )


def test_the_view_says_the_numbers(qtbot):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.show_result(None)
    view.resize(900, 240)
    view.show()
    shown = result(context()).shown
    view.show_result(shown)
    assert list(view.plot.curves()[0].y) == list(shown.differences)
    cells = view.bars.cells()
    assert cells[0] == ["", "appearance", "smoothness"]
    assert cells[5] == ["factor", *(f"{k.factor:.4g}" for k in shown.kernels)]
    for size in ((160, 60), (2600, 900)):
        view.resize(*size)
        assert not view.grab().isNull()
    view.show_result(result(context(appearance_weight=0.0, smoothness_weight=0.0)).shown)
    assert not view.grab().isNull()
    view.show_result(None)
    assert view.plot.curves() == () and view.bars.accessibleDescription() == ""


@pytest.fixture
def seen(qtbot):
    """The lab's view with a result, and what it shows."""
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.resize(1000, 300)
    view.show()
    shown = result(context()).shown
    view.show_result(shown)
    return view, shown


def test_the_factor_is_the_ratio_of_two_bars(seen):
    view, shown = seen
    for kernel in shown.kernels:
        assert view.bars.places_of(f"× {kernel.factor:.4g}")
    # The slides' bar of the greatest sum fills the row; the number stands behind each.
    most = max(shown.kernels, key=lambda kernel: kernel.raw)
    (raw,) = view.bars.places_of(f"{most.raw:.4g}")
    assert raw.right() > 0.9 * view.bars.width()
    (least,) = view.bars.places_of(f"{most.normalised:.4g}")
    assert least.left() < raw.left()


def test_labels_of_each_way_stand_beside_or_the_error(seen):
    view, shown = seen
    titles, figures, pictures = zip(*shown.pictures, strict=True)
    assert titles == ("exact, Σ K", "by the lattice", "by the slides' sum")
    assert figures[2] == f"{shown.slide_labels} of {shown.pixels} differ"
    assert all(one.shape == (24, 24, 3) and one.dtype == np.uint8 for one in pictures)
    changed = (pictures[0] != pictures[2]).any(2)
    assert changed.sum() == shown.slide_labels
    assert view.tiles.isVisible() and not view.plot.isVisible()
    view.show_result(result(context(), beside="error").shown)
    assert view.plot.isVisible() and not view.tiles.isVisible()
