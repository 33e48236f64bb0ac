"""Where a lab stands: in the drawer below the photograph, beside it, or alone on the stage.

The drawer serves who watches the photograph while working in a lab; beside is for comparing
with it; the stage gives a drawing that needs no photograph the whole window, as a lecture wants.
The place is remembered for each lab, and apart for presenting.
"""

from __future__ import annotations

from typing import Literal, get_args

from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.labs.lab_view import HEIGHT, LARGEST_SHARE, LabView
from segviewer.app.state.preferences import Preferences
from segviewer.labs import LABS

Place = Literal["drawer", "beside", "stage"]
PLACES: tuple[Place, ...] = get_args(Place)
BLENDED_MS = 600
BESIDE_SHARE = 0.5  # of what panels and lesson leave
AREAS = {
    "drawer": Qt.DockWidgetArea.BottomDockWidgetArea,
    "beside": Qt.DockWidgetArea.RightDockWidgetArea,
    "stage": Qt.DockWidgetArea.BottomDockWidgetArea,
}


class LabPlaces(QObject):
    """Puts the open lab where it belongs.

    Attributes
    ----------
    place : {"drawer", "beside", "stage"}
        Where the open lab stands, or the last one stood.

    Signals
    -------
    placed()
        It stands in another place.
    """

    placed = Signal()

    def __init__(self, window: MainWindow, labs: LabView, preferences: Preferences):
        super().__init__(window)
        self.window, self.labs, self.preferences = window, labs, preferences
        self.place: Place = "drawer"
        self._presenting = False
        # Pixels that the drawer took, by place, while presenting or not: at other text.
        self._lengths: dict[tuple[Place, bool], int] = {}
        self._kept: tuple[Place, bool] = (self.place, False)
        self._choice = labs.drawer.places
        self._choice.toggled.connect(lambda index, on: self.choose(PLACES[index]))
        labs.lab_shown.connect(self._on_lab_shown)
        # In the next turn of the loop the canvas has what the result lays over the photograph.
        labs.drawn.connect(lambda: QTimer.singleShot(0, self, self._show_inset_twice))
        window.action("lab_place").triggered.connect(lambda checked=False: self.next())

    def set_presenting(self, on: bool) -> None:
        """Take the places of presenting, or those of working."""
        self._presenting = on
        self._on_lab_shown(self.labs.shown_lab)

    def choose(self, place: Place) -> None:
        """Put the open lab there, now and next time."""
        name = self.labs.shown_lab
        if name:
            self.preferences.save_lab_place(self._key(name), place)
            self._put(place)

    def next(self) -> None:
        """The next place, after the last the first."""
        self.choose(PLACES[(PLACES.index(self.place) + 1) % len(PLACES)])

    def _key(self, name: str) -> str:
        return f"presenting {name}" if self._presenting else name

    def _on_lab_shown(self, name: str) -> None:
        if not name:
            self.window.splitter.show()
            return
        kept = self.preferences.lab_place(self._key(name))
        if kept in PLACES:
            self._put(PLACES[PLACES.index(kept)])
        else:
            entry = LABS[name]
            alone = entry.needs == "nothing" or entry.has_photograph
            self._put("stage" if self._presenting and alone else "drawer")

    def _put(self, place: Place) -> None:
        window, drawer = self.window, self.labs.drawer
        before, self.place = self.place, place
        if (place, self._presenting) != self._kept and not drawer.isHidden():
            self._lengths[self._kept] = drawer.width() if before == "beside" else drawer.height()
        self._kept = (place, self._presenting)
        self._choice.set_checked(PLACES.index(place), True)
        if window.dockWidgetArea(drawer) != AREAS[place]:
            window.addDockWidget(AREAS[place], drawer)
            drawer.show()
        window.splitter.setVisible(place != "stage")
        if place != "drawer" or not self._presenting:
            drawer.set_form_below(place != "drawer")  # beside, width is what is scarce
        self._show_inset_twice()
        if place != before:
            # Sizes of docks hold once the window is laid out with them.
            QTimer.singleShot(0, self, self._size)
            self.placed.emit()

    def _show_inset(self) -> None:
        """On the stage the photograph is small beside the settings, where a lab is about it."""
        canvas, name = self.window.canvas, self.labs.shown_lab
        view = canvas.view
        about = self.place == "stage" and bool(name) and LABS[name].needs != "nothing"
        if not about or view.picture is None:
            self.labs.drawer.set_inset(None)
            return
        area = QRectF(view.position_of(0, 0), view.position_of(*view.picture)).toAlignedRect()
        self.labs.drawer.set_inset(*canvas.without_facts(area.intersected(canvas.rect())))

    def _show_inset_twice(self) -> None:
        """Now, and when what lies over the photograph has been blended off Qt's thread."""
        self._show_inset()
        QTimer.singleShot(BLENDED_MS, self, self._show_inset)

    def _size(self) -> None:
        window, drawer = self.window, self.labs.drawer
        if drawer.isHidden() or self.place == "stage":
            return
        if self.place == "beside":
            usual = round(BESIDE_SHARE * (window.splitter.width() + drawer.width()))
            along = Qt.Orientation.Horizontal
        else:
            usual = min(HEIGHT, round(LARGEST_SHARE * window.height()))
            along = Qt.Orientation.Vertical
        window.resizeDocks([drawer], [self._lengths.get(self._kept, usual)], along)
