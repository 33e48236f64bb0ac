"""Which layer a grid is looked for in, with which period, and how maps become pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from segviewer.errors import SettingsError
from segviewer.labs.lab import LabContext
from segviewer.labs.shared.traced_layers import traced_layers

if TYPE_CHECKING:
    from segviewer.analysis.gridding.gridding import Spectrum
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import LayerField


def rate_of(module: object) -> int:
    """Rate of a convolution with taps apart; 1 of everything else."""
    rate = getattr(module, "dilation", 1)
    kernel = getattr(module, "kernel_size", 1)
    if not hasattr(module, "weight") or kernel in (1, (1, 1)):
        return 1
    return int(rate[0] if isinstance(rate, tuple) else rate)


def period_of(row: LayerField, rates: list[int], period: int) -> tuple[int, str]:
    """The period asked for, or that of the last dilated layer; what is to be said of it."""
    if period == 1:
        return 2, "Every map has the period 1: 2 is looked at. "
    if period:
        return period, ""
    rate = next((rate for rate in reversed(rates) if rate > 1), 2)
    fitting = [d for d in range(2, rate + 1) if rate % d == 0 and 2 * d <= min(row.output_size)]
    if not fitting or fitting[-1] == rate:
        return rate, ""
    # Cells that never meet modulo the rate never meet modulo its divisors.
    return fitting[-1], f"Rate {rate} is too wide for the map: a divisor is looked at. "


def map_layers(context: LabContext) -> tuple[LayerField, ...]:
    """Layers of the network that have cells, in the order in which they run.

    Raises
    ------
    SettingsError
        If there are none, because the picture is too small.
    """
    rows = tuple(
        row
        for row in traced_layers(context)
        if min(row.output_size) > 1 and row.kind not in ("features", "output")
    )
    if not rows:
        height, width = context.image.shape[:2]
        raise SettingsError(
            "No layer has a map in which a grid could be seen.",
            f"The picture is {width}×{height} pixels: every map is one unit wide or high.",
            "Open a larger picture.",
        )
    return rows


def layer_with_grid(labels: tuple[str, ...], rates: list[int], label: str) -> tuple[int, str]:
    """The layer, or where none was chosen the last dilated one."""
    if label in labels:
        return labels.index(label), ""
    # Rates of a head may be larger than its map.
    body = [i for i, rate in enumerate(rates) if rate > 1 and "classifier" not in labels[i]]
    found = body[-1] if body else int(np.argmax(rates)) if max(rates) > 1 else len(labels) - 1
    if not label:
        return found, ""
    return found, (
        f"{label} is not in this network, does not run, or has no cells: {labels[found]} is shown. "
    )


def grey(values: np.ndarray) -> np.ndarray:
    """uint8 of a map, the darkest and the lightest half percent cut off."""
    low, high = np.quantile(values, (0.005, 0.995))
    part = (values - low) / (float(high - low) or 1.0)
    return np.rint(255 * np.clip(part, 0, 1)).astype(np.uint8)


def logarithm(magnitude: np.ndarray) -> np.ndarray:
    """uint8 of a spectrum, whose values span orders of magnitude."""
    floor = max(float(np.median(magnitude)) * 1e-2, 1e-12)
    return grey(np.log(magnitude + floor))


def over_picture(values: np.ndarray, row: LayerField) -> np.ndarray:
    """Each pixel of the photograph shows the unit whose field is centred nearest to it."""
    places = []
    for axis in (row.vertical, row.horizontal):
        at = np.arange(axis.picture)
        units = (at - (axis.centre or 0)) / axis.jump if axis.jump else 0 * at
        places.append(np.clip(np.rint(units).astype(int), 0, axis.output_size - 1))
    return values[np.ix_(*places)]


def rings(found: Spectrum, rate: int) -> tuple[tuple[int, int, bool], ...]:
    """Where peaks may be, and whether there are; of many the ones that are."""
    marked = ((p.row, p.column, p.relative > 2) for p in found.peaks)
    return tuple(ring for ring in marked if rate <= 4 or ring[2])


def peak_words(found: Spectrum, rate: int) -> str:
    if not found.peaks:
        return "spectrum; a period of 1 has no peaks"
    return f"spectrum · at 1/{rate}: {found.strongest:.2f} × around it"
