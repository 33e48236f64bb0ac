"""The glossary: type to find a word, read what it means, go to where it can be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QResizeEvent, QTextDocument
from PySide6.QtWidgets import (
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from segviewer.glossary import Term, coloured, plain
from segviewer.widgets.help.help_places import Place
from segviewer.widgets.help.searched_sheet import NAME, ROW, SearchedSheet
from segviewer.widgets.language.words import translated
from segviewer.widgets.text.formula_layout import FormulaLayout
from segviewer.widgets.text.plain_text import ClosedPage, plain_tip
from segviewer.widgets.text.typesetter import typesetter
from segviewer.widgets.theme.symbol_colours import SYMBOL_COLOURS, symbol_colour
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import semibold

PICTURE = QUrl("formula:typeset")  # of the page's formula, within the page's document
TERM, LAB = "term", "lab"  # schemes of the links
PLACE = "place"  # scheme of a link to the guide
SYMBOL = Qt.ItemDataRole.UserRole + 1


class GlossarySheet(SearchedSheet):
    """A list of terms, a field that filters it, and the chosen entry.

    What is typed is searched in the guide and the keys, too, once they are there
    (:meth:`set_places`); they are listed behind the terms.

    Parameters
    ----------
    terms : mapping of str to Term
        By id, in the order to list.
    lab_titles : mapping of str to str
        Title of each lab that an entry may name.

    Signals
    -------
    lab_chosen(str)
        The person wants to see the lab of that name.
    place_chosen(str, str)
        The person wants to see a page of the guide, at a heading.
    """

    lab_chosen = Signal(str)
    place_chosen = Signal(str, str)

    def __init__(
        self,
        terms: Mapping[str, Term],
        lab_titles: Mapping[str, str],
        parent: QWidget | None = None,
    ):
        super().__init__(
            "Glossary",
            "Search the glossary",
            "Terms",
            "Entry",
            hint="Search: a word, a symbol, a key",
            page=ClosedPage(),
            list_width=272,
            size=QSize(840, 520),
            parent=parent,
        )
        self._terms, self._lab_titles = terms, lab_titles
        self._places: dict[str, Place] = {}
        self._waits = False  # for a formula to be typeset
        typesetter().typeset.connect(self._on_typeset)
        self.list.setItemDelegate(_TermDelegate(self.list))
        for term in terms.values():
            item = QListWidgetItem(term.term, self.list)
            item.setData(NAME, term.id)
            item.setData(SYMBOL, term.symbol)
        self.said.setText(
            "Nothing has all of these words. Try fewer letters, or a symbol: “σα”, “sigma”, “r”."
        )
        self.said.hide()
        self.list.setCurrentRow(0)
        self.list.itemDoubleClicked.connect(lambda item: self.enter())

    def set_places(self, places: Sequence[Place]) -> None:
        """Search these, too."""
        self._places = {place.id: place for place in places}
        for row in reversed(range(len(self._terms), self.list.count())):
            self.list.takeItem(row)
        for place in places:
            item = QListWidgetItem(place.title, self.list)
            item.setData(NAME, place.id)
            item.setData(SYMBOL, place.kind)
            item.setToolTip(plain_tip(place.title))
        self.filter(self.search.text())

    def shown_place(self) -> Place | None:
        """The section of the guide, or the key, that is on the page."""
        item = self.list.currentItem()
        return None if item is None or item.isHidden() else self._places.get(item.data(NAME))

    def show_term(self, term_id: str) -> None:
        """Go to one entry; the whole list is shown again."""
        self.show_row(term_id)

    def shown_term(self) -> Term | None:
        """The entry that is on the page."""
        item = self.list.currentItem()
        return None if item is None or item.isHidden() else self._terms.get(item.data(NAME))

    def filter(self, wanted: str) -> None:
        first = named = None
        for row in range(self.list.count()):
            item = self.list.item(row)
            found = self._matches(item, wanted)
            item.setHidden(not found)
            if found:
                first = first or item
                # A hit in the term or the symbol itself counts more than one in the sentence.
                head = f"{item.text()} {item.data(SYMBOL)}".casefold()
                named = named or (item if wanted.strip().casefold() in head else None)
        self.said.setVisible(first is None)
        self.list.setVisible(first is not None)
        if first is not None and (wanted or self.list.currentItem() is None):
            self.list.setCurrentItem(named or first)
        self.show_current()

    def _matches(self, item: QListWidgetItem, wanted: str) -> bool:
        """Without a search the terms stand alone."""
        place = self._places.get(item.data(NAME))
        if place is None:
            return self._terms[item.data(NAME)].matches(wanted)
        shown = f"{item.text()} {translated(place.title)}".casefold()
        words = wanted.casefold().split()
        return bool(words) and (place.matches(wanted) or all(word in shown for word in words))

    def enter(self) -> None:
        place = self.shown_place()
        if place is None or not place.page:
            super().enter()
        else:
            self.place_chosen.emit(place.page, place.heading)

    def show_current(self) -> None:
        place = self.shown_place()
        if place is not None:
            self._show_place(place)
            return
        term = self.shown_term()
        self.page.setHtml("" if term is None else self._html(term))
        # The typeset formula is a picture.
        self.page.setAccessibleDescription("" if term is None else plain(term.formula))

    def _show_place(self, place: Place) -> None:
        title = translated(place.title)
        link = f"\n\n[{translated('Open it in the guide')}]({PLACE}:{place.id})"
        text = f"## {title}\n\n{place.text}{link if place.page else ''}\n"
        github = QTextDocument.MarkdownFeature.MarkdownDialectGitHub
        self.page.document().setMarkdown(text, github)
        self.page.setAccessibleDescription("")

    def _html(self, term: Term) -> str:
        colours = tokens()
        by_symbol = {s: symbol_colour(s, colours.dark) or colours.text for s in SYMBOL_COLOURS}
        muted = f'style="color:{colours.muted}"'
        link = f'style="color:{colours.accent}; text-decoration:none"'
        size = self.font().pointSizeF()
        head = f'<span style="font-size:{size * 1.5:.1f}pt; font-weight:600">'
        head += f"{escape(term.term)}</span>"
        if term.symbol:
            colour = symbol_colour(term.symbol, colours.dark) or colours.text
            head += f'&nbsp;&nbsp; <span style="font-size:{size * 1.5:.1f}pt; color:{colour}">'
            head += f"{escape(term.symbol)}</span>"
        if term.unit:
            head += f"&nbsp;&nbsp; <span {muted}>in {escape(term.unit)}</span>"
        parts = [f'<p style="margin:0 0 12px 0">{head}</p>']
        if term.formula:
            formula = self._typeset(term.formula, size * 1.15) or coloured(term.formula, by_symbol)
            parts.append(
                f'<p style="margin:0 0 12px 0; font-size:{size * 1.15:.1f}pt">{formula}</p>'
            )
        parts.append(f'<p style="margin:0 0 16px 0; line-height:130%">{term.text}</p>')
        rows = [("Papers", "<br>".join(escape(paper) for paper in term.papers))]
        if term.see:
            related = (
                f'<a href="{TERM}:{i}" {link}>{escape(self._terms[i].term)}</a>' for i in term.see
            )
            rows.append(("See also", " · ".join(related)))
        if term.lab:
            title = escape(self._lab_titles[term.lab])
            rows.append(("See it", f'<a href="{LAB}:{term.lab}" {link}>Open the lab “{title}”</a>'))
        cells = "".join(
            f'<tr><td {muted} width="84">{name}</td><td>{value}</td></tr>' for name, value in rows
        )
        parts.append(
            f'<table cellspacing="0" cellpadding="4" style="margin-left:-4px">{cells}</table>'
        )
        return "".join(parts)

    def _typeset(self, formula: str, points: float) -> str:
        """The tag of the formula's picture; nothing while there is none."""
        font = QFont(self.page.font())
        font.setPointSizeF(points)
        layout = FormulaLayout(formula, font, tokens(), typesetter())
        self._waits = not layout.settled
        if not layout.ready:
            return ""
        room = self.page.viewport().width() - 4
        size = layout.size(room)
        width, height = min(ceil(size.width()), room), ceil(size.height())
        dots = self.devicePixelRatioF()
        picture = QImage(round(width * dots), round(height * dots), QImage.Format.Format_ARGB32)
        picture.setDevicePixelRatio(dots)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        layout.paint(painter, QRectF(0, 0, width, height))
        painter.end()
        self.page.document().addResource(QTextDocument.ResourceType.ImageResource, PICTURE, picture)
        return f'<img src="{PICTURE.toString()}" width="{width}" height="{height}">'

    def _on_typeset(self) -> None:
        if self._waits:
            self._waits = False
            self.show_current()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.show_current()

    def follow(self, url: QUrl) -> None:
        if url.scheme() == TERM:
            self.show_term(url.path())
        elif url.scheme() == PLACE or url.isRelative():
            self.enter()  # a link within the guide leads there, too
        elif url.scheme() == LAB:
            # It would lie over the drawer that it opens.
            self.close()
            self.lab_chosen.emit(url.path())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.show_current()


