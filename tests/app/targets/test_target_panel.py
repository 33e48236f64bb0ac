"""A target mask in the window: its layers, its errors, and what its numbers are taken for."""

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from segviewer.app.figures.class_legend import classes_in
from segviewer.app.targets.target_panel import target_text
from segviewer.engine.results import MetricsResult
from segviewer.session import TARGET_LAYERS

pytestmark = pytest.mark.slow


@pytest.fixture
def masked(opened, tmp_path):
    """The labels themselves as the mask, but for its upper half, which is all road."""
    labels = opened.labels().copy()
    labels[:90] = 3
    path = tmp_path / "street_mask.png"
    Image.fromarray(labels).save(path)
    opened.presenter.openings.open_paths([path])
    opened.bot.waitUntil(lambda: opened.session.target == str(path), timeout=60_000)
    opened.settled("metrics")
    return opened


def raster(explorer):
    return explorer.presenter.results.shown.raster(explorer.session.overlay)


def test_t_shows_the_mask_and_e_where_the_labels_differ(masked):
    labels = masked.labels()
    masked.press(Qt.Key.Key_T)
    masked.settled("overlay_layer")
    np.testing.assert_array_equal(raster(masked).values[:90], 3)
    masked.press(Qt.Key.Key_E)
    masked.settled("overlay_layer")
    wrong = labels != 3
    wrong[90:] = False
    np.testing.assert_array_equal(raster(masked).values == 1, wrong)
    masked.press(Qt.Key.Key_E)
    assert masked.session.overlay.layer == "labels" and raster(masked) is None


def test_errors_of_one_class(masked):
    masked.presenter.overlay_steps.set(layer="class errors", chosen_class=3)
    masked.settled("overlay_layer")
    labels = masked.labels()
    there = labels == 3
    there[:90] = True
    expected = (labels == 3) * 1 + there * 2
    np.testing.assert_array_equal(raster(masked).values, expected)


@pytest.mark.parametrize(
    ("layer", "title", "words"),
    [
        ("errors", "Errors", {1: "wrong"}),
        ("boundary errors", "Errors", {1: "farther away", 2: "at a boundary of the mask"}),
        ("class errors", "Errors of road", {1: "seen where it is not", 2: "missed", 3: "right"}),
    ],
)
def test_the_colours_of_errors_are_named_on_the_picture(masked, layer, title, words):
    masked.presenter.overlay_steps.set(layer=layer, chosen_class=3)
    masked.settled("overlay_layer")
    key, table = masked.window.canvas._bar, raster(masked).table
    assert key.title == title
    named = {tuple(colour): word for word, colour in key.entries}
    for value, word in {**words, 255: "void"}.items():
        assert named[tuple(table[value][:3].tolist())].startswith(word)
    masked.presenter.overlay_steps.set(layer="labels")
    assert masked.window.canvas._bar is None


