"""Residual modules of any network taken apart one at a time (Veit, Wilber, Belongie 2016).

A module gives x + F(x). Without its branch F it passes x on, without its shortcut it is a
link of a plain chain, and two modules that follow each other may change places where their
maps agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from segviewer.analysis.networks.other_geometry import with_geometry
from segviewer.layers.cascade import CascadedBottleneck, CascadedInvertedResidual
from segviewer.layers.resnet import BasicBlock, Bottleneck
from segviewer.networks.network import Network

Lesion = Literal["branch", "shortcut", "swap"]


@dataclass(frozen=True)
class Module:
    """A residual module that ran.

    Attributes
    ----------
    name : str
        In the network.
    size : tuple of int
        Channels, height, width of its output.
    keeps_shape : bool
        Its input is of this size too.
    """

    name: str
    size: tuple[int, int, int]
    keeps_shape: bool


class LesionedNetwork:
    """A network of shared weights whose residual modules can be lesioned, and made whole again.

    Parameters
    ----------
    network : Network
        It is not changed.
    run : callable
        Runs a network once on the picture.
    """

    def __init__(self, network: Network, run: Callable[[Network], object]):
        self.network = with_geometry(network)
        self.modules = self._find(run)

    def _find(self, run: Callable[[Network], object]) -> tuple[Module, ...]:
        """Residual modules in the order in which they run."""
        found: dict[str, Module] = {}
        hooks = []
        for name, module in self.network.named_modules():
            if _is_residual(module):

                def ran(
                    module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor, name: str = name
                ) -> None:
                    _, channels, height, width = output.shape
                    size = channels, height, width
                    found.setdefault(name, Module(name, size, size == inputs[0].shape[1:]))

                hooks.append(module.register_forward_hook(ran))
        try:
            run(self.network)
        finally:
            for hook in hooks:
                hook.remove()
        return tuple(found.values())

    def partner(self, index: int) -> int | None:
        """The module behind number `index` that can change places with it, if it can."""
        if index + 1 >= len(self.modules):
            return None
        one, other = self.modules[index], self.modules[index + 1]
        agree = one.keeps_shape and other.keeps_shape and one.size == other.size
        return index + 1 if agree else None

    @contextmanager
    def with_lesion(self, index: int, lesion: Lesion) -> Iterator[Network]:
        """The network with module number `index` changed, as long as the block lasts.

        Raises
        ------
        ValueError
            If two modules cannot change places.
        """
        module = self._module(index)
        changed: dict[nn.Module, Callable[..., Tensor]] = {module: _without_branch(module)}
        if lesion == "shortcut":
            changed = {module: _without_shortcut(module)}
        elif lesion == "swap":
            partner = self.partner(index)
            if partner is None:
                raise ValueError(f"module {index} has none to change places with")
            other = self._module(partner)
            changed = {module: other.forward, other: module.forward}
        # An attribute of the module hides its class's method.
        for one, forward in changed.items():
            one.forward = forward
        try:
            yield self.network
        finally:
            for one in changed:
                del one.forward

    def _module(self, index: int) -> nn.Module:
        return self.network.get_submodule(self.modules[index].name)


def _is_residual(module: nn.Module) -> bool:
    if isinstance(module, BasicBlock | Bottleneck):
        return getattr(module, "has_shortcut", True)
    return getattr(module, "adds_input", False)


def _shortcut(module: nn.Module, x: Tensor) -> Tensor:
    if isinstance(module, CascadedBottleneck | CascadedInvertedResidual):
        maps: Tensor = module.shortcut(x)
        return maps
    projection = getattr(module, "downsample", None)
    return x if projection is None else projection(x)


def _without_branch(module: nn.Module) -> Callable[[Tensor], Tensor]:
    relu = isinstance(module, BasicBlock | Bottleneck)

    def forward(x: Tensor) -> Tensor:
        x = _shortcut(module, x)
        # Behind a ReLU and with the identity it changes nothing.
        return torch.relu(x) if relu else x

    return forward


def _without_shortcut(module: nn.Module) -> Callable[[Tensor], Tensor]:
    plain = type(module).forward

    def forward(x: Tensor) -> Tensor:
        if isinstance(module, BasicBlock | Bottleneck):
            return torch.relu(module.residual(x))
        # x + F(x) less x, whatever F is made of.
        maps: Tensor = plain(module, x) - _shortcut(module, x)
        return maps

    return forward
