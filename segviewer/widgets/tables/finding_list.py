"""Findings one below the other: how grave, what, why, and a button for each remedy."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from segviewer.crf.diagnosis.finding import Finding
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import semibold

_WORDS = {"error": "Error", "warning": "Warning", "note": "Note", "fine": "In order"}


class FindingList(QWidget):
    """The doctor's findings.

    Signals
    -------
    asked(dict)
        ``{"crf": {field: value}}`` of a remedy that was clicked.
    """

    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self.area)
        self.setMinimumSize(160, 72)
        self._shown: tuple[Finding, ...] = ()
        self.show_result(None)

    def show_result(self, shown: tuple[Finding, ...] | None) -> None:
        """Show findings of :mod:`segviewer.crf.diagnosis.diagnosis`; None empties the list."""
        if shown is not None and shown == self._shown:
            return  # a button that is about to be clicked stays where it is
        self._shown = shown or ()
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 4, 8, 4)
        layout.setSpacing(12)
        for finding in self._shown:
            layout.addWidget(FindingRow(finding, self.asked))
        layout.addStretch(1)
        self.area.setWidget(inside)  # which deletes the one before

    def rows(self) -> list[FindingRow]:
        """The rows, from top to bottom."""
        inside = self.area.widget()
        return [] if inside is None else inside.findChildren(FindingRow)


class FindingRow(QWidget):
    """One finding."""

    def __init__(self, finding, asked, parent: QWidget | None = None):
        super().__init__(parent)
        self.finding = finding
        sign = SeveritySign(finding.severity)
        self.what, self.why = _words(finding.what), _words(finding.why)
        self.what.setFont(semibold(self.what.font()))
        self.why.setProperty("role", "muted")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.what)
        words.addWidget(self.why)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.buttons = []
        for fix in finding.fixes:
            button = QPushButton(fix.label)
            button.setToolTip(
                plain_tip(", ".join(f"{name} = {v:g}" for name, v in fix.changes.items()))
            )
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(
                lambda checked=False, fix=fix: asked.emit({"crf": dict(fix.changes)})
            )
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            self.buttons.append(button)


class SeveritySign(QWidget):
    """A sign that differs in shape as well as in colour."""

    def __init__(self, severity: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.severity = severity
        self.setFixedSize(QSize(20, 20))
        self.setToolTip(plain_tip(_WORDS[severity]))
        self.setAccessibleName(_WORDS[severity])

    def paintEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, mark = {
            "error": (colours.error, colours.on_error),
            "warning": (colours.warning, colours.on_warning),
            "note": (colours.info, colours.on_info),
            "fine": (colours.raised, colours.text),
        }[self.severity]
        area = QRectF(1.5, 1.5, 17, 17)
        painter.setBrush(QColor(fill))
        painter.setPen(QPen(QColor(mark), 1.2))
        if self.severity == "warning":
            painter.drawPolygon(
                QPolygonF([QPointF(10, 2), QPointF(18.5, 17.5), QPointF(1.5, 17.5)])
            )
        elif self.severity == "error":
            painter.drawRoundedRect(area, 3, 3)
        else:
            painter.drawEllipse(area)
        painter.setPen(QPen(QColor(mark), 1.8, c=Qt.PenCapStyle.RoundCap))
        if self.severity == "fine":
            painter.drawPolyline([QPointF(6, 10.5), QPointF(9, 13.5), QPointF(14, 7)])
        elif self.severity == "note":
            painter.drawLine(QPointF(10, 9.5), QPointF(10, 14))
            painter.drawPoint(QPointF(10, 6))
        elif self.severity == "warning":
            painter.drawLine(QPointF(10, 7.5), QPointF(10, 12))
            painter.drawPoint(QPointF(10, 15))
        else:
            painter.drawLine(QPointF(6.5, 6.5), QPointF(13.5, 13.5))
            painter.drawLine(QPointF(13.5, 6.5), QPointF(6.5, 13.5))


def _words(text: str) -> QLabel:
    label = PlainLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return label
