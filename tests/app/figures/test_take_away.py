"""Save scores and maps…: of the picture, of all of them, and what goes wrong on the way."""

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog

from segviewer.app.figures.take_away_dialog import ITEMS, TakeAwayDialog
from segviewer.export.exporting import SAVED
from segviewer.session import Session


def dialog_of(explorer) -> TakeAwayDialog:
    explorer.trigger("save_scores")
    return explorer.presenter.saving.dialog


def test_everything_that_can_be_saved_is_offered(qtbot):
    assert tuple(ITEMS) == SAVED
    dialog = TakeAwayDialog(Session(image="a.png"), ["a.png"])
    qtbot.addWidget(dialog)
    assert not dialog.start_button.isEnabled() and dialog.scope.count() == 1
    dialog.folder.setText("somewhere")
    assert dialog.start_button.isEnabled()
    for box in dialog.items.values():
        box.setChecked(False)
    assert not dialog.start_button.isEnabled()


@pytest.mark.slow
def test_scores_and_maps_of_the_picture(opened, tmp_path):
    opened.trigger("crf")
    opened.settled()
    dialog, out = dialog_of(opened), tmp_path / "out"
    for box in dialog.items.values():
        box.setChecked(True)
    dialog.precision.setCurrentIndex(1)
    dialog.folder.setText(str(out))
    dialog.start_button.click()
    assert dialog.running
    opened.bot.waitUntil(lambda: not dialog.running, timeout=120_000)
    assert dialog.message.text() == f"1 picture written into {out}."
    refined = np.load(out / "street-probabilities.npz")
    unrefined = np.load(out / "street-unrefined.npz")
    shown = opened.results("refined")
    assert refined["probs"].dtype == np.float32 and refined["probs"].shape == shown.probs.shape
    np.testing.assert_allclose(refined["probs"], shown.probs, atol=2e-3)
    assert tuple(refined["classes"]) == shown.classes
    assert np.abs(unrefined["probs"] - refined["probs"]).max() > 0.01
    np.testing.assert_array_equal(np.load(out / "street-PROBS.npy"), unrefined["probs"])
    assert "import pydensecrf" in (out / "street-crf.py").read_text()
    for name in ("entropy", "margin"):
        with Image.open(out / f"street-{name}.png") as map_:
            assert map_.size == refined["probs"].shape[:0:-1]
    with Image.open(out / "street-labels.png") as labels:
        np.testing.assert_array_equal(np.array(labels), opened.labels())
    report = json.loads((out / "street.json").read_text())
    assert report["probabilities_size"] == list(refined["probs"].shape[:0:-1])


@pytest.mark.slow
def test_all_pictures_of_the_filmstrip_and_one_that_fails(opened, street, tmp_path):
    other, broken = tmp_path / "other.png", tmp_path / "broken.png"
    other.write_bytes(street.read_bytes())
    broken.write_bytes(b"no picture")
    opened.presenter.openings.list_pictures([str(street), str(broken), str(other)])
    dialog, out = dialog_of(opened), tmp_path / "out"
    assert dialog.scope.itemText(1) == "All 3 pictures of the filmstrip"
    dialog.scope.setCurrentIndex(1)
    dialog.folder.setText(str(out))
    dialog.start_button.click()
    opened.bot.waitUntil(lambda: not dialog.running, timeout=120_000)
    said = dialog.message.text()
    assert said.startswith("2 pictures written") and "1 failed; broken.png" in said
    assert (out / "other-probabilities.npz").exists()


@pytest.mark.slow
def test_stopping_and_closing_end_the_process(opened, tmp_path):
    dialog = dialog_of(opened)
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.start_button.click()
    process = dialog.process._process
    dialog.start_button.click()
    assert not dialog.running and "Stopped" in dialog.message.text()

    def ended():
        try:
            return not process.is_alive()
        except ValueError:  # released
            return True

    opened.bot.waitUntil(ended, timeout=20_000)
    dialog.start_button.click()
    dialog.close()


def test_without_labels_there_is_nothing_to_save(explorer):
    explorer.trigger("save_scores")
    assert "nothing to write" in explorer.message()


@pytest.mark.slow
def test_the_lab_writes_the_script_and_its_probabilities(opened, tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(out))
    opened.presenter.labs.open("copy")
    opened.settled("lab")
    view = opened.presenter.labs.drawer.views.currentWidget()
    view.write_button.click()
    opened.bot.waitUntil(
        lambda: "written" in opened.window.statusBar().currentMessage(), timeout=60_000
    )
    probs = np.load(out / "street-PROBS.npy")
    shown = opened.results("refined").probs  # the CRF is off
    assert probs.dtype == np.float32 and probs.shape == shown.shape
    np.testing.assert_allclose(probs, shown, atol=2e-3)
    assert "THETA_1" in (out / "street-crf.py").read_text()
