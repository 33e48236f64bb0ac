"""The pictures of README and guide, taken from the running program.

::

    python -m segviewer.tools.screenshots resources/guide/pictures [NAME …]

opens a window that nobody sees, with its engine, and writes ``OUT/NAME.png`` for every picture or
for those named. To be run again whenever the window looks different.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer

from segviewer.session import LabState, Session
from segviewer.tools.unseen_window import UnseenWindow, picture_of, run, wait

if TYPE_CHECKING:
    from PIL import Image

SIZE = (1280, 800)
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


def _refined(session: Session) -> Session:
    from segviewer.crf.settings.presets import PRESETS

    preset = next(one for one in PRESETS if one.name == "thin-structures")
    return session.changed(crf=preset.settings)


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


class Studio(UnseenWindow):
    """The window at the size of a picture, brought to each view."""

    SIZE = SIZE
    PATIENCE_MS, STILL_MS = 240_000, 600

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.first = self.store.session

    def take(self, name: str) -> Image.Image:
        """Bring the window there and photograph it."""
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


def main(arguments: list[str] | None = None) -> int:
    return run("segviewer.tools.screenshots", VIEWS, Studio, arguments, colours=COLOURS, rounds=1)


if __name__ == "__main__":
    raise SystemExit(main())
