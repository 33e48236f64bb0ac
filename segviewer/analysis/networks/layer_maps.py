"""All channels of one layer for a picture: a forward pass that ends behind the layer."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from segviewer.errors import SettingsError
from segviewer.layers.framing import run_features
from segviewer.networks.network import Network


class _SeenError(Exception):
    """The layer has run; what comes after it need not."""


def layer_maps(network: nn.Module, image: Tensor, label: str) -> NDArray[np.float32]:
    """Output of a layer.

    Parameters
    ----------
    network : nn.Module
        A :class:`Network`, framed as it wants to be, or any module of one picture.
    image : Tensor of float32 (3, H, W)
        Normalised.
    label : str
        Path of a leaf module; with ``#2`` behind it the second time it runs.

    Returns
    -------
    ndarray of float32 (C, h, w)

    Raises
    ------
    SettingsError
        If there is no such module, it does not run so often, or gives no map.
    """
    name, _, call = label.partition("#")
    wanted = int(call or 1)
    found: list[np.ndarray | None] = []
    module = dict(network.named_modules()).get(name)
    if module is not None:

        def ran(module: nn.Module, inputs: object, output: object) -> None:
            found.append(None)
            if len(found) == wanted:
                # With its indices, where a pooling gives them.
                maps = output[0] if isinstance(output, tuple) else output
                if isinstance(maps, Tensor) and maps.ndim == 4:
                    found[-1] = maps[0].float().cpu().numpy().copy()
                raise _SeenError

        handle = module.register_forward_hook(ran)
        try:
            with torch.inference_mode():
                _run(network, image[None])
        except _SeenError:
            pass
        finally:
            handle.remove()
    maps = found[-1] if len(found) >= wanted else None
    if maps is None:
        raise SettingsError(
            f"There is no map of {label}.",
            "It is not in this network, does not run as it is set now, or gives no map.",
            "Choose another layer.",
        )
    return maps


def _run(network: nn.Module, image: Tensor) -> None:
    if isinstance(network, Network):
        network.head(run_features(network, image))
    else:
        network(image)
