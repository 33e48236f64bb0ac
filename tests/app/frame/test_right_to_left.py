"""The window in a language that is read from right to left: all mirrored but the photograph."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QScrollArea, QToolBar

from segviewer.widgets.controls.value_slider import ValueSlider
from segviewer.widgets.language.interface_language import interface_language
from segviewer.widgets.language.pseudo_language import RIGHT_TO_LEFT


@pytest.fixture
def language(qapp):
    language = interface_language(qapp)
    yield language
    language.show("en")


def pixels(widget):
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    # A copy: the image goes with this function.
    return lines[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def place_of(window, widget):
    return widget.mapTo(window, QPoint(0, 0)).x()


def settled(opened):
    opened.window.reset_layout()
    opened.window.grab()
    QApplication.processEvents()
    opened.window.grab()


@pytest.mark.slow
def test_regions_are_mirrored_and_the_photograph_is_not(opened, language, themed):
    themed("light")
    window = opened.window
    window.resize(1280, 720)
    bar = window.findChild(QToolBar, "main toolbar")
    # Other letters, other heights of lines: the canvas keeps its size for the comparison.
    bar.setFixedHeight(48)
    window.statusBar().setFixedHeight(36)
    settled(opened)
    left = window.findChild(QScrollArea, "left panel")
    right = window.findChild(QScrollArea, "right panel")
    first, last = bar.widgetForAction(bar.actions()[0]), bar.widgetForAction(bar.actions()[-1])
    assert place_of(window, left) < place_of(window, right)
    assert first.x() < last.x()
    before = pixels(window.canvas)

    language.show(RIGHT_TO_LEFT)
    settled(opened)
    assert QApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
    assert place_of(window, left) > place_of(window, right)
    assert first.x() > last.x()
    after = pixels(window.canvas)
    assert after.shape == before.shape
    half = len(before) // 3  # above it stand the chips, whose words are others
    assert (after[half:] == before[half:]).all(), "the photograph as it was"
    assert not (after[half:, ::-1] == before[half:]).all(), "which is not its own mirror"

    language.show("en")
    settled(opened)
    assert place_of(window, left) < place_of(window, right)
    assert (pixels(window.canvas) == before).all()


@pytest.mark.slow
def test_the_legend_begins_at_the_right(opened, language, themed):
    themed("light")
    legend = opened.window.legend
    settled(opened)
    before = pixels(legend)
    language.show(RIGHT_TO_LEFT)
    settled(opened)
    after = pixels(legend)

    def coloured(picture):
        """Mean column of what has a class's colour."""
        spread = picture.max(axis=2).astype(int) - picture.min(axis=2)
        return np.argwhere(spread > 60)[:, 1].mean() / picture.shape[1]

    assert coloured(before) < 0.4
    assert coloured(after) > 0.6


@pytest.mark.slow
def test_arrow_keys_go_where_they_point(explorer, street, language, tmp_path):
    steps = []
    explorer.window.stepped.connect(steps.append)
    explorer.window.canvas.setFocus()
    explorer.press(Qt.Key.Key_Right)
    language.show(RIGHT_TO_LEFT)
    explorer.press(Qt.Key.Key_Right)
    explorer.press(Qt.Key.Key_Left)
    assert steps == [1, -1, 1]


def test_a_slider_grows_to_the_left(qtbot, language):
    slider = ValueSlider()
    qtbot.addWidget(slider)
    slider.resize(200, 22)
    slider.set_position(0.5)
    slider.show()
    language.show(RIGHT_TO_LEFT)
    for key, grows in ((Qt.Key.Key_Left, True), (Qt.Key.Key_Right, False)):
        before, x = slider.position(), slider.handle_x()
        qtbot.keyClick(slider, key)
        assert (slider.position() > before) == grows
        assert (slider.handle_x() < x) == grows
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPointF(10, 11).toPoint())
    assert slider.position() > 0.9
