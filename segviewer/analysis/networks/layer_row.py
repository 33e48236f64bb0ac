"""One layer of a network as it ran: its size and its cost, in plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LayerRow:
    """One layer as it ran.

    Attributes
    ----------
    name : str
        Dotted name in the network.
    kind : str
        In words: "convolution", "batch norm", "max pooling" …
    channels, height, width : int
        Size of its output; height and width are 1 where it has none.
    kernel, stride, rate : int
        Of the rows; a global pooling has kernel 0. 1 where there is no such thing.
    parameters : int
        Trained numbers; 0 when a layer runs another time.
    multiply_adds : int
    """

    name: str
    kind: str
    channels: int
    height: int
    width: int
    kernel: int = 1
    stride: int = 1
    rate: int = 1
    parameters: int = 0
    multiply_adds: int = 0
