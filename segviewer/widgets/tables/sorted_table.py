"""A table of figures whose heads sort it and whose rows are chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QWidget

from segviewer.widgets.tables.figure_table import FigureTable
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import semibold

MOST_WHOLE = 5  # columns that are seen at once, whatever room there is


class SortedTable(FigureTable):
    """It shows the order it is given and asks for another.

    Signals
    -------
    head_clicked(int)
        Number of the column whose head was clicked.
    row_chosen(int)
        Number of the row that was clicked, or reached with the arrow keys.
    """

    head_clicked = Signal(int)
    row_chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None):
        self._chosen, self._sorted, self._falls = -1, -1, True
        super().__init__(("",), name, parent)
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self.head_clicked)
        self.cellClicked.connect(lambda row, column: self.row_chosen.emit(row))
        self.setCornerWidget(QWidget())  # Qt paints the empty corner black
        self.setHorizontalScrollMode(self.ScrollMode.ScrollPerPixel)

    def show_table(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        sorted_by: int,
        falls: bool,
        chosen: int,
    ) -> None:
        """Show rows that are sorted by a column already; `chosen` is marked."""
        self._sorted, self._falls, self._chosen = sorted_by, falls, chosen
        self._heads, self._rows = tuple(heads), tuple(tuple(row) for row in rows)
        self.setColumnCount(len(self._heads))
        self._write()
        header = self.horizontalHeader()
        # A wide table scrolls; its names keep the room that they need.
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        if not self.scrolls():
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        if 0 <= chosen < len(self._rows):
            self.scrollTo(self.model().index(chosen, max(0, sorted_by)))

    def scrolls(self) -> bool:
        """Whether it has more columns than are seen at once; its names keep their room then."""
        return len(self._heads) > MOST_WHOLE

    def chosen(self) -> int:
        """Number of the marked row, or -1."""
        return self._chosen

    def _write(self) -> None:
        super()._write()
        colours = tokens()
        for place in range(len(self._rows)):
            for column in range(len(self._heads)):
                cell = self.item(place, column)
                assert cell is not None
                if place == self._chosen:
                    cell.setBackground(QColor(colours.hover))
                if column == self._sorted:
                    cell.setFont(semibold(self.font()))
                if column == 0:
                    cell.setForeground(QColor(colours.text))
                    cell.setToolTip(plain_tip(cell.text()))
        head = self.horizontalHeaderItem(self._sorted)
        if head is not None:
            head.setText(f"{head.text()} {'▾' if self._falls else '▴'}")
            head.setFont(semibold(self.font()))

    def keyPressEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(event.key())
        if step is None or not self._rows:
            super().keyPressEvent(event)
            return
        self.row_chosen.emit(min(max(self._chosen + step, 0), len(self._rows) - 1))
