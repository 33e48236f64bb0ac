"""Strides and rates of a module tree that somebody else wrote, as something that can be set.

The tree is run once on torch's meta device, where only shapes are computed. What is seen: every
convolution and pooling, the stride of the map it reads and of the one it gives (its level), and
which dilated convolutions read the same map, as the branches of an ASPP do. Then strides can be
traded for rates (DeepLab v3, section 3.1): where a stage's stride is taken away, the convolutions
that bring it keep their rate, and all that read its map take twice theirs. No weight changes.

What cannot be done is said, part by part: an even kernel has no "same" size at stride 1, and some
decoders take maps of certain sizes only.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

SIDE = 512  # pixels of the picture that is traced
SMALLEST_STRIDE = 4
PADDED = 4  # cells that a map may be longer than its stride says
Pair = tuple[int, int]
Run = Callable[[nn.Module, Tensor], object]


@dataclass(frozen=True)
class Layer:
    """A convolution or pooling as it was built.

    Attributes
    ----------
    name : str
        In the tree.
    kind : {"conv", "pool"}
    kernel, stride, rate, padding : int
    level, level_after : int
        Pixels a cell of the map it reads, and of the one it gives; 0 for no map of a stride.
    reads : int
        The same number for layers that read the very same map.
    """

    name: str
    kind: str
    kernel: int
    stride: int
    rate: int
    padding: int
    level: int
    level_after: int
    reads: int

    @property
    def keeps_size(self) -> bool:
        """Whether it could run at stride 1 and give a map of the size it reads."""
        return self.kernel == 1 or (self.kernel % 2 == 1 and self.padding * 2 + 1 == self.extent)

    @property
    def extent(self) -> int:
        """Cells that its kernel spans."""
        return self.rate * (self.kernel - 1) + 1


@dataclass(frozen=True)
class TreeGeometry:
    """What of a tree can be set.

    Attributes
    ----------
    layers : tuple of Layer
        In the order in which they ran.
    output_stride : int
        Pixels a cell of the coarsest map, as built; 0 where nothing was traced.
    output_strides : tuple of int
        Those that it runs with, the one as built first.
    branches : tuple of str
        Names of parallel dilated convolutions.
    rates : tuple of int
        Theirs, as built.
    fixed : tuple of str
        Sentences on what cannot be set, and why.
    """

    layers: tuple[Layer, ...] = ()
    output_stride: int = 0
    output_strides: tuple[int, ...] = ()
    branches: tuple[str, ...] = ()
    rates: tuple[int, ...] = ()
    fixed: tuple[str, ...] = ()

    def stages(self) -> dict[int, tuple[Layer, ...]]:
        """The layers with a stride or a rate, by the level of the map they read."""
        found: dict[int, tuple[Layer, ...]] = {}
        for layer in self.layers:
            if layer.level and (layer.stride > 1 or layer.rate > 1):
                found[layer.level] = (*found.get(layer.level, ()), layer)
        return found

    def rows(self) -> tuple[tuple[str, str], ...]:
        """The same as a list, as built: which map is read, and what reads it so."""
        return tuple(
            (f"Map of stride {level}", "; ".join(map(_described, layers)))
            for level, layers in sorted(self.stages().items())
        )


def _described(layer: Layer) -> str:
    stride = f", stride {layer.stride}" if layer.stride > 1 else ""
    rate = f", rate {layer.rate}" if layer.rate > 1 else ""
    pool = "pooling " if layer.kind == "pool" else ""
    return f"{layer.name} ({pool}{layer.kernel}×{layer.kernel}{stride}{rate})"


def read_geometry(model: nn.Module, run: Run | None = None) -> TreeGeometry:
    """Trace a tree, and try which output strides it runs with.

    Parameters
    ----------
    model : nn.Module
        In eval mode while it is traced; its weights are not read.
    run : callable (model, image), optional
        How it is run; ``model(image)`` otherwise.
    """
    run = run or (lambda tree, image: tree(image))
    shadow = copy.deepcopy(model).to("meta").eval()
    try:
        layers = _traced(shadow, run)
    except Exception as error:  # whatever somebody else's forward raises
        said = f"Its geometry is fixed: it cannot be traced ({_said(error)})."
        return TreeGeometry(fixed=(said,))
    branches = _branches(layers)
    built = max((layer.level_after for layer in layers), default=0)
    if not built:
        return TreeGeometry(layers, fixed=("It has no strides to take away.",))
    geometry = TreeGeometry(
        layers, built, (built,), tuple(b.name for b in branches), tuple(b.rate for b in branches)
    )
    strides, fixed = [built], []
    stride = built // 2
    while stride >= SMALLEST_STRIDE:
        reason = _why_not(geometry, shadow, run, stride)
        if reason:
            fixed.append(f"Its output stride stays {strides[-1]} or more: {reason}.")
            break
        strides.append(stride)
        stride //= 2
    return TreeGeometry(
        layers, built, tuple(strides), geometry.branches, geometry.rates, tuple(fixed)
    )


def set_geometry(
    model: nn.Module, geometry: TreeGeometry, output_stride: int, rates: tuple[int, ...]
) -> None:
    """Set strides and rates of a tree in place, keeping every weight.

    Parameters
    ----------
    model : nn.Module
        The tree that was traced.
    geometry : TreeGeometry
    output_stride : int
        One of its `output_strides`.
    rates : tuple of int
        Of its `branches`; as many.
    """
    of_branch = dict(zip(geometry.branches, rates, strict=True))
    for layer in geometry.layers:
        if not layer.level:
            continue
        module = model.get_submodule(layer.name)
        # What came before it along the way down, and lost its stride.
        times = max(1, layer.level // max(output_stride, 1))
        is_taken = layer.level_after > max(layer.level, output_stride)
        rate = of_branch.get(layer.name, layer.rate * times)
        stride = 1 if is_taken else layer.stride
        _set(module, layer, stride, rate)


def _set(module: nn.Module, layer: Layer, stride: int, rate: int) -> None:
    if layer.kind == "pool":
        module.stride = stride  # type: ignore[assignment]
        if layer.kernel > 1 and rate != layer.rate and isinstance(module, nn.MaxPool2d):
            module.dilation = rate
            module.padding = layer.padding * rate // layer.rate
        return
    assert isinstance(module, nn.Conv2d)
    module.stride = (stride, stride)
    module.dilation = (rate, rate)
    # "Same" stays "same"; a layer without padding stays without.
    padding = layer.padding * rate // layer.rate
    module.padding = (padding, padding)


# What was seen


def _traced(model: nn.Module, run: Run) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    maps: list[Tensor] = []  # alive, so that no other gets the same identity

    def note(name: str, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        seen = next((place for place, known in enumerate(maps) if known is inputs[0]), len(maps))
        maps.append(inputs[0])
        layers.append(_layer(name, module, inputs[0], output, seen))

    hooks = [
        module.register_forward_hook(partial(note, name))
        for name, module in model.named_modules()
        if isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d)
    ]
    try:
        with torch.no_grad():
            run(model, torch.empty(1, 3, SIDE, SIDE, device="meta"))
    finally:
        for hook in hooks:
            hook.remove()
    first: dict[str, Layer] = {}
    for layer in layers:
        known = first.setdefault(layer.name, layer)
        if known.level != layer.level:  # it serves maps of several levels, and belongs to none
            first[layer.name] = Layer(**{**vars(known), "level": 0, "level_after": 0})
    return tuple(_reached(list(first.values())))


def _reached(layers: list[Layer]) -> Iterator[Layer]:
    """The layers, without a level where no stride led to it, as behind an adaptive pooling."""
    reached = {1}
    for layer in layers:
        if layer.level in reached:
            reached.add(layer.level_after)
            yield layer
        else:
            yield Layer(**{**vars(layer), "level": 0, "level_after": 0})


def _layer(name: str, module: nn.Module, image: Tensor, output: Tensor, reads: int) -> Layer:
    level, after = _level(image), _level(output)
    kernel, stride = _one(module.kernel_size), _one(module.stride)
    rate, padding = _one(getattr(module, "dilation", 1)), _one(module.padding)
    # Unequal sides are nobody's strides; such a layer is left as it is.
    if min(kernel, stride, rate) < 1 or padding < 0 or after < level:
        level = after = 0
    # A reduction without overlap into as many channels, as a transformer's of keys and values,
    # lies beside the way down.
    apart = kernel == stride > 1 and isinstance(module, nn.Conv2d)
    if apart and module.in_channels == module.out_channels:
        level = after = 0
    kind = "conv" if isinstance(module, nn.Conv2d) else "pool"
    return Layer(name, kind, kernel, stride, rate, padding, level, after if level else 0, reads)


def _level(tensor: Tensor) -> int:
    """Pixels a cell of a map, where that is a power of two and both sides agree; else 0."""
    if tensor.ndim != 4 or tensor.shape[-1] != tensor.shape[-2]:
        return 0
    side = tensor.shape[-1]
    level = 1 << max(0, round(math.log2(SIDE / side))) if side else 0
    # Some maps are a few cells longer than the stride says: padded apart from the convolution.
    return level if level and abs(SIDE / level - side) <= PADDED else 0


def _one(value: object) -> int:
    if isinstance(value, tuple | list):
        return value[0] if len(set(value)) == 1 and isinstance(value[0], int) else -1
    return value if isinstance(value, int) else -1


def _branches(layers: tuple[Layer, ...]) -> list[Layer]:
    """The largest group of dilated convolutions that read one map, with a rate apart each."""
    groups: dict[int, list[Layer]] = {}
    for layer in layers:
        if layer.kind == "conv" and layer.kernel > 1 and layer.level and layer.rate > 1:
            groups.setdefault(layer.reads, []).append(layer)
    parallel = [g for g in groups.values() if len(g) > 1 and len({b.rate for b in g}) > 1]
    return max(parallel, key=len, default=[])


def _why_not(geometry: TreeGeometry, shadow: nn.Module, run: Run, stride: int) -> str:
    """Why the tree cannot run at an output stride; empty where it can."""
    taken = [la for la in geometry.layers if la.level and la.level_after > max(la.level, stride)]
    stuck = next((layer for layer in taken if not layer.keeps_size), None)
    if stuck is not None:
        return (
            f"{stuck.name} has a kernel of {stuck.kernel} and padding {stuck.padding}, which at "
            "stride 1 gives a map of another size"
        )
    within: list[str] = []
    try:
        with _set_for_now(shadow, geometry, stride), _followed(shadow, within), torch.no_grad():
            # Sides that differ show what merely happened to fit.
            run(shadow, torch.empty(1, 3, SIDE + 64, SIDE - 32, device="meta"))
    except Exception as error:
        part = within[-1] if within else "it"
        return f"with {stride}, {part} does not take the sizes of its maps ({_said(error)})"
    return ""


@contextmanager
def _followed(model: nn.Module, within: list[str]) -> Iterator[None]:
    """Keep in `within` the names of the modules that run now, the innermost last."""
    hooks = []
    for name, module in model.named_modules():
        if name:
            hooks.append(module.register_forward_pre_hook(partial(_enter, within, name)))
            hooks.append(module.register_forward_hook(partial(_leave, within)))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _enter(within: list[str], name: str, module: nn.Module, inputs: object) -> None:
    within.append(name)


def _leave(within: list[str], module: nn.Module, inputs: object, output: object) -> None:
    within.pop()


@contextmanager
def _set_for_now(model: nn.Module, geometry: TreeGeometry, stride: int) -> Iterator[None]:
    set_geometry(model, geometry, stride, geometry.rates)
    try:
        yield
    finally:
        set_geometry(model, geometry, geometry.output_stride, geometry.rates)


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:160]
