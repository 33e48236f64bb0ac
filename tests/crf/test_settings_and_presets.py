"""CRF settings bear the papers' symbols; presets hold the published numbers."""

import pytest
from pydantic import ValidationError

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.kernels import KERNEL_NAMES
from segviewer.crf.settings.presets import PRESETS
from segviewer.crf.settings.setting_text import parse_crf
from segviewer.errors import SettingsError
from segviewer.settings import controls

BY_NAME = {preset.name: preset for preset in PRESETS}
NUMBERS = (
    "appearance_weight",
    "appearance_xy_std",
    "appearance_rgb_std",
    "smoothness_weight",
    "smoothness_xy_std",
    "num_iterations",
)


def numbers(settings):
    return tuple(getattr(settings, name) for name in NUMBERS)


def test_every_control_has_symbol_range_and_tip():
    found = {control.name: control for control in controls(CRFSettings)}
    assert tuple(found[name].symbol for name in NUMBERS) == ("θ1", "σα", "σβ", "θ2", "σγ", "T")
    assert {name for name in NUMBERS if found[name].log} == {
        "appearance_xy_std",
        "appearance_rgb_std",
        "smoothness_xy_std",
    }
    for name in NUMBERS:
        control = found[name]
        assert control.kind == "crf" and control.tip
        assert control.minimum < control.maximum and not (control.log and control.minimum <= 0)
        assert bool(control.unit) == ("std" in name)
    assert found["num_iterations"].type == "int" and found["enabled"].type == "bool"


def test_default_is_off_and_the_thin_structure_preset():
    assert CRFSettings().enabled is False
    assert numbers(CRFSettings()) == numbers(PRESETS[0].settings) == (2, 20, 3, 1, 1, 5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("deeplab-v1", (7.5, 75, 6.5, 3, 3, 10)),
        ("deeplab-v2", (4.5, 65, 4.5, 3, 3, 10)),
        ("deeplab-vgg16", (4, 49, 5, 3, 3, 10)),
        ("deeplab-resnet101", (4, 67, 3, 3, 1, 10)),
        ("pydensecrf", (10, 80, 13, 3, 3, 5)),
        ("crf-rnn", (5, 160, 3, 3, 3, 10)),
    ],
)
def test_published_numbers(name, expected):
    assert numbers(BY_NAME[name].settings) == expected
    assert BY_NAME[name].settings.enabled


def test_middles_of_search_ranges_say_so():
    assert len({p.name for p in PRESETS}) == len(PRESETS)
    for candidate in PRESETS:
        assert candidate.title and candidate.source
        says = "search range, middle shown" in candidate.source
        assert says == (candidate.name in ("deeplab-v1", "deeplab-v2"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appearance_weight", -1),
        ("appearance_weight", 51),
        ("appearance_xy_std", 0),
        ("appearance_rgb_std", 501),
        ("smoothness_xy_std", 0.4),
        ("num_iterations", 0),
        ("num_iterations", 51),
        ("smoothness_weight", float("nan")),
    ],
)
def test_values_outside_the_range_are_refused(name, value):
    with pytest.raises(ValidationError):
        CRFSettings().changed(**{name: value})


def test_name_table_covers_every_number():
    assert tuple(row.ours for row in KERNEL_NAMES) == NUMBERS
    by_name = {control.name: control.symbol for control in controls(CRFSettings)}
    for row in KERNEL_NAMES:
        assert row.symbol == by_name[row.ours] and row.pydensecrf and row.deeplab


@pytest.mark.parametrize("pairs", [((0, 1_000_000, 2.0),), ((-1, 2, 2.0),), ((0, 255, 2.0),)])
def test_labels_that_no_label_map_has_are_refused(pairs):
    """A matrix for a million classes would take 3.6 TiB."""
    with pytest.raises(ValidationError):
        CRFSettings(compatibility=pairs)
    (first, second, cost), *_ = pairs
    with pytest.raises(SettingsError):
        parse_crf(f"mu{first}-{second}={cost}")
