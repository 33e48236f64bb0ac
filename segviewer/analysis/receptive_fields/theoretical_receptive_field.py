"""Theoretical receptive field of every layer of a network, traced through the network itself.

For a chain of layers with kernel k, stride s, padding p and rate r (Araujo, Norris, Sim,
"Computing Receptive Fields of Convolutional Neural Networks", Distill 2019)::

    size  += (k - 1) r jump        start += ((k - 1) r / 2 - p) jump        jump *= s

and where branches meet, the interval that holds all of theirs. Here the same is found by
running the module (:mod:`segviewer.analysis.receptive_fields.reach_tracing`), so dilation, skips,
pooling, up-sampling and switched-off branches count as they are set at the moment.

What a global pooling (image-level features, squeeze and excitation) feeds sees the whole
picture; `local_size` leaves such paths out, and is then the number that is compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from segviewer.analysis.receptive_fields.reach import ABOVE, BELOW, AxisNode, Interval
from segviewer.analysis.receptive_fields.reach_tracing import TracingMode
from segviewer.analysis.receptive_fields.traced_maps import FIELD, Field, Trace, UntraceableError
from segviewer.layers.framing import place_scores
from segviewer.networks.network import Network

Reached = tuple[tuple[int, int], Field | None]  # size of a map, and what it reaches
Run = tuple[str, int, str, Reached]  # name, number of the call, kind of the module

__all__ = [
    "AxisField",
    "LayerField",
    "Rectangle",
    "UntraceableError",
    "field_of_unit",
    "seen_by_unit",
    "trace",
]


@dataclass(frozen=True)
class Rectangle:
    """Pixels from (left, top) up to but not including (right, bottom)."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, eq=False)
class AxisField:
    """Receptive field of a layer's units along one axis. Lengths are pixels of the picture.

    Attributes
    ----------
    output_size : int
        Units.
    size : int or None
        Largest over the units (they differ behind up-sampling); None: the whole picture, 0:
        no pixel, since the layer reads zeros alone.
    local_size : int
        The same along paths without global pooling; 0 where there is none.
    jump : float
        Distance of neighbouring units.
    start : float or None
        Centre of the first unit's field, where the picture spans 0 to its side; None where
        every path is global.
    centre : float or None
        The same in pixel numbers, the first being 0: start - 1/2. The centre of unit i's
        field is pixel ``centre + i * jump`` (exactly so without up-sampling).
    effective_padding : int or None
        Pixels by which the first unit's field begins before the picture, as
        google-research/receptive_field has it: centre = -effective_padding + (size - 1) / 2.
    """

    output_size: int
    picture: int
    size: int | None
    local_size: int
    jump: float
    start: float | None
    centre: float | None
    effective_padding: int | None
    _theory: Interval = field(repr=False)
    _local: Interval = field(repr=False)
    _seen: Interval = field(repr=False)

    @property
    def truncated(self) -> bool:
        """The field is larger than the picture, which then cannot show all of it."""
        return (self.size or 0) > self.picture


