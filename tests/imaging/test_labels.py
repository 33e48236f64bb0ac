"""Label sets equal the published palettes; chosen colours stay apart."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from segviewer.errors import SettingsError
from segviewer.imaging import labels
from segviewer.imaging.colour_space import VISIONS, oklab, seen_as, srgb_from_oklab
from segviewer.imaging.labels import LabelSet, colour_blind_safe, label_set, label_set_for

TABLES = Path(__file__).resolve().parents[2].parent / "shared" / "facts" / "tables"


def smallest_distance(colours, vision="usual"):
    lab = seen_as(np.array(colours), vision)
    distance = np.sqrt(((lab[:, None] - lab[None]) ** 2).sum(-1))
    np.fill_diagonal(distance, np.inf)
    return distance.min()


def test_voc_palette_follows_its_formula():
    voc = label_set("voc21")
    for label, colour in enumerate((*voc.colours, *[None] * 234, voc.void_colours[0])):
        if colour is None:
            continue
        expected, rest = [0, 0, 0], label
        for bit in range(8):
            for channel in range(3):
                expected[channel] |= (rest >> channel & 1) << (7 - bit)
            rest >>= 3
        assert colour == tuple(expected)
    assert voc.transparent == (0,) and voc.classes[0] == "background"


@pytest.mark.parametrize(
    ("name", "table", "key"),
    [
        ("voc21", "voc_palette.csv", "id"),
        ("cityscapes19", "cityscapes_palette.csv", "train_id"),
        ("ade20k150", "ade20k_palette.csv", "train_id"),
    ],
)
def test_palettes_equal_the_tables(name, table, key):
    if not TABLES.is_dir():
        pytest.skip("../shared/facts is not beside this checkout")
    known = label_set(name)
    with (TABLES / table).open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if int(row[key]) != 255]
    assert len(rows) == known.num_classes
    for row in rows:
        label = int(row[key])
        assert known.classes[label] == row["name"]
        assert known.colours[label] == (int(row["r"]), int(row["g"]), int(row["b"]))


def test_camvid_order_and_void():
    camvid = label_set("camvid11")
    assert camvid.classes[3] == "road" and camvid.colours[3] == (128, 64, 128)
    assert camvid.void == (11, 255)


def test_ade20k_shares_one_colour_and_the_others_none():
    ade = label_set("ade20k150")
    assert ade.colours[6] == ade.colours[48] and len(set(ade.colours)) == 149
    assert not ade.decodable
    assert all(label_set(name).decodable for name in ("camvid11", "voc21", "cityscapes19"))


@pytest.mark.parametrize(
    ("count", "name"), [(11, "camvid11"), (21, "voc21"), (19, "cityscapes19"), (150, "ade20k150")]
)
def test_usual_class_counts_find_their_set(count, name):
    assert label_set_for(count).name == name
    assert label_set_for(count).num_classes == count


@settings(max_examples=12)
@given(st.integers(1, 255).filter(lambda k: k not in (11, 19, 21, 150)))
def test_generic_sets_have_distinct_colours_and_no_black(count):
    generic = label_set_for(count)
    assert generic.num_classes == count == len(set(generic.colours))
    assert oklab(np.array(generic.colours))[:, 0].min() > 0.3
    assert label_set(generic.name) == generic


def test_generic_colours_are_well_spread_and_do_not_depend_on_the_count():
    assert smallest_distance(label_set_for(8).colours) > 0.25
    assert smallest_distance(label_set_for(40).colours) > 0.08
    assert label_set_for(40).colours[:8] == label_set_for(8).colours


@pytest.mark.parametrize("count", [0, -3, 256, 1000])
def test_impossible_class_counts_are_refused(count):
    with pytest.raises(SettingsError, match="cannot be shown"):
        label_set_for(count)


@pytest.mark.parametrize("name", ["nothing", "../checkpoints/x", "", "classes0", "classes999"])
def test_unknown_names_are_refused(name):
    with pytest.raises(SettingsError):
        label_set(name)


def test_damaged_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "palettes").mkdir()
    (tmp_path / "palettes" / "mine.json").write_text('{"name": "mine"')
    monkeypatch.setattr(labels, "resource_path", lambda *parts: tmp_path.joinpath(*parts))
    with pytest.raises(SettingsError, match="damaged"):
        label_set("mine")


@pytest.mark.parametrize("name", ["camvid11", "voc21", "cityscapes19"])
def test_safe_colours_stay_apart_for_every_eye(name):
    usual = label_set(name)
    safe = colour_blind_safe(usual)
    assert safe.classes == usual.classes and safe.transparent == usual.transparent
    drawn = [k for k in range(usual.num_classes) if k not in usual.transparent]
    colours = [safe.colours[k] for k in drawn]
    before = [usual.colours[k] for k in drawn]
    worst = min(smallest_distance(colours, vision) for vision in VISIONS)
    assert worst > 0.07
    assert worst > 1.5 * min(smallest_distance(before, vision) for vision in VISIONS)


def test_camvid_safe_colours_are_the_ones_that_would_be_chosen():
    camvid = label_set("camvid11")
    chosen = colour_blind_safe(camvid.changed(safe_colours=()))
    assert set(chosen.colours) == set(camvid.safe_colours)


@pytest.mark.parametrize("count", [1, 2, 7, 12, 150, 255])
def test_safe_colours_for_any_count(count):
    safe = colour_blind_safe(label_set_for(count))
    assert len(set(safe.colours)) == count


def test_transparent_background_keeps_its_colour():
    assert colour_blind_safe(label_set("voc21")).colours[0] == (0, 0, 0)


def test_label_set_checks_itself():
    good = {"name": "a", "title": "A", "classes": ("x",), "colours": ((1, 2, 3),)}
    assert hash(LabelSet(**good)) == hash(LabelSet(**good))
    for wrong in (
        {"colours": ()},
        {"classes": (), "colours": ()},
        {"colours": ((1, 2, 300),)},
        {"void": (256,)},
        {"transparent": (1,)},
        {"safe_colours": ((1, 1, 1), (2, 2, 2))},
    ):
        with pytest.raises(ValidationError):
            LabelSet(**{**good, **wrong})


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_oklab_and_back(colour):
    assert tuple(srgb_from_oklab(oklab(np.array(colour)))) == colour


def test_oklab_of_white_and_black():
    np.testing.assert_allclose(oklab(np.array([255, 255, 255])), [1, 0, 0], atol=1e-4)
    np.testing.assert_allclose(oklab(np.array([0, 0, 0])), [0, 0, 0], atol=1e-12)


@pytest.mark.parametrize("vision", VISIONS)
def test_every_vision_sees_grey_as_grey(vision):
    grey = np.array([[90, 90, 90], [200, 200, 200]])
    np.testing.assert_allclose(seen_as(grey, vision), oklab(grey), atol=1e-4)


def test_colour_blind_eyes_confuse_red_and_green():
    pair = [(170, 110, 0), (110, 140, 0)]
    assert smallest_distance(pair, "deuteranopia") < 0.5 * smallest_distance(pair)
