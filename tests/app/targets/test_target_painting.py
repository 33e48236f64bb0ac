"""A target painted by hand in the window: brush, eraser, undo, what it is the target of."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from segviewer.imaging.painted_mask import mask_folder
from segviewer.imaging.reading.mask_values import VOID
from segviewer.imaging.reading.targets import read_values

pytestmark = pytest.mark.slow
WAIT = 60_000
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def painter(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))
    opened.press(Qt.Key.Key_M)
    painting = opened.presenter.painting
    opened.bot.waitUntil(lambda: painting.painting and not painting._loading, timeout=WAIT)
    return opened


def place(explorer, x, y) -> QPoint:
    return explorer.window.canvas.position_of(x, y).toPoint()


def stroke(explorer, start, end, button=LEFT):
    """Draw from pixel to pixel by mouse, and wait until it is the target."""
    canvas, before = explorer.window.canvas, explorer.session.target
    explorer.bot.mousePress(canvas, button, pos=place(explorer, *start))
    explorer.bot.mouseMove(canvas, place(explorer, *end))
    explorer.bot.mouseRelease(canvas, button, pos=place(explorer, *end))
    explorer.bot.waitUntil(lambda: explorer.session.target != before, timeout=WAIT)


def drawn(explorer) -> np.ndarray:
    return explorer.window.canvas._renderer.painting.raster


def on_disk(explorer) -> np.ndarray:
    return read_values(Path(explorer.session.target)).values


def test_a_stroke_becomes_the_target_and_is_measured(painter):
    assert (drawn(painter) == VOID).all() and painter.window.brush_section.isVisible()
    painter.press(Qt.Key.Key_4)
    painter.window.brush_bar._choose(9)
    stroke(painter, (60, 150), (160, 150))
    assert Path(painter.session.target).parent == mask_folder()
    labels = on_disk(painter)
    assert labels[150, 110] == 3 and labels[150, 60] == 3 and labels[140, 110] == VOID
    assert set(np.unique(labels)) == {3, VOID}
    np.testing.assert_array_equal(drawn(painter), labels)
    painter.settled("metrics")
    metrics = painter.results("metrics")
    right = (painter.labels()[labels == 3] == 3).mean()
    assert metrics.pixel_accuracy == pytest.approx(right)
    assert painter.window.target_section.isVisible()
    painter.trigger("crf")
    painter.settled("metrics")
    assert painter.results("metrics").before is not None


def test_each_stroke_is_undone_by_itself_and_comes_back(painter):
    painter.window.brush_bar._choose(9)
    states = [drawn(painter).copy()]
    for y in (30, 90, 150):
        stroke(painter, (60, y), (160, y))
        states.append(drawn(painter).copy())
    shown = lambda at: np.array_equal(drawn(painter), states[at])  # noqa: E731
    for at in (2, 1, 0):
        painter.trigger("undo")
        painter.bot.waitUntil(lambda at=at: shown(at), timeout=WAIT)
    assert painter.session.target == ""
    for at in (1, 2):
        painter.trigger("redo")
        painter.bot.waitUntil(lambda at=at: shown(at), timeout=WAIT)
        np.testing.assert_array_equal(on_disk(painter), states[at])
    stroke(painter, (10, 10), (20, 10))
    assert not painter.store.can_redo and (drawn(painter)[150] == VOID).all()
    np.testing.assert_array_equal(on_disk(painter), drawn(painter))


def test_the_eraser_and_the_right_button_wipe_out(painter):
    painter.window.brush_bar._choose(20)
    stroke(painter, (60, 90), (160, 90))
    stroke(painter, (60, 90), (60, 90), RIGHT)
    assert drawn(painter)[90, 60] == VOID and drawn(painter)[90, 160] != VOID
    painter.press(Qt.Key.Key_R)
    assert painter.window.brush_bar.erases()
    stroke(painter, (160, 90), (160, 90))
    assert drawn(painter)[90, 160] == VOID and drawn(painter)[90, 110] != VOID
    painter.press(Qt.Key.Key_R)
    assert not painter.window.brush_bar.erases()


def test_what_changes_nothing_is_no_step(painter):
    canvas = painter.window.canvas
    steps = painter.store.can_undo
    painter.bot.mouseClick(canvas, RIGHT, pos=place(painter, 100, 100))  # nothing to wipe out
    assert painter.session.target == "" and painter.store.can_undo == steps
    assert not mask_folder().exists() or not list(mask_folder().iterdir())


def test_a_click_in_the_legend_chooses_the_class_and_hides_none(painter):
    view = painter.window.legend.view()
    row = view.model().index(1, 0)
    painter.bot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(row).center())
    assert painter.session.overlay.chosen_class == 1 and painter.session.overlay.hidden == ()
    assert painter.window.brush_bar._name.text() == "building"
    stroke(painter, (100, 100), (100, 100))
    assert drawn(painter)[100, 100] == 1
    painter.trigger("paint")
    painter.bot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(row).center())
    assert painter.session.overlay.hidden == (1,)


def test_keys_and_wheel_change_the_size(painter):
    bar, canvas = painter.window.brush_bar, painter.window.canvas
    bar._choose(10)
    painter.press(Qt.Key.Key_Plus)
    assert bar.diameter() == 13 and canvas.brush == 13
    painter.press(Qt.Key.Key_Minus)
    painter.press(Qt.Key.Key_Minus)
    assert bar.diameter() == 8
    zoom, at = canvas.zoom(), QPointF(canvas.rect().center())
    wheel = QWheelEvent(
        at, canvas.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ShiftModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, wheel)
    assert bar.diameter() == 10 and canvas.zoom() == zoom


def test_ctrl_and_drag_pans_and_paints_nothing(painter):
    canvas = painter.window.canvas
    canvas.zoom_by(3)
    before = canvas.view.transform
    control = Qt.KeyboardModifier.ControlModifier
    painter.bot.mousePress(canvas, LEFT, control, pos=QPoint(200, 200))
    painter.bot.mouseMove(canvas, QPoint(240, 230))
    painter.bot.mouseRelease(canvas, LEFT, control, pos=QPoint(240, 230))
    assert canvas.view.transform != before and (drawn(painter) == VOID).all()


def test_esc_puts_the_brush_away_and_the_mask_stays(painter):
    stroke(painter, (60, 90), (160, 90))
    painter.settled("metrics")
    target = painter.session.target
    painter.press(Qt.Key.Key_Escape)
    window = painter.window
    assert not painter.presenter.painting.painting and not window.action("paint").isChecked()
    assert window.canvas.brush is None and window.canvas._renderer.painting.empty
    assert window.brush_section.isHidden() and not window.action("eraser").isEnabled()
    assert painter.session.target == target
    painter.trigger("errors")
    painter.settled("overlay_layer")
    wrong = painter.presenter.results.shown.raster(painter.session.overlay).values == 1
    mask = on_disk(painter)
    np.testing.assert_array_equal(wrong, (mask != VOID) & (mask != painter.labels()))


def test_it_goes_on_where_it_was_left_also_after_another_photograph(painter, street):
    stroke(painter, (60, 90), (160, 90))
    target, mask = painter.session.target, drawn(painter).copy()
    other = street.parent / "other.png"
    with Image.open(street) as picture:
        picture.save(other)
    openings = painter.presenter.openings
    openings.list_pictures([str(street), str(other)])
    openings.step(1)
    painter.settled()
    assert not painter.presenter.painting.painting and painter.session.target == ""
    openings.step(1)
    painter.settled("metrics")
    assert painter.session.target == target
    painter.store.update(painter.session.changed(target=""))
    painter.press(Qt.Key.Key_M)
    painter.bot.waitUntil(lambda: painter.session.target == target, timeout=WAIT)
    painter.bot.waitUntil(lambda: np.array_equal(drawn(painter), mask), timeout=WAIT)


def test_over_somebody_else_s_mask_it_begins_anew_and_undo_brings_that_back(opened, tmp_path):
    theirs = tmp_path / "street_mask.png"
    Image.fromarray(np.zeros((180, 240), np.uint8)).save(theirs)
    opened.presenter.openings.open_target(str(theirs))
    opened.settled("metrics")
    opened.press(Qt.Key.Key_M)
    opened.bot.waitUntil(lambda: not opened.presenter.painting._loading, timeout=WAIT)
    stroke(opened, (60, 90), (160, 90))
    assert (drawn(opened) != VOID).sum() == (on_disk(opened) != VOID).sum() > 0
    opened.trigger("undo")
    assert opened.session.target == str(theirs) and (drawn(opened) == VOID).all()
    assert (read_values(theirs).values == 0).all()


def test_a_copy_is_saved_where_it_is_wanted(painter, tmp_path, monkeypatch):
    stroke(painter, (60, 90), (160, 90))
    asked = []

    def answer(parent, title, first, filters):
        asked.append(Path(first).name)
        return str(tmp_path / "mine"), filters

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    painter.bot.mouseClick(painter.window.brush_bar._save, LEFT)
    path = tmp_path / "mine.png"
    painter.bot.waitUntil(path.exists, timeout=WAIT)
    assert asked == ["street_mask.png"]
    np.testing.assert_array_equal(read_values(path).values, drawn(painter))
    assert read_values(path).names[:2] == ("sky", "building")


def test_where_it_cannot_be_written_it_is_said(painter, tmp_path):
    (tmp_path / "own").mkdir(exist_ok=True)
    folder = mask_folder()
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("no folder")
    painter.bot.mouseClick(painter.window.canvas, LEFT, pos=place(painter, 100, 100))
    painter.bot.waitUntil(lambda: "folder cannot be made" in painter.message(), timeout=WAIT)
    assert not painter.presenter.painting.painting and painter.session.target == ""


def test_without_labels_there_is_nothing_to_paint_on(explorer):
    explorer.trigger("paint")
    assert "nothing to paint" in explorer.message()
    assert not explorer.window.action("paint").isChecked()


def test_no_stroke_takes_the_file_of_one_that_cannot_be_read(painter):
    stroke(painter, (60, 90), (160, 90))
    first = Path(painter.session.target)
    painter.press(Qt.Key.Key_M)
    painter.store.update(painter.session.changed(target=""))
    first.write_bytes(b"no picture")
    painter.press(Qt.Key.Key_M)
    painter.bot.waitUntil(lambda: not painter.presenter.painting._loading, timeout=WAIT)
    stroke(painter, (60, 90), (160, 90))
    assert first.read_bytes() == b"no picture" and Path(painter.session.target) != first
    assert (on_disk(painter) != VOID).any()
