"""The classes of a label set: colour, name, share of the picture, and what is hidden."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSignalBlocker,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from segviewer.widgets.text.plain_text import PlainLabel, plain_tip
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import tabular

FILTER_FROM = 25
ROW_HEIGHT = 28
SHOWN_ROWS = 12
NAME_LETTERS = 10  # of a class, for which there is always room
SWATCH = 14

_CLASS = Qt.ItemDataRole.UserRole
_SHARE = Qt.ItemDataRole.UserRole + 1
_COLOUR = Qt.ItemDataRole.UserRole + 2
_HIDDEN = Qt.ItemDataRole.UserRole + 3
_IOU = Qt.ItemDataRole.UserRole + 4


class ClassLegend(QWidget):
    """List of classes; a click hides one, Alt and a click shows it alone.

    Up and down choose a class, Space hides or shows it, Enter shows it alone.

    Signals
    -------
    hidden_changed(tuple)
        Sorted numbers of the hidden classes.
    class_chosen(int)
        Class that was clicked or reached by keys.
    """

    hidden_changed = Signal(tuple)
    class_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._before_solo: frozenset[int] | None = None
        self._waiting_shares: np.ndarray | None = None
        self._model = _ClassModel(self)
        self._proxy = _ClassOrder(self)
        self._proxy.setSourceModel(self._model)

        self._filter = QLineEdit()
        self._filter.setPlaceholderText("Filter classes")
        self._filter.setAccessibleName("Filter classes")
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(self._on_filter_changed)
        self._filter.hide()
        self._order = QPushButton("By share")
        self._order.setCheckable(True)
        self._order.setProperty("role", "legend_order")
        self._order.setToolTip("Largest share first")
        self._order.setAccessibleName("Sort classes by share")
        self._order.toggled.connect(self._proxy.set_by_share)
        self._show_all = QPushButton("Show all")
        self._show_all.setProperty("role", "link")
        self._show_all.setToolTip("Show every class again")
        self._show_all.clicked.connect(lambda: self._hide_by_hand(frozenset()))
        # Keeps its place, so that the list does not jump when a class is hidden.
        policy = self._show_all.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._show_all.setSizePolicy(policy)
        self._show_all.hide()
        self._iou_head = PlainLabel("IoU")
        self._iou_head.setProperty("role", "muted")
        self._iou_head.hide()

        tools = QHBoxLayout()
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(8)
        tools.addWidget(self._order)
        tools.addWidget(self._show_all)
        tools.addStretch()
        tools.addWidget(self._iou_head)
        self._list = _ClassList(self)
        self._list.setModel(self._proxy)
        self._list.clicked_on.connect(self._on_clicked)
        self._list.toggled.connect(self._toggle)
        self._list.soloed.connect(self._solo)
        self._list.selectionModel().currentChanged.connect(self._on_current_changed)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._filter)
        layout.addLayout(tools)
        layout.addWidget(self._list, 1)

    # What is shown

    def set_classes(self, names: Sequence[str], colours: np.ndarray) -> None:
        """List the classes: names (K,) and their colours, uint8 RGB (K, 3)."""
        self._before_solo = None
        self._model.set_classes(tuple(names), np.asarray(colours, np.uint8))
        many = len(names) >= FILTER_FROM
        self._filter.setVisible(many)
        if not many:
            self._filter.clear()
        self._show_all.hide()
        self._iou_head.hide()
        self._list.updateGeometry()

    def count(self) -> int:
        """How many classes are listed."""
        return self._model.rowCount()

    def set_colours(self, colours: np.ndarray) -> None:
        """Show another palette, uint8 RGB (K, 3)."""
        self._model.set_colours(np.asarray(colours, np.uint8))

    def set_shares(self, shares: np.ndarray | None) -> None:
        """Show each class's share of the picture, 0 to 1, (K,); None for unknown."""
        # A list in order of share must not move away under the cursor.
        if shares is not None and self._order.isChecked() and self._list.underMouse():
            self._waiting_shares = np.asarray(shares, float)
            self._model.set_shares(self._waiting_shares, resort=False)
            return
        self._waiting_shares = None
        self._model.set_shares(None if shares is None else np.asarray(shares, float))

    def set_iou(self, iou: np.ndarray | None) -> None:
        """Show each class's IoU, 0 to 1 or NaN where absent, (K,); None for no column."""
        self._model.set_iou(None if iou is None else np.asarray(iou, float))
        self._iou_head.setVisible(iou is not None)

    def set_hidden(self, hidden: Collection[int]) -> None:
        """Show which classes are hidden, without a signal."""
        now = frozenset(hidden)
        if now != self._model.hidden:
            self._before_solo = None
        self._model.set_hidden(now)
        self._show_all.setVisible(bool(now))

    def choose(self, number: int) -> None:
        """Make a class the current one, without a signal."""
        index = self._proxy.mapFromSource(self._model.index(number))
        selection = self._list.selectionModel()
        with QSignalBlocker(selection):
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._list.scrollTo(index)
        self._list.viewport().update()

    def hidden(self) -> tuple[int, ...]:
        """Numbers of the hidden classes."""
        return tuple(sorted(self._model.hidden))

    def chosen(self) -> int:
        """The current class, or -1."""
        index = self._list.currentIndex()
        return index.data(_CLASS) if index.isValid() else -1

    def view(self) -> QListView:
        """The list itself."""
        return self._list

    # What a person does

    def _on_clicked(self, number: int, alone: bool) -> None:
        if alone:
            self._solo(number)
        else:
            self._toggle(number)
        self.class_chosen.emit(number)

    def _toggle(self, number: int) -> None:
        self._hide_by_hand(self._model.hidden ^ {number})

    def _solo(self, number: int) -> None:
        others = frozenset(range(self._model.rowCount())) - {number}
        if self._model.hidden == others:
            back = self._before_solo if self._before_solo is not None else frozenset()
            self._hide_by_hand(back)
            return
        before = self._model.hidden
        # Going from one class alone to another still comes back to what was before both.
        if len(before) == len(others) and self._before_solo is not None:
            before = self._before_solo
        self._hide_by_hand(others)
        self._before_solo = before

    def _hide_by_hand(self, hidden: frozenset[int]) -> None:
        self.set_hidden(hidden)
        self.hidden_changed.emit(self.hidden())

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and self._list.hasFocus() and not self._list.pressing:
            self.class_chosen.emit(current.data(_CLASS))

    def _on_filter_changed(self, text: str) -> None:
        self._proxy.setFilterFixedString(text)

    def leaveEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().leaveEvent(event)
        if self._waiting_shares is not None:
            self._model.set_shares(self._waiting_shares)
            self._waiting_shares = None


