"""A table of figures beside a drawing: words on the left, numbers on the right, to be copied."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from segviewer.widgets.tables.written_table import WrittenTable
from segviewer.widgets.theme.typography import tabular

FEW = 4  # columns that are never scrolled


class FigureTable(WrittenTable, QTableWidget):
    """Rows of text; the first column is words, all others are numbers.

    Parameters
    ----------
    heads : sequence of str
    """

    def __init__(self, heads: Sequence[str], name: str, parent: QWidget | None = None):
        super().__init__(0, len(heads), parent)
        self._heads = tuple(heads)
        self._rows: tuple[tuple[str, ...], ...] = ()
        self.setAccessibleName(name)
        self.setObjectName("comparison")  # whose look it has
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setFont(tabular(self.font()))
        self.setEditTriggers(self.EditTrigger.NoEditTriggers)
        self.setSelectionMode(self.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        # Long names wrap, and rows grow with the text.
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(self._heads)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.setMinimumHeight(60)
        self.add_copying("Copy table")
        self._write()

    def set_heads(self, heads: Sequence[str]) -> None:
        """Rename the columns, as many as before."""
        self._heads = tuple(heads)
        self._write()

    def set_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show `rows`, each as long as the heads."""
        self._rows = tuple(tuple(row) for row in rows)
        self._write()

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The rows shown."""
        return self._rows

    def text(self) -> str:
        """The table with tabs between its columns."""
        return "\n".join("\t".join(row) for row in (self._heads, *self._rows)) + "\n"

    def _write(self) -> None:
        colours = self._note_look()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for column, text in enumerate(self._heads):
            head = QTableWidgetItem(text)
            head.setTextAlignment(right if column else left)
            self.setHorizontalHeaderItem(column, head)
        self.setRowCount(len(self._rows))
        for place, row in enumerate(self._rows):
            for column, text in enumerate(row):
                cell = QTableWidgetItem(text)
                cell.setTextAlignment(right if column else left)
                cell.setForeground(QColor(colours.text if column else colours.muted))
                self.setItem(place, column, cell)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """All columns in sight where they are few: of the first one the longest of its words."""
        hint = super().minimumSizeHint()
        if len(self._heads) > FEW:
            return hint
        metrics, header = self.fontMetrics(), self.horizontalHeader()
        words = [word for row in (self._heads, *self._rows) for word in row[0].split()]
        wide = max(map(metrics.horizontalAdvance, words), default=0) + 12
        for column in range(1, len(self._heads)):
            wide += max(self.sizeHintForColumn(column), header.sectionSizeHint(column))
        return QSize(max(hint.width(), wide + 2), hint.height())
