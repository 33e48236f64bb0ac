"""The classes of a legend as Qt's list: colours, shares, IoU, what is hidden, and their order."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from segviewer.widgets.text.plain_text import plain_tip

CLASS_ROLE = Qt.ItemDataRole.UserRole
SHARE_ROLE = Qt.ItemDataRole.UserRole + 1
COLOUR_ROLE = Qt.ItemDataRole.UserRole + 2
HIDDEN_ROLE = Qt.ItemDataRole.UserRole + 3
IOU_ROLE = Qt.ItemDataRole.UserRole + 4


class ClassModel(QAbstractListModel):
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

    def name_of(self, number: int) -> str:
        return self._names[number]

    def set_colours(self, colours: np.ndarray) -> None:
        self._colours = colours
        self._all_changed([COLOUR_ROLE])

    def set_shares(self, shares: np.ndarray | None, resort: bool = True) -> None:
        self._shares = shares
        if resort:
            self._order = shares
        self._all_changed([SHARE_ROLE])

    def set_iou(self, iou: np.ndarray | None) -> None:
        self._iou = iou
        self._all_changed([IOU_ROLE])

    def set_hidden(self, hidden: frozenset[int]) -> None:
        self.hidden = hidden
        self._all_changed([HIDDEN_ROLE])

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
            case _ if role == CLASS_ROLE:
                return row
            case _ if role == COLOUR_ROLE:
                return QColor(*(int(v) for v in self._colours[row]))
            case _ if role == SHARE_ROLE:
                return None if self._shares is None else float(self._shares[row])
            case _ if role == HIDDEN_ROLE:
                return row in self.hidden
            case _ if role == IOU_ROLE:
                return None if self._iou is None else float(self._iou[row])
        return None

    def _tooltip(self, row: int) -> str:
        lines = [f"{row}  {self._names[row]}"]
        if self._shares is not None:
            lines.append(f"{100 * self._shares[row]:.2f} % of the picture")
        lines.append("Click hides or shows, Alt and a click shows it alone")
        return "\n".join(lines)


class ClassOrder(QSortFilterProxyModel):
    """Filters by name and sorts by share where asked."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setDynamicSortFilter(True)
        self.setSortRole(SHARE_ROLE)

    def set_by_share(self, on: bool) -> None:
        self.sort(0 if on else -1)

    def lessThan(  # noqa: N802
        self, left: QModelIndex | QPersistentModelIndex, right: QModelIndex | QPersistentModelIndex
    ) -> bool:
        model = self.sourceModel()
        assert isinstance(model, ClassModel)
        first, second = model.order_key(left.row()), model.order_key(right.row())
        return (-first, left.row()) < (-second, right.row())


def share_text(share: float) -> str:
    """Write a share of the picture, 0 to 1, as a short percentage."""
    if share <= 0 or share != share:
        return "–"
    percent = 100 * share
    if percent < 0.1:
        return "<0.1 %"
    return f"{percent:.1f} %" if percent < 9.95 else f"{percent:.0f} %"
