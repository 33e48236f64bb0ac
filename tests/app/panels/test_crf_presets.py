"""Presets in the window: those that ship, and one's own."""

import json

import pytest
from PySide6.QtWidgets import QInputDialog

from segviewer.app.panels.crf_presets import FITTED, SAVE


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    folder = tmp_path / "presets"
    monkeypatch.setattr("segviewer.crf.settings.own_presets.preset_folder", lambda: folder)
    return folder


def choose(explorer, text):
    box = explorer.window.preset_box
    index = box.findText(text)
    assert index > 0, text
    box.setCurrentIndex(index)
    box.activated.emit(index)


def test_a_preset_that_ships_is_one_step(explorer):
    before = explorer.session
    choose(explorer, "DeepLab v1")
    assert explorer.session.crf.enabled
    assert explorer.session.crf.appearance_xy_std == 75
    explorer.trigger("undo")
    assert explorer.session == before


def test_the_fitted_temperature_is_an_offer(opened):
    explorer = opened
    card = explorer.results("network").card
    box = explorer.window.preset_box
    assert card.temperature is not None
    before = explorer.session
    assert before.crf.temperature == 1.0  # nothing is set by itself
    choose(explorer, FITTED.format(card.temperature))
    after = explorer.session
    assert after.crf == before.crf.changed(temperature=round(card.temperature, 2))
    assert box.currentIndex() == 0
    explorer.trigger("undo")
    assert explorer.session == before


def test_what_is_set_is_saved_under_a_name_and_found_again(explorer, own_folder, monkeypatch):
    crf = explorer.session.crf.changed(appearance_xy_std=41.0)
    explorer.store.update(explorer.session.changed(crf=crf))
    monkeypatch.setattr(QInputDialog, "getText", lambda *args: ("Night streets", True))
    choose(explorer, SAVE)
    box = explorer.window.preset_box
    explorer.bot.waitUntil(lambda: box.findText("Night streets") > 0)
    assert json.loads((own_folder / "night-streets.json").read_text())["crf"]["clip"] == 1e-5
    explorer.trigger("undo")
    choose(explorer, "Night streets")
    assert explorer.session.crf.appearance_xy_std == 41.0


def test_a_name_that_ships_is_refused(explorer, own_folder, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *args: ("DeepLab v1", True))
    choose(explorer, SAVE)
    explorer.bot.waitUntil(lambda: "already" in explorer.message())
    assert not own_folder.exists()


def test_a_damaged_file_is_named_and_the_others_are_read(qtbot, tmp_path, own_folder):
    from segviewer.crf.settings.crf_settings import CRFSettings
    from segviewer.crf.settings.own_presets import load_presets, save_preset

    save_preset("Good", CRFSettings())
    (own_folder / "bad.json").write_text("{")
    presets, problems = load_presets()
    assert [preset.title for preset in presets] == ["Good"]
    assert "bad.json" in problems[0]


def test_the_box_names_the_preset_whose_numbers_are_set(explorer):
    box = explorer.window.preset_box
    choose(explorer, "DeepLab v1")
    # As after a restart, which restores the numbers and nothing else.
    crf = explorer.session.crf
    explorer.store.update(explorer.session.changed(crf=crf.changed(num_iterations=9)))
    assert box.currentIndex() == 0
    explorer.store.update(explorer.session.changed(crf=crf))
    assert box.currentText() == "DeepLab v1"
