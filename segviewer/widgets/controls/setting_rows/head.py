"""What stands before a setting: symbol and words in its colour, and a dot where it is changed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolButton

from segviewer.widgets.text.plain_text import RichLabel, plain_tip
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import semibold

if TYPE_CHECKING:
    from segviewer.settings import Control

LEAST_HEIGHT = 28  # pixels that a hand hits
LETTERS_A_LINE = 20  # of average width: a head with more takes a second line before it is cut


class SymbolLabel(RichLabel):
    """A short text in its symbol's colour."""

    def __init__(self, text: str, symbol: str):
        self._text, self._symbol = text, symbol
        super().__init__()
        self._dress()

    def changeEvent(self, event) -> None:  # noqa: N802
        super().changeEvent(event)
        self._follow(event.type())  # asked once: each time it makes an enum's member anew

    def _follow(self, change: QEvent.Type) -> None:
        if change in (QEvent.Type.PaletteChange, QEvent.Type.EnabledChange):
            self._dress()

    def _dress(self) -> None:
        self.setText(f'<span style="color:{self._colour()}">{escape(self._text)}</span>')

    def _colour(self) -> str:
        colours = tokens()
        if not self.isEnabled():
            return colours.disabled
        return symbol_colour(self._symbol, colours.dark) or colours.muted


class HeadLabel(SymbolLabel):
    """Symbol in its colour, then the words; a double click resets."""

    reset_requested = Signal()

    def __init__(self, control: Control):
        self._words, self._measuring = True, False
        self._wraps: bool | None = None
        super().__init__(control.label, control.symbol)

    def show_symbol_only(self, width: int) -> None:
        """Leave out the words, and keep `width` so that sliders below each other align."""
        self._words = False
        self._least = width
        drawn = QFontMetrics(semibold(self.font()))
        self.setFixedWidth(max(width, drawn.horizontalAdvance("σα") + 4))
        self.setAccessibleName(self._text)
        self._dress()

    def setText(self, text: str) -> None:  # noqa: N802 (Qt's name)
        super().setText(text)
        self._break_lines()

    def _break_lines(self) -> None:
        """Let a long head, as another language may have it, take more lines than one."""
        if self._measuring:
            return  # to be measured a label is given its font and colours, which calls here again
        if not self._words or self._surely_short():
            self._wrap(False)
            return
        self._measuring = True
        self.setWordWrap(False)
        self._wraps = None
        self._one_line = super().sizeHint().width()
        self._measuring = False
        self._wrap(self._one_line > self._line())

    def _surely_short(self) -> bool:
        # Most heads are: this spares them the layout of a rich text, ten times as a form is made.
        advance = self.fontMetrics().horizontalAdvance(f"{self._symbol}  {self._text}")
        return 1.25 * advance + 8 < self._line()

    def _wrap(self, wraps: bool) -> None:
        if wraps == self._wraps:
            return
        self._wraps = wraps
        self.setWordWrap(wraps)
        policy = self.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Maximum)
        # One that is fixed has the height of one line for all.
        fixed = QSizePolicy.Policy.Fixed
        policy.setVerticalPolicy(QSizePolicy.Policy.Minimum if self.wordWrap() else fixed)
        self.setSizePolicy(policy)

    def _line(self) -> int:
        return LETTERS_A_LINE * self.fontMetrics().averageCharWidth()

    # No minimum of its own: a layout takes that in place of the hint, and large letters are cut.

    def sizeHint(self) -> QSize:  # noqa: N802
        if self.wordWrap():
            return QSize(self._one_line, LEAST_HEIGHT)
        return super().sizeHint().expandedTo(QSize(0, LEAST_HEIGHT))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        if self.wordWrap():
            return QSize(min(self._one_line, self._line()), LEAST_HEIGHT)
        return super().minimumSizeHint().expandedTo(QSize(0, LEAST_HEIGHT))

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return max(LEAST_HEIGHT, super().heightForWidth(width))

    def mouseDoubleClickEvent(self, event) -> None:  # noqa: N802
        self.reset_requested.emit()

    def _follow(self, change: QEvent.Type) -> None:
        super()._follow(change)
        if change == QEvent.Type.LayoutDirectionChange:
            self._dress()
        elif change == QEvent.Type.FontChange:
            if self._words:
                self._break_lines()
            else:
                self.show_symbol_only(self._least)

    def _dress(self) -> None:
        words = escape(self._text)
        if self._symbol:
            head = f'<span style="color:{self._colour()}; font-weight:600">{escape(self._symbol)}'
            # A line takes its direction from its first letter, which a symbol is not.
            turned = "\N{RIGHT-TO-LEFT MARK}" if self.isRightToLeft() else ""
            words = f"{turned}{head}</span>{'&nbsp; ' + words if self._words else ''}"
        self.setText(words)


class ChangeDot(QToolButton):
    """A small dot beside a changed setting; a click takes it back."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(20, 28)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Reset")
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.hide()

    def set_shown(self, shown: bool, norm: str) -> None:
        """Show or hide the dot; `norm` is what a click goes back to."""
        self.setVisible(shown)
        self.setToolTip(plain_tip(f"Changed. Click to go back to {norm}."))

    def paintEvent(self, event) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens().accent))
        radius = 4 if self.underMouse() or self.hasFocus() else 3
        painter.drawEllipse(self.rect().toRectF().center(), radius, radius)
