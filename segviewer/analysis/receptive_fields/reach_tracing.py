"""Run a torch module without numbers and write down what each of its maps reads.

The module itself is run, on tensors of the meta device that have a shape and no values. A
dispatch mode sees every operation torch is left with after its own decompositions and puts
the matching windows on the tapes of :mod:`segviewer.analysis.receptive_fields.reach`. Nothing of
the module is changed or copied, so its present strides, rates and switches are what is traced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from segviewer.analysis.receptive_fields.reach import (
    SAME,
    AxisNode,
    Bins,
    Everything,
    Repeat,
    Resize,
    Spread,
    Tape,
    Window,
    Windows,
)
from segviewer.errors import SegviewerError

LAST_TWO = (-2, -1)


class UntraceableError(SegviewerError):
    """A network does something whose receptive field is not known."""


@dataclass(frozen=True)
class Field:
    """What is known of a tensor.

    Attributes
    ----------
    nodes : tuple of AxisNode
        Vertical and horizontal.
    dims : tuple of int or None
        Dimensions that are the map's rows and columns, negative; None: it is not a map.
    mixed : bool
        Whether every value has read all places; a flattened map's values have not yet.
    """

    nodes: tuple[AxisNode, AxisNode]
    dims: tuple[int, int] | None = LAST_TWO
    mixed: bool = True


# Tensors that depend on no pixel, and the attributes that carry what is known.
CONSTANT = None
FIELD, POOLING = "_segviewer_field", "_segviewer_pooling"

Named = dict[str, Any]  # an operation's arguments by their names
Handler = Callable[["TracingMode", Named, list[Tensor], Any], Field]
HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Register a handler for aten operations of these names.

    A handler gets the mode, the arguments by name, the tensor read, and the output, and
    returns the output's field.
    """

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register


# Operations that work place by place although torch does not tag them so.
PLACE_BY_PLACE = frozenset(
    [
        "hardswish",
        "hardswish_",
        "prelu",
        "_prelu_kernel",
        "native_dropout",
        "clone",
        "_to_copy",
        "detach",
        "detach_",
        "alias",
        "lift_fresh",
        "bernoulli",
        "bernoulli_",
        "contiguous",
        "copy_",
        "channel_shuffle",
        "native_channel_shuffle",
        "rrelu_with_noise",
        "glu",
        "cudnn_batch_norm",
    ]
)
OVERWRITING = frozenset(("zero_", "fill_", "normal_", "uniform_"))


