"""The classes of a label set: colour, name, share of the picture, and what is hidden."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from segviewer.widgets.panels.class_list import ClassList
from segviewer.widgets.panels.class_model import CLASS_ROLE, ClassModel, ClassOrder
from segviewer.widgets.text.plain_text import PlainLabel, plain_entry

FILTER_FROM = 25


class ClassLegend(QWidget):
    """List of classes; a click hides one, a double click or Alt and a click shows it alone.

    So does the context menu. Up and down choose a class, Space hides or shows it, Enter shows it
    alone.

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
        self._choosing: set[str] = set()
        self._waiting_shares: np.ndarray | None = None
        self._before_click: tuple[frozenset[int], frozenset[int] | None] = frozenset(), None
        self._model = ClassModel(self)
        self._proxy = ClassOrder(self)
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
        self._order.clicked.connect(self._on_order_chosen)
        self._order_chosen = False
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
        self._list = ClassList(self)
        self._list.setModel(self._proxy)
        self._list.clicked_on.connect(self._on_clicked)
        self._list.toggled.connect(self._toggle)
        self._list.soloed.connect(self._solo)
        self._list.double_clicked_on.connect(self._on_double_clicked)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._on_menu_requested)
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
        # Of many, those that the picture shows come first, unless somebody chose otherwise.
        if not self._order_chosen:
            self._order.setChecked(many)
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
        self._list.updateGeometry()

    def set_hidden(self, hidden: Collection[int]) -> None:
        """Show which classes are hidden, without a signal."""
        now = frozenset(hidden)
        if now != self._model.hidden:
            self._before_solo = None
        self._model.set_hidden(now)
        self._show_all.setVisible(bool(now))

    def set_choosing(self, on: bool, why: str) -> None:
        """Whether, for one of several reasons, a click only chooses a class and hides none.

        As one chooses a class to paint with it, or to see its probability.
        """
        if on:
            self._choosing.add(why)
        else:
            self._choosing.discard(why)

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
        return index.data(CLASS_ROLE) if index.isValid() else -1

    def view(self) -> QListView:
        """The list itself."""
        return self._list

    # What a person does

    def _on_order_chosen(self) -> None:
        self._order_chosen = True

    def _on_clicked(self, number: int, alone: bool) -> None:
        self._before_click = self._model.hidden, self._before_solo
        if self._choosing:
            pass
        elif alone:
            self._solo(number)
        else:
            self._toggle(number)
        self.class_chosen.emit(number)

    def _on_double_clicked(self, number: int) -> None:
        """Show it alone, or what there was before: the first click hid or showed it."""
        if self._choosing:
            return
        hidden, before_solo = self._before_click
        self._model.set_hidden(hidden)
        self._before_solo = before_solo
        self._solo(number)

    def _on_menu_requested(self, position: QPoint) -> None:
        index = self._list.indexAt(position)
        if index.isValid():
            self.menu_of(index.data(CLASS_ROLE)).popup(self._list.viewport().mapToGlobal(position))

    def menu_of(self, number: int) -> QMenu:
        """What can be done with a class."""
        menu, hidden = QMenu(self), self._model.hidden
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        name = plain_entry(self._model.name_of(number))
        alone = len(hidden) == self._model.rowCount() - 1 and number not in hidden
        solo = menu.addAction("Show the others, too" if alone else f"Show only {name}")
        solo.triggered.connect(lambda: self._solo(number))
        toggle = menu.addAction(f"Show {name}" if number in hidden else f"Hide {name}")
        toggle.triggered.connect(lambda: self._toggle(number))
        everything = menu.addAction("Show all")
        everything.setEnabled(bool(hidden))
        everything.triggered.connect(lambda: self._hide_by_hand(frozenset()))
        return menu

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
            self.class_chosen.emit(current.data(CLASS_ROLE))

    def _on_filter_changed(self, text: str) -> None:
        self._proxy.setFilterFixedString(text)

    def leaveEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().leaveEvent(event)
        if self._waiting_shares is not None:
            self._model.set_shares(self._waiting_shares)
            self._waiting_shares = None
