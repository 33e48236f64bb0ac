"""The filmstrip: the pictures that were opened together."""

from __future__ import annotations

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.openings import Openings
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store


class PicturesPanel:
    """Lists pictures and opens the one that is chosen."""

    def __init__(self, window: MainWindow, store: Store, openings: Openings):
        self.filmstrip = window.filmstrip
        openings.pictures_listed.connect(
            lambda pictures: self.filmstrip.set_pictures(pictures, store.session.image)
        )
        self.filmstrip.picture_chosen.connect(openings.open_picture)

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        if old is None or old.session.image != new.session.image:
            self.filmstrip.set_current(new.session.image)