def test_a_wrong_pixel_says_what_the_mask_has_there(masked):
    masked.settled("metrics")
    readout, canvas = masked.window.readout, masked.window.canvas
    height, width = masked.labels().shape
    canvas.pixel_hovered.emit(width // 2, height // 4)  # of the upper half, which is all road
    assert "mask: road" in readout.text()
    canvas.pixel_hovered.emit(width // 2, height - 2)
    own = masked.presenter.results.shown.labels.classes[masked.labels()[height - 2, width // 2]]
    assert f"mask: {own}" in readout.text()
    masked.trigger("close_target")
    assert "mask" not in readout.text()


def test_figures_and_results_say_what_the_mask_says(masked, tmp_path):
    masked.presenter.saving.export(tmp_path / "out")
    masked.bot.waitUntil(lambda: not masked.presenter.background._callbacks, timeout=60_000)
    report = json.loads((tmp_path / "out" / "street.json").read_text("utf-8"))
    metrics = masked.presenter.results.shown.metrics
    assert report["target"] == masked.session.target
    assert report["miou"] == pytest.approx(metrics.miou, abs=1e-5)
    assert report["accuracy"] == pytest.approx(metrics.pixel_accuracy, abs=1e-5)
    assert report["iou"]["road"] == pytest.approx(metrics.iou[3], abs=1e-5)
    assert None in report["iou"].values()  # a class that is not in the mask


def test_a_click_on_a_class_whose_errors_are_seen_hides_nothing(masked):
    legend = masked.window.legend
    for layer, hides in (("class errors", False), ("probability", False), ("labels", True)):
        masked.presenter.overlay_steps.set(layer=layer)
        legend._on_clicked(3, False)
        assert masked.session.overlay.chosen_class == 3
        assert (masked.session.overlay.hidden == (3,)) == hides


def test_a_legend_of_errors_has_their_colours(masked):
    masked.presenter.overlay_steps.set(layer="errors")
    masked.settled("overlay_layer")
    found = dict(classes_in(masked.presenter.figures._seen()))
    assert found == {"wrong": (213, 94, 0)}  # this mask has no void
    masked.presenter.overlay_steps.set(layer="labels")
    assert "road" in dict(classes_in(masked.presenter.figures._seen()))


def test_errors_at_boundaries_are_apart(masked):
    masked.presenter.overlay_steps.set(layer="boundary errors")
    masked.settled("overlay_layer")
    values = raster(masked).values
    wrong = masked.labels() != 3
    wrong[90:] = False
    np.testing.assert_array_equal((values == 1) | (values == 2), wrong)
    assert (values == 2).any()
    assert "errors at boundaries" in [text for text, _ in masked.window.canvas._chips]


def test_labels_are_swiped_against_the_mask_and_back(masked):
    canvas = masked.window.canvas
    masked.press(Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    masked.settled("overlay_layer")
    overlay = masked.session.overlay
    assert (overlay.layer, overlay.comparison) == ("target", "swipe")
    np.testing.assert_array_equal(canvas._renderer.reference.raster, masked.labels())
    np.testing.assert_array_equal(canvas._raster[:90], 3)
    assert canvas._captions == ("labels", "target mask")
    masked.press(Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    masked.settled()
    overlay = masked.session.overlay
    assert (overlay.layer, overlay.comparison) == ("labels", "overlay")
    assert canvas._renderer.reference.empty and canvas._captions[0] == "photograph"


def test_without_a_mask_its_layers_are_passed_over_and_said(opened):
    opened.presenter.overlay_steps.set(layer="errors")
    opened.settled()
    chips = [text for text, _ in opened.window.canvas._chips]
    assert any("no target mask is open" in text for text in chips)
    for _ in range(8):
        opened.trigger("next_layer")
        assert opened.session.overlay.layer not in TARGET_LAYERS


def test_what_its_numbers_mean_can_be_chosen(masked, tmp_path):
    panel = masked.presenter.window.mapping_box
    assert "as stored" in panel.itemText(0)
    before = masked.results("metrics").miou
    panel.setCurrentIndex(panel.findData("counted from 1"))
    panel.activated.emit(panel.currentIndex())
    assert masked.session.target_mapping == "counted from 1"
    masked.settled("metrics")
    assert masked.results("metrics").miou < before
    assert "counted from 1" in masked.window.target_label.text()
    masked.trigger("undo")
    assert masked.session.target_mapping == "" and panel.currentIndex() == 0


def test_it_is_remembered_for_the_folder(masked, tmp_path):
    panel = masked.presenter.window.mapping_box
    panel.setCurrentIndex(panel.findData("counted from 1"))
    panel.activated.emit(panel.currentIndex())
    masked.settled("metrics")
    masked.store.update(masked.session.changed(target="", target_mapping=""))
    masked.presenter.openings.open_target(str(tmp_path / "street_mask.png"))
    assert masked.session.target_mapping == "counted from 1"
    masked.settled("metrics")


def test_a_data_set_is_opened_with_its_masks(opened, tmp_path):
    root = tmp_path / "set"
    for name in ("b", "a"):
        for kind in ("images", "labels"):
            (root / kind).mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((60, 80, 3), 90, np.uint8)).save(root / f"images/{name}.jpg")
        Image.fromarray(np.full((60, 80), 1, np.uint8)).save(root / f"labels/{name}.png")
    opened.presenter.openings.open_paths([root])
    opened.bot.waitUntil(lambda: opened.session.image.endswith("a.jpg"), timeout=60_000)
    assert opened.session.target == str(root / "labels/a.png")
    opened.settled("metrics")
    assert "images/ ↔ labels/" in opened.message()
    opened.presenter.openings.step(1)
    assert opened.session.image == str(root / "images/b.jpg")
    assert opened.session.target == str(root / "labels/b.png")
    opened.settled("metrics")


def test_a_photograph_with_few_numbers_is_offered_as_a_mask(opened, street, tmp_path):
    path = tmp_path / "few.png"
    Image.fromarray(np.arange(180 * 240).reshape(180, 240).astype(np.uint8) % 7).save(path)
    opened.presenter.openings.open_paths([path])
    opened.bot.waitUntil(lambda: opened.session.image == str(path), timeout=60_000)
    opened.settled()
    assert "opened as a photograph" in opened.message()
    opened.presenter.openings.open_target(str(path))
    assert opened.session.target == str(path) and opened.session.image == str(street)
    opened.settled("metrics")


def test_the_mask_that_lies_beside_a_photograph_is_offered(opened, tmp_path):
    picture, mask = tmp_path / "yard.jpg", tmp_path / "yard_mask.png"
    Image.fromarray(np.full((60, 80, 3), 90, np.uint8)).save(picture)
    Image.fromarray(np.full((60, 80), 1, np.uint8)).save(mask)
    opened.presenter.openings.open_paths([picture])
    opened.bot.waitUntil(lambda: opened.session.image == str(picture), timeout=60_000)
    opened.settled()
    assert "yard_mask.png lies beside yard.jpg" in opened.message()
    assert not opened.session.target, "nobody asked for it"
    bar = opened.presenter.offers.bar
    button = next(one for one in bar.findChildren(QPushButton) if "target mask" in one.text())
    opened.bot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert opened.session.target == str(mask) and opened.session.image == str(picture)
    opened.settled("metrics")


def test_the_crf_s_share_is_said_with_its_direction():
    iou = np.array([0.5, np.nan])
    result = MetricsResult(0.5, 0.9, iou, 1, before=(0.52, 0.8), iou_before=iou)
    said = target_text(result, "mask.png")
    assert "mIoU ▼\u00a00.020" in said and "accuracy ▲\u00a00.100" in said
    before = np.array([0.4, 0.6])
    result = MetricsResult(0.5, 0.9, np.array([0.5, 0.5]), 2, before=(0.5, 0.9), iou_before=before)
    said = target_text(result, "mask.png", ("sky", "pole"))
    assert "most changed: sky ▲\u00a00.100, pole ▼\u00a00.100" in said and "mIoU unchanged" in said
    assert "▲" not in target_text(MetricsResult(0.5, 0.9, iou, 1), "mask.png")
