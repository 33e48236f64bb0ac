"""What lies over the photograph in place of the labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from segviewer.imaging.overlay import heat_table
from segviewer.listener import Collected
from segviewer.session import OverlaySettings


class Cover(NamedTuple):
    """A raster of any size over the whole photograph, and its colours.

    Attributes
    ----------
    raster : ndarray of uint8 (h, w)
    table : ndarray of uint8 (256, 4)
        RGBA of each value.
    """

    raster: np.ndarray
    table: np.ndarray


def layer_cover(collected: Collected, overlay: OverlaySettings) -> Cover | None:
    """The chosen layer, as it was last computed; None where the labels are to be seen."""
    heat = collected.results.get("heat")
    if overlay.layer == "labels" or heat is None or heat.layer != overlay.layer:
        return None
    return Cover(heat.heat, heat_table(overlay.layer))