@dataclass(frozen=True, eq=False)
class LayerField:
    """One layer: a leaf module each time it runs, a named feature map, or an output.

    Attributes
    ----------
    name : str
        Path of the module (``backbone.conv1``), ``features[out]``, ``scores``, or ``picture``:
        the scores brought to the photograph's pixels.
    call : int
        1 for the first time the module runs, 2 for the second, …
    kind : str
        Class of the module; ``features`` or ``output``.
    spatial : bool
        False where the output is no map (after a fully connected layer).
    vertical, horizontal : AxisField
    """

    name: str
    call: int
    kind: str
    spatial: bool
    vertical: AxisField
    horizontal: AxisField

    @property
    def label(self) -> str:
        """Unique name: ``layer1.0.relu``, ``layer1.0.relu#2``."""
        return self.name if self.call == 1 else f"{self.name}#{self.call}"

    @property
    def _axes(self) -> tuple[AxisField, AxisField]:
        return self.vertical, self.horizontal

    @property
    def output_size(self) -> tuple[int, int]:
        """Rows and columns of units."""
        return self.vertical.output_size, self.horizontal.output_size

    @property
    def size(self) -> int | None:
        """Side of the field in pixels, the larger one; None: the whole picture."""
        sizes = [axis.size for axis in self._axes]
        known = [size for size in sizes if size is not None]
        return max(known) if len(known) == len(sizes) else None

    @property
    def local_size(self) -> int:
        """Side of the field along paths without global pooling, the larger one."""
        return max(axis.local_size for axis in self._axes)

    @property
    def truncated(self) -> bool:
        """The field is larger than the picture along some axis."""
        return any(axis.truncated for axis in self._axes)

    @property
    def jump(self) -> float:
        """Vertical distance of neighbouring units."""
        return self.vertical.jump

    @property
    def start(self) -> float | None:
        """Centre of the first unit's field from the upper edge; see :class:`AxisField`."""
        return self.vertical.start

    @property
    def centre(self) -> float | None:
        """Centre of the first unit's field in pixel numbers; see :class:`AxisField`."""
        return self.vertical.centre

    @property
    def effective_padding(self) -> int | None:
        """See :class:`AxisField`; vertical."""
        return self.vertical.effective_padding

    def as_dict(self) -> dict[str, Any]:
        """Numbers of the row, for JSON."""
        row = {"name": self.label, "kind": self.kind, "spatial": self.spatial}
        for direction, axis in zip(("vertical", "horizontal"), self._axes, strict=True):
            hidden = ("_theory", "_local", "_seen")
            numbers = {n: getattr(axis, n) for n in axis.__dataclass_fields__ if n not in hidden}
            row[direction] = {**numbers, "truncated": axis.truncated}
        return row


def trace(network: nn.Module, *, height: int = 513, width: int = 513) -> tuple[LayerField, ...]:
    """Receptive fields of all layers of `network` as it is set now.

    Parameters
    ----------
    network : nn.Module
        A :class:`Network`, framed as it wants to be, or any module of one picture. It is not
        changed, and no number is computed, so it may lie on any device.
    height, width : int
        Of the picture in pixels; field sizes do not depend on it, except through global and
        adaptive pooling.

    Returns
    -------
    tuple of LayerField
        In the order in which layers run; for a Network then its feature maps, its scores and
        the scores at the picture's pixels; for another module its outputs.

    Raises
    ------
    UntraceableError
        If an operation moves cells in a way that is not known, or the picture is too small.
    """
    known = (*network.parameters(), *network.buffers())
    maps = Trace(height, width, known)
    runs: list[Run] = []
    calls: Counter[str] = Counter()

    def listen(name: str, module: nn.Module) -> RemovableHandle:
        def ran(module: nn.Module, inputs: object, output: Any) -> None:
            tensor = next((t for t in _tensors(output)), None)
            if tensor is not None:
                calls[name] += 1
                runs.append((name, calls[name], type(module).__name__, _reached(tensor)))

        return module.register_forward_hook(ran)

    leaves = [(n, m) for n, m in network.named_modules() if n and not any(m.children())]
    hooks = [listen(name, module) for name, module in leaves]
    try:
        with torch.no_grad():
            # Batch norm in training refuses a single value for each channel.
            image = maps.picture(_channels(network), 1 + network.training)
            with TracingMode(maps):
                runs_of_outputs = _run(network, image, height, width)
    finally:
        for hook in hooks:
            hook.remove()
    runs += runs_of_outputs
    for tape in maps.tapes:
        tape.measure()
    axes: dict[tuple[int, int], AxisField] = {}
    rows = []
    for name, call, kind, found in runs:
        sizes, reached = found
        pair = []
        for axis, tape in enumerate(maps.tapes):
            if reached is None:
                pair.append(_blank(sizes[axis], tape.picture.size))
                continue
            node = reached.nodes[axis]
            if (axis, id(node)) not in axes:
                axes[axis, id(node)] = _axis_field(node, tape.picture.size)
            pair.append(axes[axis, id(node)])
        spatial = sizes != (1, 1) if reached is None else reached.dims is not None
        rows.append(LayerField(name, call, kind, spatial, *pair))
    return tuple(rows)