class _TermDelegate(QStyledItemDelegate):
    """The term at the left, its symbol at the right in the symbol's colour."""

    def sizeHint(self, option: QStyleOptionViewItem, index) -> QSize:  # noqa: N802
        return QSize(0, max(ROW, option.fontMetrics.height() + 8))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index) -> None:
        colours = tokens()
        area = option.rect.adjusted(0, 1, -2, -1)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if selected or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent if selected else colours.hover))
            painter.drawRoundedRect(area, 4, 4)
        text, symbol = index.data(), translated(index.data(SYMBOL) or "")
        inside = area.adjusted(8, 0, -8, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        ink = QColor(colours.on_accent if selected else colours.text)
        width = option.fontMetrics.horizontalAdvance(symbol) + 8 if symbol else 0
        room = inside.width() - width
        rtl = option.direction == Qt.LayoutDirection.RightToLeft
        near, far = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if rtl:
            near, far = far, near
        painter.setPen(ink)
        painter.setFont(option.font)
        shown = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(inside, middle | near, shown)
        if symbol:
            own = symbol_colour(symbol, colours.dark) or colours.muted
            painter.setPen(ink if selected else QColor(own))
            painter.setFont(semibold(option.font))
            painter.drawText(inside, middle | far, symbol)
        painter.restore()
