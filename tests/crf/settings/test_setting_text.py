"""CRF settings in one line of text, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.presets import PRESETS, Preset
from segviewer.crf.settings.setting_text import NAMES, crf_text, parse_crf
from segviewer.errors import SettingsError
from segviewer.settings import controls

BY_NAME = {preset.name: preset for preset in PRESETS}


@st.composite
def settings(draw):
    values = {}
    for control in controls(CRFSettings):
        if control.name == "enabled":
            continue
        if control.type == "choice":
            values[control.name] = draw(st.sampled_from(control.choices))
        elif control.type == "bool":
            values[control.name] = draw(st.booleans())
        elif control.type == "int":
            values[control.name] = draw(st.integers(control.minimum, control.maximum))
        else:
            values[control.name] = draw(st.floats(control.minimum, control.maximum))
    pairs = draw(
        st.dictionaries(
            st.tuples(st.integers(0, 9), st.integers(10, 20)),
            st.floats(0, 10).filter(lambda cost: cost != 1),
            max_size=3,
        )
    )
    values["compatibility"] = tuple((i, j, cost) for (i, j), cost in sorted(pairs.items()))
    return CRFSettings(enabled=True, **values)


@given(settings())
def test_reading_gives_back_what_was_written(given_settings):
    assert parse_crf(crf_text(given_settings)) == given_settings


def test_the_papers_numbers_in_plain_letters():
    assert crf_text(CRFSettings()) == (
        "theta1=2,sigma_alpha=20,sigma_beta=3,theta2=1,sigma_gamma=1,iterations=5"
    )
    assert crf_text(CRFSettings(temperature=2, compatibility=((0, 3, 2.5),))).endswith(
        ",temperature=2,mu0-3=2.5"
    )


@pytest.mark.parametrize("name", [entry.name for entry in PRESETS])
def test_presets_by_name(name):
    assert parse_crf(name) == BY_NAME[name].settings


def test_a_preset_with_changes_in_any_tongue():
    expected = BY_NAME["deeplab-v2"].settings.changed(appearance_weight=5, smoothness_xy_std=2)
    for text in (
        "deeplab-v2,theta1=5,sigma_gamma=2",
        " deeplab-v2 , θ1 = 5 , σγ = 2 ",
        "deeplab-v2,appearance_weight=5,smoothness_xy_std=2.0",
    ):
        assert parse_crf(text) == expected


def test_ones_own_preset_comes_first():
    mine = Preset("deeplab-v2", "", "", CRFSettings(enabled=True, num_iterations=3))
    assert parse_crf("deeplab-v2", [mine]) == mine.settings


def test_what_is_not_named_has_its_default():
    assert parse_crf("iterations=9") == CRFSettings(enabled=True, num_iterations=9)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing", "thin-structures"),
        ("", "thin-structures"),
        ("theta1", "thin-structures"),
        ("deeplab-v2,theta1", "no NAME=VALUE"),
        ("theta9=3", "sigma_alpha"),
        ("enabled=off", "none of"),
        ("theta1=much", "a number"),
        ("iterations=2.5", "a whole number"),
        ("self_message=perhaps", "on or off"),
        ("theta1=51", "theta1"),
        ("theta1=nan", "theta1"),
        ("sigma_alpha=0", "sigma_alpha"),
        ("normalisation=twice", "normalisation"),
        ("mu0-0=2", "itself"),
        ("mu0-1=99", "0 to 10"),
        ("mu0-1=x", "a number"),
        ("mu0=2", "none of"),
    ],
)
def test_what_cannot_be_read_is_refused_in_three_parts(text, said):
    with pytest.raises(SettingsError) as caught:
        parse_crf(text)
    assert said in caught.value.why
    assert caught.value.what and caught.value.next_step


def test_every_name_is_a_field():
    assert set(NAMES.values()) <= set(CRFSettings.model_fields)
