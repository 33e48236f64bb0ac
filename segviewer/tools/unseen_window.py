"""A running program that nobody sees, and the command that takes pictures of it."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEventLoop, QSettings, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from segviewer.references import DEFAULT_CHECKPOINT
from segviewer.session import Session

if TYPE_CHECKING:
    from PIL import Image

PHOTOGRAPH = "sample:campus_walkers"


class UnseenWindow:
    """A window with its engine, at :data:`PHOTOGRAPH`, waited for at every step.

    Attributes
    ----------
    SIZE : tuple of int
        Of the window.
    PATIENCE_MS, STILL_MS : int
        How long results may take; without news for so long the window is complete.
    """

    SIZE: ClassVar[tuple[int, int]]
    PATIENCE_MS: ClassVar[int]
    STILL_MS: ClassVar[int]

    def __init__(self, folder: Path):
        from segviewer.app.frame.main_window import MainWindow
        from segviewer.app.shell.presenter import Presenter
        from segviewer.app.state.preferences import Preferences
        from segviewer.app.state.runner import Runner
        from segviewer.app.state.store import Store

        self.folder = folder
        self.store = Store(Session(checkpoint=DEFAULT_CHECKPOINT))
        self.runner = Runner()
        self.window = MainWindow()
        ini = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.presenter = Presenter(self.window, self.store, self.runner, Preferences(ini))
        self.runner.bug_found.connect(lambda stage, text: print(stage, text, file=sys.stderr))
        self.window.resize(*self.SIZE)
        self.window.show()
        self.arrange()
        self.presenter.open_first(PHOTOGRAPH)
        self.settle("label_map")

    def arrange(self) -> None:
        """Bring the window in order before anything is opened."""

    def close(self) -> None:
        """End the engine and the window."""
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
            if clock.elapsed() > self.PATIENCE_MS:
                said = self.window.message_bar.message() or "no answer"
                raise TimeoutError(f"{self.store.session.lab.name or 'the window'}: {said}")
            wait(20)
        wait(self.STILL_MS)


@dataclass(frozen=True)
class Film:
    """A moving picture.

    Attributes
    ----------
    frames : list of PIL.Image.Image
        RGB, of one size.
    milliseconds : list of int
        How long each is shown.
    """

    frames: list[Image.Image]
    milliseconds: list[int]

    def save(self, path: Path) -> None:
        """Write it as animated WebP that begins again for ever."""
        first, *others = self.frames
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self.milliseconds,
            loop=0,
            quality=70,
            method=6,
        )


class Studio(Protocol):
    """Takes the pictures of one command."""

    def __init__(self, folder: Path): ...

    def take(self, name: str) -> Image.Image | Film:
        """The picture of that name."""

    def close(self) -> None:
        """Nothing more is taken."""


def wait(milliseconds: int) -> None:
    """Let the window work for so long."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def picture_of(image: QImage) -> Image.Image:
    """Qt's picture as Pillow's, RGB."""
    from PIL import Image

    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    return Image.fromarray(pixels.copy())


def save(picture: Image.Image, path: Path, colours: int, *, rounds: int) -> None:
    """Write a picture with few colours, as small as PNG can; `rounds` of k-means choose them."""
    from PIL import Image

    # So that the few pixels of a coloured line keep its colour; the median cut greys them.
    few = picture.quantize(
        colours, Image.Quantize.MAXCOVERAGE, kmeans=rounds, dither=Image.Dither.NONE
    )
    few.save(path, optimize=True)


def run(
    program: str,
    names: Collection[str],
    studio: type[Studio],
    arguments: list[str] | None,
    *,
    colours: int,
    rounds: int,
) -> int:
    """Take all pictures, or those named on the command line, into a folder.

    Parameters
    ----------
    program : str
        Module that is run.
    names : collection of str
        Pictures that there are.
    studio : type of Studio
    arguments : list of str or None
        None takes the command line's.
    colours, rounds : int
        See :func:`save`.

    Returns
    -------
    int
        Exit code.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {program}")
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in names]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(names)}")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from segviewer.widgets.theme.theme import apply_theme

    app = QApplication.instance() or QApplication(["segviewer"])
    assert isinstance(app, QApplication)
    apply_theme(app, "dark")
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # No presets, lessons or cards of whoever runs it.
        os.environ["XDG_CONFIG_HOME"] = folder
        opened = studio(Path(folder))
        try:
            for name in asked.names or names:
                taken = opened.take(name)
                if isinstance(taken, Film):
                    path = asked.out / f"{name}.webp"
                    taken.save(path)
                else:
                    path = asked.out / f"{name}.png"
                    save(taken, path, colours, rounds=rounds)
                print(f"{name:20} {path.stat().st_size / 1000:6.1f} kB")
        finally:
            opened.close()
    return 0
