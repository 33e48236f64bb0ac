"""What a lab can still do with a closed program, and what it says where that is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segviewer.errors import SettingsError
from segviewer.labs.lab import LabContext

if TYPE_CHECKING:
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import LayerField


def no_layers(kind: str, wanted: str) -> SettingsError:
    """The refusal of what needs a network's layers.

    Parameters
    ----------
    kind : str
        "TorchScript program".
    wanted : str
        What cannot be done, as "This lab cannot look into it".
    """
    return SettingsError(
        f"{wanted}.",
        f"The open file is a {kind}: a closed program, whose layers and settings are not reached.",
        "Labels, probabilities, CRF, comparison and evaluation work on it; for this, open the "
        "network's weights (state_dict()).",
    )


def picture_row(context: LabContext) -> LayerField:
    """The scores at the photograph's pixels, of which no theoretical field is known.

    Raises
    ------
    SettingsError
        If the program has no gradients.
    """
    from segviewer.analysis.receptive_fields.effective_receptive_field import PICTURE
    from segviewer.analysis.receptive_fields.reach import Interval
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import (
        AxisField,
        LayerField,
    )
    from segviewer.checkpoints.whole_models.network import WholeModel
    from segviewer.layers.of_kind import of_kind

    network = of_kind(context.network, WholeModel)
    if not network.program.differentiable:
        raise no_layers(network.kind_title, "There is no gradient through this file")

    def axis(side: int) -> AxisField:
        nothing = Interval.nothing(side)
        return AxisField(side, side, 0, 0, 1.0, 0.5, 0.0, None, nothing, nothing, nothing)

    height, width = context.image.shape[:2]
    return LayerField(PICTURE, 1, "output", True, axis(height), axis(width))
