"""The cards of the gallery below the heads of their groups, and the keys that go among them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QLabel, QStyle, QWidget

from segviewer.app.labs.lab_card import PICTURE, LabCard
from segviewer.labs.lab import LabEntry
from segviewer.widgets.text.plain_text import PlainLabel
from segviewer.widgets.theme.typography import section_head

GAP = 16
_KEYS = Qt.Key


class LabCards(QWidget):
    """The cards below the heads of their groups, as many in a row as there is room for."""

    current_changed = Signal()
    opened = Signal(str)
    left = Signal(str)

    def __init__(self, labs: Mapping[str, LabEntry]):
        super().__init__()
        self.by_name: dict[str, LabCard] = {}
        self._heads: dict[str, QLabel] = {}
        self._rows: list[list[LabCard]] = []
        self._current: LabCard | None = None
        for entry in labs.values():
            if entry.group not in self._heads:
                head = PlainLabel(entry.group, self)
                head.setProperty("role", "muted")
                head.setFont(section_head(self.font()))
                self._heads[entry.group] = head
        for group in self._heads:
            for name, entry in labs.items():
                if entry.group == group:
                    card = self.by_name[name] = LabCard(name, entry, self)
                    card.clicked.connect(lambda checked=False, card=card: self._stand_on(card))
                    card.opened.connect(self.opened)
        self.filter("")

    def set_pictures(self, pictures: Mapping[str, QImage]) -> None:
        for name, picture in pictures.items():
            if name in self.by_name:
                self.by_name[name].set_picture(picture)

    def mark_open(self, name: str) -> None:
        for other, card in self.by_name.items():
            card.set_open(other == name)
        if name in self.by_name:
            self._stand_on(self.by_name[name])

    def listed(self) -> list[str]:
        return [name for name, card in self.by_name.items() if not card.isHidden()]

    def current(self) -> str:
        return self._current.name if self._current is not None else ""

    def place_to_see(self) -> QRect | None:
        """Of the current card, with the head of its group where it stands in the first row."""
        if self._current is None:
            return None
        place = self._current.geometry()
        head = self._heads[self._current.entry.group].geometry()
        if place.top() - head.bottom() <= GAP:
            place = place.united(head)
        return place.adjusted(0, -GAP // 2, 0, GAP)

    def take_focus(self) -> None:
        if self._current is not None:
            self._current.setFocus(Qt.FocusReason.TabFocusReason)
            self.current_changed.emit()

    def filter(self, wanted: str) -> None:
        """Keep the cards in which every word of `wanted` stands."""
        words = wanted.casefold().split()
        for card in self.by_name.values():
            card.setVisible(all(word in card.searched for word in words))
        self._arrange()
        cards = [card for row in self._rows for card in row]
        if self._current not in cards or words:
            # What is asked for by its title comes before what mentions it.
            named = (c for c in cards if all(w in c.entry.title.casefold() for w in words))
            self._stand_on(next(named, cards[0] if cards else None))

    def _stand_on(self, card: LabCard | None) -> None:
        for other in self.by_name.values():
            other.set_current(other is card)
        self._current = card
        self.current_changed.emit()

    def resizeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        self._arrange()

    def changeEvent(self, event) -> None:  # noqa: N802
        if event.type() == QEvent.Type.FontChange:
            self._arrange()
        super().changeEvent(event)

    def _arrange(self) -> None:
        step = PICTURE.width() + GAP
        across = max(1, (self.width() + GAP) // step)
        self._rows, y = [], 0
        for group, head in self._heads.items():
            cards = [
                card
                for card in self.by_name.values()
                if card.entry.group == group and not card.isHidden()
            ]
            head.setVisible(bool(cards))
            if not cards:
                continue
            height = head.sizeHint().height()
            head.setGeometry(0, y, self.width(), height)
            y += height + GAP // 2
            for start in range(0, len(cards), across):
                row = cards[start : start + across]
                tall = max(card.height_needed() for card in row)
                for place, card in enumerate(row):
                    box = QRect(place * step, y, PICTURE.width(), tall)
                    card.setGeometry(QStyle.visualRect(self.layoutDirection(), self.rect(), box))
                self._rows.append(row)
                y += tall + GAP
            y += GAP // 2
        self.setMinimumHeight(y)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Keys that a card had no use for."""
        row, column = next(
            (
                (number, cards.index(self._current))
                for number, cards in enumerate(self._rows)
                if self._current in cards
            ),
            (0, 0),
        )
        flat = [card for cards in self._rows for card in cards]
        place = flat.index(self._current) if self._current in flat else 0
        key = event.key()
        if key in (_KEYS.Key_Left, _KEYS.Key_Right):
            onward = _KEYS.Key_Left if self.isRightToLeft() else _KEYS.Key_Right
            place += 1 if key == onward else -1
            self._go(flat[min(max(place, 0), len(flat) - 1)])
        elif key in (_KEYS.Key_Home, _KEYS.Key_End):
            self._go(flat[0] if key == _KEYS.Key_Home else flat[-1])
        elif key == _KEYS.Key_Up and row == 0:
            self.left.emit("")
        elif key in (_KEYS.Key_Up, _KEYS.Key_Down, _KEYS.Key_PageUp, _KEYS.Key_PageDown):
            by = {_KEYS.Key_Up: -1, _KEYS.Key_Down: 1, _KEYS.Key_PageUp: -2}.get(_KEYS(key), 2)
            cards = self._rows[min(max(row + by, 0), len(self._rows) - 1)]
            self._go(cards[min(column, len(cards) - 1)])
        elif event.text().isprintable() and event.text().strip():
            self.left.emit(event.text())
        else:
            super().keyPressEvent(event)

    def _go(self, card: LabCard) -> None:
        self._stand_on(card)
        card.setFocus(Qt.FocusReason.TabFocusReason)
