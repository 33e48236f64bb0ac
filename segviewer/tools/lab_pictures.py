"""The pictures of the gallery, made by the program itself: each lab on a real photograph.

::

    python -m segviewer.tools.lab_pictures resources/labs [LAB …]

opens a window that nobody sees, with its engine, and writes ``OUT/LAB.png`` for every lab or
for those named. To be run again whenever the drawing of a lab changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QRegion
from PySide6.QtWidgets import QWidget

from segviewer.labs import LABS
from segviewer.references import DEFAULT_CHECKPOINT
from segviewer.tools.unseen_window import UnseenWindow, picture_of, run, wait

if TYPE_CHECKING:
    from PIL import Image

SIZE = (480, 270)  # of a picture, twice what a card gives it
COLOURS, ROUNDS = 128, 3
MARGIN = 12  # about a drawing
SAMPLING = 2  # a drawing is made this much larger and shrunk, for smooth letters and lines


@dataclass(frozen=True)
class Shot:
    """How a lab is photographed.

    Attributes
    ----------
    canvas : bool
        The photograph with what the lab lays over it, in place of the lab's own drawing.
    width, height : int
        Size of the drawing in logical pixels before it is shrunk.
    crop : (left, top, width)
        Part of the drawing that is shown, as fractions of its sides; its height follows from
        :data:`SIZE`.
    values, crf : dict
        Settings of the lab, and of the CRF.
    target : bool
        With a target mask.
    network : str
        Another than :data:`DEFAULT_CHECKPOINT`, where the lab is about what only that one has.
    """

    canvas: bool = False
    width: int = 616
    height: int = 336
    crop: tuple[float, float, float] = (0.0, 0.0, 1.0)
    values: dict[str, Any] = field(default_factory=dict)
    crf: dict[str, Any] = field(default_factory=dict)
    target: bool = False
    network: str = DEFAULT_CHECKPOINT


# (class, class, cost): what a person might drag the cells to.
COSTS = ((0, 3, 6), (0, 4, 5), (0, 8, 4), (1, 3, 2), (3, 4, 0.3), (4, 5, 0.5), (5, 8, 3), (6, 2, 0))
# Where a part of the drawing, or the photograph, says more than the whole drawing.
SHOTS: dict[str, Shot] = {
    "kernel": Shot(canvas=True, crop=(0.29, 0.31, 0.4)),
    "doctor": Shot(
        crf={"appearance_weight": 0.5, "smoothness_weight": 0.1, "appearance_rgb_std": 1}
    ),
    "compatibility": Shot(
        width=720, height=405, crop=(0.0, 0.0, 0.6), crf={"compatibility": COSTS}
    ),
    "trimap": Shot(canvas=True, crop=(0.3, 0.2, 0.5), target=True),
    "landscape": Shot(target=True),
    "copy": Shot(crop=(0.32, 0.0, 0.58)),
    "effective_field": Shot(canvas=True, crop=(0.22, 0.2, 0.55)),
    "gridding_seen": Shot(width=720, height=260, crop=(0.26, 0.0, 0.465)),
    "atrous_1d": Shot(crop=(0.0, 0.1, 0.9)),
    "striding": Shot(canvas=True, crop=(0.38, 0.1, 0.5)),
    "cascade": Shot(height=252, crop=(0.0, 0.05, 0.68)),
    "pyramid": Shot(crop=(0.0, 0.0, 0.75)),
    "graphical_model": Shot(width=721, height=406, crop=(0.03, 0.09, 0.66)),
    "crf_energy": Shot(width=720, height=405, crop=(0.185, 0.0, 0.375)),
    "results": Shot(width=720, height=396),
    "head_training": Shot(
        width=1040, height=293, crop=(0.25, 0.0, 0.5), values={"running": True, "iterations": 60}
    ),
    "localisation": Shot(canvas=True, crop=(0.11, 0.12, 0.77)),
}


class Studio(UnseenWindow):
    """The window, and its labs before the camera."""

    SIZE = (960, 640)
    PATIENCE_MS = 180_000  # for one lab; the slowest, the landscape, takes half a minute
    STILL_MS = 400

    def arrange(self) -> None:
        self.window.toggle_panels()

    def take(self, name: str) -> Image.Image:
        """Open a lab and photograph it."""
        from segviewer.crf.settings.crf_settings import CRFSettings
        from segviewer.session import LabState

        shot = SHOTS.get(name, Shot())
        target = str(self._target()) if shot.target else ""
        session = self.store.session.with_checkpoint(shot.network)
        lab = LabState(name=name, values=tuple(sorted(shot.values.items())))
        crf = CRFSettings(**shot.crf)
        self.store.update(session.changed(lab=lab, target=target, crf=crf))
        self.settle("label_map", "lab")
        return self._canvas(shot) if shot.canvas else self._drawing(name, shot)

    def _target(self) -> Path:
        """A target mask for the lab that needs one: the labels of a network with finer stride."""
        from PIL import Image

        path = self.folder / "target.png"
        if not path.exists():
            before = self.store.session
            self.store.update(before.with_network("output_stride", 8, 16))
            self.settle("label_map")
            labels = self.presenter.results.get("label_map").label_map
            Image.fromarray(labels).save(path)
            self.store.update(before)
            self.settle("label_map")
        return path

    def _drawing(self, name: str, shot: Shot) -> Image.Image:
        from segviewer.labs import lab_of

        # A view of its own: the drawer's has the drawer's size.
        view = lab_of(name).make_view()
        view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        view.resize(shot.width, shot.height)
        view.show()
        view.show_result(self.presenter.results.get("lab").shown)
        view.resize(shot.width, shot.height)
        wait(self.STILL_MS)
        return shrunk(_rendered(view, MARGIN), shot)

    def _canvas(self, shot: Shot) -> Image.Image:
        self.presenter.labs.drawer.hide()
        wait(self.STILL_MS)
        return shrunk(_rendered(self.window.canvas), shot)


def _rendered(widget: QWidget, margin: int = 0) -> Image.Image:
    from segviewer.widgets.theme.theme import tokens

    size = widget.size() + QSize(2 * margin, 2 * margin)
    picture = QImage(size * SAMPLING, QImage.Format.Format_RGB888)
    picture.fill(QColor(tokens().panel))
    painter = QPainter(picture)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    painter.scale(SAMPLING, SAMPLING)
    flags = QWidget.RenderFlag.DrawChildren | QWidget.RenderFlag.DrawWindowBackground
    widget.render(painter, QPoint(margin, margin), QRegion(), flags)
    painter.end()
    return picture_of(picture)


def shrunk(picture: Image.Image, shot: Shot) -> Image.Image:
    """The part of `picture` that is shown, at :data:`SIZE`."""
    from PIL import Image

    left, top, share = shot.crop
    width = min(share * picture.width, picture.height * SIZE[0] / SIZE[1])
    height = width * SIZE[1] / SIZE[0]
    x = min(left * picture.width, picture.width - width)
    y = min(top * picture.height, picture.height - height)
    box = (x, y, x + width, y + height)
    return picture.resize(SIZE, Image.Resampling.LANCZOS, box=box)


def main(arguments: list[str] | None = None) -> int:
    program = "segviewer.tools.lab_pictures"
    return run(program, tuple(LABS), Studio, arguments, colours=COLOURS, rounds=ROUNDS)


if __name__ == "__main__":
    raise SystemExit(main())
