"""Which rates a unit of a network reads its own map through: the widest path, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from segviewer.analysis.gridding.rate_sequence import KERNELS
from segviewer.analysis.receptive_fields.theoretical_receptive_field import LayerField


@dataclass(frozen=True)
class PresentRates:
    """Windows of the layers that run at one stride, on the path to a layer that sees most.

    Attributes
    ----------
    labels : tuple of str
        The layers, the first nearest to the picture.
    rates, kernels : tuple of int
        Of each layer.
    jump : float
        Pixels between two cells of their maps.
    cut : str
        The layer at which the path could not be followed further at this stride, for its
        kernel has no middle; "" where its beginning was reached.
    """

    labels: tuple[str, ...]
    rates: tuple[int, ...]
    kernels: tuple[int, ...]
    jump: float
    cut: str = ""


def present_rates(network: nn.Module, rows: tuple[LayerField, ...], chosen: int) -> PresentRates:
    """Follow the widest path backwards from layer `chosen` as long as the stride stays.

    A layer is on it if its field is just as large as what is left to explain; of branches side
    by side that is the widest one, and around a shortcut the long way.

    Parameters
    ----------
    network : nn.Module
        What `rows` was traced from, set as it was.
    rows : tuple of LayerField
    chosen : int
    """
    modules = dict(network.named_modules())
    axis = rows[chosen].vertical
    left = axis.local_size
    found: list[tuple[str, int, int]] = []
    for row in reversed(rows[: chosen + 1]):
        module = modules.get(row.name)
        kernel, stride = (_side(getattr(module, n, None)) for n in ("kernel_size", "stride"))
        upwards = type(module).__name__.startswith("ConvTranspose")
        if kernel < 2 or upwards or row.vertical.local_size != left:
            continue
        if stride != 1 or row.vertical.jump != axis.jump:
            break
        if kernel not in KERNELS:
            return _of(found, axis.jump, row.label)
        rate = _side(getattr(module, "dilation", 1))
        found.append((row.label, rate, kernel))
        left -= round((kernel - 1) * rate * axis.jump)
    return _of(found, axis.jump, "")


def _of(found: list[tuple[str, int, int]], jump: float, cut: str) -> PresentRates:
    labels, rates, kernels = zip(*found[::-1], strict=True) if found else ((), (), ())
    return PresentRates(labels, rates, kernels, jump, cut)


def _side(value: int | tuple[int, ...] | None) -> int:
    """Of the rows, where a layer has two."""
    return value[0] if isinstance(value, tuple) else value or 0
