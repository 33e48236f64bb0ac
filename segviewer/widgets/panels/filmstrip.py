"""Thumbnails of the open folder, read when they come into view."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QRunnable,
    QSize,
    Qt,
    QThreadPool,
    Signal,
)
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from segviewer.widgets.canvas.picture_layer import rgb_image
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.theme import tokens

THUMBNAIL = QSize(72, 56)
GAP = 8
KEPT = 400

_IMAGE = Qt.ItemDataRole.UserRole
_PROBLEM = Qt.ItemDataRole.UserRole + 1


class Filmstrip(QWidget):
    """A row-wrapped list of thumbnails.

    Parameters
    ----------
    load : callable
        ``load(path)`` returns uint8 RGB (h, w, 3), a thumbnail of the file. It is called in
        a worker thread; any exception marks the picture as broken and goes to its tooltip.

    Signals
    -------
    picture_chosen(str)
        Path of the picture a person chose.
    """

    picture_chosen = Signal(str)

    def __init__(self, load: Callable[[str], np.ndarray], parent: QWidget | None = None):
        super().__init__(parent)
        self._model = _ThumbnailModel(load, self)
        self._list = QListView()
        self._list.setAccessibleName("Pictures")
        self._list.setModel(self._model)
        self._list.setItemDelegate(_ThumbnailDelegate(self._list))
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setViewMode(QListView.ViewMode.IconMode)
        self._list.setFlow(QListView.Flow.LeftToRight)
        self._list.setResizeMode(QListView.ResizeMode.Adjust)
        self._list.setMovement(QListView.Movement.Static)
        self._list.setUniformItemSizes(True)
        self._list.setSpacing(0)
        self._list.setMouseTracking(True)
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._on_menu)
        self._list.clicked.connect(self._on_activated)
        self._list.activated.connect(self._on_activated)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._list)

    def set_pictures(self, paths: Sequence[str | Path], current: str | Path | None = None) -> None:
        """Show the pictures of a folder; thumbnails follow as they come into view."""
        self._model.set_paths([str(path) for path in paths])
        if current is not None:
            self.set_current(current)

    def set_current(self, path: str | Path) -> None:
        """Highlight a picture without a signal; one that is not listed highlights nothing."""
        index = self._model.index_of(str(path))
        self._list.setCurrentIndex(index)
        if index.isValid():
            self._list.scrollTo(index)

    def current(self) -> str | None:
        """Path of the highlighted picture."""
        index = self._list.currentIndex()
        return self._model.path(index.row()) if index.isValid() else None

    def pictures(self) -> list[str]:
        """Paths, in order."""
        return self._model.paths()

    def step(self, by: int) -> None:
        """Choose the next (1) or previous (-1) picture; stops at the ends."""
        row = self._list.currentIndex().row() + by
        if 0 <= row < self._model.rowCount():
            index = self._model.index(row)
            self._list.setCurrentIndex(index)
            self._list.scrollTo(index)
            self._on_activated(index)

    def problem(self, path: str | Path) -> str:
        """What is wrong with a picture, as far as it was tried; else an empty text."""
        index = self._model.index_of(str(path))
        return (index.data(_PROBLEM) or "") if index.isValid() else ""

    def view(self) -> QListView:
        """The list itself."""
        return self._list

    def stop(self) -> None:
        """Give up what is not read yet, and wait for what is being read."""
        self._model.stop()

    def closeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        self.stop()
        super().closeEvent(event)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(3 * (THUMBNAIL.width() + GAP) + 12, 2 * (THUMBNAIL.height() + GAP))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(THUMBNAIL.width() + GAP, THUMBNAIL.height() + GAP)

    def _on_activated(self, index: QModelIndex) -> None:
        self.picture_chosen.emit(self._model.path(index.row()))

    def _on_menu(self, position) -> None:
        index = self._list.indexAt(position)
        if index.isValid():
            menu = self.menu(self._model.path(index.row()))
            menu.popup(self._list.viewport().mapToGlobal(position))

    def menu(self, path: str) -> QMenu:
        """Make the context menu of a picture."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open").triggered.connect(lambda: self.picture_chosen.emit(path))
        menu.addAction("Copy path").triggered.connect(
            lambda: QGuiApplication.clipboard().setText(path)
        )
        return menu


class _Loaded(QObject):
    """Carries results from the workers to Qt's thread."""

    done = Signal(int, str, QImage, str)


class _Load(QRunnable):
    def __init__(self, load: Callable, path: str, generation: int, loaded: _Loaded, ratio: float):
        super().__init__()
        self._load, self._path = load, path
        self._generation, self._loaded, self._ratio = generation, loaded, ratio

    def run(self) -> None:
        image, problem = QImage(), ""
        try:
            # The result goes out as a QImage so that Qt's thread has only to draw it.
            image = rgb_image(self._load(self._path)).scaled(
                THUMBNAIL * self._ratio,
                Qt.AspectRatioMode.KeepAspectRatioByExpanding,
                Qt.TransformationMode.SmoothTransformation,
            )
        except Exception as error:  # noqa: BLE001 (a broken file must not end the worker)
            problem = str(error) or type(error).__name__
        self._loaded.done.emit(self._generation, self._path, image, problem)