class _ClassModel(QAbstractListModel):
    """K classes with colour, share, IoU and whether each is hidden."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._colours = np.zeros((0, 3), np.uint8)
        self._shares: np.ndarray | None = None
        self._order: np.ndarray | None = None
        self._iou: np.ndarray | None = None
        self.hidden: frozenset[int] = frozenset()

    def set_classes(self, names: tuple[str, ...], colours: np.ndarray) -> None:
        if colours.shape != (len(names), 3):
            raise ValueError(f"{len(names)} names but colours {colours.shape}")
        self.beginResetModel()
        self._names, self._colours = names, colours
        self._shares = self._order = self._iou = None
        self.hidden = frozenset()
        self.endResetModel()

    def set_colours(self, colours: np.ndarray) -> None:
        self._colours = colours
        self._all_changed([_COLOUR])

    def set_shares(self, shares: np.ndarray | None, resort: bool = True) -> None:
        self._shares = shares
        if resort:
            self._order = shares
        self._all_changed([_SHARE])

    def set_iou(self, iou: np.ndarray | None) -> None:
        self._iou = iou
        self._all_changed([_IOU])

    def set_hidden(self, hidden: frozenset[int]) -> None:
        self.hidden = hidden
        self._all_changed([_HIDDEN])

    def order_key(self, row: int) -> float:
        return 0.0 if self._order is None else float(self._order[row])

    def _all_changed(self, roles: list[int]) -> None:
        if self._names:
            self.dataChanged.emit(self.index(0), self.index(len(self._names) - 1), roles)

    def rowCount(  # noqa: N802
        self,
        parent: QModelIndex | QPersistentModelIndex = QModelIndex(),  # noqa: B008 (Qt's way)
    ) -> int:
        return 0 if parent.isValid() else len(self._names)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        row = index.row()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._names[row]
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(self._tooltip(row))
            case Qt.ItemDataRole.AccessibleTextRole:
                share = "" if self._shares is None else f", {share_text(self._shares[row])}"
                return self._names[row] + share + (", hidden" if row in self.hidden else "")
            case _ if role == _CLASS:
                return row
            case _ if role == _COLOUR:
                return QColor(*(int(v) for v in self._colours[row]))
            case _ if role == _SHARE:
                return None if self._shares is None else float(self._shares[row])
            case _ if role == _HIDDEN:
                return row in self.hidden
            case _ if role == _IOU:
                return None if self._iou is None else float(self._iou[row])
        return None

    def _tooltip(self, row: int) -> str:
        lines = [f"{row}  {self._names[row]}"]
        if self._shares is not None:
            lines.append(f"{100 * self._shares[row]:.2f} % of the picture")
        lines.append("Click hides or shows, Alt and a click shows it alone")
        return "\n".join(lines)


class _ClassOrder(QSortFilterProxyModel):
    """Filters by name and sorts by share where asked."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setDynamicSortFilter(True)
        self.setSortRole(_SHARE)

    def set_by_share(self, on: bool) -> None:
        self.sort(0 if on else -1)

    def lessThan(  # noqa: N802
        self, left: QModelIndex | QPersistentModelIndex, right: QModelIndex | QPersistentModelIndex
    ) -> bool:
        model = self.sourceModel()
        assert isinstance(model, _ClassModel)
        first, second = model.order_key(left.row()), model.order_key(right.row())
        return (-first, left.row()) < (-second, right.row())


