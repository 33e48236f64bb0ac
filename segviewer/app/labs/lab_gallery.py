"""The gallery: every lab as a card with a picture, a sentence and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from segviewer.app.labs.lab_card import PICTURE
from segviewer.app.labs.lab_cards import GAP, LabCards
from segviewer.labs.lab import LabEntry
from segviewer.widgets.text.plain_text import PlainLabel

ROOM_SHARE = 0.94  # of the window or the screen that the gallery takes at most
MARGINS = (20, 8)  # left and right of the cards
COLUMNS = 5  # more would be too far to look
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
        self.cards = LabCards(labs)
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
        layout.setContentsMargins(MARGINS[0], 16, MARGINS[1], 0)
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
        beside = MARGINS[0] + MARGINS[1] + self.area.verticalScrollBar().sizeHint().width()
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
