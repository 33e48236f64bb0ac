"""The lens over the picture: what it shows, where it lies, how it is made stronger."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from segviewer.imaging.mark import Mark
from segviewer.widgets.canvas.image_canvas import ImageCanvas
from segviewer.widgets.canvas.zoom_lens import STRONGEST, WEAKEST, ZoomLens

RED, BLUE, PHOTO = (255, 0, 0), (0, 0, 255), (200, 100, 40)


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return flat[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def table(*colours):
    made = np.zeros((256, 4), np.uint8)
    for index, colour in enumerate(colours):
        made[index] = (*colour, 255)
    return made


@pytest.fixture
def canvas(qtbot):
    """400×300 with a plain picture of 100×50: zoom 4, the picture at y 50 to 250.

    Its labels are red on the left half and blue on the right.
    """
    QCursor.setPos(QGuiApplication.primaryScreen().geometry().bottomRight())
    widget = ImageCanvas()
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    widget.show()
    qtbot.waitExposed(widget)
    labels = np.zeros((50, 100), np.uint8)
    labels[:, 50:] = 1
    widget.set_picture([np.full((50, 100, 3), PHOTO, np.uint8)])
    widget.set_label_map(labels)
    widget.set_colours(table(RED, BLUE))
    widget.set_opacity(1.0)
    return widget


@pytest.fixture
def lens(canvas):
    lens = ZoomLens(canvas)
    lens.set_on(True)
    return lens


def move(canvas, x, y):
    at = QPointF(x, y)
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        at,
        canvas.mapToGlobal(at),
        none,
        none,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(canvas, event)


def wheel(canvas, steps, modifiers=Qt.KeyboardModifier.ControlModifier):
    at = QPointF(200, 150)
    event = QWheelEvent(
        at,
        canvas.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_the_border_of_two_labels_stands_in_the_middle_and_stays_hard(canvas):
    # Widget x 200 is picture x 50, where the labels meet.
    for factor in (2, 3, 6):
        drawn = pixels(canvas.magnified(QPointF(200, 150), factor, 100))
        assert (drawn[:, :50] == RED).all()
        assert (drawn[:, 50:] == BLUE).all()


def test_distances_are_factor_times_as_large(canvas):
    # The border is 10 widget pixels right of x 190: 30 in a lens of ×3.
    drawn = pixels(canvas.magnified(QPointF(190, 150), 3, 120))
    assert (drawn[60] == RED).all(axis=1).sum() == 60 + 30
    # The upper edge of the picture is 5 above y 55: 15 rows of 60 above the middle.
    drawn = pixels(canvas.magnified(QPointF(100, 55), 3, 120))
    assert (drawn[:, 60] == RED).all(axis=1).sum() == 60 + 15


def test_it_shows_the_pixels_the_photograph_has_and_not_those_of_the_view(qtbot):
    canvas = ImageCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(100, 100)
    canvas.show()
    # Stripes of one pixel: grey in the view at 1/4, black and white in a lens of ×4.
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    half = np.full((200, 200, 3), 127, np.uint8)
    canvas.set_picture([stripes, half, half[::2, ::2]])
    assert set(np.unique(pixels(canvas.grab().toImage())[20:80, 20:80])) == {127}
    drawn = pixels(canvas.magnified(QPointF(50, 50), 4, 40))
    assert set(np.unique(drawn)) == {0, 255}


def test_the_view_keeps_its_own_drawing(canvas):
    before = pixels(canvas.grab().toImage())
    layer = canvas._renderer.labels
    kept = layer.images(canvas.view.window, 1.0, 0)
    canvas.magnified(QPointF(90, 120), 5, 100)
    assert layer.images(canvas.view.window, 1.0, 0) is kept
    assert (pixels(canvas.grab().toImage()) == before).all()


def test_side_by_side_shows_the_half_below_the_pointer(canvas):
    canvas.set_comparison("side")
    assert (pixels(canvas.magnified(QPointF(60, 150), 2, 20)) == PHOTO).all()
    assert (pixels(canvas.magnified(QPointF(250, 150), 2, 20)) == RED).all()


def test_the_divider_of_a_swipe_is_magnified_with_the_rest(canvas):
    canvas.set_comparison("swipe")
    canvas.set_divider(0.25)  # x 100
    row = pixels(canvas.magnified(QPointF(95, 150), 4, 100))[50]
    assert (row[:69] == PHOTO).all()
    assert (row[71:] == RED).all()
    # Peeked at or switched off, there is the photograph alone.
    canvas.set_overlay_visible(False)
    assert (pixels(canvas.magnified(QPointF(300, 150), 4, 100)) == PHOTO).all()


def test_marks_are_in_the_lens_without_their_words(canvas):
    canvas.set_overlay_visible(True)
    bare = pixels(canvas.magnified(QPointF(100, 150), 3, 100))
    canvas.set_marks((Mark(0.2, 0.4, 0.3, 0.6, text="words"),))
    marked = pixels(canvas.magnified(QPointF(100, 150), 3, 100))
    differs = (marked != bare).any(axis=2)
    # A rectangle of 40×40 about the middle, three times as large: beyond the lens on each side.
    assert not differs.any()
    # Its left edge at x 80 lies 4 pixels left of 84: 12 in the lens.
    marked = pixels(canvas.magnified(QPointF(84, 150), 3, 100))
    columns = np.flatnonzero((marked != RED).any(axis=2).all(axis=0))
    assert columns.min() >= 35 and columns.max() <= 41


def test_it_follows_the_pointer_and_goes_with_it(canvas, lens, qtbot):
    # No pointer is over it: in the middle.
    assert lens.isVisible()
    assert lens.geometry().center() in (QPoint(199, 149), QPoint(200, 150))
    move(canvas, 120, 90)
    middle = lens.geometry().center()
    assert abs(middle.x() - 120) <= 1 and abs(middle.y() - 90) <= 1
    with qtbot.waitSignal(lens.appeared) as emitted:
        QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert emitted.args == [False] and lens.isHidden()
    move(canvas, 10, 10)
    assert lens.isVisible()
    lens.set_on(False)
    move(canvas, 50, 50)
    assert lens.isHidden()


def test_the_wheel_with_ctrl_sets_the_power_and_nothing_else(canvas, lens):
    zoom, power = canvas.zoom(), lens.power
    wheel(canvas, 1)
    assert lens.power == power + 1
    for _ in range(9):
        wheel(canvas, 1)
    assert lens.power == STRONGEST
    for _ in range(9):
        wheel(canvas, -1)
    assert lens.power == WEAKEST
    assert canvas.zoom() == zoom
    wheel(canvas, 1, Qt.KeyboardModifier.NoModifier)
    assert canvas.zoom() > zoom and lens.power == WEAKEST
    lens.set_on(False)
    zoom = canvas.zoom()
    wheel(canvas, 1)
    assert canvas.zoom() > zoom


def test_the_key_goes_round_all_powers(lens):
    seen = []
    for _ in range(STRONGEST - WEAKEST + 1):
        lens.next_power()
        seen.append(lens.power)
    assert sorted(seen) == list(range(WEAKEST, STRONGEST + 1))


def test_it_is_round_and_clicks_go_through(canvas, lens, qtbot):
    move(canvas, 200, 150)
    shot = pixels(canvas.grab().toImage())
    side = lens.width()
    corner = lens.pos()
    assert (shot[corner.y() + 2, corner.x() + 2] == RED).all()
    # The rim, above the middle, is bright between dark.
    column = shot[corner.y() : corner.y() + 14, corner.x() + side // 2].astype(int).sum(axis=1)
    assert column.max() > 600 and column.min() < 150
    with qtbot.waitSignal(canvas.pixel_clicked) as clicked:
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    assert clicked.args == [50, 25]


def test_a_new_label_map_is_seen_in_the_lens_at_once(canvas, lens):
    move(canvas, 100, 150)
    canvas.set_label_map(np.ones((50, 100), np.uint8))
    shot = pixels(canvas.grab().toImage())
    assert (shot[150 - 20, 100 - 20] == BLUE).all()


def test_without_a_picture_there_is_no_lens(canvas, lens):
    canvas.set_picture(None)
    move(canvas, 100, 100)
    assert lens.isHidden()
