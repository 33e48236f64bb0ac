"""Tune… as a person uses it: start, watch, stop, use, keep; and folders that will not do."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from segviewer.app.tuning.tune_dialog import TuneDialog
from segviewer.imaging.reading.samples import sample_path
from segviewer.session import InferenceSettings, Session

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow

pytest.importorskip("optuna")

SESSION = Session(
    checkpoint="bundled:deeplab_v3_efficientnet_lite0_camvid",
    inference=InferenceSettings(long_side=96, device="cpu"),
)
WAIT = 120_000


@pytest.fixture
def folder(tmp_path):
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    mask = np.zeros((72, 96), np.uint8)
    mask[30:], mask[60:], mask[:, :4] = 1, 3, 11
    for name in ("leuven_street", "building", "palace"):
        with Image.open(sample_path(name)) as picture:
            picture.convert("RGB").resize((96, 72)).save(tmp_path / "images" / f"{name}.png")
        Image.fromarray(mask).save(tmp_path / "labels" / f"{name}.png")
    return tmp_path


@pytest.fixture
def dialog(qtbot, folder):
    classes = ("sky", "building", "pole", "road")
    dialog = TuneDialog(SESSION, "DeepLab v3", str(folder), classes=classes)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog, before_close_func=lambda widget: widget.close())
    dialog.show()
    return dialog


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_search_watch_use_and_keep(qtbot, dialog):
    assert not dialog.use_button.isEnabled()
    assert not dialog.table.isVisible() and not dialog.plot.isVisible()
    dialog.trials.setValue(3)
    click(qtbot, dialog.start_button)
    assert dialog.running and dialog.progress.isVisible() and not dialog.folder.isEnabled()
    qtbot.waitUntil(lambda: dialog.found is not None, timeout=WAIT)
    assert not dialog.running and not dialog.bar.isVisible()
    trials = dialog.found.trials
    assert dialog.plot.isVisible()
    drawn = dialog.plot.curves()
    assert [curve.name for curve in drawn] == ["a trial", "best so far", "no CRF"]
    np.testing.assert_array_equal(np.asarray(drawn[0].y)[::2], [t.score for t in trials])
    assert drawn[1].y[-1] == dialog.found.best.score
    first, second = dialog.table.rows()
    assert first[0] == "searched on, 2 pictures" and second[0] == "held out, 1 pictures"
    assert float(second[2]) == pytest.approx(dialog.found.after[1], abs=1e-4)
    with qtbot.waitSignal(dialog.used) as used:
        click(qtbot, dialog.use_button)
    assert used.args == [dialog.found.best.settings]
    with qtbot.waitSignal(dialog.kept) as kept:
        click(qtbot, dialog.keep_button)
    assert "1 held out" in kept.args[1]


def test_by_one_class(qtbot, dialog):
    measure = dialog.measure
    assert [measure.itemText(index) for index in range(3)] == ["mIoU", "Boundary IoU", "IoU of sky"]
    measure.setCurrentText("IoU of building")
    dialog.trials.setValue(1)
    click(qtbot, dialog.start_button)
    assert not measure.isEnabled()
    qtbot.waitUntil(lambda: dialog.found is not None, timeout=WAIT)
    assert dialog.found.by == "IoU of building" and measure.isEnabled()
    assert dialog.plot.axis_words()[1] == "IoU of building, searched half"
    assert dialog.table.horizontalHeaderItem(0).text() == "IoU of building at working size"
    with qtbot.waitSignal(dialog.kept) as kept:
        click(qtbot, dialog.keep_button)
    assert kept.args[1].startswith("IoU of building at working size")


def test_esc_stops_a_search_and_then_closes(qtbot, dialog):
    dialog.trials.setValue(1000)
    click(qtbot, dialog.start_button)
    qtbot.waitUntil(lambda: dialog.bar.maximum() > 0, timeout=WAIT)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.running and dialog.isVisible() and dialog.message.text() == "Stopped."
    assert dialog.start_button.text() == "Search"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_closing_in_the_middle_leaves_nothing(qtbot, dialog):
    click(qtbot, dialog.start_button)
    dialog.close()
    assert not dialog.running  # a process or thread left behind fails the test


def test_a_folder_without_masks_says_what_it_needs(qtbot, dialog, folder):
    shutil.rmtree(folder / "labels")
    click(qtbot, dialog.start_button)
    qtbot.waitUntil(lambda: not dialog.running, timeout=WAIT)
    assert "no pictures with target masks" in dialog.message.text()
    assert "labels" in dialog.message.text() and not dialog.use_button.isEnabled()


def test_the_home_of_nobody_is_said_and_looked_for_in_the_process(qtbot, dialog, monkeypatch):
    dialog.folder.setText("~nosuch/pictures")

    def refuse(path):
        raise AssertionError("on Qt's thread")

    monkeypatch.setattr("pathlib.Path.expanduser", refuse)
    click(qtbot, dialog.start_button)
    qtbot.waitUntil(lambda: not dialog.running, timeout=WAIT)
    assert "no user whose home “~nosuch”" in dialog.message.text()


def test_without_a_folder_there_is_nothing_to_start(dialog):
    dialog.folder.clear()
    assert not dialog.start_button.isEnabled()


def test_the_box_opens_it_and_its_numbers_are_set(opened, monkeypatch):
    from segviewer.crf.settings.crf_settings import CRFSettings

    presets = opened.presenter.presets
    index = presets.box.findText("Tune…")
    presets.box.setCurrentIndex(index)
    presets.box.activated.emit(index)
    dialog = presets.dialog
    assert dialog.isVisible() and not dialog.isModal()
    presets.tune()
    assert presets.dialog is dialog
    best = CRFSettings(appearance_weight=7.5)
    dialog.used.emit(best)
    assert opened.session.crf.appearance_weight == 7.5 and opened.session.crf.enabled
    opened.trigger("undo")
    assert opened.session.crf.appearance_weight != 7.5
    dialog.close()
    opened.bot.waitUntil(lambda: presets.dialog is None)
