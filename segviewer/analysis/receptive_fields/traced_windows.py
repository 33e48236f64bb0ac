"""Operations on maps that read windows: convolution, pooling, resizing, padding, shuffles."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

from segviewer.analysis.receptive_fields.reach import Bins, Everything, Resize, Spread, Windows
from segviewer.analysis.receptive_fields.traced_maps import (
    POOLING,
    Field,
    Handler,
    Named,
    Trace,
    UntraceableError,
    handles,
    pair,
    read_field,
    the_map,
    untraceable,
)

HANDLERS: dict[str, Handler] = {}


def convolved(
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
    """Empty output of a convolution: faster than torch's own rule, which is Python.

    Parameters
    ----------
    input, weight, bias, stride, padding, dilation, transposed, output_padding, groups
        As of ``aten::convolution``, in its order; `input` is (n, channels, h, w).

    Returns
    -------
    Tensor
        (n, channels, h, w) on the meta device.

    Raises
    ------
    UntraceableError
        If the map is smaller than the kernel's span.
    """
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
            f"A map of {tuple(input.shape[2:])} cells is too small for a convolution of "
            f"{tuple(weight.shape[2:])} taps.",
            "Use a larger picture.",
        )
    channels = weight.shape[1] * groups if transposed else weight.shape[0]
    return torch.empty(
        (input.shape[0], channels, *sizes), dtype=input.dtype, device=torch.device("meta")
    )


@handles(HANDLERS, "convolution")
def _convolution(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = read_field(trace, tensors[0], named)
    if field.dims is None and field.mixed:
        return field  # along channels, as in ECA
    field = the_map(trace, tensors[0], "convolution")
    if len(named["stride"]) > 2 or output.ndim != 4:
        raise untraceable(f"convolution in {output.ndim - 2} dimensions")
    geometry = [pair(named[key]) for key in ("stride", "padding", "dilation")]
    kind = Spread if named["transposed"] else Windows
    windows = [
        kind(stride, padding, kernel, rate)
        for kernel, stride, padding, rate in zip(tensors[1].shape[2:], *geometry, strict=True)
    ]
    return trace.add(output.shape[-2:], (field, windows))


def pool_windows(named: dict[str, Any]) -> list[Windows]:
    kernel = pair(named["kernel_size"])
    stride = pair(named["stride"] or kernel)
    padding, rate = pair(named["padding"]), pair(named.get("dilation", 1))
    geometry = zip(stride, padding, kernel, rate, strict=True)
    return [Windows(*numbers) for numbers in geometry]


@handles(HANDLERS, "max_pool2d_with_indices", "avg_pool2d")
def _pooling(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = the_map(trace, tensors[0], named["name"])
    pooled = output if isinstance(output, Tensor) else output[0]
    return trace.add(pooled.shape[-2:], (field, pool_windows(named)))


@handles(HANDLERS, "max_unpool2d")
def _unpooling(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    values, indices = tensors
    windows = getattr(indices, POOLING, None)
    if windows is None:
        raise untraceable("max_unpool2d of indices that no pooling gave")
    spread = [Spread(w.stride, w.padding, w.kernel, w.rate) for w in windows]
    fields = [trace.field_of(values), trace.field_of(indices)]
    links = [(field, spread) for field in fields if field is not None]
    return trace.add(output.shape[-2:], *links)


@handles(HANDLERS, "_adaptive_avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d")
def _adaptive(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = the_map(trace, tensors[0], named["name"])
    pooled = output if isinstance(output, Tensor) else output[0]
    windows = [
        Everything(node.size) if bins == 1 else Bins(node.size, bins)
        for node, bins in zip(field.nodes, pooled.shape[-2:], strict=True)
    ]
    return trace.add(pooled.shape[-2:], (field, windows))


SUPPORT = {
    "upsample_nearest2d": 0,
    "_upsample_nearest_exact2d": 0,
    "upsample_bilinear2d": 2,
    "upsample_bicubic2d": 4,
}


@handles(HANDLERS, *SUPPORT)
def _resizing(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    name = named["name"]
    field = the_map(trace, tensors[0], name)
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
    return trace.add(output.shape[-2:], (field, windows))


@handles(HANDLERS, "pixel_shuffle")
def _pixel_shuffle(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    factor = named["upscale_factor"]
    field = the_map(trace, tensors[0], "pixel_shuffle")
    return trace.add(output.shape[-2:], (field, [Spread(factor, 0, factor)] * 2))


@handles(HANDLERS, "pixel_unshuffle")
def _pixel_unshuffle(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    factor = named["downscale_factor"]
    field = the_map(trace, tensors[0], "pixel_unshuffle")
    return trace.add(output.shape[-2:], (field, [Windows(factor, 0, factor)] * 2))


@handles(HANDLERS, "constant_pad_nd", "reflection_pad2d", "replication_pad2d")
def _padding(trace: Trace, named: Named, tensors: list[Tensor], output: Any) -> Field:
    field = the_map(trace, tensors[0], named["name"])
    pad = list(named.get("pad") or named["padding"]) + [0, 0]
    beyond = {"c": "nothing", "r": "clamp"}[named["name"][0]]
    if named["name"].startswith("reflection"):
        beyond = "reflect"
    windows = [Windows(padding=pad[2], beyond=beyond), Windows(padding=pad[0], beyond=beyond)]
    return trace.add(output.shape[-2:], (field, windows))
