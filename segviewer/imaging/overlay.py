"""Label maps as colours: the lookup tables that the canvas draws with, and blending for files."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segviewer.imaging.colour_space import srgb_from_oklab
from segviewer.imaging.labels import LabelSet
from segviewer.imaging.nearest import nearest

Style = Literal["fill", "contour", "both"]

VOID_COLOUR = (140, 140, 140)
"""Grey of the hatch drawn over void pixels, and over labels that the label set lacks."""

_HATCH_PERIOD = 8
_STRIP_ROWS = 512


def colour_table(
    label_set: LabelSet, hidden: tuple[int, ...] = (), opacity: float = 1.0
) -> NDArray[np.uint8]:
    """RGBA of every label.

    Parameters
    ----------
    label_set : LabelSet
    hidden : tuple of int
        Labels switched off in the legend (255 hides void): alpha 0.
    opacity : float
        0..1, becomes the alpha of everything that is drawn.

    Returns
    -------
    ndarray of uint8 (256, 4)
        Transparent classes have alpha 0. 255 and every label that is no class are
        :data:`VOID_COLOUR`; the drawing code hatches them.
    """
    alpha = round(255 * min(1.0, max(0.0, opacity)))
    table = np.empty((256, 4), np.uint8)
    table[:] = (*VOID_COLOUR, alpha)
    table[: label_set.num_classes, :3] = label_set.colours
    off = [label for label in (*hidden, *label_set.transparent) if 0 <= label <= 255]
    table[off, 3] = 0
    return table


def blend(
    image: NDArray[np.uint8],
    label_map: NDArray[np.uint8],
    table: NDArray[np.uint8],
    opacity: float = 0.6,
    style: Style = "fill",
) -> NDArray[np.uint8]:
    """Lay a coloured label map over an image, for files.

    Void (255) is hatched with diagonal stripes. Contours are two pixels wide, one on each side
    of a boundary, in the class's own colour; a class that is not drawn leaves its side to the
    neighbour.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    label_map : ndarray of uint8 (H, W)
    table : ndarray of uint8 (256, 4)
        From :func:`colour_table`; its alpha counts as well.
    opacity : float
        0..1, of the fill; contours are drawn at the table's own alpha, unless opacity is 0.
    style : {"fill", "contour", "both"}

    Returns
    -------
    ndarray of uint8 (H, W, 3)
    """
    if image.shape[:2] != label_map.shape:
        raise ValueError(f"image {image.shape[:2]} and label map {label_map.shape} differ")
    opacity = min(1.0, max(0.0, opacity))
    out = np.array(image, order="C")
    if opacity == 0:
        return out
    fill = np.rint(table[:, 3] * opacity).astype(np.uint16)
    # Strips keep the wider numbers of a 24-megapixel export from filling the memory.
    for top in range(0, len(out), _STRIP_ROWS):
        rows = slice(top, min(len(out), top + _STRIP_ROWS))
        part = out[rows]
        if style in ("fill", "both"):
            labels = label_map[rows]
            alpha = fill[labels]
            alpha[(labels == 255) & ~_hatch(part.shape[:2], top)] = 0
            part[:] = _mix(part, table[labels, :3], alpha)
        if style in ("contour", "both"):
            around = slice(max(0, top - 1), rows.stop + 1)
            line, labels = _contours(label_map[around], table[:, 3])
            skip = top - around.start
            line = line[skip : skip + len(part)]
            labels = labels[skip : skip + len(part)][line]
            alpha = table[labels, 3].astype(np.uint16)
            part[line] = _mix(part[line], table[labels, :3], alpha)
    return out


def small_overlay(
    image: NDArray[np.uint8],
    label_map: NDArray[np.uint8],
    table: NDArray[np.uint8],
    size: tuple[int, int],
    opacity: float = 0.6,
) -> NDArray[np.uint8]:
    """The same as a thumbnail: image and labels are brought to one size by the nearest pixel.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    label_map : ndarray of uint8 (h, w)
        Of the same photograph, at any size.
    table : ndarray of uint8 (256, 4)
    size : (int, int)
        Height and width of the result, pixels.
    opacity : float
        Of the labels, 0 to 1.
    """
    return blend(nearest(image, *size), nearest(label_map, *size), table, opacity)


def contours(label_map: np.ndarray) -> np.ndarray:
    """Pixels that touch another label above, below, left or right: bool (H, W).

    Both sides count, so a boundary is two pixels wide.
    """
    line = np.zeros(label_map.shape, bool)
    across = label_map[:, 1:] != label_map[:, :-1]
    line[:, 1:] |= across
    line[:, :-1] |= across
    down = label_map[1:] != label_map[:-1]
    line[1:] |= down
    line[:-1] |= down
    return line


def class_shares(label_map: NDArray[np.uint8], num_classes: int) -> NDArray[np.float64]:
    """Share of each class among the labelled pixels.

    Parameters
    ----------
    label_map : ndarray of uint8 (H, W)
        Labels from `num_classes` up (void) do not count.

    Returns
    -------
    ndarray of float64 (K,)
        Sums to 1; all zero where nothing is labelled.
    """
    counts = np.bincount(label_map.ravel(), minlength=256)[:num_classes].astype(np.float64)
    if len(counts) < num_classes:
        counts = np.pad(counts, (0, num_classes - len(counts)))
    total = counts.sum()
    return counts / total if total else counts


# Okabe and Ito's vermilion, blue and bluish green, which no pair of eyes confuses.
_WRONG, _SEEN_WRONGLY, _RIGHT = (213, 94, 0), (0, 114, 178), (0, 158, 115)


def error_table(layer: str) -> NDArray[np.uint8]:
    """Colours of the maps of :mod:`segviewer.analysis.evaluation.error_maps`.

    Parameters
    ----------
    layer : {"errors", "boundary errors", "class errors"}
        All errors: vermilion where wrong, or blue where that is at a boundary. Of one class:
        blue where it is seen and should not be, vermilion where it is missed, green where it is
        right.

    Returns
    -------
    ndarray of uint8 (256, 4)
        What is right of all classes, or of no concern, is transparent; void is grey.
    """
    table = np.zeros((256, 4), np.uint8)
    table[255] = (*VOID_COLOUR, 120)
    if layer == "errors":
        table[1] = (*_WRONG, 255)
    elif layer == "boundary errors":
        table[1:3] = (*_WRONG, 255), (*_SEEN_WRONGLY, 255)
    else:
        table[1:4] = (*_SEEN_WRONGLY, 255), (*_WRONG, 255), (*_RIGHT, 150)
    return table


def layer_table(layer: str, label_set: LabelSet | None, hidden: tuple[int, ...] = ()) -> np.ndarray:
    """Colours of an overlay layer, uint8 (256, 4).

    Parameters
    ----------
    layer : str
        Name of an overlay layer.
    label_set : LabelSet or None
        Of the target mask.
    hidden : tuple of int
        Labels that are not drawn.
    """
    if layer == "target" and label_set is not None:
        return colour_table(label_set, hidden)
    if layer in ("errors", "boundary errors", "class errors"):
        return error_table(layer)
    return colour_scale("probability" if layer == "target" else layer)


# Anchors in OKLab's cylinder: lightness, chroma, hue in degrees. Lightness only rises, so that
# the maps also read in grey and for colour-blind eyes.
_SCALE_ANCHORS = {
    "probability": (
        (0.20, 0.06, 300),
        (0.40, 0.10, 262),
        (0.58, 0.10, 200),
        (0.76, 0.15, 150),
        (0.94, 0.16, 106),
    ),
    "entropy": (
        (0.10, 0.02, 300),
        (0.35, 0.14, 310),
        (0.55, 0.19, 10),
        (0.75, 0.15, 55),
        (0.96, 0.07, 100),
    ),
}


FAINTEST = 0.3  # of a raster's 0: the photograph is darker, and seen


def raster_scale() -> NDArray[np.uint8]:
    """Colours of what a lab lays over the photograph, which shows where there is little of it.

    Returns
    -------
    ndarray of uint8 (256, 4)
    """
    table = colour_scale("probability").copy()
    table[:, 3] = np.rint(255 * (FAINTEST + (1 - FAINTEST) * np.sqrt(np.arange(256) / 255)))
    return table


def colour_scale(name: str) -> NDArray[np.uint8]:
    """Colours of a score map over 0..255.

    Parameters
    ----------
    name : {"probability", "entropy", "margin"}
        ``margin`` is ``entropy`` upside down, so that bright means unsure in both.

    Returns
    -------
    ndarray of uint8 (256, 4)
        Opaque; lightness rises steadily (falls for ``margin``).

    Raises
    ------
    KeyError
        For an unknown name.
    """
    if name == "margin":
        return np.ascontiguousarray(colour_scale("entropy")[::-1])
    anchors = np.array(_SCALE_ANCHORS[name], float)
    hue = np.unwrap(np.deg2rad(anchors[:, 2]))
    cartesian = np.stack(
        [anchors[:, 0], anchors[:, 1] * np.cos(hue), anchors[:, 1] * np.sin(hue)], -1
    )
    at = np.linspace(0, len(anchors) - 1, 256)
    lab = np.stack([np.interp(at, np.arange(len(anchors)), c) for c in cartesian.T], -1)
    table = np.full((256, 4), 255, np.uint8)
    table[:, :3] = srgb_from_oklab(lab)
    return table


def _mix(below: np.ndarray, above: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Blend uint8 (..., 3) with alpha uint16 (...) in 0..255, rounded."""
    weight = alpha[..., None]
    total = below * (255 - weight) + above * weight
    mixed: np.ndarray = ((total + 127) // 255).astype(np.uint8)
    return mixed


def _hatch(shape: tuple[int, int], top: int) -> np.ndarray:
    rows, columns = np.ogrid[top : top + shape[0], : shape[1]]
    return (rows + columns) % _HATCH_PERIOD < _HATCH_PERIOD // 2


def _contours(label_map: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Contour pixels, and the label each is drawn with: a neighbour's where its own is off."""
    labels = label_map.copy()
    off = alpha[label_map] == 0
    before, after = slice(None, -1), slice(1, None)
    whole = slice(None)
    for own, other in (
        ((whole, before), (whole, after)),
        ((whole, after), (whole, before)),
        ((before, whole), (after, whole)),
        ((after, whole), (before, whole)),
    ):
        take = off[own] & (label_map[own] != label_map[other]) & ~off[other]
        labels[own][take] = label_map[other][take]
    return contours(label_map), labels
