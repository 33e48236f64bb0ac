"""The layers of the network a lab looks at, traced once for each of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segviewer.labs.lab import LabContext
from segviewer.labs.shared.closed_program import picture_row

if TYPE_CHECKING:
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import LayerField

KEPT = 8  # settings whose layers are kept; going back and forth then costs nothing


def traced_layers(context: LabContext) -> tuple[LayerField, ...]:
    """Theoretical fields of all layers on the photograph's working size.

    Raises
    ------
    UntraceableError
        As :func:`segviewer.analysis.receptive_fields.theoretical_receptive_field.trace`.
    SettingsError
        For a closed program without gradients; of one with them only the picture is there.
    """
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import trace
    from segviewer.checkpoints.whole_models.network import is_closed

    if is_closed(context.network):
        return (picture_row(context),)
    height, width = context.image.shape[:2]
    # Weights do not count: which pixels are reached is decided by the structure alone.
    key = (context.card.architecture, context.network.config, height, width)
    known = context.memory.setdefault("traced", {})
    if key not in known:
        while len(known) >= KEPT:
            del known[next(iter(known))]
        known[key] = trace(context.network, height=height, width=width)
    return known[key]


def pixel_at(context: LabContext, column: float, row: float) -> tuple[int, int]:
    """Row and column of the pixel that lies at these fractions of the photograph."""
    height, width = context.image.shape[:2]
    return min(int(row * height), height - 1), min(int(column * width), width - 1)


def index_of(labels: tuple[str, ...], label: str) -> tuple[int, str]:
    """Number of the layer, and what is to be said where there is none of that name."""
    if label in labels:
        return labels.index(label), ""
    if not label:
        return len(labels) - 1, ""
    return len(labels) - 1, (
        f"{label} is not in this network, does not run, or has no cells: the last layer is shown. "
    )
