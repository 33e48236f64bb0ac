"""Hands on the canvas: hover, click, wheel, drag, divider, linked views, and what is dropped."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from segviewer.widgets.canvas.canvas_view import HANDLE_RADIUS
from tests.widgets.canvas.shown_canvas import GREEN, drag, plain, send_mouse, shot


def wheel(widget, position, delta):
    event = QWheelEvent(
        QPointF(position),
        widget.mapToGlobal(QPointF(position)),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_hover_tells_the_picture_pixel_and_leaving_tells_none(canvas, qtbot):
    with qtbot.waitSignal(canvas.pixel_hovered) as emitted:
        send_mouse(canvas, QEvent.Type.MouseMove, QPoint(203, 150))
    assert emitted.args == [50, 25]
    with qtbot.waitSignal(canvas.pixel_hovered) as emitted:
        send_mouse(canvas, QEvent.Type.MouseMove, QPoint(203, 20))
    assert emitted.args == [-1, -1]
    with qtbot.waitSignal(canvas.pixel_hovered) as emitted:
        QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert emitted.args == [-1, -1]


def test_a_click_tells_the_pixel_and_a_drag_does_not(canvas, qtbot):
    with qtbot.waitSignal(canvas.pixel_clicked) as emitted:
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(8, 58))
    assert emitted.args == [2, 2]
    with qtbot.assertNotEmitted(canvas.pixel_clicked):
        drag(canvas, QPoint(100, 100), QPoint(150, 120))


def test_the_wheel_zooms_about_the_cursor(canvas):
    point = QPointF(100, 120)
    pixel = canvas.picture_pixel(point)
    for _ in range(5):
        wheel(canvas, point, 120)
        assert canvas.picture_pixel(point) == pixel
    assert canvas.zoom() == pytest.approx(4 * 1.2**5)
    for _ in range(40):
        wheel(canvas, point, -120)
    assert canvas.zoom() == pytest.approx(1)  # a small picture can still be seen one to one


def test_dragging_pans_by_what_was_dragged(canvas):
    canvas.zoom_by(4)
    before = canvas.position_of(50, 25)
    drag(canvas, QPoint(200, 150), QPoint(231, 133))
    assert canvas.position_of(50, 25) - before == QPointF(31, -17)


def test_the_picture_cannot_be_dragged_out_of_sight(canvas):
    for _ in range(20):
        drag(canvas, QPoint(10, 150), QPoint(390, 150))
    assert canvas.position_of(0, 0).x() <= 200


def test_zoom_stays_for_a_picture_of_the_same_size_and_fits_another(canvas):
    canvas.zoom_by(3)
    canvas.set_picture([plain(colour=GREEN)])
    assert canvas.zoom() == pytest.approx(12)
    canvas.set_picture([plain(200, 100)])
    assert canvas.zoom() == pytest.approx(2)


def test_a_fitted_picture_stays_fitted_when_the_view_grows(canvas):
    canvas.resize(800, 600)
    assert canvas.zoom() == pytest.approx(8)
    canvas.one_to_one()
    canvas.resize(400, 300)
    assert canvas.zoom() == pytest.approx(1)
    canvas.fit()
    assert canvas.zoom() == pytest.approx(4)


def test_the_divider_is_dragged_and_does_not_pan(canvas):
    canvas.set_comparison("swipe")
    before = canvas.position_of(0, 0)
    drag(canvas, QPoint(200, 150), QPoint(300, 150))
    assert canvas.divider() == pytest.approx(0.75)
    assert canvas.position_of(0, 0) == before
    drag(canvas, QPoint(300, 20), QPoint(900, 20))
    assert canvas.divider() == 1.0


def test_the_divider_has_a_handle_and_keys(canvas, qtbot):
    canvas.set_comparison("swipe")
    send_mouse(canvas, QEvent.Type.MouseMove, QPoint(200 + HANDLE_RADIUS - 2, 150))
    assert canvas.cursor().shape() == Qt.CursorShape.SplitHCursor
    send_mouse(canvas, QEvent.Type.MouseMove, QPoint(200 + HANDLE_RADIUS - 2, 250))
    assert canvas.cursor().shape() == Qt.CursorShape.CrossCursor
    qtbot.keyClick(canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.divider() == pytest.approx(0.48)


def test_linked_views_hover_the_same_pixel(canvas, qtbot):
    canvas.set_comparison("side")
    first = canvas.picture_pixel(QPointF(60, 150))
    second = canvas.picture_pixel(QPointF(60 + 201, 150))
    assert first == second != (-1, -1)


def test_linked_crosshair_is_in_the_other_view(canvas):
    canvas.set_comparison("side")
    canvas.set_opacity(0)
    before = shot(canvas)
    send_mouse(canvas, QEvent.Type.MouseMove, QPoint(60, 140))
    changed = (shot(canvas) != before).any(axis=2)
    assert changed[140, 201 + 60]
    assert not changed[:, :200].any()


def test_shift_draws_the_crosshair_over_the_whole_view(canvas):
    canvas.set_opacity(0)
    before = shot(canvas)
    send_mouse(
        canvas, QEvent.Type.MouseMove, QPoint(60, 140), modifiers=Qt.KeyboardModifier.ShiftModifier
    )
    changed = (shot(canvas) != before).any(axis=2)
    assert changed[140].all() and changed[:, 60].all()


def test_a_double_click_asks_for_the_whole_screen(canvas, qtbot):
    with qtbot.waitSignal(canvas.double_clicked):
        qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))


def test_zoom_is_told(canvas, qtbot):
    with qtbot.waitSignal(canvas.zoom_changed) as emitted:
        canvas.zoom_by(2)
    assert emitted.args == [pytest.approx(8)]


def test_the_empty_canvas_invites(canvas, qtbot):
    thumbnail = plain(60, 40)
    canvas.set_samples([("leuven", "Leuven", thumbnail), ("palace", "Palace", thumbnail)])
    canvas.set_picture(None)
    canvas.resize(900, 600)
    sample = canvas.findChild(QToolButton, "sample_palace")
    assert sample.isVisible()
    with qtbot.waitSignal(canvas.sample_chosen) as emitted:
        qtbot.mouseClick(sample, Qt.MouseButton.LeftButton)
    assert emitted.args == ["palace"]
    button = next(b for b in canvas.findChildren(QPushButton) if b.text() == "Open…")
    with qtbot.waitSignal(canvas.open_requested):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    canvas.set_picture([plain()])
    assert not sample.isVisible()


def test_nothing_breaks_without_a_picture(canvas, qtbot):
    canvas.set_picture(None)
    canvas.zoom_by(2)
    canvas.one_to_one()
    canvas.fit()
    wheel(canvas, QPoint(100, 100), 120)
    drag(canvas, QPoint(100, 100), QPoint(200, 100))
    assert canvas.picture_pixel(QPointF(100, 100)) == (-1, -1)
    with qtbot.assertNotEmitted(canvas.pixel_clicked):
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))


def mime(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def enter(canvas, data):
    more = (
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    # Qt 6.12 wants a QPointF here and calls a QPoint deprecated; older ones know only that.
    try:
        event = QDragEnterEvent(QPointF(50, 50), *more)
    except TypeError:
        event = QDragEnterEvent(QPoint(50, 50), *more)
    QApplication.sendEvent(canvas, event)
    return event.isAccepted()


def test_dropping_highlights_says_what_happens_and_tells_the_files(canvas, qtbot, tmp_path):
    asked = []
    canvas.drop_hint = lambda paths: asked.append(paths) or "Open as the target"
    before = shot(canvas)
    data = mime(tmp_path / "mask.png")
    assert enter(canvas, data)
    assert asked == [[tmp_path / "mask.png"]]
    assert (shot(canvas) != before).any()
    drop = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(canvas.files_dropped) as emitted:
        QApplication.sendEvent(canvas, drop)
    assert emitted.args == [[Path(tmp_path / "mask.png")]]
    np.testing.assert_array_equal(shot(canvas), before)


def test_leaving_takes_the_highlight_away(canvas, tmp_path):
    canvas.set_picture(None)
    before = shot(canvas)
    assert enter(canvas, mime(tmp_path / "a.png"))
    assert (shot(canvas) != before).any()
    QApplication.sendEvent(canvas, QDragLeaveEvent())
    np.testing.assert_array_equal(shot(canvas), before)


def test_without_a_picture_it_is_said_too_what_dropping_does(canvas, tmp_path):
    canvas.set_picture(None)
    assert enter(canvas, mime(tmp_path / "a.png"))
    pixels = shot(canvas)[100:200, 100:300]
    assert (pixels != pixels[0, 0]).any()


def test_what_cannot_be_opened_is_refused(canvas, tmp_path):
    canvas.drop_hint = lambda paths: ""
    assert not enter(canvas, mime(tmp_path / "notes.docx"))
    text = QMimeData()
    text.setText("hello")
    assert not enter(canvas, text)
