"""The gallery in the window: opened from the Labs menu, its pictures read off Qt's thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.labs.lab_view import LabView
from segviewer.app.state.background import Background
from segviewer.app.state.store import Store
from segviewer.labs import LABS
from segviewer.resource_files import resource_path

if TYPE_CHECKING:
    from segviewer.app.labs.lab_gallery import LabGallery


class GalleryView(QObject):
    """Opens the gallery, and the lab that is chosen in it.

    Attributes
    ----------
    gallery : LabGallery or None
        Made when it is first opened.
    """

    def __init__(self, window: MainWindow, store: Store, labs: LabView, background: Background):
        super().__init__(window)
        self.window, self.store, self.labs, self.background = window, store, labs, background
        self.gallery: LabGallery | None = None
        window.action("gallery").triggered.connect(lambda checked=False: self.show())

    def show(self) -> None:
        """Open the gallery, standing on the lab that is open."""
        from segviewer.app.labs.lab_gallery import LabGallery

        if self.gallery is None:
            self.gallery = LabGallery(LABS, self.window)
            self.gallery.lab_chosen.connect(self.labs.open)
            self.background.run(read_pictures, done=self.gallery.set_pictures)
        self.gallery.start(self.store.session.lab.name)


def picture_path(name: str) -> Path:
    """Where the picture of a lab lies."""
    return resource_path("labs", f"{name}.png")


def read_pictures() -> dict[str, QImage]:
    """The pictures that there are, by lab; for a thread other than Qt's."""
    read = {name: QImage(str(picture_path(name))) for name in LABS.modules}
    return {name: picture for name, picture in read.items() if not picture.isNull()}
