"""The gallery: every lab as a card with a picture, a sentence and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from segviewer.labs.lab import LabEntry
from segviewer.widgets.text.plain_text import PlainLabel
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import resized, section_head, semibold

PICTURE = QSize(240, 135)  # on a card, in logical pixels
GAP = 16
INSET = 12  # of the words on a card
RADIUS = 6
ROOM_SHARE = 0.94  # of the window or the screen that the gallery takes at most
COLUMNS = 5  # more would be too far to look
NEEDS = {
    "nothing": "Needs nothing",
    "image": "Needs a photograph",
    "network": "Needs a photograph and a network",
    "probs": "Needs a photograph and a network",
}
# A number stays with what it counts: no line begins with the 4 of "figure 4".
_NUMBERED = re.compile(r"\b(figures?|sections?|equations?|tables?|chapters?|algorithm) ")
_WRAP = Qt.TextFlag.TextWordWrap
_KEYS = Qt.Key


class LabGallery(QDialog):
    """Cards in groups, and a field that leaves those with all of its words.

    Parameters
    ----------
    labs : mapping of str to LabEntry
        By name; groups stand in the order in which they first come.

    Signals
    -------
    lab_chosen(str)
        The person opens the lab of that name; the gallery has closed.
    """

    lab_chosen = Signal(str)

    def __init__(self, labs: Mapping[str, LabEntry], parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Labs")
        self.setAccessibleName("All labs")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search: an idea, a paper, a year")
        self.search.setAccessibleName("Search the labs")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(320)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.found = PlainLabel()
        self.found.setProperty("role", "muted")
        self.hint = PlainLabel("Arrow keys choose, Enter or a double click opens")
        self.hint.setProperty("role", "muted")
        self.nothing = PlainLabel()
        self.nothing.setWordWrap(True)
        self.nothing.setProperty("role", "muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.nothing.hide()
        self.cards = _Cards(labs)
        self.cards.current_changed.connect(self._on_current)
        self.cards.opened.connect(self._on_opened)
        self.cards.left.connect(self._on_left)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.cards)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self.search)
        top.addWidget(self.found)
        top.addStretch(1)
        top.addWidget(self.hint)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 8, 0)
        layout.setSpacing(12)
        top.setContentsMargins(0, 0, 12, 0)
        layout.addLayout(top)
        layout.addWidget(self.nothing, 1)
        layout.addWidget(self.area, 1)
        self._size_to(parent)
        self._filter("")

    def _size_to(self, parent: QWidget | None) -> None:
        outer = self.screen().availableGeometry() if parent is None else parent.window()
        room = outer.size() * ROOM_SHARE
        margins = self.layout().contentsMargins()
        beside = margins.left() + margins.right() + self.area.verticalScrollBar().sizeHint().width()
        count = max(1, min(COLUMNS, (room.width() - beside + GAP) // (PICTURE.width() + GAP)))
        self.resize(beside + count * (PICTURE.width() + GAP), room.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(620, 380)

    def set_pictures(self, pictures: Mapping[str, QImage]) -> None:
        """Show the pictures of labs, by name; a card without one keeps an empty place."""
        self.cards.set_pictures(pictures)

    def listed(self) -> list[str]:
        """Names of the labs that the search leaves, in order."""
        return self.cards.listed()

    def current(self) -> str:
        """Name of the card that Enter opens; "" if the search leaves none."""
        return self.cards.current()

    def start(self, open_lab: str = "") -> None:
        """Show the gallery with an empty search and the keyboard in it.

        Parameters
        ----------
        open_lab : str
            The one that is open now: it is marked and stood on. "" for none.
        """
        self.search.clear()
        self.cards.mark_open(open_lab)
        self.show()
        self.raise_()
        self.activateWindow()
        self.search.setFocus()
        self._on_current()

    def _filter(self, wanted: str) -> None:
        self.cards.filter(wanted)
        count, every = len(self.cards.listed()), len(self.cards.by_name)
        self.found.setText(f"{every} labs" if count == every else f"{count} of {every} labs")
        self.nothing.setText(
            f"No lab has all of the words “{wanted.strip()}”. "
            "Try fewer letters, an author, or a year."
        )
        self.nothing.setVisible(not count)
        self.area.setVisible(bool(count))
        if count and wanted.strip():
            self.area.verticalScrollBar().setValue(0)

    def _on_current(self) -> None:
        place = self.cards.place_to_see()
        if place is not None:
            self.area.ensureVisible(place.center().x(), place.top(), 0, 0)
            self.area.ensureVisible(place.center().x(), place.bottom(), 0, 0)
            if place.height() <= self.area.viewport().height():
                self.area.ensureVisible(place.center().x(), place.top(), 0, 0)

    def _on_opened(self, name: str) -> None:
        self.accept()
        self.lab_chosen.emit(name)

    def _on_left(self, text: str) -> None:
        """What is typed on a card, and Up on the first row, belong to the search."""
        self.search.setFocus()
        if text:
            self.search.insert(text)

    def eventFilter(self, watched, event) -> bool:  # noqa: N802 (Qt's name)
        if watched is self.search and event.type() == QEvent.Type.KeyPress:
            if event.key() in (_KEYS.Key_Down, _KEYS.Key_PageDown):
                self.cards.take_focus()
                return True
            if event.key() in (_KEYS.Key_Return, _KEYS.Key_Enter):
                if self.current():
                    self._on_opened(self.current())
                return True
            if event.key() == _KEYS.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)


class _Cards(QWidget):
    """The cards below the heads of their groups, as many in a row as there is room for."""

    current_changed = Signal()
    opened = Signal(str)
    left = Signal(str)

    def __init__(self, labs: Mapping[str, LabEntry]):
        super().__init__()
        self.by_name: dict[str, _Card] = {}
        self._heads: dict[str, QLabel] = {}
        self._rows: list[list[_Card]] = []
        self._current: _Card | None = None
        for entry in labs.values():
            if entry.group not in self._heads:
                head = PlainLabel(entry.group, self)
                head.setProperty("role", "muted")
                head.setFont(section_head(self.font()))
                self._heads[entry.group] = head
        for group in self._heads:
            for name, entry in labs.items():
                if entry.group == group:
                    card = self.by_name[name] = _Card(name, entry, self)
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

    def _stand_on(self, card: _Card | None) -> None:
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
                    card.setGeometry(place * step, y, PICTURE.width(), tall)
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
            place += 1 if key == _KEYS.Key_Right else -1
            self._go(flat[min(max(place, 0), len(flat) - 1)])
        elif key in (_KEYS.Key_Home, _KEYS.Key_End):
            self._go(flat[0] if key == _KEYS.Key_Home else flat[-1])
        elif key == _KEYS.Key_Up and row == 0:
            self.left.emit("")
        elif key in (_KEYS.Key_Up, _KEYS.Key_Down, _KEYS.Key_PageUp, _KEYS.Key_PageDown):
            by = {_KEYS.Key_Up: -1, _KEYS.Key_Down: 1, _KEYS.Key_PageUp: -2}.get(key, 2)
            cards = self._rows[min(max(row + by, 0), len(self._rows) - 1)]
            self._go(cards[min(column, len(cards) - 1)])
        elif event.text().isprintable() and event.text().strip():
            self.left.emit(event.text())
        else:
            super().keyPressEvent(event)

    def _go(self, card: _Card) -> None:
        self._stand_on(card)
        card.setFocus(Qt.FocusReason.TabFocusReason)


class _Card(QAbstractButton):
    """A picture, and below it the words about one lab."""

    opened = Signal(str)

    def __init__(self, name: str, entry: LabEntry, parent: QWidget):
        super().__init__(parent)
        self.name, self.entry = name, entry
        self.needs = NEEDS[entry.needs]
        self.searched = " ".join((entry.title, entry.sentence, entry.source, entry.group))
        self.searched = self.searched.casefold()
        self._picture: QImage | None = None
        self._height: int | None = None
        self._open = self._current = False
        self.setText(entry.title)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._name_aloud()

    def set_picture(self, picture: QImage) -> None:
        self._picture = picture
        self.update()

    def set_open(self, is_open: bool) -> None:
        self._open = is_open
        self._name_aloud()
        self.update()

    def set_current(self, current: bool) -> None:
        self._current = current
        # Tab goes to one card of all; the arrows go from card to card.
        focus = Qt.FocusPolicy.StrongFocus if current else Qt.FocusPolicy.ClickFocus
        self.setFocusPolicy(focus)
        self.update()

    def _name_aloud(self) -> None:
        self.setAccessibleName(self.entry.title + (", open now" if self._open else ""))
        about = f"{self.entry.sentence} {self.entry.source}. {self.needs}."
        self.setAccessibleDescription(about)

    # Words: (text, font, colour, space above)

    def _words(self) -> list[tuple[str, QFont, str, int]]:
        colours, small = tokens(), resized(self.font(), 0.92)
        return [
            (self.entry.title, semibold(self.font()), colours.text, 8),
            (self.entry.sentence, self.font(), colours.text, 3),
            (_NUMBERED.sub("\\1\N{NO-BREAK SPACE}", self.entry.source), small, colours.muted, 6),
        ]

    def _tall(self, text: str, font: QFont) -> int:
        room = QRect(0, 0, PICTURE.width() - 2 * INSET, 10_000)
        return QFontMetrics(font).boundingRect(room, _WRAP, text).height()

    def height_needed(self) -> int:
        """Picture and all words, without cutting any."""
        if self._height is None:
            self._height = self._measured_height()
        return self._height

    def _measured_height(self) -> int:
        words = sum(self._tall(text, font) + above for text, font, _, above in self._words())
        needs = QFontMetrics(resized(self.font(), 0.92)).height() + 6
        return PICTURE.height() + words + needs + 10

    def changeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._height = None
        super().changeEvent(event)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(PICTURE.width(), self.height_needed())

    def mouseDoubleClickEvent(self, event) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(self.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (_KEYS.Key_Return, _KEYS.Key_Enter, _KEYS.Key_Space):
            self.opened.emit(self.name)
        else:
            event.ignore()  # a button would take the arrows for itself

    def paintEvent(self, event) -> None:  # noqa: N802
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        body = QPainterPath()
        body.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.fillPath(body, QColor(colours.hover if self.underMouse() else colours.raised))
        painter.save()
        painter.setClipPath(body)
        place = QRectF(QPointF(0, 0), QSize(PICTURE))
        if self._picture is None:
            painter.fillRect(place, QColor(colours.surround))
        else:
            painter.drawImage(place, self._picture)
        painter.restore()
        self._draw_words(painter)
        if self._open:
            _draw_chip(painter, QPoint(8, 8), "Open now", resized(self.font(), 0.92))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._current:
            painter.setPen(QPen(QColor(colours.accent), 2))
        else:
            edge = colours.muted if self.underMouse() else colours.border
            painter.setPen(QPen(QColor(edge), 1))
        painter.drawPath(body)

    def _draw_words(self, painter: QPainter) -> None:
        colours, y = tokens(), PICTURE.height()
        for text, font, colour, above in self._words():
            tall = self._tall(text, font)
            painter.setFont(font)
            painter.setPen(QColor(colour))
            painter.drawText(
                QRect(INSET, y + above, PICTURE.width() - 2 * INSET, tall), _WRAP, text
            )
            y += above + tall
        small = resized(self.font(), 0.92)
        painter.setFont(small)
        line = QFontMetrics(small).height()
        place = QRect(INSET, self.height() - line - 9, PICTURE.width() - 2 * INSET, line)
        painter.setPen(QColor(colours.muted))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self.needs)


def _draw_chip(painter: QPainter, place: QPoint, text: str, font: QFont) -> None:
    colours, metrics = tokens(), QFontMetrics(font)
    size = QSize(metrics.horizontalAdvance(text) + 16, metrics.height() + 6)
    chip = QRectF(QPointF(place), size)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.accent))
    painter.drawRoundedRect(chip, 4, 4)
    painter.setFont(font)
    painter.setPen(QColor(colours.on_accent))
    painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
