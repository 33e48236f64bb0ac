"""The table of measured pictures: each with its errors, to be gone through one by one."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from segviewer.app.datasets.bench_model import ROW, BenchModel, Column
from segviewer.batch.error_picture import error_picture
from segviewer.batch.picture_row import PictureRow
from segviewer.widgets.language.shown_cells import ShownCells
from segviewer.widgets.tables.copied_table import CopiedTable
from segviewer.widgets.tables.lazy_pictures import LazyPictures
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import tabular

THUMBNAIL = QSize(64, 48)
ROW_HEIGHT = 56
_MADE_SIDE = 192  # sharp at 200 %


class BenchTable(CopiedTable, QTableView):
    """Pictures in rows; Ctrl+C copies them all, with tabs.

    Signals
    -------
    picture_chosen(PictureRow)
        Clicked, reached with the arrow keys, or Enter.
    """

    picture_chosen = Signal(object)

    def __init__(self, model: BenchModel, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("layers")  # whose look it has
        self.setAccessibleName("Measured pictures")
        self.pictures = LazyPictures(THUMBNAIL, self)
        self.pictures.arrived.connect(lambda key: self.viewport().update())
        self.setFont(tabular(self.font()))
        self._model = model
        self.setModel(model)
        self.setItemDelegate(ShownCells(self))
        self.setItemDelegateForColumn(Column.PICTURE, _PictureDelegate(self))
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        side = self.verticalHeader()
        side.hide()
        # One height for all: ten thousand rows are never asked for theirs.
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        side.setMinimumSectionSize(ROW_HEIGHT)
        side.setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(Column.PICTURE, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(48)
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._on_head)
        self.add_copying("Copy table")
        self._chosen = ""
        self.clicked.connect(self._on_chosen)
        model.modelReset.connect(self._on_reset)
        self._on_reset()

    def text(self) -> str:
        """The table with tabs between its columns."""
        return self._model.text()

    def mark(self, picture: str) -> None:
        """Mark the row of a picture, if it is listed, without choosing it."""
        self._chosen = picture
        place = self._model.place_of(picture) if picture else -1
        if place < 0:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
            return
        if self.currentIndex().row() != place:
            self.selectRow(place)

    def _on_head(self, column: int) -> None:
        now, falls = self._model.sorted_by()
        # Words from A, what is worst first; the same head again turns it.
        turned = not falls if column == now else self._model.falls_at_first(column)
        order = Qt.SortOrder.DescendingOrder if turned else Qt.SortOrder.AscendingOrder
        self._model.sort(column, order)
        self.verticalScrollBar().setValue(0)

    def _on_chosen(self, index: QModelIndex) -> None:
        if index.isValid():
            row = self._model.row(index.row())
            self._chosen = row.picture
            self.picture_chosen.emit(row)

    def _on_reset(self) -> None:
        model = self._model
        shown = model.columns()
        metrics = self.fontMetrics()
        for column in Column:
            self.setColumnHidden(column, column not in shown)
            if column in shown and column != Column.PICTURE:
                head = model.headerData(column, Qt.Orientation.Horizontal)
                names = model.classes if column == Column.WORST else ("0.000",)
                widest = max((metrics.horizontalAdvance(t) for t in (*names, head)), default=0)
                self.setColumnWidth(column, min(widest, 168) + 24)
        if self._chosen:
            self.mark(self._chosen)

    def keyPressEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        before = self.currentIndex()
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()  # the window's: picture before and after, in this order
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._on_chosen(before)
            return
        super().keyPressEvent(event)
        if self.currentIndex().row() != before.row():
            self._on_chosen(self.currentIndex())


class _PictureDelegate(QStyledItemDelegate):
    """The small picture with its errors, its name beside it; why, where it was not measured."""

    def __init__(self, table: BenchTable):
        super().__init__(table)
        self._table = table

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        self.initStyleOption(option, index)
        text, option.text = option.text, ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        row: PictureRow = index.data(ROW)
        place = QRect(option.rect.left() + 8, 0, THUMBNAIL.width(), THUMBNAIL.height())
        place.moveTop(option.rect.center().y() - place.height() // 2)
        image = self._table.pictures.get(
            (row.picture, row.key or row.target), partial(_small_picture, row)
        )
        painter.save()
        colours = tokens()
        if image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            fitted = image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
            inside = QRect(place.topLeft(), fitted)
            inside.moveCenter(place.center())
            painter.drawImage(inside, image)
        else:
            painter.fillRect(place, QColor(colours.raised))
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        left = place.right() + 12
        words = QRect(left, option.rect.top(), option.rect.right() - left - 8, option.rect.height())
        metrics = option.fontMetrics
        painter.setPen(QColor(colours.on_accent if selected else colours.text))
        name = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, words.width())
        if not row.reason:
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, name)
        else:
            middle = words.center().y()
            painter.drawText(words.left(), middle - 4, name)
            why = metrics.elidedText(row.reason, Qt.TextElideMode.ElideRight, words.width())
            painter.setPen(QColor(colours.on_accent if selected else colours.muted))
            painter.drawText(words.left(), middle + metrics.ascent() + 2, why)
        painter.restore()


def _small_picture(row: PictureRow) -> np.ndarray:
    return error_picture(row.picture, row.errors, _MADE_SIDE)
