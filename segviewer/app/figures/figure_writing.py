"""Figures drawn and written, off Qt's thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from segviewer.app.figures.canvas_figure import Seen, canvas_picture, picture_of, qt_image
from segviewer.app.figures.class_legend import legend_picture
from segviewer.export.coloured_raster import ColouredRaster
from segviewer.export.figure_session import figure_record
from segviewer.imaging.export.writing import write_gif, write_png, write_svg
from segviewer.imaging.nearest import nearest, reduced_size
from segviewer.session import Session

STEP_MS = 500
LAST_MS = 1500  # the result stands longer
GIF_SIDE = 800  # longest side of an animation: a GIF grows fast
STRIP = 32  # pixels below an animation's picture, for what the step is called


def write_canvas(path: Path, session: Session, seen: Seen) -> Path:
    """Write what the canvas shows as PNG; returns the file."""
    return write_png(path, canvas_picture(seen), record=figure_record(session))


def write_legend(path: Path, session: Session, seen: Seen) -> Path:
    """Write what the canvas shows with a legend of its classes as PNG; returns the file."""
    return write_png(path, legend_picture(seen), record=figure_record(session))


def write_lab(path: Path, session: Session, drawing: np.ndarray | bytes, caption: str) -> Path:
    """Write a lab's drawing, pixels as PNG and bytes as SVG; returns the file."""
    record = figure_record(session, caption)
    if isinstance(drawing, bytes):
        return write_svg(path, drawing, record)
    return write_png(path, drawing, record=record)


def write_played(
    path: Path, session: Session, seen: Seen, steps: Sequence[tuple[ColouredRaster | None, str]]
) -> Path:
    """Write what a lab laid over the photograph, step by step, as GIF; returns the file.

    Parameters
    ----------
    steps : sequence of (ColouredRaster or None, str)
        What lay over it and what that is called.
    """
    size = reduced_size(seen.image.shape[0], seen.image.shape[1], GIF_SIDE)
    image = np.asarray(Image.fromarray(seen.image).resize(size[::-1], Image.Resampling.LANCZOS))
    labelled = replace(seen.labelled, label_map=nearest(seen.labelled.label_map, *size))
    # Side by side is for standing pictures: here the steps are what is compared.
    overlay = seen.overlay.changed(comparison="overlay", visible=True)
    small = replace(seen, image=image, labelled=labelled, overlay=overlay)
    frames = [
        _with_strip(canvas_picture(replace(small, raster=raster)), text) for raster, text in steps
    ]
    return _write_gif(path, session, frames)


def write_frames(path: Path, session: Session, frames: Sequence[np.ndarray]) -> Path:
    """Write the drawings of a lab's steps as GIF; returns the file."""
    height = max(len(frame) for frame in frames)
    width = max(frame.shape[1] for frame in frames)
    even = []
    for frame in frames:
        whole = np.empty((height, width, 3), np.uint8)
        whole[:] = frame[-1, -1]  # the ground it is drawn on
        whole[: len(frame), : frame.shape[1]] = frame
        even.append(whole)
    return _write_gif(path, session, even)


def _write_gif(path: Path, session: Session, frames: Sequence[np.ndarray]) -> Path:
    milliseconds = [STEP_MS] * (len(frames) - 1) + [LAST_MS]
    return write_gif(path, frames, milliseconds, figure_record(session))


def _with_strip(picture: np.ndarray, text: str) -> np.ndarray:
    height, width = picture.shape[:2]
    whole = np.zeros((height + STRIP, width, 3), np.uint8)
    whole[:height] = picture
    image = qt_image(whole)
    painter = QPainter(image)
    font = QFont(painter.font())
    font.setPixelSize(15)
    painter.setFont(font)
    painter.setPen(QColor("#f4f4f5"))
    place = QRect(10, height, width - 20, STRIP)
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
    painter.end()
    return picture_of(image)
