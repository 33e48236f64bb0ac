"""The filmstrip: the pictures that were opened together."""

from __future__ import annotations

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.openings import Openings
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store


class PicturesPanel:
    """Lists pictures and opens the one that is chosen."""

    def __init__(self, window: MainWindow, store: Store, openings: Openings):
        self.filmstrip, self.canvas, self.place = (
            window.filmstrip,
            window.canvas,
            window.place_label,
        )
        self.store = store
        openings.pictures_listed.connect(self._list)
        self.canvas.zoom_changed.connect(lambda zoom: self._say_place())
        self.filmstrip.picture_chosen.connect(openings.open_picture)

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        if old is None or old.session.image != new.session.image:
            self.filmstrip.set_current(new.session.image)
        if old is None or old.session.image != new.session.image or old.shown.seen is None:
            self._say_place()

    def _list(self, pictures: list[str]) -> None:
        self.filmstrip.set_pictures(pictures, self.store.session.image)
        self._say_place()

    def _say_place(self) -> None:
        """Which of the pictures it is, and how large it is shown."""
        listed, image = self.filmstrip.pictures(), self.store.session.image
        said = []
        if len(listed) > 1 and image in listed:
            said.append(f"{listed.index(image) + 1} / {len(listed)}")
        if self.canvas.has_picture and image:
            zoom = self.canvas.view.transform.zoom / self.canvas.file_pixels
            said.append(f"{100 * zoom:.0f} %")
        self.place.setText(" · ".join(said))
