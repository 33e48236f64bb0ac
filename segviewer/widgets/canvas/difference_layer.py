"""Where two label maps differ, at view resolution: the second's colours over a dimmed picture."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from PySide6.QtGui import QImage

from segviewer.widgets.canvas.label_layer import argb_image, premultiplied
from segviewer.widgets.canvas.view_transform import Window

# A neutral grey takes the picture's colours away as well as its light.
VEIL = (32, 32, 34)
FAINTEST, STRONGEST = 0.4, 0.9


class DifferenceLayer:
    """Colours what a view shows of the difference, and keeps the last drawing of each part."""

    def __init__(self) -> None:
        self._reference: np.ndarray | None = None
        self._translation = np.arange(256)
        self._label_map: np.ndarray | None = None
        self._colours = np.zeros(256, np.uint32)
        self._version = 0
        # What for, the image, and the memory that it lies in.
        self._drawn: dict[int, tuple[tuple, QImage, np.ndarray]] = {}

    @property
    def empty(self) -> bool:
        """Whether there are not two label maps."""
        return self._reference is None or self._label_map is None

    def set_reference(self, label_map: np.ndarray | None, translation: np.ndarray | None) -> None:
        """Take the label map to differ from, uint8 (h, w), and its labels in the other's terms.

        `translation` is int (256,), -1 where the other has no such class.
        """
        self._reference = label_map
        self._translation = np.arange(256) if translation is None else np.asarray(translation)
        self._version += 1

    def show(self, label_map: np.ndarray | None, table: np.ndarray) -> None:
        """Take the label map to draw, uint8 (h, w), and its colours, uint8 RGBA (256, 4).

        A class of alpha 0 is hidden; every other one is drawn opaque.
        """
        self._label_map = label_map
        solid = np.array(table, np.uint8)
        solid[:, 3] = np.where(solid[:, 3] > 0, 255, 0)
        self._colours = premultiplied(solid)
        self._version += 1

    def has(self, window: Window, opacity: float, part: int) -> bool:
        """Whether :meth:`image` has nothing to draw."""
        return part in self._drawn and self._drawn[part][0] == (window, opacity, self._version)

    def keep(self, parts: Collection[int]) -> None:
        """Forget the drawings of all other parts."""
        self._drawn = {part: kept for part, kept in self._drawn.items() if part in parts}

    def image(self, window: Window, opacity: float, part: int) -> QImage:
        """Return the visible part; `opacity`, 0 to 1, sets how far equal parts are dimmed."""
        assert self._label_map is not None and self._reference is not None
        if not self.has(window, opacity, part):
            labels = window.sample(self._label_map)
            differs = self._translation.take(window.sample(self._reference)) != labels
            colours = self._colours.take(labels, mode="clip")
            alpha = round(255 * (FAINTEST + (STRONGEST - FAINTEST) * opacity))
            veil = premultiplied(np.array([(*VEIL, alpha)]))[0]
            argb = np.where(differs & (colours > 0), colours, veil)
            self._drawn[part] = (window, opacity, self._version), argb_image(argb), argb
        return self._drawn[part][1]
