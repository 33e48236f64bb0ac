"""What of the photograph's file is shown: its page, below the picture, and its bands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.references import Reference

if TYPE_CHECKING:
    from segviewer.imaging.reading.header import PictureHeader


class PhotographPanel:
    """Shows page and bands, where there is a choice, and turns edits into the session."""

    def __init__(self, window: MainWindow, store: Store, preferences: Preferences):
        self.store, self.preferences = store, preferences
        self.pages, self.bands = window.page_bar, window.band_choice
        self.pages.page_chosen.connect(self._on_page)
        self.bands.bands_chosen.connect(self._on_bands)
        window.paged.connect(self.turn)

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        header = _header(new)
        picture = new.session.picture
        if old is not None and _drawn(old) == _drawn(new):
            return
        if old is not None and old.session.image != new.session.image:
            self.pages.steps.stop()  # the next page would be one of another file
        # While pages are played, the next one waits for the labels of this one.
        if not self.pages.is_playing() or _is_labelled(new):
            if header is not None and header.live:
                self.pages.set_live(picture.page or 0)
            elif header is not None and header.frames > 1:
                page = header.page if picture.page is None else picture.page
                self.pages.set_pages(header.page_word, header.frames, page, header.fps)
            else:
                self.pages.set_pages("", 0, 0)
        several = header is not None and header.bands > 1
        self.bands.setVisible(several)
        if several and header is not None:
            self.bands.set_bands(picture.bands, header.bands)

    def turn(self, by: int) -> None:
        """Show the page `by` places further; the first and the last are the ends."""
        if self.pages.count() > 1:
            chosen = self.store.session.picture.page
            page = (self.pages.page() if chosen is None else chosen) + by
            self._on_page(min(max(page, 0), self.pages.count() - 1), True)

    def _on_page(self, page: int, finished: bool) -> None:
        self.store.set("picture", page=page, finished=finished)

    def _on_bands(self, bands: tuple[int, ...]) -> None:
        image = Reference.picture(self.store.session.image)
        if image.is_file:
            self.preferences.save_bands(str(Path(image.name).parent), bands)
        self.store.set("picture", bands=bands)


def _drawn(screen: Screen) -> tuple[object, ...]:
    """All that decides what is drawn here; labels that came let the next page be played."""
    return _header(screen), screen.session.picture, id(screen.shown.labelled)


def _is_labelled(screen: Screen) -> bool:
    """Whether all is there that is going to be shown of the page."""
    if not screen.session.checkpoint or screen.waiting:
        return screen.shown.photograph == screen.session.photograph
    return screen.shown.is_of(screen.session)


def _header(screen: Screen) -> PictureHeader | None:
    """What is known of the file that is open; None for another one's."""
    shown = screen.shown
    if shown.picture is None or shown.image != screen.session.image:
        return None
    return shown.picture.header
