"""What all drawings do alike."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import tokens


class Drawing(PaintedWidget):
    """The left half has a tip and a hand."""

    USUAL, LEAST = QSize(200, 100), QSize(50, 20)

    def __init__(self, **how):
        super().__init__(**how)
        self.painted = []

    def paint(self, painter, colours):
        antialiasing = QPainter.RenderHint.Antialiasing in painter.renderHints()
        self.painted.append((colours, antialiasing, painter.font().featureTags()))

    def tip_at(self, position):
        return "left <b>half" if position.x() < 100 else ""

    def shape_at(self, position):
        left = position.x() < 100
        return Qt.CursorShape.PointingHandCursor if left else Qt.CursorShape.ArrowCursor


@pytest.fixture
def drawing(qtbot):
    widget = Drawing(hover=True, keys=True)
    qtbot.addWidget(widget)
    widget.resize(200, 100)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_it_is_painted_in_the_schemes_colours_with_smooth_edges_and_even_figures(drawing):
    drawing.painted.clear()
    drawing.grab()
    colours, antialiasing, features = drawing.painted[-1]
    assert colours == tokens() and antialiasing
    assert [tag.toString() for tag in features] == ["tnum"]


@pytest.mark.parametrize("kind", [QEvent.Type.PaletteChange, QEvent.Type.FontChange])
def test_another_look_is_drawn(drawing, qtbot, kind):
    qtbot.wait(20)
    drawing.painted.clear()
    QApplication.sendEvent(drawing, QEvent(kind))
    qtbot.waitUntil(lambda: bool(drawing.painted))


def test_the_pointer_is_answered_by_a_tip_and_a_shape(drawing, qtbot):
    qtbot.mouseMove(drawing, QPoint(150, 50))
    qtbot.mouseMove(drawing, QPoint(20, 50))
    assert "left" in drawing.toolTip() and "<b>half" not in drawing.toolTip()
    assert drawing.cursor().shape() == Qt.CursorShape.PointingHandCursor
    qtbot.mouseMove(drawing, QPoint(150, 50))
    assert drawing.toolTip() == ""
    assert drawing.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_without_tips_of_its_own_the_tip_of_the_whole_stays(qtbot):
    class Plain(PaintedWidget):
        def paint(self, painter, colours):
            pass

    parent = QWidget()
    qtbot.addWidget(parent)
    plain = Plain(parent)
    plain.setToolTip("a &lt; b")
    parent.show()
    qtbot.mousePress(plain, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    qtbot.mouseMove(plain, QPoint(8, 5))
    assert plain.toolTip() == "a &lt; b"
    assert plain.focusPolicy() == Qt.FocusPolicy.NoFocus and not plain.hasMouseTracking()
    assert plain.sizeHint() == QWidget().sizeHint()


def test_what_is_said_is_its_name_and_is_copied_line_by_line(drawing, qtbot):
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("before")
    qtbot.keyClick(drawing, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == "before"  # nothing is drawn yet
    drawing.say("road 0.9; sky 0.8")
    assert drawing.accessibleName() == "road 0.9; sky 0.8"
    qtbot.keyClick(drawing, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == "road 0.9\nsky 0.8"


def test_the_copy_key_is_taken_from_the_window_and_letters_are_not(drawing):
    copy = QKeySequence(QKeySequence.StandardKey.Copy)[0]
    for key, modifiers, taken in (
        (copy.key(), copy.keyboardModifiers(), True),
        (Qt.Key.Key_O, Qt.KeyboardModifier.NoModifier, False),
    ):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers, "")
        event.ignore()
        QApplication.sendEvent(drawing, event)
        assert event.isAccepted() == taken


def test_sizes_are_hints(drawing):
    assert drawing.sizeHint() == QSize(200, 100)
    assert drawing.minimumSizeHint() == QSize(50, 20)
