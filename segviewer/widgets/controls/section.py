"""A part of a side panel that folds away under a small-caps head."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import head_as_drawn, section_head

HEAD_HEIGHT = 32


class Section(QWidget):
    """Head and content; a click on the head folds and unfolds.

    Parameters
    ----------
    title : str
    content : QWidget
    trailing : QWidget, optional
        Small control at the right end of the head, such as a switch.

    Signals
    -------
    toggled(bool)
        True when unfolded.
    """

    toggled = Signal(bool)

    def __init__(
        self,
        title: str,
        content: QWidget,
        trailing: QWidget | None = None,
        parent: QWidget | None = None,
    ):
        super().__init__(parent)
        self._head = _Head(title)
        self._head.toggled.connect(self._on_toggled)
        self._content = content
        self._wanted, self._away = True, False
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._head, 1)
        if trailing is not None:
            line.addWidget(trailing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 8)
        layout.setSpacing(4)
        layout.addLayout(line)
        layout.addWidget(content)

    def content(self) -> QWidget:
        """What folds away."""
        return self._content

    def is_open(self) -> bool:
        """Whether the content shows."""
        return self._head.isChecked()

    def set_open(self, on: bool) -> None:
        """Fold or unfold."""
        self._head.setChecked(on)

    def put_away(self, on: bool) -> None:
        """Hide it, whoever shows it meanwhile; or let it be seen again if it would be."""
        self._away = on
        super().setVisible(self._wanted and not on)

    def setVisible(self, visible: bool) -> None:  # noqa: N802 (Qt's name)
        self._wanted = visible
        super().setVisible(visible and not self._away)

    def _on_toggled(self, on: bool) -> None:
        self._content.setVisible(on)
        self.toggled.emit(on)


class _Head(QAbstractButton):
    def __init__(self, title: str):
        super().__init__()
        self.setText(title)
        self.setAccessibleName(title)
        self.setCheckable(True)
        self.setChecked(True)
        self.setFont(section_head(self.font()))
        self._fit()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def _fit(self) -> None:
        self.setFixedHeight(max(HEAD_HEIGHT, self.fontMetrics().height() + 10))

    def changeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def sizeHint(self):  # noqa: N802
        size = QFontMetrics(head_as_drawn(self.font())).size(0, self.text())
        size.setWidth(size.width() + 24)
        return size

    def paintEvent(self, event) -> None:  # noqa: N802
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong = self.underMouse() or self.hasFocus()
        colour = QColor(colours.text if strong else colours.muted)
        pen = QPen(colour, 1.5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        rtl = self.isRightToLeft()
        x, y = (self.width() - 6.0 if rtl else 6.0), self.height() / 2
        if self.isChecked():
            arrow = [QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)]
        else:
            way = -1 if rtl else 1
            arrow = [
                QPointF(x - 2 * way, y - 4),
                QPointF(x + 2 * way, y),
                QPointF(x - 2 * way, y + 4),
            ]
        painter.drawPolyline(arrow)
        painter.setFont(head_as_drawn(self.font()))
        text = self.rect().adjusted(0, 0, -18, 0) if rtl else self.rect().adjusted(18, 0, 0, 0)
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | side, self.text())
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 1))
            painter.drawRoundedRect(self.rect().adjusted(0, 2, -1, -3), 4, 4)
