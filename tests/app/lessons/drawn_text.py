"""Watches what text a window draws: where, how large, cut, elided, or one over another.

Every drawing of this program goes through QPainter; labels and buttons draw inside Qt and are
measured by their hints. Found by drawing, so it needs no picture to compare with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontInfo, QFontMetrics, QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDockWidget,
    QLabel,
    QListWidget,
    QPushButton,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QTableView,
    QWidget,
)

from segviewer.widgets.canvas.empty_state import EmptyState

SLACK = 3  # pixels that a measure may be wrong
OVERLAP = 0.3  # of the smaller of two texts that may lie under the other: letters have room around
SHARE_SEEN = 0.5  # of a text that must lie in its widget to count as drawn there


@dataclass
class Drawn:
    """Faults of one picture, each a kind and words.

    Attributes
    ----------
    smallest : float
        Pixels that the letters must have.
    """

    smallest: float
    faults: list[tuple[str, str]] = field(default_factory=list)
    boxes: dict[int, list[tuple[str, QRectF]]] = field(default_factory=dict)

    def add(self, kind: str, words: str) -> None:
        if (kind, words) not in self.faults:
            self.faults.append((kind, words))

    def note(self, painter: QPainter, text: str, box: QRectF) -> None:
        """A text that is drawn into `box` of the painter's own coordinates."""
        if not text.strip() or painter.opacity() < 0.15:
            return
        size = QFontInfo(painter.font()).pixelSize() * painter.worldTransform().m22()
        if 0 < size < self.smallest * 0.97:
            self.add("small", f"{text[:40]!r} {size:.0f} px")
        device = painter.device()
        if not isinstance(device, QWidget):
            return
        here = painter.worldTransform().mapRect(box)
        room = QRectF(device.rect())
        if here.intersected(room).height() * here.intersected(room).width() < 1:
            return  # scrolled out of sight
        if (
            here.left() < -SLACK
            or here.right() > room.right() + SLACK + 1
            or here.top() < -SLACK - 2
            or here.bottom() > room.bottom() + SLACK + 2
        ):
            self.add("outside", f"{text[:40]!r} of {type(device).__name__}")
        boxes = self.boxes.setdefault(id(device), [])
        for other, there in boxes:
            if other != text and _share(here, there) > OVERLAP:
                self.add("over", f"{text[:30]!r} and {other[:30]!r}")
        boxes.append((text, here))


def _share(one: QRectF, other: QRectF) -> float:
    both = one.intersected(other)
    smaller = min(one.width() * one.height(), other.width() * other.height())
    return both.width() * both.height() / smaller if smaller > 0 and not both.isEmpty() else 0.0


@contextmanager
def watched(drawn: Drawn) -> Iterator[None]:
    """Have what is drawn meanwhile noted in `drawn`."""
    draw, elide, elide_f = QPainter.drawText, QFontMetrics.elidedText, QFontMetricsF.elidedText

    def noted(painter: QPainter, *arguments: Any) -> Any:
        text = next((a for a in arguments if isinstance(a, str)), "")
        first = arguments[0]
        if text and not isinstance(first, int | float):
            if hasattr(first, "width"):
                flags = next((a for a in arguments[1:] if not isinstance(a, str)), 0)
                flags = int(flags) if isinstance(flags, int) else getattr(flags, "value", 0)
                box = painter.boundingRect(QRectF(first), flags, text)
                room = QRectF(first)
                if box.width() > room.width() + SLACK or box.height() > room.height() + 2 * SLACK:
                    drawn.add("cut", f"{text[:40]!r}")
            else:
                measured = QFontMetricsF(painter.font())
                at = QPointF(first)
                wide, tall = measured.horizontalAdvance(text), measured.height()
                box = QRectF(at.x(), at.y() - measured.ascent(), wide, tall)
            # Letters fill the middle of their line.
            drawn.note(painter, text, box.adjusted(0, 0.2 * box.height(), 0, -0.2 * box.height()))
        return draw(painter, *arguments)

    def elided(original: Any) -> Any:
        def shorten(metrics: Any, text: str, *arguments: Any) -> str:
            short = original(metrics, text, *arguments)
            if short != text:
                drawn.add("elided", f"{text[:40]!r} as {short[:20]!r}")
            return short

        return shorten

    QPainter.drawText = noted  # type: ignore[method-assign]
    QFontMetrics.elidedText = elided(elide)  # type: ignore[method-assign]
    QFontMetricsF.elidedText = elided(elide_f)  # type: ignore[method-assign]
    try:
        yield
    finally:
        QPainter.drawText = draw  # type: ignore[method-assign]
        QFontMetrics.elidedText = elide  # type: ignore[method-assign]
        QFontMetricsF.elidedText = elide_f  # type: ignore[method-assign]