class _ThumbnailModel(QAbstractListModel):
    """Paths with thumbnails; asking for an unread one starts reading it."""

    def __init__(self, load: Callable[[str], np.ndarray], parent: QWidget):
        super().__init__(parent)
        self._load = load
        self._paths: list[str] = []
        self._rows: dict[str, int] = {}
        self._images: OrderedDict[str, QImage] = OrderedDict()
        self._problems: dict[str, str] = {}
        self._waiting: set[str] = set()
        self._generation = 0
        self._asked = 0
        self._loaded = _Loaded(self)
        self._loaded.done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def set_paths(self, paths: list[str]) -> None:
        self._pool.clear()
        self.beginResetModel()
        self._generation += 1
        self._paths = paths
        self._rows = {path: row for row, path in enumerate(paths)}
        self._images.clear()
        self._problems.clear()
        self._waiting.clear()
        self.endResetModel()

    def stop(self) -> None:
        self._pool.clear()
        self._waiting.clear()
        self._pool.waitForDone(2000)

    def path(self, row: int) -> str:
        return self._paths[row]

    def paths(self) -> list[str]:
        return list(self._paths)

    def index_of(self, path: str) -> QModelIndex:
        row = self._rows.get(path)
        return QModelIndex() if row is None else self.index(row)

    def rowCount(  # noqa: N802
        self,
        parent: QModelIndex | QPersistentModelIndex = QModelIndex(),  # noqa: B008 (Qt's way)
    ) -> int:
        return 0 if parent.isValid() else len(self._paths)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        path = self._paths[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            problem = self._problems.get(path)
            return plain_tip(f"{path}\nCannot be shown: {problem}" if problem else path)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return Path(path).name
        if role == _PROBLEM:
            return self._problems.get(path)
        if role == _IMAGE:
            return self._image(path)
        return None

    def _image(self, path: str) -> QImage | None:
        image = self._images.get(path)
        if image is not None:
            self._images.move_to_end(path)
        elif path not in self._problems and path not in self._waiting:
            self._waiting.add(path)
            # The latest request is what the person looks at now.
            self._asked += 1
            ratio = QGuiApplication.primaryScreen().devicePixelRatio()
            work = _Load(self._load, path, self._generation, self._loaded, ratio)
            self._pool.start(work, self._asked)
        return image

    def _on_done(self, generation: int, path: str, image: QImage, problem: str) -> None:
        if generation != self._generation:
            return
        self._waiting.discard(path)
        if problem:
            self._problems[path] = problem
        else:
            self._images[path] = image
            if len(self._images) > KEPT:
                self._images.popitem(last=False)
        index = self.index_of(path)
        self.dataChanged.emit(index, index)


class _ThumbnailDelegate(QStyledItemDelegate):
    """Draws a thumbnail, an empty place, or the sign of a broken picture."""

    def sizeHint(self, option, index) -> QSize:  # noqa: N802
        return THUMBNAIL + QSize(GAP, GAP)

    def paint(self, painter: QPainter, option, index) -> None:
        colours = tokens()
        area = QRectF(option.rect).adjusted(GAP / 2, GAP / 2, -GAP / 2, -GAP / 2)
        outline = QPainterPath()
        outline.addRoundedRect(area, 4, 4)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillPath(outline, QColor(colours.raised))
        image = index.data(_IMAGE)
        if image is not None:
            painter.setClipPath(outline)
            size = QSize(image.size())
            cut = THUMBNAIL.scaled(size, Qt.AspectRatioMode.KeepAspectRatio)
            source = QRectF(
                (size.width() - cut.width()) / 2,
                (size.height() - cut.height()) / 2,
                cut.width(),
                cut.height(),
            )
            painter.drawImage(area, image, source)
            painter.setClipping(False)
        elif index.data(_PROBLEM):
            _draw_broken(painter, area, QColor(colours.muted))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if index == option.widget.currentIndex():
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.drawRoundedRect(area.adjusted(-1, -1, 1, 1), 5, 5)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(QColor(colours.muted), 1))
            painter.drawRoundedRect(area.adjusted(-0.5, -0.5, 0.5, 0.5), 4.5, 4.5)
        painter.restore()


def _draw_broken(painter: QPainter, area: QRectF, colour: QColor) -> None:
    pen = QPen(colour, 1.5)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    frame = QRectF(0, 0, 24, 18)
    frame.moveCenter(area.center())
    painter.drawRoundedRect(frame, 2, 2)
    painter.drawLine(frame.topLeft() - _CORNER, frame.bottomRight() + _CORNER)


_CORNER = QRectF(0, 0, 3, 3).bottomRight()
