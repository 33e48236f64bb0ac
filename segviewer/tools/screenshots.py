"""The pictures of README and guide, taken from the running program.

::

    python -m segviewer.tools.screenshots resources/guide/pictures [NAME …]

opens a window that nobody sees, with its engine, and writes ``OUT/NAME.png`` for every picture, and
``OUT/NAME.webp`` for every moving one, or for those named. To be run again whenever the window
looks different.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer

from segviewer.session import LabState, Session
from segviewer.tools.unseen_window import Film, UnseenWindow, picture_of, run, wait

if TYPE_CHECKING:
    from PIL import Image

    from segviewer.crf.settings.crf_settings import CRFSettings

SIZE = (1280, 800)
FILM_SIZE = (1000, 640)  # text as large as in the window where a README is 900 wide
COLOURS = 200  # a photograph under an overlay still looks smooth, and the file stays small
LARGE_OF, LARGE = "leuven_street", (4000, 3000)
EDGE_WINDOW = (1280, 600)
EDGE_ZOOM = 3.0  # screen pixels to one of the photograph
GRIDDED = "bundled:drn_c_26_narrow_camvid"


@dataclass(frozen=True)
class View:
    """What is on the window in one picture.

    Attributes
    ----------
    change : callable
        From the program's first session to the one that is photographed.
    stages : tuple of str
        Whose results have to be there.
    lesson : str
        Opened in place of a session, at `step`.
    edge : tuple of float or None
        The canvas alone is taken, enlarged by :data:`EDGE_ZOOM`,
        with this place in the middle: across and down, 0 to 1. The photograph is
        :data:`LARGE_OF` enlarged to :data:`LARGE`.
    """

    change: Callable[[Session], Session] = lambda session: session
    stages: tuple[str, ...] = ("label_map",)
    lesson: str = ""
    step: int = 0
    edge: tuple[float, float] | None = None


@dataclass(frozen=True)
class Drag:
    """One slider of the CRF, dragged: what is seen at each value is the whole result, no draft.

    Attributes
    ----------
    field : str
        Of the CRF's settings, which begin as those of the preset.
    values : tuple of float
        Where it stands, in turn.
    zoom : float
        Times the size at which the picture fits.
    centre : tuple of float
        Pixel of the photograph in the middle of the canvas.
    """

    field: str
    values: tuple[float, ...]
    zoom: float
    centre: tuple[float, float]


def _preset() -> CRFSettings:
    from segviewer.crf.settings.presets import PRESETS

    return next(one for one in PRESETS if one.name == "thin-structures").settings


def _refined(session: Session) -> Session:
    return session.changed(crf=_preset())


def _gridded(session: Session) -> Session:
    return session.with_checkpoint(GRIDDED).changed(lab=LabState(name="gridding_seen"))


def _at_every_pixel(session: Session) -> Session:
    """The CRF as A without its last update at every pixel, as B with it, side by side."""
    refined = _refined(session)
    small = refined.changed(crf=refined.crf.changed(full_resolution=False)).pinned()
    overlay = small.overlay.changed(comparison="side", style="both", opacity=0.4)
    return small.changed(crf=refined.crf, overlay=overlay)


VIEWS = {
    "window": View(),
    "mismatch": View(
        lambda session: session.with_network("atrous_rates", (12, 24, 36), (6, 12, 18))
    ),
    "crf": View(_refined),
    "edge_12_megapixels": View(
        _at_every_pixel, ("label_map", "reference_label_map"), edge=(0.6675, 0.25)
    ),
    "gridding": View(_gridded, ("label_map", "lab")),
    "lesson": View(lesson="02_atrous", step=1),
}
DRAGS = {
    "refining": Drag(
        "appearance_weight",
        (0, 0.4, 0.8, 1.2, 1.6, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6),
        2.4,
        (455, 210),
    )
}
FIRST_MS, NEXT_MS, LAST_MS = 1400, 160, 2400  # how long the frames of a drag are shown


class Studio(UnseenWindow):
    """The window at the size of a picture, brought to each view."""

    SIZE = SIZE
    PATIENCE_MS, STILL_MS = 240_000, 600

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.first = self.store.session

    def take(self, name: str) -> Image.Image | Film:
        """Bring the window there and photograph it."""
        self.presenter.lessons.leave()  # its question would cover what comes next
        if name in DRAGS:
            return self._film(DRAGS[name])
        view = VIEWS[name]
        if view.edge is not None:
            return self._edge(view, *view.edge)
        if view.lesson:
            from segviewer.lessons.reading import shipped_folder

            lessons = self.presenter.lessons
            lessons.open(shipped_folder() / f"{view.lesson}.toml", view.step)
            clock = QElapsedTimer()
            clock.start()
            while lessons.opened is None and clock.elapsed() < self.PATIENCE_MS:
                wait(20)
        else:
            self.store.update(view.change(self.first))
        self.settle(*view.stages)
        self.window.canvas.finish_drawing()
        return picture_of(self.window.grab().toImage())

    def _edge(self, view: View, across: float, down: float) -> Image.Image:
        """The canvas about a place of the large photograph."""
        from PIL import Image

        from segviewer.imaging.reading.samples import sample_path

        path = self.folder / f"{LARGE_OF}_12_megapixels.png"
        with Image.open(sample_path(LARGE_OF)) as sample:
            sample.resize(LARGE, Image.Resampling.LANCZOS).save(path, compress_level=1)
        self.store.update(view.change(self.first.with_image(str(path))))
        self.settle(*view.stages)
        self.window.resize(*EDGE_WINDOW)
        wait(self.STILL_MS)
        canvas = self.window.canvas
        canvas.zoom_by(EDGE_ZOOM / canvas.zoom())
        there = canvas.position_of(LARGE[0] * across, LARGE[1] * down)
        pane = canvas.view.panes[-1]
        canvas.pan_by(pane.center().x() - there.x(), pane.center().y() - there.y())
        wait(self.STILL_MS)
        taken = picture_of(canvas.grab().toImage())
        self.window.resize(*self.SIZE)
        return taken

    def _film(self, drag: Drag) -> Film:
        window, canvas = self.window, self.window.canvas
        folded = (window.classes_section, window.overlay_section, window.crf_tried_section)
        unseen = (window.left, window.timing_label)  # times are of the machine that made it
        window.resize(*FILM_SIZE)
        for widget in unseen:
            widget.hide()
        for section in folded:
            section.set_open(False)
        frames: list[Image.Image] = []
        for value in drag.values:
            self.store.update(self.first.changed(crf=_preset().changed(**{drag.field: value})))
            self.settle("label_map")
            if not frames:
                canvas.fit()
                canvas.zoom_by(drag.zoom)
                away = canvas.position_of(*drag.centre) - canvas.rect().center().toPointF()
                canvas.pan_by(-away.x(), -away.y())
                wait(self.STILL_MS)
            frames.append(picture_of(window.grab().toImage()))
        for section in folded:
            section.set_open(True)
        for widget in unseen:
            widget.show()
        window.resize(*SIZE)
        canvas.fit()
        return Film(frames, [FIRST_MS, *[NEXT_MS] * (len(frames) - 2), LAST_MS])


def main(arguments: list[str] | None = None) -> int:
    names = (*VIEWS, *DRAGS)
    return run("segviewer.tools.screenshots", names, Studio, arguments, colours=COLOURS, rounds=1)


if __name__ == "__main__":
    raise SystemExit(main())
