"""A label set is one JSON: it is listed, decodes its masks, and colours what is shown."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from segviewer.checkpoints.model_card import ModelCard
from segviewer.errors import SettingsError
from segviewer.export.shown_labels import shown_label_set
from segviewer.imaging import labels
from segviewer.imaging.labels import label_set, label_set_names
from segviewer.imaging.overlay import colour_table
from segviewer.imaging.reading.targets import read_target
from segviewer.resource_files import resource_path

POND = {
    "name": "pond3",
    "title": "Ponds",
    "classes": ["water", "duck", "reed"],
    "colours": [[20, 60, 200], [240, 220, 40], [30, 140, 60]],
    "void": [7, 255],
    "void_colours": [[0, 0, 0]],
    "transparent": [0],
}


@pytest.fixture
def pond(tmp_path, monkeypatch):
    """The file, beside those that ship."""
    shutil.copytree(resource_path("palettes"), tmp_path / "palettes")
    (tmp_path / "palettes" / "pond3.json").write_text(json.dumps(POND), "utf-8")
    monkeypatch.setattr(labels, "resource_path", lambda *parts: tmp_path.joinpath(*parts))
    label_set.cache_clear()
    yield label_set("pond3")
    label_set.cache_clear()


def test_without_the_file_there_is_none():
    with pytest.raises(SettingsError, match="pond3"):
        label_set("pond3")


def test_it_is_listed_and_read(pond):
    assert "pond3" in label_set_names() and "camvid11" in label_set_names()
    assert pond.classes == ("water", "duck", "reed") and pond.decodable


def test_its_masks_are_decoded(pond, tmp_path):
    coloured = np.array([POND["colours"], [*POND["colours"][:2], [0, 0, 0]]], np.uint8)
    Image.fromarray(coloured).save(tmp_path / "mask.png")
    np.testing.assert_array_equal(
        read_target(tmp_path / "mask.png", label_set=pond), [[0, 1, 2], [0, 1, 255]]
    )


def test_a_network_of_it_is_shown_in_its_names_and_colours(pond):
    card = ModelCard(title="Ducks", architecture="u_net", label_set="pond3")
    shown = shown_label_set(card.label_set, pond.classes, "own")
    assert shown.classes == pond.classes
    np.testing.assert_array_equal(colour_table(shown)[:3, :3], POND["colours"])
    assert colour_table(shown)[0, 3] == 0  # water is never drawn


def test_its_void_labels_are_ignored(pond, tmp_path):
    Image.fromarray(np.array([[0, 1, 2, 7, 255]], np.uint8)).save(tmp_path / "indices.png")
    found = read_target(tmp_path / "indices.png", void=pond.void)
    np.testing.assert_array_equal(found, [[0, 1, 2, 255, 255]])
