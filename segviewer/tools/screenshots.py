"""The pictures of README and guide, taken from the running program.

::

    python -m segviewer.tools.screenshots resources/guide/pictures [NAME …]

opens a window that nobody sees, with its engine, and writes ``OUT/NAME.png`` for every picture or
for those named. To be run again whenever the window looks different.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QEventLoop, QSettings, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from segviewer.session import LabState, Session

SIZE = (1280, 800)
COLOURS = 200  # a photograph under an overlay still looks smooth, and the file stays small
PATIENCE_MS = 240_000
STILL_MS = 600  # a window without news for so long is complete
PHOTOGRAPH = "sample:campus_walkers"
NETWORK = "bundled:deeplab_v3_efficientnet_lite0_camvid"
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
    """

    change: Callable[[Session], Session] = lambda session: session
    stages: tuple[str, ...] = ("label_map",)
    lesson: str = ""
    step: int = 0


def _refined(session: Session) -> Session:
    from segviewer.crf.settings.presets import PRESETS

    preset = next(one for one in PRESETS if one.name == "thin-structures")
    return session.changed(crf=preset.settings)


def _gridded(session: Session) -> Session:
    return session.with_checkpoint(GRIDDED).changed(lab=LabState(name="gridding_seen"))


VIEWS = {
    "window": View(),
    "mismatch": View(
        lambda session: session.with_network("atrous_rates", (12, 24, 36), (6, 12, 18))
    ),
    "crf": View(_refined),
    "gridding": View(_gridded, ("label_map", "lab")),
    "lesson": View(lesson="02_atrous", step=1),
}


class Studio:
    """A running program that nobody sees, at the size of a picture."""

    def __init__(self, folder: Path):
        from segviewer.app.frame.main_window import MainWindow
        from segviewer.app.shell.presenter import Presenter
        from segviewer.app.state.preferences import Preferences
        from segviewer.app.state.runner import Runner
        from segviewer.app.state.store import Store

        self.store = Store(Session(checkpoint=NETWORK))
        self.runner = Runner()
        self.window = MainWindow()
        ini = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.presenter = Presenter(self.window, self.store, self.runner, Preferences(ini))
        self.runner.bug_found.connect(lambda stage, text: print(stage, text, file=sys.stderr))
        self.window.resize(*SIZE)
        self.window.show()
        self.presenter.open_first(PHOTOGRAPH)
        self.settle("label_map")
        self.first = self.store.session

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
                raise TimeoutError(self.window.message_bar.message() or "no answer")
            _wait(20)
        _wait(STILL_MS)

    def take(self, view: View) -> QImage:
        """Bring the window there and photograph it."""
        if view.lesson:
            from segviewer.lessons.reading import shipped_folder

            lessons = self.presenter.lessons
            lessons.open(shipped_folder() / f"{view.lesson}.toml", view.step)
            clock = QElapsedTimer()
            clock.start()
            while lessons.opened is None and clock.elapsed() < PATIENCE_MS:
                _wait(20)
        else:
            self.store.update(view.change(self.first))
        self.settle(*view.stages)
        return self.window.grab().toImage()


def _wait(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def save(image: QImage, path: Path) -> None:
    """Write a picture with few colours, as small as PNG can."""
    import numpy as np
    from PIL import Image

    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    few = Image.fromarray(pixels.copy()).quantize(
        COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
    )
    few.save(path, optimize=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m segviewer.tools.screenshots")
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in VIEWS]
    if unknown:
        parser.error(f"no picture is called {', '.join(unknown)}; there are {', '.join(VIEWS)}")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from segviewer.widgets.theme.theme import apply_theme

    app = QApplication.instance() or QApplication(["segviewer"])
    assert isinstance(app, QApplication)
    apply_theme(app, "dark")
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder))
        try:
            for name in asked.names or VIEWS:
                path = asked.out / f"{name}.png"
                save(studio.take(VIEWS[name]), path)
                print(f"{name:20} {path.stat().st_size / 1000:6.1f} kB")
        finally:
            studio.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
