"""What a benchmark runs in processes of its own: ``python -m segviewer.cli.benchmarks.children``.

A window that only opens, to compare a start with, and the times the canvas takes to paint.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

FRAMES = 15
WINDOWS = {"1000×700": (1000, 700), "3840×2160": (3840, 2160)}


def bare_window(began: float) -> None:
    """Open a window of Qt's own parts with pyqtgraph's plot in it; print seconds to its paint.

    Parameters
    ----------
    began : float
        When the process was started, of ``time.time``.
    """
    from PySide6.QtCore import QEvent, QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication([])
    import pyqtgraph

    class Window(QMainWindow):
        def event(self, event):
            answered = super().event(event)
            if event.type() == QEvent.Type.UpdateRequest:
                QTimer.singleShot(0, app.quit)
            return answered

    window = Window()
    window.setCentralWidget(pyqtgraph.PlotWidget())
    window.show()
    app.exec()
    print(json.dumps(time.time() - began))


def napari_window(began: float) -> None:
    """Open napari with the sample; print seconds to the first paint of its window with it.

    Parameters
    ----------
    began : float
        When the process was started, of ``time.time``.
    """
    import napari
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication

    from segviewer.imaging.reading.samples import sample_path

    class Paints(QObject):
        def eventFilter(self, watched, event):  # noqa: N802 (Qt's name)
            if event.type() == QEvent.Type.UpdateRequest:
                QTimer.singleShot(0, QApplication.quit)
            return False

    viewer = napari.Viewer()
    viewer.open(path=str(sample_path("leuven_street")))
    window, paints = viewer.window._qt_window, Paints()
    window.installEventFilter(paints)
    window.update()  # where it was painted without the photograph
    QApplication.exec()
    print(json.dumps(time.time() - began), flush=True)


def canvas(megapixels: float) -> None:
    """Print milliseconds of a repaint for each gesture and size of the window."""
    import numpy as np
    from PySide6.QtWidgets import QApplication

    from segviewer.imaging.reading.read import pyramid
    from segviewer.widgets.canvas.image_canvas import ImageCanvas
    from segviewer.widgets.theme.theme import apply_theme

    app = QApplication([])
    apply_theme(app, "dark")
    random = np.random.default_rng(0)
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = round(megapixels * 1e6 / height)
    blobs = random.integers(0, 12, (60, 80), np.uint8)
    rows, columns = np.arange(height) * 60 // height, np.arange(width) * 80 // width
    colours = np.zeros((256, 4), np.uint8)
    colours[:12, :3], colours[:12, 3] = random.integers(0, 256, (12, 3)), 255
    view = ImageCanvas()
    view.set_picture(pyramid(random.integers(0, 256, (height, width, 3), np.uint8)))
    view.set_label_map(blobs[rows][:, columns])
    view.set_colours(colours)
    found = {}
    for name, size in WINDOWS.items():
        view.resize(*size)
        view.show()
        app.processEvents()
        view.fit()
        view.finish_drawing()
        found[f"opacity at {name}"] = _frame(view, lambda i: view.set_opacity(0.2 + 0.02 * i))
        found[f"zoom at {name}"] = _frame(view, lambda i: view.zoom_by(1.1 if i % 2 else 1 / 1.1))
        found[f"at rest after a zoom at {name}"] = _frame(view, lambda i: _rest(view, i))
        view.one_to_one()
        found[f"pan at {name}"] = _frame(view, lambda i: view.pan_by(-7, -5))
        view.set_comparison("swipe")
        view.finish_drawing()
        found[f"swipe at {name}"] = _frame(view, lambda i: view.set_divider(0.3 + 0.02 * i))
        view.set_comparison("overlay")
    print(json.dumps(found))


def _rest(view: Any, index: int) -> None:
    view.zoom_by(1.1 if index % 2 else 1 / 1.1)
    view.finish_drawing()


def _frame(view: object, change: Callable[[int], object]) -> tuple[float, float]:
    """Least and median milliseconds of a change and its paint."""
    times = []
    for index in range(FRAMES):
        began = time.perf_counter()
        change(index)
        view.repaint()  # type: ignore[attr-defined]
        times.append(1000 * (time.perf_counter() - began))
    return min(times), statistics.median(times)


if __name__ == "__main__":
    children = {"bare": bare_window, "napari": napari_window, "canvas": canvas}
    children[sys.argv[1]](float(sys.argv[2]))
