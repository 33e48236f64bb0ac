"""What every widget that draws itself does alike: theme, fonts, hover, copying."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from segviewer.widgets.language.words import words_painter
from segviewer.widgets.tables.copied_table import CopiedTable
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.theme import Tokens, tokens
from segviewer.widgets.theme.typography import tabular

_REDRAWN = (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.LanguageChange)


class PaintedWidget(CopiedTable, QWidget):
    """A drawing in the window's colours and font, drawn anew when either changes.

    One that inherits draws in :meth:`paint` and says what it shows with :meth:`say`; where the
    pointer has something to say, it has :meth:`tip_at` and :meth:`shape_at`.

    Attributes
    ----------
    USUAL, LEAST : QSize
        Hints of its size; invalid ones leave the size to the layout.
    """

    USUAL: ClassVar[QSize] = QSize()
    LEAST: ClassVar[QSize] = QSize()

    def __init__(self, parent: QWidget | None = None, *, hover: bool = False, keys: bool = False):
        super().__init__(parent)
        self.setMouseTracking(hover)
        if keys:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # What one that inherits says

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        """Draw, with smooth edges and figures of equal width; `colours` are the scheme's."""
        raise NotImplementedError

    def tip_at(self, position: QPointF) -> str | None:
        """What the tooltip says of a position; None: what it says of all of them."""
        return None

    def shape_at(self, position: QPointF) -> Qt.CursorShape:
        """The pointer's shape at a position."""
        return Qt.CursorShape.ArrowCursor

    def say(self, words: str) -> None:
        """Let a screen reader, and who copies it, have what is drawn in `words`; draw anew."""
        self.setAccessibleName(words)
        self.update()

    def text(self) -> str:
        """What is copied: the words of the drawing, a line for each part."""
        said = self.accessibleDescription() or self.accessibleName()
        return said.replace("; ", "\n")

    def copy(self) -> None:
        """Put :meth:`text` on the clipboard, where there is any."""
        if self.text():
            super().copy()

    def places_of(self, words: str) -> list[QRectF]:
        """Where `words` are drawn, in the widget's pixels; the drawing itself is not touched."""
        nowhere = QImage(1, 1, QImage.Format.Format_RGB32)
        painter = _NotingPainter(nowhere, words)
        self._paint_with(painter)
        painter.end()
        return painter.places

    def _paint_with(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(tabular(self.font()))
        # A drawing has axes: it is the same in a language that is read from right to left.
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.paint(painter, tokens())

    # Qt

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return self.USUAL if self.USUAL.isValid() else super().sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.LEAST if self.LEAST.isValid() else super().minimumSizeHint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        words = self.tip_at(event.position())
        if words is None:
            super().mouseMoveEvent(event)
            return
        self.setToolTip(plain_tip(words))
        shape = self.shape_at(event.position())
        if shape != self.cursor().shape():
            self.setCursor(shape)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in _REDRAWN:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        self._paint_with(words_painter(self))


class _NotingPainter(QPainter):
    """Notes where some words are drawn."""

    def __init__(self, device: QImage, words: str):
        super().__init__(device)
        self.words, self.places = words, list[QRectF]()

    def drawText(self, *arguments: Any) -> Any:  # noqa: N802 (Qt's name)
        text = next((one for one in arguments if isinstance(one, str)), "")
        where = arguments[0]
        if text.strip() == self.words:
            if isinstance(where, QRect | QRectF):
                flags = next((a for a in arguments[1:] if not isinstance(a, str)), 0)
                number = flags if isinstance(flags, int) else flags.value
                box = self.boundingRect(QRectF(where), number, text)
            else:
                at = QPointF(*arguments[:2]) if isinstance(where, int | float) else QPointF(where)
                metrics = QFontMetricsF(self.font())
                box = metrics.boundingRect(text).translated(at)
            self.places.append(self.worldTransform().mapRect(box))
        return super().drawText(*arguments)