class TracingMode(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's is bare
    """Follows every map that comes from :meth:`picture`.

    Parameters
    ----------
    height, width : int
        Of the picture, in pixels.
    known : iterable of Tensor
        Parameters and buffers, which depend on no pixel.
    """

    def __init__(self, height: int, width: int, known: Iterable[Tensor]):
        super().__init__()  # type: ignore[no-untyped-call]  # torch's is bare
        self.tapes = Tape(height), Tape(width)
        self._known = {id(tensor) for tensor in known}

    def picture(self, channels: int, batch: int = 1) -> Tensor:
        """The tensor (batch, channels, height, width) that a trace starts from."""
        sizes = [tape.picture.size for tape in self.tapes]
        image = torch.empty(batch, channels, *sizes, device="meta")
        vertical, horizontal = self.tapes
        setattr(image, FIELD, Field((vertical.picture, horizontal.picture)))
        return image

    def add(self, sizes: Sequence[int], *links: tuple[Field, Sequence[Window]]) -> Field:
        """Field of a map (h, w) that reads other maps through windows (vertical, horizontal)."""
        vertical, horizontal = (
            tape.add(
                int(sizes[axis]), *((field.nodes[axis], windows[axis]) for field, windows in links)
            )
            for axis, tape in enumerate(self.tapes)
        )
        return Field((vertical, horizontal))

    def field_of(self, tensor: Tensor) -> Field | None:
        """What `tensor` reads, None for a constant.

        Raises
        ------
        UntraceableError
            If the tensor was made where the trace could not see it.
        """
        if hasattr(tensor, FIELD):
            found: Field | None = getattr(tensor, FIELD)
            return found
        own = id(tensor) in self._known or tensor.device.type != "meta" or tensor.ndim < 3
        if own:
            return CONSTANT
        raise UntraceableError(
            "The receptive field cannot be traced.",
            f"A tensor of shape {tuple(tensor.shape)} comes from nowhere the trace can see.",
            "Make it a parameter or a buffer of the network, or compute it from the picture.",
        )

    def __torch_dispatch__(
        self,
        func: OpOverload,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        name = func.overloadpacket.__name__
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        fields = [self.field_of(tensor) for tensor in tensors]
        in_place = bool(tensors) and name.endswith("_") and not name.endswith("__")
        output: Any
        if in_place:
            output = tensors[0]
        elif name == "convolution":
            output = _convolved(*args, **kwargs)
        elif name == "native_batch_norm":
            # As with convolutions; nothing reads the statistics behind it.
            output = tuple(torch.empty(n, device="meta") for n in (tensors[0].shape, 0, 0))
        elif name == "upsample_bilinear2d" and len(args) > 1 and args[1] is not None:
            output = torch.empty((*tensors[0].shape[:2], *args[1]), device="meta")
        else:
            args, kwargs = tree_map_only(Tensor, _without_values, (args, kwargs))
            output = func(*args, **kwargs)
        field = self._field(func, name, args, kwargs, tensors, fields, output)
        for leaf in tree_leaves(output):
            if isinstance(leaf, Tensor):
                setattr(leaf, FIELD, field)
        if in_place and field != fields[0] and getattr(output, "_base", None) is not None:
            raise untraceable(f"{name} on a part of a map")
        if name == "max_pool2d_with_indices":
            setattr(output[1], POOLING, field and _pool_windows(_named(func, args, kwargs)))
        return output

    def _field(
        self,
        func: OpOverload,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        tensors: list[Tensor],
        fields: list[Field | None],
        output: Any,
    ) -> Field | None:
        reading = [field for field in fields if field is not CONSTANT]
        if not reading or name in OVERWRITING:
            return CONSTANT
        if name.endswith("_like") or name.startswith("new_"):
            return CONSTANT
        if torch.Tag.pointwise in func.tags or name in PLACE_BY_PLACE:
            result = output if isinstance(output, Tensor) else output[0]
            return self.together(reading, result, name)
        if name not in HANDLERS:
            raise untraceable(name)
        return HANDLERS[name](self, {"name": name, **_named(func, args, kwargs)}, tensors, output)

    def together(self, fields: list[Field], output: Tensor, name: str) -> Field:
        """Field of a result that reads the same place of several maps, spreading single places.

        Parameters
        ----------
        fields : list of Field
        output : Tensor
            The result, for its size.
        name : str
            Of the operation, for the error.
        """
        maps = [field for field in fields if field.dims is not None]
        dims = {field.dims for field in maps}
        if len(dims) > 1:
            raise untraceable(f"{name} of maps whose rows and columns lie elsewhere")
        if not maps:
            both = self.add((1, 1), *((field, (SAME, SAME)) for field in fields))
            return replace(both, dims=None, mixed=all(field.mixed for field in fields))
        (own,) = dims
        assert own is not None
        sizes = [output.shape[dim] for dim in own]
        links = []
        for field in fields:
            windows = [
                SAME if node.size == size else Repeat(size)
                for node, size in zip(field.nodes, sizes, strict=True)
            ]
            links.append((field, windows))
        return replace(self.add(sizes, *links), dims=own)


def untraceable(operation: str) -> UntraceableError:
    """The error for an operation whose windows are not known."""
    return UntraceableError(
        "The receptive field cannot be traced.",
        f"It is not known which places the operation {operation!r} reads.",
        "Choose a network without it, or add it to segviewer/analysis/reach_tracing.py.",
    )


def _without_values(tensor: Tensor) -> Tensor:
    if tensor.device.type == "meta":
        return tensor
    return torch.empty_strided(
        tensor.shape, tensor.stride(), dtype=tensor.dtype, device=torch.device("meta")
    )


def _named(func: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Named:
    schema = func._schema.arguments
    found: Named = {a.name: a.default_value for a in schema if a.has_default_value()}
    found |= {a.name: value for a, value in zip(schema, args, strict=False)}
    return found | kwargs


def _pair(value: int | Sequence[int]) -> tuple[int, int]:
    numbers = [value] if isinstance(value, int) else list(value)
    first, second = (numbers * 2)[:2]
    return first, second


def _the_map(mode: TracingMode, tensor: Tensor, name: str) -> Field:
    """Field of a tensor (…, h, w) that an operation on maps reads."""
    field = mode.field_of(tensor)
    if field is None or field.dims != LAST_TWO:
        raise untraceable(f"{name} on something other than a map")
    return field


def _read(mode: TracingMode, tensor: Tensor, named: Named) -> Field:
    """Field of the tensor that an operation reads, which depends on the picture."""
    field = mode.field_of(tensor)
    if field is None:
        raise untraceable(f"{named['name']} of a constant")
    return field


def _negative(dims: Iterable[int], ndim: int) -> set[int]:
    return {dim - ndim if dim >= 0 else dim for dim in dims}


def _convolved(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> Tensor:
    """Empty output of a convolution: faster than torch's own rule, which is Python."""
    sizes = []
    for axis, size in enumerate(input.shape[2:]):
        kernel = weight.shape[2 + axis]
        step, pad, rate, more = (
            values[axis % len(values)] for values in (stride, padding, dilation, output_padding)
        )
        span = rate * (kernel - 1)
        if transposed:
            sizes.append((size - 1) * step - 2 * pad + span + more + 1)
        else:
            sizes.append((size + 2 * pad - span - 1) // step + 1)
    if min(sizes) < 1:
        raise UntraceableError(
            "The receptive field cannot be traced.",
            f"A map of {tuple(input.shape[2:])} places is too small for a convolution of "
            f"{tuple(weight.shape[2:])} taps.",
            "Use a larger picture.",
        )
    channels = weight.shape[1] * groups if transposed else weight.shape[0]
    return torch.empty(
        (input.shape[0], channels, *sizes), dtype=input.dtype, device=torch.device("meta")
    )


@handles("convolution")
def _convolution(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = _read(mode, tensors[0], named)
    if field.dims is None and field.mixed:
        return field  # along channels, as in ECA
    field = _the_map(mode, tensors[0], "convolution")
    if len(named["stride"]) > 2 or output.ndim != 4:
        raise untraceable(f"convolution in {output.ndim - 2} dimensions")
    geometry = [_pair(named[key]) for key in ("stride", "padding", "dilation")]
    kind = Spread if named["transposed"] else Windows
    windows = [
        kind(stride, padding, kernel, rate)
        for kernel, stride, padding, rate in zip(tensors[1].shape[2:], *geometry, strict=True)
    ]
    return mode.add(output.shape[-2:], (field, windows))


def _pool_windows(named: dict[str, Any]) -> list[Windows]:
    kernel = _pair(named["kernel_size"])
    stride = _pair(named["stride"] or kernel)
    padding, rate = _pair(named["padding"]), _pair(named.get("dilation", 1))
    geometry = zip(stride, padding, kernel, rate, strict=True)
    return [Windows(*numbers) for numbers in geometry]


@handles("max_pool2d_with_indices", "avg_pool2d")
def _pooling(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = _the_map(mode, tensors[0], named["name"])
    pooled = output if isinstance(output, Tensor) else output[0]
    return mode.add(pooled.shape[-2:], (field, _pool_windows(named)))


@handles("max_unpool2d")
def _unpooling(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    values, indices = tensors
    windows = getattr(indices, POOLING, None)
    if windows is None:
        raise untraceable("max_unpool2d of indices that no pooling gave")
    spread = [Spread(w.stride, w.padding, w.kernel, w.rate) for w in windows]
    fields = [mode.field_of(values), mode.field_of(indices)]
    links = [(field, spread) for field in fields if field is not None]
    return mode.add(output.shape[-2:], *links)


@handles("_adaptive_avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d")
def _adaptive(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = _the_map(mode, tensors[0], named["name"])
    pooled = output if isinstance(output, Tensor) else output[0]
    windows = [
        Everything(node.size) if bins == 1 else Bins(node.size, bins)
        for node, bins in zip(field.nodes, pooled.shape[-2:], strict=True)
    ]
    return mode.add(pooled.shape[-2:], (field, windows))


SUPPORT = {
    "upsample_nearest2d": 0,
    "_upsample_nearest_exact2d": 0,
    "upsample_bilinear2d": 2,
    "upsample_bicubic2d": 4,
}


@handles(*SUPPORT)
def _resizing(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    name = named["name"]
    field = _the_map(mode, tensors[0], name)
    factors = named.get("scale_factors") or (named.get("scales_h"), named.get("scales_w"))
    windows = []
    for node, size, factor in zip(field.nodes, output.shape[-2:], factors, strict=True):
        scale = Fraction(node.size, size)
        if factor:
            scale = Fraction(1 / factor).limit_denominator(1 << 16)
        offset = Fraction(0)
        if named.get("align_corners"):
            scale = Fraction(node.size - 1, size - 1) if size > 1 else Fraction(0)
        elif name != "upsample_nearest2d":
            # Centres of cells; nearest takes the cell the centre lies in.
            offset = scale / 2 - (Fraction(1, 2) if SUPPORT[name] else 0)
        windows.append(Resize(scale, offset, SUPPORT[name]))
    return mode.add(output.shape[-2:], (field, windows))


@handles("pixel_shuffle")
def _pixel_shuffle(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    factor = named["upscale_factor"]
    field = _the_map(mode, tensors[0], "pixel_shuffle")
    return mode.add(output.shape[-2:], (field, [Spread(factor, 0, factor)] * 2))


@handles("pixel_unshuffle")
def _pixel_unshuffle(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    factor = named["downscale_factor"]
    field = _the_map(mode, tensors[0], "pixel_unshuffle")
    return mode.add(output.shape[-2:], (field, [Windows(factor, 0, factor)] * 2))


@handles("constant_pad_nd", "reflection_pad2d", "replication_pad2d")
def _padding(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = _the_map(mode, tensors[0], named["name"])
    pad = list(named.get("pad") or named["padding"]) + [0, 0]
    beyond = {"c": "nothing", "r": "clamp"}[named["name"][0]]
    if named["name"].startswith("reflection"):
        beyond = "reflect"
    windows = [Windows(padding=pad[2], beyond=beyond), Windows(padding=pad[0], beyond=beyond)]
    return mode.add(output.shape[-2:], (field, windows))


@handles("slice", "split", "split_with_sizes", "select", "unbind", "narrow")
def _part(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = _read(mode, tensors[0], named)
    (dim,) = _negative((named["dim"],), tensors[0].ndim)
    if field.dims is None:
        return field
    if dim not in field.dims:
        if named["name"] in ("select", "unbind"):
            rows, columns = (d + (dim > d) for d in field.dims)
            return replace(field, dims=(rows, columns))
        return field
    if named["name"] != "slice":
        raise untraceable(f"{named['name']} along rows or columns")
    size = tensors[0].shape[dim]
    start = named["start"] or 0
    start = min(max(start + size if start < 0 else start, 0), size)
    windows = [
        Windows(stride=named["step"], padding=-start) if dim == own else SAME for own in field.dims
    ]
    sizes = [output.shape[own] for own in field.dims]
    return replace(mode.add(sizes, (field, windows)), dims=field.dims)


@handles("cat", "stack")
def _joined(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    fields = [field for field in map(mode.field_of, tensors) if field is not None]
    (dim,) = _negative((named["dim"],), output.ndim)
    spatial = [field.dims for field in fields if field.dims is not None]
    shifted = named["name"] == "stack" and any(dim > min(dims) for dims in spatial)
    if shifted or any(dim in dims for dims in spatial):
        raise untraceable(f"{named['name']} along rows or columns")
    return mode.together(fields, output, named["name"])


@handles("expand", "repeat")
def _spread_out(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = _read(mode, tensors[0], named)
    if field.dims is not None:
        for node, dim in zip(field.nodes, field.dims, strict=True):
            if node.size not in (1, output.shape[dim]):
                raise untraceable(f"{named['name']} along rows or columns")
    return mode.together([field], output, named["name"])


@handles("view", "_unsafe_view", "reshape", "squeeze", "unsqueeze", "_reshape_alias")
def _reshaped(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = _read(mode, tensors[0], named)
    before, after = tensors[0].shape, output.shape
    if field.dims is None:
        if output.ndim < 4 or after[-2:].numel() == 1:
            return replace(field, dims=LAST_TWO if output.ndim == 4 else None)
        if not field.mixed:
            raise untraceable(f"{named['name']} of a flattened map to a map")
        sizes = after[-2:]
        return mode.add(sizes, (field, [Repeat(size) for size in sizes]))
    outer = min(field.dims)
    if output.ndim > -outer and before[outer:] == after[outer:]:
        return field
    if all(node.size == 1 for node in field.nodes):
        return replace(field, dims=LAST_TWO if output.ndim == 4 else None)
    if output.ndim > 3:
        raise untraceable(f"{named['name']} of {tuple(before)} to {tuple(after)}")
    windows = [Everything(node.size) for node in field.nodes]
    return replace(mode.add((1, 1), (field, windows)), dims=None, mixed=False)


@handles("permute", "transpose", "t", "numpy_T", "swapaxes")
def _permuted(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field, ndim = _read(mode, tensors[0], named), tensors[0].ndim
    if field.dims is None:
        return field
    order = list(range(ndim))
    if named["name"] == "permute":
        order = [dim % ndim for dim in named["dims"]]
    else:
        one, other = named.get("dim0", 0) % ndim, named.get("dim1", 1) % ndim
        order[one], order[other] = order[other], order[one]
    rows, columns = (order.index(dim % ndim) - ndim for dim in field.dims)
    return replace(field, dims=(rows, columns))


REDUCTIONS = [
    "mean",
    "sum",
    "amax",
    "amin",
    "max",
    "min",
    "var",
    "std",
    "var_mean",
    "std_mean",
    "logsumexp",
    "linalg_vector_norm",
    "norm",
    "argmax",
    "argmin",
    "prod",
    "any",
    "all",
    "aminmax",
]


@handles(*REDUCTIONS)
def _reduced(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field, ndim = _read(mode, tensors[0], named), tensors[0].ndim
    if len(tensors) > 1:  # max(a, b)
        result = output if isinstance(output, Tensor) else output[0]
        return mode.together([f for f in map(mode.field_of, tensors) if f], result, named["name"])
    if field.dims is None:
        return replace(field, mixed=True)
    dim = named.get("dim")
    dims = [dim] if isinstance(dim, int) else list(dim or range(ndim))
    gone = _negative(dims, ndim)
    windows = [
        Everything(node.size) if own in gone else SAME
        for node, own in zip(field.nodes, field.dims, strict=True)
    ]
    sizes = [
        1 if own in gone else node.size for node, own in zip(field.nodes, field.dims, strict=True)
    ]
    result = mode.add(sizes, (field, windows))
    if named.get("keepdim"):
        return replace(result, dims=field.dims)
    lost = [own in gone for own in field.dims]
    if all(lost):
        return replace(result, dims=None)
    if any(lost):
        raise untraceable(f"{named['name']} of rows or columns alone, without keepdim")
    rows, columns = (d + sum(g > d for g in gone) for d in field.dims)
    return replace(result, dims=(rows, columns))


def _normalised(mode: TracingMode, field: Field, over_places: bool) -> Field:
    """Place by place, and if asked for, with a mean and a variance over all places."""
    if field.dims is None or not over_places:
        return field
    sizes = [node.size for node in field.nodes]
    everything = [Everything(size, keeps_size=True) for size in sizes]
    result = mode.add(sizes, (field, (SAME, SAME)), (field, everything))
    return replace(result, dims=field.dims)


@handles(
    "native_batch_norm",
    "_native_batch_norm_legit",
    "_native_batch_norm_legit_no_training",
    "_batch_norm_no_update",
    "_batch_norm_with_update",
)
def _batch_norm(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    # Without running statistics (instance norm) the picture's own are taken, always.
    own = named.get("running_mean") is None
    return _normalised(mode, _read(mode, tensors[0], named), own)


@handles("native_group_norm")
def _group_norm(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    return _normalised(mode, _read(mode, tensors[0], named), True)


@handles("native_layer_norm")
def _layer_norm(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = _read(mode, tensors[0], named)
    normalised = range(-len(named["normalized_shape"]), 0)
    over = field.dims is not None and any(dim in normalised for dim in field.dims)
    return _normalised(mode, field, over)


@handles("_softmax", "_log_softmax", "softmax", "log_softmax")
def _softmax(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = _read(mode, tensors[0], named)
    (dim,) = _negative((named["dim"],), tensors[0].ndim)
    if field.dims is None:
        return replace(field, mixed=True) if dim == -1 else field
    return _normalised(mode, field, dim in field.dims)


@handles("addmm", "mm", "bmm", "baddbmm", "mv", "addmv", "dot")
def _matrix_product(mode: TracingMode, named: Named, tensors: list[Tensor], output: Any) -> Field:
    fields = [field for field in map(mode.field_of, tensors) if field is not None]
    if any(field.dims is not None for field in fields):
        raise untraceable(f"{named['name']} of maps that are not flattened")
    return replace(mode.together(fields, output, named["name"]), mixed=True)
