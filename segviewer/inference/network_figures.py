"""What a network costs and reaches on a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segviewer.analysis.networks.model_size import totals
from segviewer.analysis.receptive_fields.theoretical_receptive_field import UntraceableError, trace
from segviewer.checkpoints.whole_models.network import WholeModel
from segviewer.inference import running as inference
from segviewer.inference.inspected import FiguresResult
from segviewer.networks.network import Network
from segviewer.session import InferenceSettings

if TYPE_CHECKING:
    from segviewer.checkpoints.opening import OpenedNetwork


def figures_of(
    opened: OpenedNetwork,
    working: NDArray[np.uint8],
    settings: InferenceSettings,
    seconds: float | None,
    check: Callable[[], None],
) -> FiguresResult:
    """Count and time a network, set as it is.

    Parameters
    ----------
    opened : OpenedNetwork
    working : ndarray of uint8 (H, W, 3)
        Picture at working size.
    seconds : float or None
        What one run takes; None measures it.
    check : callable
        Raises :class:`segviewer.errors.Cancelled` when nobody waits any more.
    """
    network, (height, width) = opened.network, working.shape[:2]
    if isinstance(network, WholeModel):
        return _figures_of_program(network, opened, working, settings, seconds)
    scales = inference.scales_of(settings.multi_scale)
    sizes = [inference.scaled_size((height, width), scale) for scale in scales]
    costs = [totals(network, *size) for size in sizes]
    own = costs[scales.index(1.0)]
    check()
    field, local_field = _receptive_field(network, height, width)
    check()
    if seconds is None:
        device = next(network.parameters()).device
        seconds = inference.time_network(
            network, working, opened.card.preprocessing, device, scales=scales, flip=settings.flip
        )
    return FiguresResult(
        parameters=own.parameters,
        multiply_adds=sum(cost.multiply_adds for cost in costs) * (1 + settings.flip),
        output_stride=own.output_stride,
        feature_size=(own.feature_height, own.feature_width),
        working_size=(height, width),
        theoretical_receptive_field=field,
        local_receptive_field=local_field,
        seconds=seconds,
    )


def _figures_of_program(
    network: WholeModel,
    opened: OpenedNetwork,
    working: NDArray[np.uint8],
    settings: InferenceSettings,
    seconds: float | None,
) -> FiguresResult:
    """What can be known without its layers: parameters, the map it gives, the time it takes."""
    height, width = working.shape[:2]
    if seconds is None:
        device = next(network.parameters()).device
        seconds = inference.time_network(
            network,
            working,
            opened.card.preprocessing,
            device,
            scales=inference.scales_of(settings.multi_scale),
            flip=settings.flip,
        )
    stride = network.stride
    return FiguresResult(
        parameters=network.program.num_parameters,
        multiply_adds=0,
        output_stride=round(stride) if stride == round(stride) else 0,
        feature_size=(round(height / stride), round(width / stride)),
        working_size=(height, width),
        theoretical_receptive_field=-1,
        local_receptive_field=-1,
        seconds=seconds,
    )


def _receptive_field(network: Network, height: int, width: int) -> tuple[int | None, int]:
    """Side of the field of one score, and the same without global paths; see FiguresResult."""
    try:
        layers = trace(network, height=height, width=width)
    except UntraceableError:
        return -1, -1
    scores = next(layer for layer in layers if layer.name == "scores")
    return scores.size, scores.local_size
