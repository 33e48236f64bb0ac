"""What the canvas shows, at the photograph's own pixels: for a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QImage, QPainter

from segviewer.analysis.evaluation.agreement import translate_classes
from segviewer.engine.results import LabelResult, NetworkResult, OverlayLayerResult
from segviewer.export.coloured_raster import ColouredRaster
from segviewer.export.exporting import overlay_picture
from segviewer.export.shown_labels import shown_label_set
from segviewer.imaging.labels import LabelSet
from segviewer.imaging.mark import Mark
from segviewer.imaging.nearest import nearest
from segviewer.imaging.overlay import blend, colour_table, layer_table
from segviewer.session import OverlaySettings
from segviewer.widgets.canvas.chips import draw_chips
from segviewer.widgets.canvas.difference_layer import FAINTEST, STRONGEST, VEIL
from segviewer.widgets.canvas.picture_marks import draw_marks

DIVIDER = 2  # pixels between two pictures in one
INSET = 8
MARKED_SIDE = 1000  # a photograph of this long side has marks as thick as on screen


@dataclass(frozen=True)
class Pinned:
    """What is seen of A: its labels, its network, and its layer where one is chosen."""

    labelled: LabelResult
    network: NetworkResult
    overlay_layer: OverlayLayerResult | None = None


@dataclass(frozen=True)
class Seen:
    """All that lies on the canvas.

    Attributes
    ----------
    image : ndarray of uint8 (H, W, 3)
    labels : LabelSet
    raster : ColouredRaster or None
        Seen in place of the labels.
    divider : float
        Where the swipe's divider stands, 0..1 of the photograph.
    beside_target : bool
        Whether the labels are seen beside the raster, which is the target mask.
    """

    overlay: OverlaySettings
    image: np.ndarray
    labelled: LabelResult
    labels: LabelSet
    raster: ColouredRaster | None = None
    marks: tuple[Mark, ...] = ()
    pinned: Pinned | None = None
    divider: float = 0.5
    beside_target: bool = False


def canvas_picture(seen: Seen) -> np.ndarray:
    """Draw the canvas as it is compared: overlay, side by side, swipe, difference, photograph.

    What has to be said of the labels, that the weights are random for example, is said on it.

    Returns
    -------
    ndarray of uint8 (H, W, 3)
        Side by side it is twice as wide.
    """
    overlay, image = seen.overlay, seen.image
    if overlay.comparison == "photo" or not overlay.visible:
        return image
    warnings = _warnings(seen.labelled)
    of_a = [] if seen.pinned is None else _warnings(seen.pinned.labelled)
    if overlay.comparison == "difference" and seen.pinned is not None:
        return _drawn_on(_difference(seen), seen.marks, [*_of_a(of_a), *warnings])
    label_map = seen.labelled.label_map
    second = overlay_picture(overlay, seen.labels, image, label_map, seen.raster)
    if overlay.comparison not in ("side", "swipe"):
        return _drawn_on(second, seen.marks, warnings)
    if seen.beside_target:
        first, of_a = overlay_picture(overlay, seen.labels, image, label_map, None), []
    else:
        first = image if seen.pinned is None else _of_pinned(seen)
    if overlay.comparison == "side":
        first = _drawn_on(first, (), of_a)
        second = _drawn_on(second, seen.marks, warnings)
        gap = np.full((len(image), DIVIDER, 3), 255, np.uint8)
        return np.concatenate([first, gap, second], axis=1)
    second = _drawn_on(second, seen.marks)
    column = round(min(1.0, max(0.0, seen.divider)) * image.shape[1])
    out = np.concatenate([first[:, :column], second[:, column:]], axis=1)
    out[:, max(0, column - DIVIDER // 2) : column + DIVIDER // 2] = 255
    return _drawn_on(out, (), [*_of_a(of_a), *warnings])


def picture_of(image: QImage) -> np.ndarray:
    """A Qt image as uint8 (H, W, 3)."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def qt_image(picture: np.ndarray) -> QImage:
    """A picture uint8 (H, W, 3) as a Qt image of its own memory."""
    height, width = picture.shape[:2]
    picture = np.ascontiguousarray(picture)
    return QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _of_pinned(seen: Seen) -> np.ndarray:
    overlay, pinned = seen.overlay, seen.pinned
    assert pinned is not None
    if overlay.layer != "labels" and seen.raster is not None:
        if pinned.overlay_layer is None:
            return seen.image
        raster = ColouredRaster(
            pinned.overlay_layer.values, layer_table(overlay.layer, seen.labels, overlay.hidden)
        )
        return overlay_picture(overlay, seen.labels, seen.image, pinned.labelled.label_map, raster)
    classes = pinned.labelled.classes
    name = pinned.network.label_set if classes == pinned.network.classes else ""
    table = colour_table(shown_label_set(name, classes, overlay.palette, pinned.network.colours))
    translation = translate_classes(classes, seen.labelled.classes)
    if translation is not None:
        # As on screen: a class that both have has one colour, and is hidden in both.
        known = translation >= 0
        table[known] = colour_table(seen.labels, hidden=overlay.hidden)[translation[known]]
    height, width = seen.image.shape[:2]
    label_map = nearest(pinned.labelled.label_map, height, width)
    return blend(seen.image, label_map, table, overlay.opacity, overlay.style)


def _difference(seen: Seen) -> np.ndarray:
    """B's colours where A differs, over the dimmed photograph."""
    assert seen.pinned is not None
    labelled, pinned = seen.labelled, seen.pinned.labelled
    translation = translate_classes(pinned.classes, labelled.classes)
    if translation is None:
        translation = np.full(256, -1)
    shape = seen.image.shape[:2]
    first = nearest(pinned.label_map, *shape)
    second = nearest(labelled.label_map, *shape)
    table = colour_table(seen.labels, hidden=seen.overlay.hidden)
    differs = (translation.take(first) != second) & (table[second, 3] > 0)
    strength = FAINTEST + (STRONGEST - FAINTEST) * seen.overlay.opacity
    veil = np.float32(strength) * np.asarray(VEIL, np.float32)
    dimmed = seen.image * np.float32(1 - strength) + veil
    out = np.rint(dimmed).astype(np.uint8)
    out[differs] = table[second[differs], :3]
    return out


def _warnings(labelled: LabelResult) -> list[tuple[str, str]]:
    return [chip for chip in labelled.chips if chip[1] != "info"]


def _of_a(chips: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(f"A: {text}", tone) for text, tone in chips]


def _drawn_on(
    picture: np.ndarray, marks: tuple[Mark, ...], chips: Sequence[tuple[str, str]] = ()
) -> np.ndarray:
    """The picture with marks and chips, as large on it as they are on screen."""
    if not marks and not chips:
        return picture
    image = qt_image(picture)
    painter = QPainter(image)
    scale = max(1.0, max(picture.shape[:2]) / MARKED_SIDE)
    painter.scale(scale, scale)
    font = QFont(painter.font())
    font.setPixelSize(13)
    painter.setFont(font)
    area = QRectF(0, 0, image.width() / scale, image.height() / scale)
    draw_marks(painter, marks, area, area)
    draw_chips(painter, list(chips), area.adjusted(INSET, INSET, -INSET, -INSET), font)
    painter.end()
    return picture_of(image)
