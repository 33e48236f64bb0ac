"""The kernel lab: raster, ellipses and profile are the kernel's own."""

import numpy as np
import pytest

from segviewer.crf.inspection.kernel_row import appearance_row, lattice_rows, smoothness_row
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.labs import compute
from segviewer.labs.crf_studio.kernel import LAB
from segviewer.labs.lab import LabContext


def context(**crf):
    rng = np.random.default_rng(0)
    image = np.full((40, 60, 3), 60, np.uint8)
    image[:, 30:] = 190
    image += rng.integers(0, 5, image.shape, dtype=np.uint8)
    values = {"appearance_xy_std": 6.0, "smoothness_xy_std": 2.0} | crf
    return LabContext(image=image, crf=CRFSettings().model_copy(update=values))


def result(given, **values):
    (found,) = compute("kernel", {"column": 20.5 / 60, "row": 10.5 / 40} | values, given)
    return found


def test_raster_is_the_root_of_the_appearance_kernel():
    given = context()
    found = result(given)
    expected = np.rint(255 * np.sqrt(appearance_row(given.image, (10, 20), 6.0, 3.0)))
    np.testing.assert_allclose(found.raster.astype(int), expected, atol=1)
    assert found.raster[10, 20] == 255 and not found.raster[:, 30:].any()
    assert "x 20, y 10:" in found.caption and "√" in found.raster_name
    assert "σα = 6" in found.formula and "σγ" not in found.formula


def test_ellipses_are_one_and_two_sigma_wide():
    marks = {m.text: m for m in result(context(), kernel="both").marks}
    for text, tone, radius in (("1 σα", "σα", 6), ("2 σα", "σα", 12), ("1 σγ", "σγ", 2)):
        mark = marks[text]
        assert mark.oval and mark.tone == tone and mark.dashed == text.startswith("2")
        assert (mark.right - mark.left) * 60 == pytest.approx(2 * radius)
        assert (mark.bottom - mark.top) * 40 == pytest.approx(2 * radius)
        assert (mark.left + mark.right) / 2 * 60 == pytest.approx(20.5)


def test_lattice_values_are_the_engines():
    given = context()
    shown = result(given, values="lattice", kernel="both").shown
    rows = lattice_rows(given.image, (10, 20), given.crf)
    for profile in shown.profiles:
        np.testing.assert_allclose(profile.values, rows[profile.name][10, 20 + shown.offsets])
    assert not shown.exact
    off = result(context(appearance_weight=0.0), values="lattice")
    assert off.shown.profiles == () and "off" in off.caption and not off.raster.any()


def test_profile_and_widths_by_closed_forms():
    shown = result(context(), kernel="both").shown
    at = {p.name: p for p in shown.profiles}
    sigma = np.flatnonzero(shown.offsets == 2)[0]
    assert at["smoothness"].values[sigma] == pytest.approx(np.exp(-0.5))
    assert at["appearance"].gaussian[shown.offsets == 6] == pytest.approx(np.exp(-0.5))
    assert (at["appearance"].values <= at["appearance"].gaussian + 1e-6).all()
    assert shown.widths[0] == ("σα", 6.0, pytest.approx(100 * 6 / np.hypot(40, 60)))


@pytest.mark.parametrize("place", [0.0, 1.0])
def test_corners_one_pixel_and_extreme_widths(place):
    for std in (0.1, 1000.0):
        wide = context(appearance_xy_std=std, smoothness_xy_std=std, appearance_rgb_std=std)
        for kernel in ("both", "appearance", "smoothness"):
            assert result(wide, column=place, row=place, kernel=kernel).raster.max() == 255
    one = context()
    one.image = one.image[:1, :1]
    assert result(one, column=place, row=place, kernel="both").raster.shape == (1, 1)
    row = smoothness_row((40, 60), (39, 59), 2.0)
    found = result(context(), column=1.0, row=1.0, kernel="smoothness")
    np.testing.assert_allclose(found.raster.astype(int), np.rint(255 * np.sqrt(row)), atol=1)


def test_the_view_draws_curves_in_their_colours_and_says_the_widths(qtbot):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.show_result(None)
    view.resize(900, 260)
    view.show()
    view.show_result(result(context(), kernel="both").shown)
    symbols = [c.symbol for c in view.plot.curves()]
    assert {"θ1", "θ2", "σα"} == set(symbols)
    assert {c.name for c in view.plot.curves()} == {
        "",
        "appearance",
        "smoothness",
        "without colours",
    }
    assert "σα = 6 px, 8.32 % of the diagonal" in view.widths.accessibleDescription()
    picture = view.widths.grab().toImage()
    seen = {
        picture.pixelColor(x, y).getRgb()[:3]
        for x in range(4, picture.width(), 8)
        for y in range(picture.height())
    }
    shown = result(context()).shown
    assert {shown.colour, shown.colour_apart} <= seen
    view.resize(160, 72)
    view.show_result(None)
    assert view.plot.curves() == () and view.widths.accessibleDescription() == ""
