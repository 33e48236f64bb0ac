"""All layers of a network as a table to read, to copy and to point into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from segviewer.analysis.networks.network_card import UNKNOWN_FIELD, CardRow
from segviewer.widgets.diagrams.stage_words import field_text
from segviewer.widgets.language.shown_cells import ShownCells
from segviewer.widgets.language.words import translated
from segviewer.widgets.tables.copied_table import CopiedTable
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import semibold, tabular


class Column(NamedTuple):
    """Head, tooltip, cell as shown, cell as copied, whether it is a number."""

    head: str
    tip: str
    shown: Callable[[CardRow], str]
    copied: Callable[[CardRow], Any]
    number: bool = True


def _field(row: CardRow) -> str:
    whole, local = row.theoretical_receptive_field, row.local_receptive_field
    if whole is None:
        return f"picture · {local:,}" if local > 0 else "picture"
    return f"{whole:,}" if whole != UNKNOWN_FIELD else "–"


def _copied_field(row: CardRow) -> Any:
    whole = row.theoretical_receptive_field
    return "picture" if whole is None else whole if whole != UNKNOWN_FIELD else ""


def _if(value: float, unless: float = 0) -> str:
    return "" if value == unless else f"{value:,.4g}" if isinstance(value, float) else f"{value:,}"


COLUMNS = (
    Column("Layer", "Name in the network", lambda r: r.name, lambda r: r.name, False),
    Column("Kind", "", lambda r: r.kind, lambda r: r.kind, False),
    Column(
        "Output",
        "Width and height of its map",
        lambda r: f"{r.width}×{r.height}",
        lambda r: f"{r.width}×{r.height}",
    ),
    Column("Channels", "", lambda r: f"{r.channels:,}", lambda r: r.channels),
    Column(
        "Kernel",
        "Side of the kernel in taps",
        lambda r: _if(r.kernel, 1) if r.kernel else "all",
        lambda r: r.kernel or "all",
    ),
    Column("Stride", "", lambda r: _if(r.stride, 1), lambda r: r.stride),
    Column(
        "Rate",
        "Distance of the taps: above 1 the kernel has holes",
        lambda r: _if(r.rate, 1),
        lambda r: r.rate,
    ),
    Column(
        "Jump",
        "Pixels of the picture between neighbouring units",
        lambda r: _if(r.jump) or "–",
        lambda r: f"{r.jump:.6g}" if r.jump else "",
    ),
    Column(
        "Receptive field",
        "Side in pixels of what a unit can depend on so far; after “picture ·” the same without "
        "paths through global pooling",
        _field,
        _copied_field,
    ),
    Column("Parameters", "Trained numbers", lambda r: _if(r.parameters), lambda r: r.parameters),
    Column("Multiply-adds", "", lambda r: _if(r.multiply_adds), lambda r: r.multiply_adds),
)
LOCAL_HEAD = "Field without global pooling"
RATE = next(place for place, column in enumerate(COLUMNS) if column.head == "Rate")
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


Index = QModelIndex | QPersistentModelIndex


class LayerModel(QAbstractTableModel):
    """Rows of a network card for a view."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._rows: tuple[CardRow, ...] = ()
        self._layer = self._stage = ""
        self.bold = QFont()

    def set_rows(self, rows: Sequence[CardRow]) -> None:
        """Show `rows`; where they are as many as before, choice and place are kept."""
        if len(rows) == len(self._rows):
            self._rows = tuple(rows)
            self.repaint()
            return
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def rows(self) -> tuple[CardRow, ...]:
        """The rows shown."""
        return self._rows

    def set_chosen(self, layer: str, stage: str) -> None:
        """Mark one layer, and tint the rows of a stage; empty for none."""
        if (layer, stage) != (self._layer, self._stage):
            self._layer, self._stage = layer, stage
            self.repaint()

    def repaint(self) -> None:
        """Notify views that colours have changed."""
        if self._rows:
            last = self.index(len(self._rows) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    # Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt's way)
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section, orientation, role=Qt.ItemDataRole.DisplayRole):  # noqa: N802
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return translated(column.head)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(translated(column.tip)) or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column.number else LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self._rows[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.shown(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column.number else LEFT
        if role == Qt.ItemDataRole.ForegroundRole:
            colours = tokens()
            if index.column() == RATE:
                return QColor(symbol_colour("r", colours.dark) or colours.text)
            quiet = not row.multiply_adds and not row.parameters
            return QColor(colours.muted if quiet or index.column() == 1 else colours.text)
        if role == Qt.ItemDataRole.BackgroundRole and self._stage and row.stage == self._stage:
            tint = QColor(tokens().accent)
            tint.setAlphaF(0.16)
            return tint
        if role == Qt.ItemDataRole.FontRole and self._layer and row.name == self._layer:
            return self.bold
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tip(row, column))
        return None

    @staticmethod
    def _tip(row: CardRow, column: Column) -> str:
        if column.head == "Receptive field":
            return field_text(row.theoretical_receptive_field, row.local_receptive_field)
        looked = "Double-click: its activations over the picture"
        return f"{row.name}\n{looked}" if row.has_map else row.name


class LayerTable(CopiedTable, QTableView):
    """The table; Ctrl+C copies the chosen rows, or all of them, with tabs.

    Signals
    -------
    layer_activated(str)
        Double-click or Enter on a layer whose map can be looked at.
    """

    layer_activated = Signal(str)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("layers")
        self.setAccessibleName("Layers of the network")
        self._model = LayerModel(self)
        self.setFont(tabular(self.font()))
        self._model.bold = semibold(self.font())
        self.setModel(self._model)
        self.setItemDelegate(ShownCells(self))
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setStretchLastSection(False)
        self.add_copying("Copy rows")
        self.doubleClicked.connect(self._on_activated)

    def set_rows(self, rows: Sequence[CardRow]) -> None:
        """Show `rows`; the place scrolled to is kept where they are as many as before."""
        rows = tuple(rows)
        if rows == self._model.rows():
            return
        fresh = [r.name for r in rows] != [r.name for r in self._model.rows()]
        self._model.set_rows(rows)
        if fresh:
            self._fit_columns()
        # Now, so that a row can be scrolled to at once.
        self.executeDelayedItemsLayout()
        self.updateGeometries()

    def rows(self) -> tuple[CardRow, ...]:
        """The rows shown."""
        return self._model.rows()

    def set_chosen(self, layer: str, stage: str) -> None:
        """Mark `layer` and tint its stage, and bring the first of those rows into view."""
        self._model.set_chosen(layer, stage)
        rows = self._model.rows()
        place = next((n for n, r in enumerate(rows) if layer and r.name == layer), None)
        if place is None:
            place = next((n for n, r in enumerate(rows) if stage and r.stage == stage), None)
        if place is not None:
            self.scrollTo(self._model.index(place, 0), self.ScrollHint.PositionAtTop)

    def text(self) -> str:
        """Chosen rows, or all, with tabs between columns and bare numbers."""
        chosen = sorted({index.row() for index in self.selectionModel().selectedRows()})
        rows = [self.rows()[n] for n in chosen] or list(self.rows())
        lines = ["\t".join((*(column.head for column in COLUMNS), LOCAL_HEAD))]
        for row in rows:
            local = row.local_receptive_field
            cells = (
                *(str(column.copied(row)) for column in COLUMNS),
                str(local if local >= 0 else ""),
            )
            lines.append("\t".join(cells))
        return "\n".join(lines) + "\n"

    def _on_activated(self, index: QModelIndex) -> None:
        if index.isValid() and self.rows()[index.row()].has_map:
            self.layer_activated.emit(self.rows()[index.row()].name)

    def _fit_columns(self) -> None:
        # The chosen row is bold.
        header, metrics = self.horizontalHeader(), QFontMetrics(self._model.bold)
        for place, column in enumerate(COLUMNS):
            texts = {column.head, *(column.shown(row) for row in self.rows())}
            width = max(metrics.horizontalAdvance(text) for text in texts) + 24
            header.resizeSection(place, min(width, 48 * metrics.averageCharWidth() + 24))
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)

    # Qt

    def keyPressEvent(self, event) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not (
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self._on_activated(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._model.repaint()
        elif event.type() == QEvent.Type.FontChange and self.model() is not None:
            self._model.bold = semibold(self.font())
            self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
            self._fit_columns()
