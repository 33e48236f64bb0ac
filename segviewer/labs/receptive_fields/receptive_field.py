"""Theoretical receptive field of any layer, on the photograph (Araujo et al., Distill 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segviewer.errors import SegviewerError
from segviewer.imaging.mark import Mark
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.traced_layers import index_of, pixel_at, traced_layers
from segviewer.settings import Settings, control

if TYPE_CHECKING:
    from torch import nn

    from segviewer.analysis.receptive_fields.theoretical_receptive_field import LayerField


class ReceptiveFieldConfig(Settings):
    """Settings of the lab."""

    layer: str = control("", kind="lab", label="Layer", hidden=True)
    global_paths: bool = control(
        True,
        kind="lab",
        label="Global pooling counts",
        tip="On: a layer behind global pooling sees the whole picture. "
        "Off: paths through global pooling are left out, which is the number papers compare.",
    )
    column: float = control(0.5, kind="lab", label="Column", hidden=True, ge=0, le=1)
    row: float = control(0.5, kind="lab", label="Row", hidden=True, ge=0, le=1)


@dataclass(frozen=True)
class Fields:
    """Fields of the units under one pixel, in all layers.

    Attributes
    ----------
    labels : tuple of str
    sizes : tuple of int
        Side along paths without global pooling; 0 where there are none.
    whole : tuple of bool
        The layer sees the whole picture.
    boxes : ndarray of int64 (layers, 4)
        Left, top, right, bottom in pixels of the picture; all 0 where there is no field.
    height, width : int
        Of the picture.
    chosen : int
    global_paths : bool
    """

    labels: tuple[str, ...]
    sizes: tuple[int, ...]
    whole: tuple[bool, ...]
    boxes: np.ndarray
    height: int
    width: int
    chosen: int
    global_paths: bool


class ReceptiveFieldLab(Lab[ReceptiveFieldConfig, Fields]):
    """Field of the unit under the clicked pixel, growing through the layers."""

    name = "receptive_field"
    entry = LabEntry(
        title="Theoretical field",
        sentence="Which pixels a unit could see, layer by layer. Click the photograph to choose "
        "the unit.",
        source="Araujo, Norris, Sim, Distill 2019",
        needs="network",
        group="Receptive fields",
        view="segviewer.labs.receptive_fields.receptive_field_view:FieldGrowth",
    )
    Config = ReceptiveFieldConfig
    picks = ("column", "row")

    def compute(self, context: LabContext, config: ReceptiveFieldConfig) -> Iterator[LabResult]:
        from segviewer.analysis.receptive_fields.effective_receptive_field import unit_at_pixel

        try:
            rows = traced_layers(context)
        except SegviewerError as error:
            caption = error.sentence
            yield LabResult(self.name, caption=caption)
            return
        context.check()
        y, x = pixel_at(context, config.column, config.row)
        labels = tuple(row.label for row in rows)
        chosen, missing = index_of(labels, config.layer)
        row = rows[chosen]
        height, width = context.image.shape[:2]
        whole = tuple(r.size is None for r in rows)
        shown = Fields(
            labels,
            tuple(r.local_size for r in rows),
            whole,
            np.array([field_box(r, y, x) for r in rows]),
            height,
            width,
            chosen,
            config.global_paths,
        )
        yield LabResult(
            self.name,
            shown,
            caption=missing + _words(row, config.global_paths, unit_at_pixel(row, y, x)),
            formula=_formula(row, dict(context.network.named_modules()).get(row.name)),
            marks=field_marks(shown),
        )


def field_box(row: LayerField, y: int, x: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the field about pixel (y, x); all 0 where there is none."""
    from segviewer.analysis.receptive_fields.effective_receptive_field import unit_at_pixel
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import field_of_unit

    found = field_of_unit(row, *unit_at_pixel(row, y, x), local=True) if row.local_size else None
    if found is None:
        return 0, 0, 0, 0
    return found.left, found.top, found.right, found.bottom


def field_marks(shown: Fields) -> tuple[Mark, ...]:
    """The field, cut at the picture's border."""
    found = []
    index, height, width = shown.chosen, shown.height, shown.width
    if shown.whole[index] and shown.global_paths:
        found.append(Mark(0, 0, 1, 1, "whole picture, by global pooling", dashed=True))
    left, top, right, bottom = (int(v) for v in shown.boxes[index])
    if right > left:
        seen = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
        cut = ", cut at the border" if seen != (left, top, right, bottom) else ""
        # A field of padding alone lies outside; two rectangles along the border are one.
        all_of_it = found and seen == (0, 0, width, height)
        if seen[0] < seen[2] and seen[1] < seen[3] and not all_of_it:
            found.append(
                Mark(
                    seen[0] / width,
                    seen[1] / height,
                    seen[2] / width,
                    seen[3] / height,
                    f"{right - left} × {bottom - top} px{cut}",
                    dashed=True,
                )
            )
    return tuple(found)


def _words(row: LayerField, global_paths: bool, unit: tuple[int, int]) -> str:
    name = f"{row.label} ({row.kind})"
    if not row.spatial:
        return f"{name} has no cells: one output for the whole picture."
    rows, columns = row.output_size
    own = [f"{row.vertical.local_size:,} × {row.horizontal.local_size:,} px"]
    if row.size is None and not row.local_size:
        own = ["the whole picture, on every path through global pooling"]
    elif row.size is None and global_paths:
        own = [f"the whole picture through global pooling, {own[0]} without it"]
    elif row.size is None:
        own.append("global pooling left out")
    if row.local_size > max(row.vertical.picture, row.horizontal.picture):
        own.append("more than the picture, so that the rectangle is cut")
    numbers = [f"jump {row.jump:.4g} px"]
    if row.start is not None:
        numbers += [
            f"start {row.start:.4g} px",
            f"centre of the first unit at pixel {row.centre:.4g}",
            f"effective padding {row.effective_padding:,} px",
        ]
    at = f"unit in row {unit[0]}, column {unit[1]} of {rows} × {columns}"
    return f"{name}: {', '.join(own)} · {', '.join(numbers)} · {at}".replace("-", "−")


def _formula(row: LayerField, module: nn.Module | None) -> str:
    """What a layer adds, where it is one window."""
    general = "size += (k − 1) · r · jump,  jump *= s"
    kernel, stride = (_one(getattr(module, n, None)) for n in ("kernel_size", "stride"))
    rate = _one(getattr(module, "dilation", 1))
    jump = row.vertical.jump
    if not kernel or not stride or kernel == 1 or not row.local_size or jump % stride:
        return general
    before, step = jump / stride, (kernel - 1) * rate
    grown = row.vertical.local_size - step * before
    if type(module).__name__.startswith("ConvTranspose") or grown < 1:
        return general
    return (
        f"{general}: &nbsp; {grown:,.0f} + ({kernel} − 1) · {rate} · {before:g} = "
        f"<b>{row.vertical.local_size:,}</b>, &nbsp; jump {before:g} · {stride} = {jump:g}"
    )


def _one(value: int | tuple[int, ...] | None) -> int:
    """Of the rows, where a layer has two."""
    return value[0] if isinstance(value, tuple) else value or 0


LAB = ReceptiveFieldLab()
