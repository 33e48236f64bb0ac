"""A label for a formula: typeset, and until it is, or where it cannot be, as it is written."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from segviewer.widgets.text.equation import equation_html
from segviewer.widgets.text.formula_layout import FormulaLayout
from segviewer.widgets.text.typesetter import typesetter
from segviewer.widgets.theme.theme import tokens

PATIENCE = 250  # ms that the formula before stays while a new one is typeset
LEAST_WIDTH = 120


class EquationLabel(QLabel):
    """A label for a formula, of whose markup only what formulas need is obeyed.

    Its text is the formula as :class:`QLabel` can show it; what is painted is the typeset one.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self._source = ""
        self._wanted: FormulaLayout | None = None
        self._shown: FormulaLayout | None = None
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE)
        self._patience.timeout.connect(self._on_late)
        self._typesetter = typesetter()
        self._typesetter.typeset.connect(self._on_typeset)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802 (Qt's name)
        super().setText(equation_html(text.replace("$", "")))
        self._source = text
        self._begin()

    def _begin(self) -> None:
        """Have the formula typeset in the font and the colours of now."""
        if not self._source:
            self._wanted = None
            self._show(None)
            return
        self._wanted = FormulaLayout(self._source, self.font(), tokens(), self._typesetter)
        if self._wanted.ready or not self._wanted.drawable:
            self._show(self._wanted if self._wanted.ready else None)
        elif not self._patience.isActive():
            self._patience.start()

    def _on_typeset(self) -> None:
        if self._wanted is not None and self._wanted.drawable and not self._wanted.settled:
            self._begin()

    def _on_late(self) -> None:
        """An old formula beside new numbers would be wrong: better none that is typeset."""
        if self._shown is not self._wanted:
            self._show(None)

    def _show(self, layout: FormulaLayout | None) -> None:
        if layout is self._wanted:
            self._patience.stop()
        self._shown = layout
        self.updateGeometry()
        self.update()

    # Qt

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        if self._shown is None:
            return super().sizeHint()
        size = self._shown.size(1e6)
        return QSize(math.ceil(size.width()), math.ceil(size.height()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        if self._shown is None:
            return super().minimumSizeHint()
        return QSize(LEAST_WIDTH, math.ceil(self._shown.size(1e6).height()))

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        if self._shown is None:
            return super().heightForWidth(width)
        return math.ceil(self._shown.size(width).height())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (
            QEvent.Type.FontChange,
            QEvent.Type.PaletteChange,
            QEvent.Type.StyleChange,
        ):
            self._begin()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self._shown is None:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._shown.paint(painter, QRectF(self.contentsRect()))
