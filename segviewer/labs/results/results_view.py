"""How the lab “Results” is drawn."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QStackedWidget, QWidget

from segviewer.labs.results.class_bars import ClassBar, ClassBars
from segviewer.labs.results.dot_chart import Dot, DotChart
from segviewer.labs.results.results import ResultsShown
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.tables.sorted_table import SortedTable


class ResultsView(QWidget):
    """The table on the left, a drawing of it on the right."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self._shown: ResultsShown | None = None
        self.table = SortedTable("Results")
        self.dots, self.bars = DotChart(), ClassBars()
        self.plot = Plot("parameters, million", "", log_x=True, x_ticks=TICKS)
        self.drawings = QStackedWidget()
        for drawing in (self.dots, self.bars, self.plot):
            self.drawings.addWidget(drawing)
        layout = self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.drawings, 1)
        self.table.head_clicked.connect(self._on_head)
        self.table.row_chosen.connect(self._on_row)
        self.dots.chosen.connect(self._on_dot)

    def show_result(self, shown: ResultsShown | None) -> None:
        self._shown = shown
        self.setVisible(shown is not None)
        if shown is None:
            return
        self.table.show_table(shown.heads, shown.rows, shown.sorted_by, shown.falls, shown.chosen)
        name = shown.names[shown.chosen]
        places = [i for i, dot in enumerate(shown.dots) if dot[0] == name]
        ours = f"{shown.label}, here on CamVid"
        self.dots.set_dots([Dot(*dot) for dot in shown.dots], shown.label, *places[:1], other=ours)
        self.bars.set_bars([ClassBar(*bar) for bar in shown.bars])
        self.plot.set_labels("parameters, million", shown.label)
        known = shown.size if math.isfinite(shown.size) else None
        self.plot.set_curves(
            [Curve(x, y, family, points=True) for family, x, y in shown.families], known
        )
        self._arrange()
        self.drawings.setCurrentIndex(("methods", "classes", "size").index(shown.drawing))

    def _arrange(self) -> None:
        """Table beside its drawing where both are whole so, else above it."""
        table = self.table.horizontalHeader()
        columns = range(table.count())
        needed = sum(
            max(table.sectionSizeHint(c), self.table.sizeHintForColumn(c)) for c in columns
        )
        if self.table.scrolls():
            needed = min(needed, MOST_NEEDED)
        bar = self.table.verticalScrollBar().sizeHint().width() + 2 * self.table.frameWidth()
        share = (needed + bar) / max(1, self.width() - self._layout.spacing())
        beside = share <= TABLE_SHARE
        ways = QBoxLayout.Direction
        self._layout.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        of_table = math.ceil(1000 * share) if beside else 500
        self._layout.setStretch(0, max(500, of_table))
        self._layout.setStretch(1, 1000 - max(500, of_table))

    def resizeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self._arrange()

    def _on_head(self, column: int) -> None:
        if self._shown is None or not column:
            return
        if column == self._shown.sorted_by:
            self.edited.emit("best_first", not self._shown.best_first, True)
        else:
            self.edited.emit("column", self._shown.columns[column - 1], True)

    def _on_row(self, place: int) -> None:
        if self._shown is not None:
            self.edited.emit("row", self._shown.names[place], True)

    def _on_dot(self, index: int) -> None:
        if self._shown is not None and self._shown.dots[index][0] in self._shown.names:
            self.edited.emit("row", self._shown.dots[index][0], True)


TABLE_SHARE = 0.6  # of the width, that the table takes at most beside its drawing
MOST_NEEDED = 640  # pixels of a table that is scrolled, however many columns it has
TICKS = (0.5, 1, 2, 3, 4, 5, 7, 10, 20, 30, 50, 100, 150)  # million parameters
