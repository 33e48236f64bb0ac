"""The same network with other geometry beside it, without a second copy of its weights."""

from __future__ import annotations

import copy
from typing import Any

from segviewer.networks.network import Network


def with_geometry(network: Network, **changes: Any) -> Network:
    """A copy of `network` in eval mode with these geometry settings; the weights are shared.

    Parameters
    ----------
    **changes
        Fields of the network's Config that are marked geometry.
    """
    # deepcopy takes for a tensor what the memo holds in its place.
    shared = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    other = copy.deepcopy(network, shared)
    other.reconfigure(network.config.changed(**changes))
    return other.eval()
