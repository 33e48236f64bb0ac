"""The window, driven as a person would: open, drop, toggle, drag, undo, cancel, close."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QPushButton, QSlider

from segviewer.engine.stages import stage_key
from segviewer.imaging.reading.samples import sample_path
from segviewer.session import Session
from segviewer.widgets.controls.value_slider import ValueSlider

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"
WAIT = 60_000


def test_a_folder_gives_a_filmstrip_and_arrows_walk_through_it(explorer, street):
    other = street.with_name("walkers.png")
    with Image.open(sample_path("campus_walkers")) as picture:
        picture.resize((240, 180)).save(other)
    explorer.presenter.openings.open_paths([street.parent])
    explorer.bot.waitUntil(lambda: explorer.session.image == str(street), timeout=WAIT)
    explorer.settled()
    assert explorer.window.filmstrip.pictures() == [str(street), str(other)]
    first = explorer.labels().copy()
    explorer.window.canvas.setFocus()
    explorer.bot.keyClick(explorer.window.canvas, Qt.Key.Key_Right)
    assert explorer.session.image == str(other)
    explorer.settled()
    assert (explorer.labels() != first).any()
    explorer.bot.keyClick(explorer.window.canvas, Qt.Key.Key_Left)
    assert explorer.session.image == str(street)
    explorer.settled()
    np.testing.assert_array_equal(explorer.labels(), first)


def drop(widget, paths):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where = QPointF(widget.width() / 2, widget.height() / 2)
    rest = (
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(where.toPoint(), *rest)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(where, *rest))


def test_a_dropped_picture_and_its_mask_are_routed_by_what_they_are(explorer, street, tmp_path):
    mask = tmp_path / "mask.png"
    labels = np.zeros((180, 240), np.uint8)
    labels[90:] = 3
    Image.fromarray(labels).save(mask)
    drop(explorer.window.canvas, [mask, street])
    explorer.bot.waitUntil(lambda: explorer.session.image == str(street), timeout=WAIT)
    assert explorer.session.target == str(mask)
    explorer.settled()
    explorer.bot.waitUntil(lambda: explorer.results("metrics") is not None, timeout=WAIT)
    assert "mIoU" in explorer.window.target_label.text()
    assert "over the 2 of 11 classes in it" in explorer.window.target_label.text()


def test_what_of_a_mask_is_not_compared_stands_in_the_panel_and_on_the_picture(opened, tmp_path):
    mask = tmp_path / "mask.png"
    labels = np.full((180, 240), 20, np.uint8)
    labels[90:] = 3
    Image.fromarray(labels).save(mask)

    def said(value):
        labels[:90] = value
        path = tmp_path / f"mask{value}.png"
        Image.fromarray(labels).save(path)
        opened.store.update(opened.session.changed(target=str(path)))
        opened.settled("metrics")
        chips = [text for text, _ in opened.window.canvas._chips]
        return opened.window.target_label.text(), [text for text in chips if "target" in text]

    text, chips = said(20)
    assert "50 % of the mask holds label 20; the network has 11 classes" in text
    assert chips == ["50 % of the target mask holds labels the network does not have"]
    labels[90:] = 255
    text, chips = said(255)
    assert text.startswith("mIoU – · nothing to compare") and "nan" not in text
    assert chips == ["nothing of the target mask can be compared"]
    opened.store.update(opened.session.changed(target=""))
    assert not any("target" in text for text, _ in opened.window.canvas._chips)


def test_an_inference_size_stops_at_a_quarter_of_the_trained_one(opened):
    opened.presenter.model._on_inference_edited("long_side", 16)
    assert opened.session.inference.long_side == 120
    opened.presenter.model._on_inference_edited("long_side", 0)
    assert opened.session.inference.long_side == 0


def test_every_network_control_acts_and_is_undone(opened):
    form = opened.presenter.model.form
    assert set(form.names()) >= {
        "output_stride",
        "atrous_rates",
        "branches",
        "image_pooling",
        "multi_grid",
        "first_unit_keeps_rate",
        "low_level_skip",
    }
    original = opened.labels().copy()
    values = {
        "output_stride": 8,
        "atrous_rates": (1, 1, 1),
        "branches": (False, True, True, True),
        "image_pooling": False,
        "multi_grid": (1, 1, 1),
        "first_unit_keeps_rate": False,
        "low_level_skip": False,
    }
    for name, value in values.items():
        form.edited.emit(name, value, True)
        assert dict(opened.session.network) == {name: value}
        opened.settled()
        chips = [text for text, _ in opened.results("label_map").chips]
        assert any(text.startswith("trained with") for text in chips)
        opened.trigger("undo")
        assert opened.session.network == ()
        opened.settled()
        np.testing.assert_array_equal(opened.labels(), original)
    opened.trigger("redo")
    assert dict(opened.session.network) == {"low_level_skip": False}


@pytest.mark.slow
def test_dragging_a_crf_slider_is_live_and_one_undo_step(opened):
    form = opened.presenter.settings.crf_form
    opened.bot.mouseClick(opened.window.crf_switch, Qt.MouseButton.LeftButton)
    assert opened.session.crf.enabled
    opened.settled()
    before, refined = opened.session, opened.labels().copy()
    runs = []
    opened.runner.stage_finished.connect(lambda stage, *rest: runs.append(stage))
    slider = form.row("appearance_weight").findChild(ValueSlider)
    centre = QPoint(slider.width() // 2, slider.height() // 2)
    end = QPoint(slider.width() - 12, slider.height() // 2)
    opened.bot.mousePress(slider, Qt.MouseButton.LeftButton, pos=centre)
    for step in range(8):
        between = centre + (end - centre) * (step + 1) / 8
        opened.bot.mouseMove(slider, between)
    opened.bot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=end)
    assert opened.session.crf.appearance_weight > before.crf.appearance_weight
    opened.settled()
    assert "label_map" in runs
    assert (opened.labels() != refined).any()
    opened.trigger("undo")
    assert opened.session == before
    opened.settled()
    np.testing.assert_array_equal(opened.labels(), refined)


@pytest.mark.slow
def test_a_draft_follows_the_pointer_and_the_whole_result_replaces_it(opened):
    opened.bot.mouseClick(opened.window.crf_switch, Qt.MouseButton.LeftButton)
    opened.settled()
    said = lambda: [text for text, _ in opened.results("label_map").chips]  # noqa: E731
    slider = opened.presenter.settings.crf_form.row("appearance_xy_std").findChild(ValueSlider)
    centre = QPoint(slider.width() // 2, slider.height() // 2)
    opened.bot.mousePress(slider, Qt.MouseButton.LeftButton, pos=centre)
    for step in (4, 8):
        opened.bot.mouseMove(slider, centre + QPoint(step, 0))
        opened.bot.waitUntil(lambda: any("draft: CRF" in text for text in said()), timeout=WAIT)
        assert opened.runner.have.get("label_map") != stage_key(opened.session, "label_map")
    end = centre + QPoint(8, 0)
    opened.bot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=end)
    opened.settled()
    assert opened.results("label_map").complete
    assert not any("draft" in text for text in said())


def test_overlay_keys(opened):
    window, bot = opened.window, opened.bot
    window.canvas.setFocus()
    opacity = opened.session.overlay.opacity
    for key, check in (
        (Qt.Key.Key_S, lambda o: not o.visible),
        (Qt.Key.Key_S, lambda o: o.visible),
        (Qt.Key.Key_D, lambda o: o.opacity == pytest.approx(opacity + 0.1)),
        (Qt.Key.Key_A, lambda o: o.opacity == pytest.approx(opacity)),
        (Qt.Key.Key_U, lambda o: o.layer == "entropy"),
        (Qt.Key.Key_P, lambda o: o.layer == "probability"),
        (Qt.Key.Key_3, lambda o: o.chosen_class == 2),
        (Qt.Key.Key_P, lambda o: o.layer == "labels"),
        (Qt.Key.Key_BracketRight, lambda o: o.layer == "probability"),
        (Qt.Key.Key_BracketLeft, lambda o: o.layer == "labels"),
    ):
        bot.keyClick(window.canvas, key)
        assert check(opened.session.overlay), key


def test_letters_typed_into_a_box_are_not_commands(opened):
    opened.window.activateWindow()
    spin = opened.presenter.settings.crf_form.row("appearance_weight").findChild(QDoubleSpinBox)
    spin.setFocus()
    opened.bot.waitUntil(spin.hasFocus)
    before = opened.session.overlay
    for key in (Qt.Key.Key_S, Qt.Key.Key_U, Qt.Key.Key_D, Qt.Key.Key_L):
        opened.bot.keyClick(QApplication.focusWidget(), key)
    assert opened.session.overlay == before
    assert opened.window.action("live").isChecked()


def test_space_peeks_while_it_is_held(opened):
    opened.window.canvas.setFocus()
    received = []
    opened.window.peek_changed.connect(received.append)
    opened.bot.keyPress(opened.window.canvas, Qt.Key.Key_Space)
    opened.bot.keyRelease(opened.window.canvas, Qt.Key.Key_Space)
    assert received == [True, False]


def test_a_layer_is_drawn_when_chosen(opened):
    opened.trigger("entropy")
    opened.bot.waitUntil(lambda: opened.results("overlay_layer") is not None, timeout=WAIT)
    assert opened.results("overlay_layer").layer == "entropy"
    assert opened.results("overlay_layer").values.shape == (180, 240)


def test_legend_shows_shares_and_hides(opened):
    shares = opened.results("label_map").shares
    assert shares.sum() == pytest.approx(1)
    view = opened.window.legend.view()
    row = view.visualRect(view.model().index(1, 0)).center()
    opened.bot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=row)
    assert opened.session.overlay.hidden == (1,)
    opened.trigger("undo")
    assert opened.session.overlay.hidden == ()


def test_live_off_waits_for_run(opened):
    opened.trigger("live")
    before = opened.labels().copy()
    opened.presenter.model.form.edited.emit("output_stride", 32, True)
    assert not opened.runner.running
    assert (opened.labels() == before).all()
    opened.trigger("run")
    opened.settled()
    assert (opened.labels() != before).any()


def test_esc_cancels_and_keeps_what_is_on_screen(opened):
    before = opened.labels().copy()
    with opened.bot.waitSignal(opened.runner.stage_started, timeout=WAIT):
        opened.store.set("inference", long_side=8192, multi_scale=True, flip=True)
    with opened.bot.waitSignal(opened.runner.run_cancelled, timeout=WAIT):
        opened.bot.keyClick(opened.window, Qt.Key.Key_Escape)
    assert not opened.runner.running
    np.testing.assert_array_equal(opened.labels(), before)


def test_the_latest_of_many_requests_wins_and_nothing_queues(opened):
    finished = []
    opened.runner.run_finished.connect(finished.append)
    for rate in range(1, 25):
        value = (rate, 12, 18)
        opened.presenter.model.form.edited.emit("atrous_rates", value, rate == 24)
        opened.bot.wait(5)
    opened.settled()
    assert dict(opened.session.network)["atrous_rates"] == (24, 12, 18)
    assert len(finished) < 24
    opened.trigger("undo")
    assert opened.session.network == ()


def test_closing_in_the_middle_of_a_run_is_clean(opened):
    process = opened.runner.engine.process
    with opened.bot.waitSignal(opened.runner.stage_started, timeout=WAIT):
        opened.store.set("inference", multi_scale=True, flip=True)
    opened.window.close()
    opened.runner.engine.stop().join(10)
    with pytest.raises(ValueError):
        process.is_alive()  # closed: joined and released


def test_a_bad_picture_says_why_and_the_picture_stays(opened, tmp_path):
    before, image = opened.labels().copy(), opened.session.image
    bad = tmp_path / "broken.jpg"
    bad.write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    opened.presenter.openings.open_paths([bad])
    opened.bot.waitUntil(lambda: opened.message() != "", timeout=WAIT)
    assert opened.session.image == image
    assert opened.window.filmstrip.pictures() == [image]
    opened.settled()
    np.testing.assert_array_equal(opened.labels(), before)
    opened.window.message_bar.copy_details()
    assert "broken.jpg" in QGuiApplication.clipboard().text()


def test_a_bad_checkpoint_says_why_and_the_network_stays(opened, tmp_path):
    bad = tmp_path / "broken.pth"
    bad.write_bytes(b"PK\x03\x04 nothing more")
    opened.presenter.openings.open_paths([bad])
    opened.bot.waitUntil(lambda: opened.message() != "", timeout=WAIT)
    assert opened.session.checkpoint == BUNDLED
    opened.settled()
    assert opened.window.model_title.text().startswith("DeepLab v3")


def test_a_file_deleted_while_open_can_still_be_explored(opened, street):
    street.unlink()
    opened.presenter.model.form.edited.emit("output_stride", 8, True)
    opened.settled()
    assert opened.message() == ""


def test_a_dead_engine_is_replaced(opened):
    with opened.bot.waitSignal(opened.runner.stage_started, timeout=WAIT):
        opened.store.set("inference", long_side=4096, multi_scale=True)
    opened.runner.engine.process.kill()
    opened.bot.waitUntil(lambda: "engine stopped" in opened.message(), timeout=WAIT)
    opened.store.set("inference", long_side=0, multi_scale=False)
    opened.settled()


def test_a_pasted_picture_is_opened(explorer, monkeypatch, tmp_path):
    image = QImage(64, 48, QImage.Format.Format_RGB888)
    image.fill(0x336699)
    monkeypatch.setattr(
        "segviewer.app.frame.openings.QStandardPaths.writableLocation", lambda kind: str(tmp_path)
    )
    QGuiApplication.clipboard().setImage(image)
    explorer.trigger("paste")
    explorer.bot.waitUntil(lambda: "pasted" in explorer.session.image, timeout=WAIT)
    explorer.settled()
    assert explorer.labels().shape == (48, 64)


def test_results_are_exported_and_never_overwritten(opened, tmp_path):
    out = tmp_path / "results"
    for _ in range(2):
        opened.presenter.saving.export(out)
        opened.bot.waitUntil(lambda: not opened.presenter.background._callbacks, timeout=WAIT)
    names = sorted(path.name for path in out.iterdir())
    assert names == [
        "street-2.json",
        "street-labels-2.png",
        "street-labels.png",
        "street-overlay-2.png",
        "street-overlay.png",
        "street.json",
    ]
    with Image.open(out / "street-labels.png") as labels:
        np.testing.assert_array_equal(np.array(labels), opened.labels())
    report = json.loads((out / "street.json").read_text())
    assert Session.model_validate(report["session"]) == opened.session


def test_an_export_that_cannot_be_written_says_so(opened, tmp_path):
    (tmp_path / "file").write_text("in the way")
    opened.presenter.saving.export(tmp_path / "file")
    opened.bot.waitUntil(lambda: opened.message() != "", timeout=WAIT)
    assert "cannot" in opened.message()


def test_layout_recents_and_values_are_remembered(opened, street):
    opened.store.set("overlay", opacity=0.8)
    opened.store.set("crf", appearance_weight=7.0)
    opened.close()
    again = opened.preferences.restore(Session())
    assert again.overlay.opacity == 0.8
    assert again.crf.appearance_weight == 7.0 and not again.crf.enabled
    assert opened.preferences.recent("pictures") == [str(street)]
    assert opened.preferences.layout("regions") is not None


def test_the_readout_names_what_is_under_the_cursor(opened):
    opened.presenter.picture.show_pixel(120, 150)
    text = opened.window.readout.text()
    assert "120" in text and "150" in text
    top = opened.presenter.results.shown.opened.classes[opened.labels()[150, 120]]
    assert top in text


def test_h_folds_the_panels_and_tab_leaves_the_picture(opened):
    window = opened.window
    window.canvas.setFocus()
    opened.press(Qt.Key.Key_H)
    assert window.left.isHidden() and window.right.isHidden()
    opened.press(Qt.Key.Key_H)
    assert not window.left.isHidden() and not window.right.isHidden()
    window.canvas.setFocus()
    opened.bot.keyClick(window.canvas, Qt.Key.Key_Tab)
    assert not window.canvas.hasFocus() and not window.left.isHidden()


def test_a_scale_says_what_its_colours_mean_and_the_value_pointed_at(opened):
    canvas, panel = opened.window.canvas, opened.presenter.picture
    assert canvas._bar is None  # labels have their legend
    opened.trigger("entropy")
    opened.settled("overlay_layer")
    assert canvas._bar.title == "entropy ÷ log K" and canvas._bar.high == "1 no idea"
    panel.show_pixel(120, 150)
    raster = opened.results("overlay_layer").values
    at = raster[150 * raster.shape[0] // 180, 120 * raster.shape[1] // 240]
    assert canvas._bar_value == pytest.approx(at / 255)
    panel.show_pixel(-1, -1)
    assert canvas._bar_value is None
    opened.trigger("probability")
    opened.settled("overlay_layer")
    assert canvas._bar.title == f"probability of {opened.results('network').classes[0]}"


def test_safe_colours_are_one_click_away(opened):
    usual = opened.presenter.results.shown.labels.colours
    opened.bot.mouseClick(
        opened.window.toolbar.buttons["Palette"], Qt.MouseButton.LeftButton, pos=QPoint(8, 12)
    )
    assert opened.session.overlay.palette == "colour-blind safe"
    assert opened.presenter.results.shown.labels.colours != usual
    opened.trigger("undo")
    assert opened.presenter.results.shown.labels.colours == usual


@pytest.mark.slow
def test_above_fifty_megapixels_it_asks_once(opened, tmp_path):
    large, before = tmp_path / "large.png", opened.session.image
    Image.new("1", (7200, 7200)).save(large)
    opened.presenter.openings.open_paths([large])
    opened.bot.waitUntil(lambda: opened.message() != "", timeout=WAIT)
    assert opened.session.image == before
    assert opened.window.message_bar.tone() == "warning"
    button = next(
        b for b in opened.window.message_bar.findChildren(QPushButton) if b.text() == "Open it"
    )
    opened.bot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert opened.session.image == str(large)
    opened.settled()
    assert opened.labels().shape == (7200, 7200)


def hold_space(opened):
    """Press and let go of Space where the focus is; what was sent of it."""
    received = []
    opened.window.peek_changed.connect(received.append)
    focus = QApplication.focusWidget() or opened.window
    opened.bot.keyPress(focus, Qt.Key.Key_Space)
    held = list(received)
    opened.bot.keyRelease(focus, Qt.Key.Key_Space)
    opened.window.peek_changed.disconnect(received.append)
    assert received == ([] if not held else [True, False])
    return bool(held)


def test_space_peeks_wherever_the_focus_is_but_in_fields(opened):
    window = opened.window
    window.activateWindow()
    opened.bot.waitUntil(window.isActiveWindow)
    spin = opened.presenter.settings.crf_form.row("appearance_weight").findChild(QDoubleSpinBox)
    slider = opened.presenter.settings.crf_form.row("appearance_weight").findChild(QSlider)
    for widget in (window.canvas, slider, window.preset_box, window.about_button):
        widget.setFocus(Qt.FocusReason.MouseFocusReason)
        opened.bot.waitUntil(widget.hasFocus)
        assert hold_space(opened), widget
    spin.setFocus()
    opened.bot.waitUntil(spin.hasFocus)
    assert not hold_space(opened)


def test_a_button_that_was_reached_with_tab_keeps_space(opened):
    window = opened.window
    window.activateWindow()
    opened.bot.waitUntil(window.isActiveWindow)
    window.crf_switch.setFocus(Qt.FocusReason.TabFocusReason)
    opened.bot.waitUntil(window.crf_switch.hasFocus)
    window.peek_key.note_tab()
    on = opened.session.crf.enabled
    assert not hold_space(opened)
    assert opened.session.crf.enabled != on
