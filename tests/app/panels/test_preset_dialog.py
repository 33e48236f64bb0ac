"""A person's own presets: renamed, deleted, exported, imported."""

import pytest
from PySide6.QtWidgets import QFileDialog, QInputDialog

from segviewer.app.panels.preset_dialog import NONE_YET, PresetDialog
from segviewer.app.state.background import Background
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.own_presets import load_presets, save_preset


@pytest.fixture
def dialog(qtbot, tmp_path, monkeypatch):
    folder = tmp_path / "presets"
    monkeypatch.setattr("segviewer.crf.settings.own_presets.preset_folder", lambda: folder)
    save_preset("Day", CRFSettings(appearance_weight=7))
    save_preset("Night", CRFSettings(appearance_weight=9))
    background = Background()
    dialog = PresetDialog(load_presets()[0], background)
    qtbot.addWidget(dialog)
    dialog.changed.connect(lambda: dialog.set_presets(load_presets()[0]))
    yield dialog
    background.close()


def titles(dialog):
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def test_renaming_keeps_the_numbers_and_takes_no_other_name(dialog, qtbot, monkeypatch):
    assert titles(dialog) == ["Day", "Night"]
    dialog.list.setCurrentRow(1)
    monkeypatch.setattr(QInputDialog, "getText", lambda *args, **kw: ("Day", True))
    dialog.buttons["Rename…"].click()
    qtbot.waitUntil(lambda: "already" in dialog.message.text())
    monkeypatch.setattr(QInputDialog, "getText", lambda *args, **kw: ("Dusk", True))
    dialog.buttons["Rename…"].click()
    qtbot.waitUntil(lambda: titles(dialog) == ["Day", "Dusk"])
    assert [one.settings.appearance_weight for one in load_presets()[0]] == [7, 9]


def test_what_is_exported_and_deleted_is_imported_again(dialog, qtbot, tmp_path, monkeypatch):
    file = tmp_path / "mine.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(file), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(file), ""))
    before = load_presets()[0]
    dialog.list.setCurrentRow(0)
    dialog.buttons["Export…"].click()
    qtbot.waitUntil(file.exists)
    for left in (1, 0):
        dialog.buttons["Delete"].click()
        qtbot.waitUntil(lambda left=left: len(titles(dialog)) == left)
    assert dialog.message.text() == NONE_YET and not dialog.buttons["Delete"].isEnabled()
    dialog.buttons["Import…"].click()
    qtbot.waitUntil(lambda: titles(dialog) == ["Day"])
    assert load_presets()[0] == before[:1]
    file.write_text('{"title": 3}')
    dialog.buttons["Import…"].click()
    qtbot.waitUntil(lambda: "cannot be used as a preset" in dialog.message.text())
