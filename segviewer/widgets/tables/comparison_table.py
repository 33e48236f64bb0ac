"""A small table of two columns of figures, to be read and to be copied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from segviewer.widgets.tables.written_table import WrittenTable
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.typography import semibold, tabular

UNKNOWN = "–"
PAD = 14  # of a cell, beside its text


@dataclass(frozen=True)
class Figure:
    """One number: as shown, and as copied, without a unit."""

    text: str = UNKNOWN
    copied: str = ""


@dataclass(frozen=True)
class ComparisonRow:
    """One figure of both.

    Attributes
    ----------
    label, unit, tip : str
        The unit is for copies only; shown figures carry it.
    first, second : Figure or None
        `second` is None where one figure belongs to both.
    """

    label: str
    first: Figure
    second: Figure | None
    unit: str = ""
    tip: str = ""


class ComparisonTable(WrittenTable, QTableWidget):
    """Rows of figures; what differs stands out, what is equal is quiet.

    Where its words and figures do not fit beside each other, the figures stand under their words.
    """

    def __init__(self, parent: QWidget | None = None):
        super().__init__(0, 3, parent)
        self._rows: tuple[ComparisonRow, ...] = ()
        self._stacked = False
        self._heads = ("A", "B")
        self.setObjectName("comparison")
        self.setAccessibleName("Numbers of A and B")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.setFont(tabular(self.font()))
        self.setEditTriggers(self.EditTrigger.NoEditTriggers)
        self.setSelectionMode(self.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.sectionResized.connect(self._fit_rows)
        self.add_copying("Copy table")
        self._write_heads()

    def set_heads(self, first: str, second: str) -> None:
        """Say in full what the columns are, for tooltips and copies."""
        self._heads = (first, second)
        self._write_heads()

    def set_rows(self, rows: Sequence[ComparisonRow]) -> None:
        """Show `rows`."""
        rows = tuple(rows)
        if rows == self._rows:
            return
        self._rows = rows
        self._write()

    def rows(self) -> tuple[ComparisonRow, ...]:
        """The rows shown."""
        return self._rows

    def text(self) -> str:
        """The table with tabs between its columns, numbers without units."""
        lines = ["\t".join(("", *self._heads))]
        for row in self._rows:
            label = f"{row.label} ({row.unit})" if row.unit else row.label
            second = row.first if row.second is None else row.second
            lines.append("\t".join((label, row.first.copied, second.copied)))
        return "\n".join(lines) + "\n"

    def _write_heads(self) -> None:
        for column, (text, tip) in enumerate(zip(("", "A", "B"), ("", *self._heads), strict=True)):
            head = QTableWidgetItem(text)
            head.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            head.setToolTip(plain_tip(tip))
            self.setHorizontalHeaderItem(column, head)

    def _write(self) -> None:
        colours = self._note_look()
        self.clearSpans()
        each = 2 if self._stacked else 1
        self.setRowCount(each * len(self._rows))
        self.setColumnHidden(0, self._stacked)
        for place, row in enumerate(self._rows):
            shared = row.second is None
            figures = (row.first,) if row.second is None else (row.first, row.second)
            # As shown: two bold figures that read the same would only puzzle.
            differs = shared or figures[0].text != figures[-1].text
            label = QTableWidgetItem(row.label)
            label.setForeground(QColor(colours.muted))
            cells = [QTableWidgetItem(figure.text) for figure in figures]
            for cell in cells:
                cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                cell.setForeground(QColor(colours.text if differs else colours.muted))
                if differs:
                    cell.setFont(semibold(self.font()))
            below = each * place + each - 1
            for at, column, cell in (
                (each * place, each - 1, label),
                *((below, column, cell) for column, cell in enumerate(cells, 1)),
            ):
                cell.setToolTip(plain_tip(row.tip))
                self.setItem(at, column, cell)
            if self._stacked:
                self.setSpan(below - 1, 1, 1, 2)
            if shared:
                self.setSpan(below, 1, 1, 2)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """As wide as the figures, and the words have the rest; or the words above the figures."""
        bold = QFontMetrics(semibold(self.font()))

        def wide(texts: Iterable[str]) -> int:
            return max(map(bold.horizontalAdvance, texts), default=0) + PAD

        pairs = [(row.first.text, row.second.text) for row in self._rows if row.second is not None]
        first, second = wide(one for one, _ in pairs), wide(one for _, one in pairs)
        words = wide(word for row in self._rows for word in row.label.split())
        room = self.viewport().width()
        if (words + first + second > room) != self._stacked:
            self._stacked = not self._stacked
            self._write()
            return
        if self._stacked:
            first = room // 2
            second = room - first
        else:  # a figure of both may be longer than the two beside each other
            both = wide(row.first.text for row in self._rows if row.second is None)
            second += max(0, min(both, room - words) - first - second)
        for column, width in ((1, first), (2, second)):
            self.horizontalHeader().resizeSection(column, width)
        self._fit_rows()

    def _fit_rows(self) -> None:
        self.resizeRowsToContents()
        self.updateGeometry()

    # Qt

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        # Whole: a scrolling table inside a scrolling panel is one scroll bar too many.
        height = self.horizontalHeader().sizeHint().height()
        return QSize(160, height + sum(self.rowHeight(row) for row in range(self.rowCount())) + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit_columns()
