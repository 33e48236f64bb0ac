"""Milliseconds for each repaint of the canvas on a 12-megapixel picture.

Run as ``python tests/benchmarks/benchmark_canvas.py``; the aim is at most 16 ms for opacity,
legend and palette at 1000×700.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication

from segviewer.widgets.canvas.image_canvas import ImageCanvas
from segviewer.widgets.theme.theme import apply_theme

FRAMES = 30


def main() -> None:
    """Measure and print."""
    app = QApplication.instance() or QApplication([])
    apply_theme(app, "dark")
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (3000, 4000, 3), np.uint8)
    levels = [picture]
    while min(levels[-1].shape[:2]) > 256:
        levels.append(np.ascontiguousarray(levels[-1][::2, ::2]))
    # Blobs of 12 classes with some void, at the picture's own size.
    coarse = rng.integers(0, 12, (60, 80), np.uint8)
    label_map = coarse.repeat(50, 0).repeat(50, 1)
    label_map[:200, :300] = 255
    tables = [_table(rng) for _ in range(2)]
    hidden = tables[0].copy()
    hidden[3, 3] = 0

    canvas = ImageCanvas()
    canvas.resize(1000, 700)
    canvas.set_picture(levels)
    canvas.set_label_map(label_map)
    canvas.set_colours(tables[0])
    canvas.set_chips([("DeepLab v3", "info"), ("draft ½", "draft")])
    canvas.show()
    app.processEvents()

    results: dict[str, dict[str, float]] = {}
    for style in ("fill", "contour", "both"):
        canvas.set_style(style)
        canvas.fit()
        results[style] = {
            "opacity": _frame(canvas, lambda i: canvas.set_opacity(0.2 + 0.02 * i)),
            "palette": _frame(canvas, lambda i: canvas.set_colours(tables[i % 2])),
            "legend": _frame(canvas, lambda i: canvas.set_colours((tables[0], hidden)[i % 2])),
            "new label map": _frame(canvas, lambda i: canvas.set_label_map(label_map.copy())),
        }
        for zoom in (0.5, 1.0, 2.0, 8.0):
            canvas.one_to_one()
            canvas.zoom_by(zoom)
            results[style][f"pan at {zoom:g}"] = _frame(canvas, lambda i: _pan(canvas))
    canvas.set_style("fill")
    canvas.set_comparison("side")
    canvas.fit()
    results["side by side"] = {
        "opacity": _frame(canvas, lambda i: canvas.set_opacity(0.2 + 0.02 * i)),
        "palette": _frame(canvas, lambda i: canvas.set_colours(tables[i % 2])),
    }
    canvas.close()
    if "--json" in sys.argv:
        print(json.dumps(results, indent=2))
        return
    for style, times in results.items():
        print(style)
        for what, milliseconds in times.items():
            print(f"  {what:<14}{milliseconds:7.1f} ms")


def _table(rng: np.random.Generator) -> np.ndarray:
    table = np.zeros((256, 4), np.uint8)
    table[:12, :3] = rng.integers(0, 256, (12, 3))
    table[:12, 3] = 255
    return table


def _pan(canvas: ImageCanvas) -> None:
    canvas._set_transform(canvas._transform.panned(-7, -5))


def _frame(canvas: ImageCanvas, change) -> float:
    times = []
    for index in range(FRAMES):
        start = time.perf_counter()
        change(index)
        canvas.repaint()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


if __name__ == "__main__":
    main()
