"""What one layer of a network gives for a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segviewer.analysis.networks import activations
from segviewer.analysis.networks.network_card import NetworkCard
from segviewer.inference import running as inference
from segviewer.inference.inspected import ActivationResult
from segviewer.session import OverlaySettings

if TYPE_CHECKING:
    from segviewer.checkpoints.opening import OpenedNetwork


def look_inside(
    opened: OpenedNetwork,
    working: NDArray[np.uint8],
    layers: NetworkCard,
    overlay: OverlaySettings,
    whole_pass: inference.Pass | None = None,
) -> ActivationResult:
    """Run the network, set as it is, as far as the layer that `overlay` names.

    Parameters
    ----------
    opened : OpenedNetwork
    working : ndarray of uint8 (H, W, 3)
    layers : NetworkCard
        Of the same size.
    whole_pass : Pass, optional
        Features of the same picture, which a layer of the head needs only.
    """
    network, layer = opened.network, overlay.activation

    def head() -> None:
        assert whole_pass is not None
        network.head(whole_pass.features)

    def whole() -> None:
        device = next(network.parameters()).device
        found = inference.run_features(network, working, opened.card.preprocessing, device)
        network.head(found[0].features)

    try:
        found = activations.activation_of(
            network, layers, layer, overlay.channel, head if whole_pass else None, whole
        )
    except (RuntimeError, MemoryError) as error:
        if not inference.is_out_of_memory(error):
            raise
        return ActivationResult(layer, reason="needs more memory than there is")
    if found is None:
        return ActivationResult(layer, reason=activations.no_map(network, layer))
    placed = activations.over_picture(found.values, network, layers, layer)
    raster, low, high = activations.as_raster(placed, found.channel)
    return ActivationResult(
        layer, raster, low, high, found.channel, found.channels, found.values.shape
    )
