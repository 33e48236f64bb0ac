"""The guide: a list of its pages, a field that searches all of them, and the chosen page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QResizeEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QListWidgetItem, QWidget

from segviewer.widgets.help.guide_pages import Page
from segviewer.widgets.help.searched_sheet import NAME, ROW, SearchedSheet
from segviewer.widgets.text.plain_text import ClosedPage, plain_tip

WEB = ("http", "https")


class GuidePage(ClosedPage):
    """A page of the guide, with the pictures it was handed and no other file."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._pictures: Mapping[str, bytes] = {}

    def show_page(self, page: Page) -> None:
        """Show a page from its top."""
        self._pictures = page.pictures
        self.document().setMarkdown(page.text, QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def loadResource(self, kind: int, name: object) -> object:  # noqa: N802 (Qt's name)
        """One of the page's own pictures, no wider than the page; nothing else."""
        data = self._pictures.get(name.toString()) if isinstance(name, QUrl) else None
        if data is None:
            return None
        picture = QImage.fromData(data)
        # As wide as the page is once its scroll bar has come.
        bar = self.verticalScrollBar()
        room = self.viewport().width() - (0 if bar.isVisible() else bar.sizeHint().width())
        if picture.width() > room:
            picture = picture.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
        return picture


class GuideSheet(SearchedSheet):
    """Shows the guide; links between its pages stay inside, those to the web open outside.

    Empty until :meth:`set_pages`.
    """

    def __init__(self, parent: QWidget | None = None):
        super().__init__(
            "Guide",
            "Search the guide",
            "Pages",
            "Page",
            hint="Search all pages",
            page=GuidePage(),
            list_width=288,
            size=QSize(1040, 680),
            parent=parent,
        )
        self.page: GuidePage
        self._pages: dict[str, Page] = {}
        self._shown = ""
        self.said.setText("Reading the guide …")

    def set_pages(self, pages: Sequence[Page]) -> None:
        """List `pages`; the first is shown."""
        self._pages = {page.name: page for page in pages}
        self.list.clear()
        height = max(ROW, self.fontMetrics().height() + 8)
        for page in pages:
            item = QListWidgetItem(page.title, self.list)
            item.setData(NAME, page.name)
            item.setToolTip(plain_tip(page.title))
            item.setSizeHint(QSize(0, height))
        self.filter(self.search.text())

    def show_failure(self, why: str) -> None:
        """Say why there is no guide to be read."""
        self.said.setText(why)
        self.said.show()

    def show_page(self, name: str) -> None:
        """Go to one page; the whole list is shown again."""
        self.show_row(name)

    def show_place(self, name: str, heading: str) -> None:
        """Go to a heading of a page; "" is its top."""
        self.show_page(name)
        block = self.page.document().begin()
        while heading and block.isValid():
            if block.blockFormat().headingLevel() and block.text() == heading:
                top = self.page.document().documentLayout().blockBoundingRect(block).top()
                self.page.setTextCursor(QTextCursor(block))
                self.page.verticalScrollBar().setValue(round(top))
                return
            block = block.next()
        self.page.moveCursor(QTextCursor.MoveOperation.Start)

    def shown_page(self) -> Page | None:
        """The page that is to be read."""
        return self._pages.get(self._shown)

    def filter(self, wanted: str) -> None:
        found: list[QListWidgetItem] = []
        for row in range(self.list.count()):
            item = self.list.item(row)
            hit = self._pages[item.data(NAME)].matches(wanted)
            item.setHidden(not hit)
            if hit:
                found.append(item)
        if self._pages:
            self.said.setText("No page has all of these words. Try fewer of them.")
            self.said.setVisible(not found)
        if not found:
            return
        # A hit in the title counts more than one in the text.
        words = wanted.casefold().split()
        named = [i for i in found if words and all(w in i.text().casefold() for w in words)]
        if wanted.strip() or self.list.currentItem() is None:
            self.list.setCurrentItem((named or found)[0])
        self.show_current()

    def show_current(self) -> None:
        item = self.list.currentItem()
        if item is None or item.isHidden():
            return
        if item.data(NAME) != self._shown:
            self._shown = item.data(NAME)
            self.page.show_page(self._pages[self._shown])
        self._find(again=False)

    def _find(self, *, again: bool) -> None:
        """Mark the searched words, or the first of them where they stand apart."""
        wanted = self.search.text().strip()
        if not wanted:
            return
        if not again:
            self.page.moveCursor(QTextCursor.MoveOperation.Start)
        for text in (wanted, wanted.split()[0]):
            if self.page.find(text):
                return
            self.page.moveCursor(QTextCursor.MoveOperation.Start)
            if self.page.find(text):
                return

    def follow(self, url: QUrl) -> None:
        name = url.path().removesuffix(".md")
        if url.isRelative() and name in self._pages:
            self.show_page(name)
        elif url.scheme() in WEB and not QDesktopServices.openUrl(url):
            self.show_failure(f"No program here opens web pages. It is {url.toString()}")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._lay_page_out_again()

    def enter(self) -> None:
        if self.search.hasFocus() and self.search.text().strip():
            self._find(again=True)
        else:
            super().enter()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._lay_page_out_again()

    def _lay_page_out_again(self) -> None:
        # Pictures have the page's width, and links the theme's colour, from when it was laid out.
        page = self.shown_page()
        if page is not None:
            place = self.page.verticalScrollBar().value()
            self.page.show_page(page)
            self.page.verticalScrollBar().setValue(place)
