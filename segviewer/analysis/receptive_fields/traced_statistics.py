"""Operations that read a whole row, map or set of channels: means, normalisations, products."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor

from segviewer.analysis.receptive_fields.reach import SAME, Everything
from segviewer.analysis.receptive_fields.traced_maps import (
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


@handles(HANDLERS, *REDUCTIONS)
def _reduced(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field, ndim = read_field(trace, tensors[0], named), tensors[0].ndim
    if len(tensors) > 1:  # max(a, b)
        result = output if isinstance(output, Tensor) else output[0]
        return trace.together([f for f in map(trace.field_of, tensors) if f], result, named["name"])
    if field.dims is None:
        return replace(field, mixed=True)
    dim = named.get("dim")
    dims = [dim] if isinstance(dim, int) else list(dim or range(ndim))
    gone = negative(dims, ndim)
    windows = [
        Everything(node.size) if own in gone else SAME
        for node, own in zip(field.nodes, field.dims, strict=True)
    ]
    sizes = [
        1 if own in gone else node.size for node, own in zip(field.nodes, field.dims, strict=True)
    ]
    result = trace.add(sizes, (field, windows))
    if named.get("keepdim"):
        return replace(result, dims=field.dims)
    lost = [own in gone for own in field.dims]
    if all(lost):
        return replace(result, dims=None)
    if any(lost):
        raise untraceable(f"{named['name']} of rows or columns alone, without keepdim")
    rows, columns = (d + sum(g > d for g in gone) for d in field.dims)
    return replace(result, dims=(rows, columns))


def _normalised(trace: Trace, field: Field, over_places: bool) -> Field:
    """Place by place, and if asked for, with a mean and a variance over all places."""
    if field.dims is None or not over_places:
        return field
    sizes = [node.size for node in field.nodes]
    everything = [Everything(size, keeps_size=True) for size in sizes]
    result = trace.add(sizes, (field, (SAME, SAME)), (field, everything))
    return replace(result, dims=field.dims)


@handles(
    HANDLERS,
    "native_batch_norm",
    "_native_batch_norm_legit",
    "_native_batch_norm_legit_no_training",
    "_batch_norm_no_update",
    "_batch_norm_with_update",
)
def _batch_norm(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    # Without running statistics (instance norm) the picture's own are taken, always.
    own = named.get("running_mean") is None
    return _normalised(trace, read_field(trace, tensors[0], named), own)


@handles(HANDLERS, "native_group_norm")
def _group_norm(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    return _normalised(trace, read_field(trace, tensors[0], named), True)


@handles(HANDLERS, "native_layer_norm")
def _layer_norm(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = read_field(trace, tensors[0], named)
    normalised = range(-len(named["normalized_shape"]), 0)
    over = field.dims is not None and any(dim in normalised for dim in field.dims)
    return _normalised(trace, field, over)


@handles(HANDLERS, "_softmax", "_log_softmax", "softmax", "log_softmax")
def _softmax(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = read_field(trace, tensors[0], named)
    (dim,) = negative((named["dim"],), tensors[0].ndim)
    if field.dims is None:
        return replace(field, mixed=True) if dim == -1 else field
    return _normalised(trace, field, dim in field.dims)


@handles(HANDLERS, "addmm", "mm", "bmm", "baddbmm", "mv", "addmv", "dot")
def _matrix_product(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    fields = [field for field in map(trace.field_of, tensors) if field is not None]
    if any(field.dims is not None for field in fields):
        raise untraceable(f"{named['name']} of maps that are not flattened")
    return replace(trace.together(fields, output, named["name"]), mixed=True)
