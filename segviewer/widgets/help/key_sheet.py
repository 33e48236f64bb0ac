"""A sheet of all keys, in columns, with a search; closed by any of the usual ways."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from segviewer.widgets.language.words import shown_catalogue, translated
from segviewer.widgets.text.plain_text import PlainLabel
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import section_head

COLUMNS = 3
ROW = 26
GAP = 40
SCREEN_SHARE = 0.95  # that the sheet takes at most


class KeySheet(QDialog):
    """Lists keys by section, and finds one by what it does or how it is pressed.

    Parameters
    ----------
    keys : sequence of (section, key, action)
        In the order to show; alternatives in a key are separated by " · ", keys pressed
        together by "+".
    """

    def __init__(self, keys: Sequence[tuple[str, str, str]], parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAccessibleName("Keys")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search: a key, or what it does")
        self.search.setAccessibleName("Search the keys")
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(320)
        self.search.textEdited.connect(self._on_typed)
        self.search.textChanged.connect(self._filter)
        self._sections = [
            _Section(name, [(key, action) for _, key, action in rows])
            for name, rows in groupby(keys, key=lambda row: row[0])
        ]
        room = (parent or self).screen().availableGeometry().size() * SCREEN_SHARE
        inside = QWidget()
        columns = QHBoxLayout(inside)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(GAP)
        widest = max((section.sizeHint().width() for section in self._sections), default=1)
        count = max(1, min(COLUMNS, room.width() // (widest + GAP)))
        for share in _in_columns(self._sections, count):
            # One width for all of a column, so that its actions stand in one line.
            width = max(section.key_width() for section in share)
            column = QVBoxLayout()
            column.setSpacing(16)
            for section in share:
                section.set_key_width(width)
                column.addWidget(section)
            column.addStretch()
            columns.addLayout(column)
        columns.addStretch()
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 16, 16)
        layout.setSpacing(16)
        layout.addWidget(self.search)
        layout.addWidget(self.area, 1)
        bar = self.area.verticalScrollBar().sizeHint().width()
        margins = layout.contentsMargins()
        wanted = inside.sizeHint() + QSize(bar, self.search.sizeHint().height() + layout.spacing())
        wanted += QSize(margins.left() + margins.right(), margins.top() + margins.bottom())
        self.resize(wanted.boundedTo(room))

    def listed(self) -> list[str]:
        """Actions that the search leaves, in order."""
        return [action for section in self._sections for action in section.listed()]

    def _on_typed(self, text: str) -> None:
        # The key that opened the sheet closes it too.
        if text == "?":
            self.close()

    def _filter(self, wanted: str) -> None:
        for section in self._sections:
            section.filter(wanted)

    def keyPressEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        if event.text() == "?":
            self.close()
        else:
            super().keyPressEvent(event)


def _in_columns(sections: Sequence[_Section], count: int) -> list[list[_Section]]:
    """The sections in their order, in at most `count` columns of which none is needlessly tall."""
    heights = [section.sizeHint().height() + 16 for section in sections]
    limit = max(heights, default=0)
    while True:
        shares: list[list[_Section]] = []
        room = 0
        for section, height in zip(sections, heights, strict=True):
            if height > room:
                shares.append([])
                room = limit
            shares[-1].append(section)
            room -= height
        if len(shares) <= count:
            return shares
        limit += ROW


class _Section(QWidget):
    """A head and its rows."""

    def __init__(self, name: str, rows: Sequence[tuple[str, str]]):
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        head = PlainLabel(name)
        head.setProperty("role", "muted")
        head.setFont(section_head(self.font()))
        head.setMinimumHeight(ROW)
        self._grid.addWidget(head, 0, 0, 1, 2)
        self._rows: list[tuple[_Keys, QLabel]] = []
        for line, (key, action) in enumerate(rows, start=1):
            caps, words = _Keys(key), PlainLabel(action)
            self._grid.addWidget(caps, line, 0, Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(words, line, 1)
            self._rows.append((caps, words))

    def key_width(self) -> int:
        return max(caps.sizeHint().width() for caps, _ in self._rows)

    def set_key_width(self, width: int) -> None:
        self._grid.setColumnMinimumWidth(0, width)

    def filter(self, wanted: str) -> None:
        """Keep the rows in which every word of `wanted` stands."""
        for caps, words in self._rows:
            text = f"{caps.accessibleName()} {words.text()}".casefold()
            fits = all(word in text for word in wanted.casefold().split())
            caps.setVisible(fits)
            words.setVisible(fits)
        self.setVisible(bool(self.listed()))

    def listed(self) -> list[str]:
        return [words.text() for _, words in self._rows if not words.isHidden()]


class _Keys(QWidget):
    """Draws keys as caps."""

    def __init__(self, text: str):
        super().__init__()
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        # (text, is a cap): "Ctrl+Z" is two caps, " · " and " " stand between.
        self._written: list[tuple[str, bool]] = []
        for number, choice in enumerate(text.split(" · ")):
            if number:
                self._written.append(("/", False))
            # A lone "+" and the one in "Ctrl++" are keys, not joints.
            caps = choice.replace("++", "+plus").split("+") if choice != "+" else ["plus"]
            self._written += [("+" if cap == "plus" else cap, True) for cap in caps]

    @property
    def _parts(self) -> list[tuple[str, bool]]:
        """The same by the names that the language's keyboards have."""
        named = shown_catalogue().key_sequence
        return [(translated(named(text)) if cap else text, cap) for text, cap in self._written]

    def changeEvent(self, event) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.updateGeometry()

    def _width(self, text: str, cap: bool) -> int:
        width = self.fontMetrics().horizontalAdvance(text)
        return max(24, width + 14) if cap else width

    def sizeHint(self) -> QSize:  # noqa: N802
        widths = [self._width(*part) for part in self._parts]
        return QSize(sum(widths) + 4 * (len(widths) - 1) + 1, ROW)

    def paintEvent(self, event) -> None:  # noqa: N802
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = 0.0
        for text, cap in self._parts:
            width = self._width(text, cap)
            area = QRectF(x + 0.5, 1.5, width, 22)
            if cap:
                painter.setPen(QPen(QColor(colours.border), 1))
                painter.setBrush(QColor(colours.raised))
                painter.drawRoundedRect(area, 4, 4)
            painter.setPen(QColor(colours.text if cap else colours.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
            x += width + 4
