"""What lies over the photograph in place of the labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from segviewer.app.state.shown import Shown
from segviewer.imaging.overlay import heat_table
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


def layer_cover(shown: Shown | None, overlay: OverlaySettings) -> Cover | None:
    """The chosen layer, of what is shown; None where the labels are to be seen.

    Of a class that was chosen a moment ago nothing is shown under the name of the new one.
    """
    heat = shown.heat if shown is not None else None
    if overlay.layer == "labels" or heat is None or heat.layer != overlay.layer:
        return None
    last = len(shown.network.classes) - 1
    if overlay.layer == "probability" and heat.chosen_class != min(overlay.chosen_class, last):
        return None
    return Cover(heat.heat, heat_table(overlay.layer))