def _tensors(output: Any) -> list[Tensor]:
    if isinstance(output, Tensor):
        return [output]
    if isinstance(output, Mapping):
        return [value for value in output.values() if isinstance(value, Tensor)]
    return [value for value in output if isinstance(value, Tensor)] if output is not None else []


def _reached(tensor: Tensor) -> Reached:
    """Size of a map and what it reaches, as known now: it may be overwritten later."""
    sizes = (tensor.shape[-2], tensor.shape[-1]) if tensor.ndim == 4 else (1, 1)
    return sizes, getattr(tensor, FIELD, None)


def _channels(network: nn.Module) -> int:
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            return module.in_channels
    return 3


def _run(network: nn.Module, image: Tensor, height: int, width: int) -> list[Run]:
    if not isinstance(network, Network):
        output = network(image)
        if isinstance(output, Mapping):
            return [(name, 1, "output", _reached(t)) for name, t in output.items()]
        return [("output", 1, "output", _reached(_tensors(output)[0]))]
    features = network.features(network.framing(height, width).pad(image))
    found = [(f"features[{n}]", 1, "features", _reached(t)) for n, t in features.items()]
    scores = network.head(features)
    found.append(("scores", 1, "output", _reached(scores)))
    at_pixels = place_scores(network, scores, height, width)
    return [*found, ("picture", 1, "output", _reached(at_pixels))]


def _blank(size: int, picture: int) -> AxisField:
    nothing = Interval.nothing(size)
    return AxisField(size, picture, 0, 0, 0.0, None, None, None, nothing, nothing, nothing)


def _axis_field(node: AxisNode, picture: int) -> AxisField:
    theory = node.theory.between(0, node.size)
    local = node.local.between(0, node.size)
    whole = bool((theory.last == ABOVE).any() and (theory.first == BELOW).any())
    local_size = max(0, int((local.last - local.first).max()) + 1)
    size = None if whole else max(0, int((theory.last - theory.first).max()) + 1)
    first, last = int(local.first[0]), int(local.last[0])
    start = centre = padding = None
    if first <= last:
        start, centre, padding = (first + last + 1) / 2, (first + last) / 2, -first
    return AxisField(
        output_size=node.size,
        picture=picture,
        size=size,
        local_size=local_size,
        jump=float(node.jump),
        start=start,
        centre=centre,
        effective_padding=padding,
        _theory=theory,
        _local=local,
        _seen=node.seen,
    )


def field_of_unit(row: LayerField, y: int, x: int, *, local: bool = False) -> Rectangle | None:
    """Receptive field of the unit in row `y`, column `x`, which may lie partly outside.

    Parameters
    ----------
    row : LayerField
    y, x : int
        Counted from 0.
    local : bool
        Leave out paths with global pooling.

    Returns
    -------
    Rectangle or None
        Pixels of the picture as given, before framing; the whole picture for None in
        ``row.size``. None if the unit reads no pixel.

    Raises
    ------
    IndexError
        If there is no such unit.
    """
    return _rectangle(row, y, x, "_local" if local else "_theory")


def seen_by_unit(row: LayerField, y: int, x: int) -> Rectangle | None:
    """Smallest rectangle in the picture that holds every pixel the unit can depend on.

    It differs from `field_of_unit` cut to the picture where taps fall on zero padding: on a
    small map a large rate sees one place, not the whole map.

    Parameters
    ----------
    row : LayerField
    y, x : int
        Of the unit, counted from 0.
    """
    return _rectangle(row, y, x, "_seen")


def _rectangle(row: LayerField, y: int, x: int, which: str) -> Rectangle | None:
    ends = []
    for axis, at in ((row.vertical, y), (row.horizontal, x)):
        if not 0 <= at < axis.output_size:
            raise IndexError(f"unit {at} of {axis.output_size}")
        interval = getattr(axis, which)
        first, last = int(interval.first[at]), int(interval.last[at])
        if first > last:
            return None
        first = 0 if first == BELOW else first
        last = axis.picture - 1 if last == ABOVE else last
        ends.append((first, last + 1))
    (top, bottom), (left, right) = ends
    return Rectangle(left, top, right, bottom)
