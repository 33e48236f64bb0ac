"""The pictures that were measured, as a table that is sorted, filtered and grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from segviewer.batch.picture_row import PictureRow
from segviewer.imaging.reading.file_names import shown_name
from segviewer.widgets.language.words import translated
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.theme import tokens

ROW = Qt.ItemDataRole.UserRole
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Column(IntEnum):
    """Columns of the table, the last two of which are not always there."""

    PICTURE, MIOU, ACCURACY, BOUNDARY, ENTROPY, WORST, FOCUS, DIFFERENCE = range(8)


HEADS = {
    Column.PICTURE: ("Picture", "Its errors in vermilion"),
    Column.MIOU: ("mIoU", "Mean IoU over the classes that its mask holds"),
    Column.ACCURACY: ("Accuracy", "Share of the compared pixels that are right"),
    Column.BOUNDARY: (
        "Boundary IoU",
        "IoU within 2 % of the diagonal of outlines (Cheng et al. 2021)",
    ),
    Column.ENTROPY: ("Entropy", "Mean entropy of the class probabilities, 0 to 1"),
    Column.WORST: ("Worst class", "The class of smallest IoU"),
    Column.DIFFERENCE: ("B − A", "mIoU of the present network, less that of A"),
}


_COLUMNS = tuple(Column)
_ANSWERED = {
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.TextAlignmentRole,
    Qt.ItemDataRole.ForegroundRole,
    Qt.ItemDataRole.ToolTipRole,
    ROW,
}
FIGURES = {
    Column.MIOU: "miou",
    Column.ACCURACY: "accuracy",
    Column.BOUNDARY: "mean_boundary_iou",
    Column.ENTROPY: "entropy",
}
"""Attributes of a row that are figures of its own."""


@dataclass(frozen=True)
class Focus:
    """Which pictures are listed, and what of them is shown.

    Attributes
    ----------
    target : int
        A class; -1 for all.
    predicted : int
        What it is taken for; -1 for whatever.
    """

    target: int = -1
    predicted: int = -1

    @property
    def is_confusion(self) -> bool:
        return self.predicted >= 0


class BenchModel(QAbstractTableModel):
    """Rows of :class:`PictureRow`, worst first until another order is asked for."""

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.classes: tuple[str, ...] = ()
        self.focus = Focus()
        self._rows: list[PictureRow] = []
        self._others: list[PictureRow | None] = []
        self._order = np.zeros(0, np.int64)
        self._sorted: tuple[Column, bool] = (Column.MIOU, False)  # and whether it falls
        self._compared = False

    # What it holds

    def start(self, classes: Sequence[str], compared: bool) -> None:
        """Hold nothing, of these classes; `compared` is whether A is measured, too."""
        self.beginResetModel()
        self.classes, self._compared = tuple(classes), compared
        self._rows, self._others = [], []
        self._order = np.zeros(0, np.int64)
        self.focus, self._sorted = Focus(), (Column.MIOU, False)
        self.endResetModel()

    def add(self, rows: Sequence[tuple[PictureRow, PictureRow | None]]) -> None:
        """Take further pictures into the order."""
        self.beginResetModel()
        self._rows += [row for row, _ in rows]
        self._others += [other for _, other in rows]
        self._arrange()
        self.endResetModel()

    def set_focus(self, focus: Focus) -> None:
        """List the pictures of a class or a confusion, the worst of it first."""
        self.beginResetModel()
        self.focus = focus
        column = Column.FOCUS if focus != Focus() else Column.MIOU
        self._sorted = (column, focus.is_confusion)
        self._arrange()
        self.endResetModel()

    def rows(self) -> list[PictureRow]:
        """All that was measured, as it came."""
        return self._rows

    def listed(self) -> list[PictureRow]:
        """The pictures in the order shown."""
        return [self._rows[place] for place in self._order]

    def row(self, place: int) -> PictureRow:
        """The picture at a place of the table."""
        return self._rows[self._order[place]]

    def place_of(self, picture: str) -> int:
        """Where a picture stands, or -1."""
        found = (n for n, at in enumerate(self._order) if self._rows[at].picture == picture)
        return next(found, -1)

    def sorted_by(self) -> tuple[Column, bool]:
        """The column that sorts, and whether its numbers fall."""
        return self._sorted

    def falls_at_first(self, column: int) -> bool:
        """Whether a column is sorted from its largest at first: what is worst comes first."""
        return column == Column.ENTROPY or (column == Column.FOCUS and self.focus.is_confusion)

    def columns(self) -> list[Column]:
        """Those that are shown."""
        hidden = {Column.FOCUS} if self.focus == Focus() else set()
        if not self._compared:
            hidden.add(Column.DIFFERENCE)
        if hidden != {Column.FOCUS, Column.DIFFERENCE}:
            hidden.add(Column.ENTROPY)  # names need the room
        return [column for column in Column if column not in hidden]

    def _arrange(self) -> None:
        column, falls = self._sorted
        listed = np.flatnonzero([self._is_listed(row) for row in self._rows])
        if column in (Column.PICTURE, Column.WORST):
            keys = [self._word(self._rows[place], column).casefold() for place in listed]
            by_word = sorted(range(len(keys)), key=keys.__getitem__, reverse=falls)
            self._order = listed[np.array(by_word, np.int64)]
            return
        values = np.array([self._number(int(place), column) for place in listed], np.float64)
        # Pictures without a figure stand last, whichever way the figures go.
        values = np.where(np.isnan(values), np.inf, -values if falls else values)
        failed = np.array([bool(self._rows[place].reason) for place in listed], np.bool_)
        self._order = listed[np.lexsort((failed, values))]

    def _is_listed(self, row: PictureRow) -> bool:
        focus = self.focus
        if focus.is_confusion:
            return row.pixels_of(focus.target, focus.predicted) > 0
        return focus.target < 0 or (not row.reason and not np.isnan(row.iou[focus.target]))

    def _word(self, row: PictureRow, column: Column) -> str:
        if column == Column.PICTURE:
            return shown_name(row.picture)
        return self.classes[row.worst_class] if row.worst_class >= 0 else ""

    def _number(self, place: int, column: Column) -> float:
        row, other = self._rows[place], self._others[place]
        if column == Column.FOCUS:
            if self.focus.is_confusion:
                return row.pixels_of(self.focus.target, self.focus.predicted)
            return row.iou[self.focus.target]
        if column == Column.DIFFERENCE:
            return float("nan") if other is None else row.miou - other.miou
        return getattr(row, FIGURES[column])

    # Qt

    def rowCount(self, parent=QModelIndex()) -> int:  # noqa: N802, B008 (Qt's name and way)
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent=QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(Column)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        if not 0 <= column < len(Column):
            return
        self.beginResetModel()
        self._sorted = (Column(column), order == Qt.SortOrder.DescendingOrder)
        self._arrange()
        self.endResetModel()

    def headerData(self, section, orientation, role=Qt.ItemDataRole.DisplayRole):  # noqa: N802
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if column in (Column.PICTURE, Column.WORST) else RIGHT
        if role == Qt.ItemDataRole.DisplayRole:
            head = self._focus_head() if column == Column.FOCUS else HEADS[column][0]
            head = translated(head)
            sorts, falls = self._sorted
            return f"{head} {'▾' if falls else '▴'}" if column == sorts else head
        if role == Qt.ItemDataRole.ToolTipRole and column != Column.FOCUS:
            return plain_tip(translated(HEADS[column][1]))
        return None

    def _focus_head(self) -> str:
        focus = self.focus
        if focus.target < 0:
            return ""
        name = self.classes[focus.target]
        return f"{name} → {self.classes[focus.predicted]}" if focus.is_confusion else f"IoU {name}"

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role not in _ANSWERED:
            return None  # most of what a view asks for at every turn of the wheel
        row, column = self.row(index.row()), _COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if column in (Column.PICTURE, Column.WORST) else RIGHT
        if role == Qt.ItemDataRole.ForegroundRole:
            colours = tokens()
            plain = column in (Column.PICTURE, self._sorted[0]) and not row.reason
            return QColor(colours.text if plain else colours.muted)
        if role == Qt.ItemDataRole.ToolTipRole and column == Column.PICTURE:
            lines = (row.picture, f"Not measured: {row.reason}" if row.reason else "", *row.notes)
            return plain_tip("\n".join(line for line in lines if line))
        if role == ROW:
            return row
        return None

    def _text(self, place: int, column: Column) -> str:
        row = self.row(place)
        if column in (Column.PICTURE, Column.WORST):
            return self._word(row, column)
        value = self._number(self._order[place], column)
        if np.isnan(value):
            return "–"
        if column == Column.FOCUS and self.focus.is_confusion:
            return f"{int(value):,} px"
        if column == Column.DIFFERENCE:
            return f"{value:+.3f}".replace("-", "−")
        return f"{value:.3f}"

    def text(self) -> str:
        """The table with tabs between its columns."""
        shown = self.columns()
        lines = ["\t".join(self.headerData(c, Qt.Orientation.Horizontal) for c in shown)]
        for place, row in enumerate(self.listed()):
            first = str(Path(row.picture))
            lines.append("\t".join([first, *(self._text(place, c) for c in shown[1:])]))
        return "\n".join(lines) + "\n"