def _room_of(button: QAbstractButton) -> int:
    """Pixels that the words of a button have."""
    if not isinstance(button, QPushButton):
        return button.width() - 4
    option = QStyleOptionButton()
    button.initStyleOption(option)
    inside = QStyle.SubElement.SE_PushButtonContents
    return button.style().subElementRect(inside, option, button).width()


def _measure_column(table: QTableView, column: int, drawn: Drawn) -> None:
    """Cells whose words do not fit, in however many lines."""
    model, metrics = table.model(), table.fontMetrics()
    for row in range(model.rowCount()):
        words = str(model.index(row, column).data() or "")
        spanned = range(column, column + table.columnSpan(row, column))
        room = sum(map(table.columnWidth, spanned)) - 2 * SLACK
        box = QRect(0, 0, room, 10_000)
        flags = int(Qt.TextFlag.TextWordWrap) if table.wordWrap() else 0
        needed = metrics.boundingRect(box, flags, words)
        if needed.width() > room + SLACK or needed.height() > table.rowHeight(row) + SLACK:
            drawn.add("elided", f"{words[:30]!r} in {table.accessibleName()[:30]!r}")


def measure_widgets(window: QWidget, drawn: Drawn) -> None:
    """Labels, buttons and lists that show less than all of their words."""
    for dock in window.findChildren(QDockWidget):
        # Where its contents ask for more than the window has, Qt lets it hang over the edge.
        if dock.isVisible() and not window.rect().contains(dock.geometry()):
            drawn.add("outside", f"dock {dock.windowTitle()!r} of the window")
    nothing_open = {
        id(one) for e in window.findChildren(EmptyState) for one in e.findChildren(QLabel)
    }
    for label in window.findChildren(QLabel):
        if id(label) in nothing_open:
            continue  # a lecture has a photograph
        if (
            not label.isVisible()
            or not label.text()
            or label.pixmap()
            and not label.pixmap().isNull()
        ):
            continue
        if QFontInfo(label.font()).pixelSize() < drawn.smallest * 0.97:
            drawn.add(
                "small", f"label {label.text()[:40]!r} {QFontInfo(label.font()).pixelSize()} px"
            )
        wraps = label.wordWrap()
        tall = label.heightForWidth(label.width()) if wraps else label.sizeHint().height()
        wide = 0 if wraps else label.sizeHint().width()
        if tall > label.height() + SLACK or wide > label.width() + SLACK:
            drawn.add("cut", f"label {label.text()[:50]!r}")
    for button in window.findChildren(QAbstractButton):
        lines = button.text().replace("&", "").split("\n")
        wide = max(map(button.fontMetrics().horizontalAdvance, lines))
        if button.isVisible() and button.text() and wide > _room_of(button) + SLACK:
            drawn.add("cut", f"button {button.text()[:50]!r}")
    for combo in window.findChildren(QComboBox):
        option = QStyleOptionComboBox()
        combo.initStyleOption(option)
        field = combo.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, combo
        )
        wide = combo.fontMetrics().horizontalAdvance(combo.currentText())
        if combo.isVisible() and wide > field.width() + SLACK:
            drawn.add("cut", f"choice {combo.currentText()[:50]!r}")
    for table in window.findChildren(QTableView):
        for column in range(table.model().columnCount()) if table.isVisible() else ():
            if not table.isColumnHidden(column):
                _measure_column(table, column, drawn)
    for entries in window.findChildren(QListWidget):
        room = entries.viewport().width()
        for row in range(entries.count()) if entries.isVisible() and not entries.wordWrap() else ():
            item = entries.item(row)
            seen = entries.visualItemRect(item).intersects(entries.viewport().rect())
            if seen and entries.fontMetrics().horizontalAdvance(item.text()) > room - 4:
                drawn.add("elided", f"entry {item.text()[:50]!r}")