class _ClassList(QListView):
    """The list: a press toggles, keys walk, so selection stays a mere marker."""

    clicked_on = Signal(int, bool)
    toggled = Signal(int)
    soloed = Signal(int)

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.pressing = False
        self.setAccessibleName("Classes")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(_ClassDelegate(self))

    def sizeHint(self) -> QSize:  # noqa: N802
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        # A usual label set shows whole: a list of three rows inside a scrolling panel is
        # one scroll bar too many.
        rows = self.model().rowCount() if self.model() else 0
        metrics = self.fontMetrics()
        share = metrics.horizontalAdvance("<0.1 %")
        width = 54 + NAME_LETTERS * metrics.averageCharWidth() + share
        return QSize(max(160, width), _row_height(self) * max(1, min(rows, SHOWN_ROWS)))

    def mousePressEvent(self, event) -> None:  # noqa: N802
        self.pressing = True
        super().mousePressEvent(event)
        self.pressing = False

    def mouseReleaseEvent(self, event) -> None:  # noqa: N802
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            if index == self.currentIndex():
                self.clicked_on.emit(index.data(_CLASS), alone)

    def keyPressEvent(self, event) -> None:  # noqa: N802
        index = self.currentIndex()
        if index.isValid() and event.key() == Qt.Key.Key_Space:
            self.toggled.emit(index.data(_CLASS))
        elif index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.soloed.emit(index.data(_CLASS))
        elif event.text() and not event.modifiers():
            # Letters belong to the window's keys, not to a search by typing.
            event.ignore()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Space would otherwise be taken by the window's "peek".
        keys = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Up, Qt.Key.Key_Down)
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in keys
        ):
            event.accept()
            return True
        return super().event(event)


def _row_height(widget: QWidget) -> int:
    return max(ROW_HEIGHT, widget.fontMetrics().height() + 6)


class _ClassDelegate(QStyledItemDelegate):
    """Draws one row: bar behind, swatch, name, share, IoU."""

    def sizeHint(self, option, index) -> QSize:  # noqa: N802
        return QSize(160, _row_height(option.widget))

    def paint(self, painter: QPainter, option, index) -> None:
        widget = option.widget
        colours = tokens()
        row = option.rect
        hidden, share = index.data(_HIDDEN), index.data(_SHARE)
        iou = index.data(_IOU)
        colour = index.data(_COLOUR)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(row, QColor(colours.hover))
        if share and not hidden:
            bar = QColor(colours.groove)
            bar.setAlphaF(0.55)
            width = (row.width() - 30) * min(share, 1.0)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(bar)
            painter.drawRoundedRect(
                QRectF(row.x() + 26, row.y() + 3, width, row.height() - 6), 3, 3
            )
        current = index == widget.currentIndex()
        if current:
            painter.fillRect(
                QRect(row.x(), row.y() + 4, 2, row.height() - 8), QColor(colours.accent)
            )
            if widget.hasFocus():
                painter.setPen(QPen(QColor(colours.accent), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(row).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        swatch = QRectF(row.x() + 8, row.center().y() - SWATCH / 2 + 0.5, SWATCH, SWATCH)
        draw_swatch(painter, swatch, colour, colours, filled=not hidden)

        small = tabular(option.font)
        painter.setFont(small)
        metrics = option.fontMetrics
        right = row.right() - 6
        quiet = QColor(colours.muted)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        if iou is not None:
            width = metrics.horizontalAdvance("0.00") + 4
            painter.setPen(quiet if iou != iou or hidden else QColor(colours.text))
            cell = QRect(right - width, row.y(), width, row.height())
            painter.drawText(cell, middle, "–" if iou != iou else f"{iou:.2f}")
            right -= width + 10
        width = metrics.horizontalAdvance("<0.1 %") + 4
        absent = not share
        if share is not None:
            painter.setPen(quiet if hidden or absent else QColor(colours.text))
            cell = QRect(right - width, row.y(), width, row.height())
            painter.drawText(cell, middle, share_text(share))
            right -= width + 8
        font = option.font
        if hidden:
            font.setStrikeOut(True)
        painter.setFont(font)
        painter.setPen(quiet if hidden or (share is not None and absent) else QColor(colours.text))
        left = row.x() + 32
        name = metrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(
            QRect(left, row.y(), right - left, row.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            name,
        )
        painter.restore()


def share_text(share: float) -> str:
    """Write a share of the picture, 0 to 1, as a short percentage."""
    if share <= 0 or share != share:
        return "–"
    percent = 100 * share
    if percent < 0.1:
        return "<0.1 %"
    return f"{percent:.1f} %" if percent < 9.95 else f"{percent:.0f} %"


def draw_swatch(painter: QPainter, area: QRectF, colour: QColor, colours, filled: bool) -> None:
    """Draw a class's colour; a hidden class has only the outline."""
    area = area.adjusted(0.5, 0.5, -0.5, -0.5)
    # Near-black and near-white classes need an edge on one of the schemes.
    edge = QColor(colours.text)
    edge.setAlphaF(0.3 if filled else 0.5)
    painter.setPen(QPen(edge, 1))
    painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
    if not filled:
        painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 2, 2)
        painter.setPen(QPen(colour, 1))
    painter.drawRoundedRect(area, 3, 3)
