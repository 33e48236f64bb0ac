"""The model sheet in the running window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from segviewer.checkpoints.opening import open_network
from segviewer.imaging.preprocessing import CAFFE_BGR, HALF
from tests.small_u_net import save_small_u_net

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow
WAIT = 60_000
NAMES = ("sky", "house", "road")


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))


@pytest.fixture
def sheet(opened, tmp_path):
    """The sheet of a U-Net with three classes."""
    path = save_small_u_net(tmp_path / "net.pth", 3)
    opened.store.update(opened.session.with_checkpoint(str(path)))
    opened.settled()
    opened.presenter.help.show_model()
    opened.presenter.help.page.edit_button.click()
    dialog = opened.presenter.sheet.dialog
    assert dialog.isVisible()
    yield dialog
    if opened.presenter.sheet.dialog is not None:
        dialog.close()


def test_smaller_pictures_are_enlarged_where_that_is_said(opened, sheet):
    sheet.long_side.setValue(0)
    assert not sheet.enlarges.isEnabled()  # to what, nobody has said
    sheet.long_side.setValue(320)
    sheet.enlarges.click()
    sheet.apply_button.click()
    opened.settled()
    assert max(opened.results("refined").probs.shape[1:]) == 320
    assert ("network sees 320 px, enlarged from 240", "info") in opened.results("label_map").chips
    sheet.enlarges.click()
    sheet.apply_button.click()
    opened.settled()
    assert max(opened.results("refined").probs.shape[1:]) == 240


def test_what_is_applied_is_on_the_picture_and_undone(opened, sheet):
    before = opened.labels()
    sheet.title.setText("Mine")
    sheet.classes.setPlainText("sky #010203\nhouse #28323c\nroad #070809")
    sheet.order.setCurrentText("BGR")
    sheet.scale.setCurrentText("0 to 255")
    sheet.mean.setText("104.008, 116.669, 122.675")
    sheet.std.setText("1")
    sheet.apply_button.click()
    opened.settled()
    assert opened.session.sheet.preprocessing == CAFFE_BGR
    assert opened.results("network").title == "Mine"
    assert opened.presenter.results.shown.labels.colours[1] == (40, 50, 60)
    assert opened.results("label_map").classes == NAMES
    assert (opened.labels() != before).any()
    opened.trigger("undo")
    opened.settled()
    assert opened.session.sheet.said() == {}
    assert (opened.labels() == before).all()
    assert sheet.title.text() == "net.pth"


def test_other_colours_alone_are_seen_and_nothing_runs(opened, sheet):
    before = opened.results("label_map")
    sheet.classes.setPlainText("class 0 #010203\nclass 1 #28323c\nclass 2 #070809")
    sheet.apply_button.click()
    opened.settled()
    assert opened.presenter.results.shown.labels.colours[2] == (7, 8, 9)
    assert opened.results("label_map") is before


def test_kept_for_the_next_opening(opened, sheet):
    sheet.classes.setPlainText("\n".join(NAMES))
    sheet.keep_button.click()
    opened.bot.waitUntil(lambda: "Kept in" in sheet.said.text(), timeout=WAIT)
    path = opened.session.checkpoint
    kept = Path(path).with_suffix(".json").read_text()
    assert json.loads(kept) == {"classes": list(NAMES)}
    assert open_network(path).card.classes == NAMES
    sheet.forget_button.click()
    opened.bot.waitUntil(lambda: "is gone" in sheet.said.text(), timeout=WAIT)
    assert open_network(path).card.classes != NAMES


def test_what_does_not_fit_is_said_and_changes_nothing(opened, sheet):
    before = opened.session
    sheet.classes.setPlainText("one\ntwo")
    sheet.apply_button.click()
    assert "2 names for 3 classes" in sheet.said.text() and opened.session == before
    sheet.classes.setPlainText("\n".join(NAMES))
    sheet.std.setText("0")
    sheet.apply_button.click()
    assert "std must be positive" in sheet.said.text() and opened.session == before


def test_other_preprocessing_side_by_side_and_one_click_takes_it(opened, sheet):
    sheet.tries.setChecked(True)
    opened.settled("preprocessings")
    tiles = sheet.tiles.tiles()
    assert len(tiles) >= 5 and all("entropy" in tile.figures for tile in tiles)
    taken = next(tile.name for tile in tiles if "±1" in tile.name)
    sheet.tiles.chosen.emit(taken)
    assert opened.session.sheet.preprocessing == HALF
    opened.settled("preprocessings")
    assert sheet.tiles.current() == taken


def test_a_sigmoid_for_each_class_has_a_live_threshold(opened, sheet):
    sheet.activation.setCurrentIndex(sheet.activation.findData("multi-label"))
    sheet.apply_button.click()
    opened.settled()
    assert opened.results("label_map").classes[-1] == "none of them"
    sheet.threshold_edited.emit(0.97, True)
    opened.settled()
    assert opened.results("label_map").shares[-1] > 0.5


def test_names_from_a_file_and_from_a_label_set(opened, sheet, tmp_path, monkeypatch):
    file = tmp_path / "names.json"
    file.write_text(json.dumps({"names": {"0": "a", "1": "b", "2": "c"}}))
    monkeypatch.setattr(
        "segviewer.app.network.sheet_view.QFileDialog.getOpenFileName",
        lambda *arguments: (str(file), ""),
    )
    sheet.file_wanted.emit()
    opened.bot.waitUntil(lambda: sheet.classes.toPlainText() == "a\nb\nc", timeout=WAIT)
    sheet.set_chosen.emit("cityscapes19")
    assert sheet.classes.toPlainText().startswith("road #804080")
    assert sheet.said.text() == "19 names, 3 classes"
