"""Operations that rearrange a tensor: parts, joins, views, permutations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor

from segviewer.analysis.receptive_fields.reach import SAME, Everything, Repeat, Windows
from segviewer.analysis.receptive_fields.traced_maps import (
    LAST_TWO,
    Field,
    Handler,
    Named,
    Trace,
    handles,
    negative,
    read_field,
    untraceable,
)

HANDLERS: dict[str, Handler] = {}


@handles(HANDLERS, "slice", "split", "split_with_sizes", "select", "unbind", "narrow")
def _part(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = read_field(trace, tensors[0], named)
    (dim,) = negative((named["dim"],), tensors[0].ndim)
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
    return replace(trace.add(sizes, (field, windows)), dims=field.dims)


@handles(HANDLERS, "cat", "stack")
def _joined(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    fields = [field for field in map(trace.field_of, tensors) if field is not None]
    (dim,) = negative((named["dim"],), output.ndim)
    spatial = [field.dims for field in fields if field.dims is not None]
    shifted = named["name"] == "stack" and any(dim > min(dims) for dims in spatial)
    if shifted or any(dim in dims for dims in spatial):
        raise untraceable(f"{named['name']} along rows or columns")
    return trace.together(fields, output, named["name"])


@handles(HANDLERS, "expand", "repeat")
def _spread_out(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = read_field(trace, tensors[0], named)
    if field.dims is not None:
        for node, dim in zip(field.nodes, field.dims, strict=True):
            if node.size not in (1, output.shape[dim]):
                raise untraceable(f"{named['name']} along rows or columns")
    return trace.together([field], output, named["name"])


@handles(HANDLERS, "view", "_unsafe_view", "reshape", "squeeze", "unsqueeze", "_reshape_alias")
def _reshaped(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = read_field(trace, tensors[0], named)
    before, after = tensors[0].shape, output.shape
    if field.dims is None:
        if output.ndim < 4 or after[-2:].numel() == 1:
            return replace(field, dims=LAST_TWO if output.ndim == 4 else None)
        if not field.mixed:
            raise untraceable(f"{named['name']} of a flattened map to a map")
        sizes = after[-2:]
        return trace.add(sizes, (field, [Repeat(size) for size in sizes]))
    outer = min(field.dims)
    if output.ndim > -outer and before[outer:] == after[outer:]:
        return field
    if all(node.size == 1 for node in field.nodes):
        return replace(field, dims=LAST_TWO if output.ndim == 4 else None)
    if output.ndim > 3:
        raise untraceable(f"{named['name']} of {tuple(before)} to {tuple(after)}")
    windows = [Everything(node.size) for node in field.nodes]
    return replace(trace.add((1, 1), (field, windows)), dims=None, mixed=False)


@handles(HANDLERS, "permute", "transpose", "t", "numpy_T", "swapaxes")
def _permuted(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field, ndim = read_field(trace, tensors[0], named), tensors[0].ndim
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
