"""One's own presets on disk."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.own_presets import as_json, load_presets, preset_folder, save_preset
from segviewer.errors import ExportError, SettingsError

MINE = CRFSettings(appearance_weight=3.5, compatibility=((0, 2, 2.5),), temperature=1.5)


def test_saved_and_loaded(tmp_path):
    folder = tmp_path / "new" / "presets"
    saved = save_preset("Night, Streets!", MINE, "17 frames", folder)
    assert saved.name == "night-streets" and saved.settings == MINE.changed(enabled=True)
    assert load_presets(folder) == ((saved,), ())
    # Nothing but the preset is left, and it reads as plain JSON.
    assert [path.name for path in folder.iterdir()] == ["night-streets.json"]
    assert json.loads((folder / "night-streets.json").read_text()) == as_json(saved)


def test_the_same_name_is_replaced(tmp_path):
    save_preset("a", MINE, folder=tmp_path)
    save_preset("A", CRFSettings(), folder=tmp_path)
    (only,), problems = load_presets(tmp_path)
    assert only.settings == CRFSettings(enabled=True) and problems == ()


@pytest.mark.parametrize(
    ("title", "name"), [("../../evil", "evil"), ("a" * 200, "a" * 64), ("Ä b/ö", "b")]
)
def test_no_title_leaves_the_folder(tmp_path, title, name):
    assert save_preset(title, MINE, folder=tmp_path).name == name
    assert [path.name for path in tmp_path.rglob("*")] == [f"{name}.json"]


@pytest.mark.parametrize("title", ["", "…", "Deeplab v2"])
def test_titles_that_cannot_be(tmp_path, title):
    with pytest.raises(SettingsError) as caught:
        save_preset(title, MINE, folder=tmp_path)
    assert caught.value.next_step
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="a file in the way of a folder")
def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError):
        save_preset("a", MINE, folder=tmp_path / "file" / "presets")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"title": "x"}',
        '{"title": 3, "crf": {}}',
        '{"title": "x", "crf": {"appearance_weight": 99}}',
        '{"title": "x", "crf": {"unknown": 1}}',
        '{"title": "x", "crf": [1]}',
        "[" * 100_000,
        '{"title": "x", "crf": "abc"}',
        '{"title": "\\ud800", "crf": {}}',
        '{"title": "x", "crf": {"num_iterations": ' + "9" * 10_000 + "}}",
        '{"title": "x", "crf": {"compatibility": ' + "[" * 90 + "]" * 90 + "}}",
    ],
    ids=range(14),
)
def test_a_damaged_file_is_named_and_the_others_are_read(tmp_path, text):
    (tmp_path / "bad.json").write_text(text)
    good = save_preset("good", MINE, folder=tmp_path)
    presets, problems = load_presets(tmp_path)
    assert presets == (good,)
    assert len(problems) == 1 and "bad.json" in problems[0]


def test_a_file_with_another_kind_of_name_is_named(tmp_path):
    (tmp_path / "Not A Name.json").write_text(json.dumps({"title": "", "crf": {}}))
    presets, problems = load_presets(tmp_path)
    assert presets == () and "Not A Name.json" in problems[0]


def test_no_folder_has_no_presets(tmp_path):
    assert load_presets(tmp_path / "none") == ((), ())


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert preset_folder() == tmp_path / "segviewer" / "crf-presets"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert preset_folder().is_relative_to(Path.home())
