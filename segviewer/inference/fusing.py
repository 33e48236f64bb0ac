"""Convolution, batch norm and rectifier as one operation, for as long as a network is run.

For inference a batch norm is a factor and an offset of each channel, which go into the convolution
before it; a rectifier behind it is applied while the result is still in the processor's cache
(oneDNN's post-operations). Weights are brought into the order that the processor wants once, not
at every pass. The scores differ by rounding alone: 2e-5 of 9 for the bundled network.

Nothing of the network changes but what its layers do when they are called: weights, geometry and
structure are as they were, whoever looks at them, and strides and rates are those of the moment.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from typing import Any, cast
from weakref import WeakKeyDictionary, ref

import torch
from torch import Tensor, nn
from torch.nn import functional

Key = tuple[Hashable, ...]

# As oneDNN calls the rectifiers, with their limits; and what they are in place.
POST_OPERATIONS: dict[type[nn.Module], tuple[str, list[float]]] = {
    nn.ReLU: ("relu", []),
    nn.ReLU6: ("hardtanh", [0.0, 6.0]),
}
IN_PLACE: dict[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.ReLU: torch.relu_,
    nn.ReLU6: lambda x: functional.hardtanh_(x, 0.0, 6.0),
}
# Kept of one layer's weights: those of the last sizes and geometries, as far as they are small; of
# a large layer the last alone, since all of its network's are beside the weights themselves.
PACKINGS, PACKED_BYTES = 4, 1 << 19
# A depthwise convolution this wide and this dilated is slow in oneDNN (5x5 of rate 4 on 23x30
# units: 9.6 ms of one thread, by its cosets 2.7); of others the cosets are slower.
WIDE, DILATED = 5, 4


class _Chain:
    """A convolution and what follows it: perhaps a batch norm, perhaps a rectifier.

    It refers to them weakly. A hook of a layer may hold the whole network, and what is kept here
    of a network must not keep it: none was ever given back.
    """

    def __init__(self, conv: nn.Conv2d, norm: nn.BatchNorm2d | None, rectifier: nn.Module | None):
        self._conv = ref(conv)
        self._norm = None if norm is None else ref(norm)
        self._rectifier = None if rectifier is None else ref(rectifier)
        self.state: Key = ()
        self.bias: Tensor | None = None
        self.weight: Tensor | None = None  # with the batch norm in it, where it is not packed
        self.packed: dict[Key, Tensor] = {}

    @property
    def conv(self) -> nn.Conv2d:
        found = self._conv()
        assert found is not None  # the network is being run
        return found

    @property
    def norm(self) -> nn.BatchNorm2d | None:
        return None if self._norm is None else self._norm()

    @property
    def rectifier(self) -> nn.Module | None:
        return None if self._rectifier is None else self._rectifier()

    def bring_up_to_date(self) -> None:
        """Fold again where a weight is another one than at the last time."""
        state = tuple([(tensor.data_ptr(), tensor._version) for tensor in self._tensors()])
        if state != self.state:
            self.state, self.packed, self.weight = state, {}, None

    def _tensors(self) -> list[Tensor]:
        # From the dictionaries: by their attributes, all layers took as long as one of them runs.
        conv, norm = self.conv, self.norm
        kept = conv._parameters
        # A weight norm of torch's first kind keeps the weight elsewhere.
        weight = kept["weight"] if "weight" in kept else conv.weight  # noqa: SIM401 (it asks)
        found = [weight, kept["bias"]]
        if norm is not None:
            kept, measured = norm._parameters, norm._buffers
            found += [kept["weight"], kept["bias"]]
            found += [measured["running_mean"], measured["running_var"]]
        return [tensor for tensor in found if tensor is not None]

    def __call__(self, x: Tensor) -> Tensor:
        conv = self.conv
        if conv.groups > 1:
            return self._of_groups(conv, x)
        attribute: str = "none"
        limits: list[float] = []
        if self.rectifier is not None:
            attribute, limits = POST_OPERATIONS[type(self.rectifier)]
        geometry = conv.padding, conv.stride, conv.dilation
        key = (tuple(x.shape), *geometry, torch.get_num_threads())
        if key not in self.packed:
            # The folded weight itself is not kept: it is as large, and soon made again.
            weight, self.bias = _folded(conv, self.norm)
            most = max(1, min(PACKINGS, PACKED_BYTES // max(1, weight.nbytes)))
            while len(self.packed) >= most:
                self.packed.pop(next(iter(self.packed)))
            self.packed[key] = torch.ops.mkldnn._reorder_convolution_weight(
                weight, *geometry, conv.groups, list(x.shape)
            )
        found: Tensor = torch.ops.mkldnn._convolution_pointwise(
            x, self.packed[key], self.bias, *geometry, conv.groups, attribute, limits, ""
        )
        return found

    def _of_groups(self, conv: nn.Conv2d, x: Tensor) -> Tensor:
        # Packed, each group is filled up to 16 channels in and out: of a depthwise convolution
        # that is up to 256 times its weights, and up to three times as slow where it is dilated.
        if self.weight is None:
            self.weight, self.bias = _folded(conv, self.norm)
        if _is_wide(conv):
            found = by_cosets(x, self.weight, self.bias, conv.dilation[0])
        else:
            found = conv._conv_forward(x, self.weight, self.bias)
        if self.rectifier is None:
            return found
        return IN_PLACE[type(self.rectifier)](found)


def _is_wide(conv: nn.Conv2d) -> bool:
    """Whether a convolution of groups is one that is made by its cosets."""
    side, rate = conv.kernel_size[0], conv.dilation[0]
    fits = (
        conv.groups == conv.in_channels == conv.out_channels
        and conv.kernel_size == (side, side)
        and conv.dilation == (rate, rate)
        and conv.stride == (1, 1)
        and conv.padding == (rate * (side // 2),) * 2
    )
    return fits and side % 2 == 1 and side >= WIDE and rate >= DILATED


def by_cosets(x: Tensor, weight: Tensor, bias: Tensor | None, rate: int) -> Tensor:
    """A dilated depthwise convolution of stride 1 and equal size, as a dense one of each coset.

    Units whose rows and columns leave the same remainders by the rate see only each other, so the
    r² cosets are pictures of their own (which is why a dilated convolution can leave a grid).

    Parameters
    ----------
    x : Tensor (B, C, h, w)
    weight : Tensor (C, 1, k, k)
        `k` odd.
    bias : Tensor (C,) or None
    rate : int
        Dilation r.

    Returns
    -------
    Tensor (B, C, h, w)
    """
    batch, channels, height, width = x.shape
    rows, columns = -(-height // rate), -(-width // rate)
    x = functional.pad(x, (0, columns * rate - width, 0, rows * rate - height))
    x = x.reshape(batch, channels, rows, rate, columns, rate).permute(0, 3, 5, 1, 2, 4)
    x = x.reshape(batch * rate * rate, channels, rows, columns)
    x = functional.conv2d(x, weight, bias, padding=weight.shape[-1] // 2, groups=channels)
    x = x.reshape(batch, rate, rate, channels, rows, columns).permute(0, 3, 4, 1, 5, 2)
    x = x.reshape(batch, channels, rows * rate, columns * rate)
    return x[:, :, :height, :width].contiguous()


_chains: WeakKeyDictionary[nn.Module, tuple[_Chain, ...]] = WeakKeyDictionary()


@contextlib.contextmanager
def fused(network: nn.Module) -> Iterator[None]:
    """Run `network` with its convolutions fused, where that changes nothing but rounding.

    On a processor with oneDNN and in float32; not where a layer's result is looked at by a hook.
    Inside another one for the same network nothing happens.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode.
    """
    chains = _usable_chains(network)
    try:
        for chain in chains:
            _replace(chain.conv, chain)
            for skipped in (chain.norm, chain.rectifier):
                if skipped is not None:
                    _replace(skipped, _as_it_is)
        yield
    finally:
        for chain in chains:
            for module in (chain.conv, chain.norm, chain.rectifier):
                if module is not None:
                    module.__dict__.pop("forward", None)


def _usable_chains(network: nn.Module) -> tuple[_Chain, ...]:
    if not _is_possible() or network.training:
        return ()
    if network not in _chains:
        _chains[network] = tuple(_find_chains(network))
    chains = _chains[network]
    if not chains:
        return ()
    if _is_looked_at(network):
        return ()
    for chain in chains:
        weight = chain.conv.weight
        if weight.device.type != "cpu" or weight.dtype != torch.float32:
            return ()
        chain.bring_up_to_date()
    return chains


def _is_looked_at(network: nn.Module) -> bool:
    """Whether a layer has a hook, or does something else than usual."""
    left: list[nn.Module | None] = [network]
    while left:
        module = left.pop()
        if module is not None:
            if module._forward_hooks or "forward" in module.__dict__:
                return True
            left.extend(module._modules.values())
    return False


def _is_possible() -> bool:
    if torch.is_grad_enabled() or torch.is_autocast_enabled("cpu"):
        return False
    backend = torch.backends.mkldnn
    is_there = backend.is_available()  # type: ignore[no-untyped-call]
    return bool(is_there and backend.enabled) and hasattr(
        torch.ops.mkldnn, "_convolution_pointwise"
    )


def _find_chains(network: nn.Module) -> Iterator[_Chain]:
    """Convolutions of plain sequences, with what stands directly behind them."""
    # One that stands in several places may have another neighbour there.
    places = Counter(id(module) for _, module in network.named_modules(remove_duplicate=False))
    for sequence in network.modules():
        if not isinstance(sequence, nn.Sequential) or type(sequence).forward is not _SEQUENTIAL:
            continue
        layers = list(sequence)
        for index, conv in enumerate(layers):
            if type(conv) is not nn.Conv2d or conv.padding_mode != "zeros":
                continue
            if not isinstance(conv.padding, tuple) or places[id(conv)] > 1:
                continue
            behind = layers[index + 1 :]
            norm: nn.BatchNorm2d | None = None
            if behind and _is_fixed_norm(behind[0]) and places[id(behind[0])] == 1:
                norm = cast("nn.BatchNorm2d", behind.pop(0))
            rectifier = None
            if behind and type(behind[0]) in POST_OPERATIONS and places[id(behind[0])] == 1:
                rectifier = behind[0]
            if norm is not None or rectifier is not None:
                yield _Chain(conv, norm, rectifier)


def _is_fixed_norm(module: nn.Module) -> bool:
    return type(module) is nn.BatchNorm2d and module.running_mean is not None


def _folded(conv: nn.Conv2d, norm: nn.BatchNorm2d | None) -> tuple[Tensor, Tensor | None]:
    """Weight (O, I, h, w) and bias (O) of a convolution with its batch norm in it."""
    weight, bias = conv.weight.detach(), conv.bias
    if norm is None:
        return weight, None if bias is None else bias.detach()
    assert norm.running_mean is not None and norm.running_var is not None
    factor = torch.rsqrt(norm.running_var.double() + norm.eps)
    if norm.weight is not None:
        factor = factor * norm.weight.detach().double()
    offset = -norm.running_mean.double() if bias is None else bias.detach() - norm.running_mean
    offset = offset * factor
    if norm.bias is not None:
        offset = offset + norm.bias.detach()
    return weight * factor.float()[:, None, None, None], offset.float()


def _replace(module: nn.Module, forward: Callable[[Tensor], Any]) -> None:
    """Have `module` do something else when it is called; its hooks stay."""
    module.__dict__["forward"] = forward


def _as_it_is(x: Tensor) -> Tensor:
    """What a layer does whose work is done in the one before."""
    return x


_SEQUENTIAL = nn.Sequential.forward
