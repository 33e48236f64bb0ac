"""The pictures of the gallery, made by the program itself: each lab on a real photograph.

::

    python -m segviewer.tools.lab_pictures resources/labs [LAB …]

opens a window that nobody sees, with its engine, and writes ``OUT/LAB.png`` for every lab or
for those named. To be run again whenever the drawing of a lab changes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEventLoop, QPoint, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QRegion
from PySide6.QtWidgets import QApplication, QWidget

from segviewer.labs import LABS

if TYPE_CHECKING:
    from PIL import Image

SIZE = (480, 270)  # of a picture, twice what a card gives it
COLOURS = 128
MARGIN = 12  # about a drawing
SAMPLING = 2  # a drawing is made this much larger and shrunk, for smooth letters and lines
PATIENCE_MS = 180_000  # for one lab; the slowest, the landscape, takes half a minute
STILL_MS = 400  # a drawing without news for so long is complete
PHOTOGRAPH = "sample:campus_walkers"
NETWORK = "bundled:deeplab_v3_efficientnet_lite0_camvid"


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
        Another than :data:`NETWORK`, where the lab is about what only that one has.
    """

    canvas: bool = False
    width: int = 616
    height: int = 336
    crop: tuple[float, float, float] = (0.0, 0.0, 1.0)
    values: dict[str, Any] = field(default_factory=dict)
    crf: dict[str, Any] = field(default_factory=dict)
    target: bool = False
    network: str = NETWORK


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
    "image_level": Shot(crop=(0.0, 0.17, 0.635)),
    "localisation": Shot(canvas=True, crop=(0.11, 0.12, 0.77)),
}


class Studio:
    """A running program that nobody sees, and its labs before the camera."""

    def __init__(self, folder: Path):
        from segviewer.app.frame.main_window import MainWindow
        from segviewer.app.shell.presenter import Presenter
        from segviewer.app.state.preferences import Preferences
        from segviewer.app.state.runner import Runner
        from segviewer.app.state.store import Store
        from segviewer.session import Session

        self.folder = folder
        self.store = Store(Session(checkpoint=NETWORK))
        self.runner = Runner()
        self.window = MainWindow()
        ini = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.presenter = Presenter(self.window, self.store, self.runner, Preferences(ini))
        self.runner.bug_found.connect(lambda stage, text: print(stage, text, file=sys.stderr))
        self.window.resize(960, 640)
        self.window.show()
        self.window.toggle_panels()
        self.presenter.open_first(PHOTOGRAPH)
        self.settle("label_map")

    def close(self) -> None:
        self.presenter.close()
        self.window.close()

    def settle(self, *stages: str) -> None:
        """Wait until the results of `stages` are what the session asks for.

        Raises
        ------
        TimeoutError
        """
        from segviewer.engine.stages import stage_key

        clock = QElapsedTimer()
        clock.start()
        while self.runner.running or any(
            self.runner.have.get(stage) != stage_key(self.store.session, stage) for stage in stages
        ):
            if clock.elapsed() > PATIENCE_MS:
                raise TimeoutError(f"{self.store.session.lab.name}: {self.message()}")
            _wait(20)
        _wait(STILL_MS)

    def message(self) -> str:
        return self.window.message_bar.message() or "no answer"

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
        _wait(STILL_MS)
        return shrunk(_rendered(view, MARGIN), shot)

    def _canvas(self, shot: Shot) -> Image.Image:
        self.presenter.labs.drawer.hide()
        _wait(STILL_MS)
        return shrunk(_rendered(self.window.canvas), shot)


def _wait(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _rendered(widget: QWidget, margin: int = 0) -> Image.Image:
    from PIL import Image

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
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(
        picture.height(), picture.bytesPerLine()
    )
    pixels = rows[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3)
    return Image.fromarray(pixels.copy())


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


def save(picture: Image.Image, path: Path, colours: int = COLOURS) -> None:
    """Write a picture with few colours, as small as PNG can."""
    from PIL import Image

    # So that the few pixels of a coloured line keep its colour; the median cut greys them.
    few = picture.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m segviewer.tools.lab_pictures")
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("labs", nargs="*", metavar="LAB", help="only these")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.labs if name not in LABS]
    if unknown:
        parser.error(f"no lab is called {', '.join(unknown)}; there are {', '.join(LABS)}")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from segviewer.widgets.theme.theme import apply_theme

    app = QApplication.instance() or QApplication(["segviewer"])
    assert isinstance(app, QApplication)
    apply_theme(app, "dark")
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder))
        try:
            for name in asked.labs or LABS:
                path = asked.out / f"{name}.png"
                save(studio.take(name), path)
                print(f"{name:20} {path.stat().st_size / 1000:6.1f} kB")
        finally:
            studio.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
