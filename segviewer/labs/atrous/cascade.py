"""Going deeper (DeepLab v3, section 3.2): copies of the last block, with strides or without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from segviewer.imaging.mark import Mark
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.one_pass import (
    features_of,
    labels_from,
    percent,
    run_key,
    share_changed,
    small_overlay,
    small_size,
    why_not_one_pass,
)
from segviewer.labs.shared.refined_labels import content_key
from segviewer.settings import Settings, control

NUMBERS = (4, 5, 6, 7)
WAYS = ("strides", "atrous")
NAMES = {"ResNet-50": "resnet50", "ResNet-101": "resnet101", "Lite0": "efficientnet_lite0"}
OPEN_ONE = (
    "The open network has no blocks to add. Open one that has, for example the bundled "
    "“cascaded blocks 5 to 7”; until then: "
)


class CascadeConfig(Settings):
    """Settings of the lab."""

    show: Literal["cells", "labels"] = control(
        "cells",
        kind="lab",
        label="Of each block",
        tip="cells: the photograph as its map sees it, one colour for each cell. labels: what "
        "the open network says with the blocks up to this one.",
    )
    output_stride: Literal[8, 16, 32, 64, 128, 256] = control(
        16,
        kind="lab",
        label="Atrous from output stride",
        symbol="OS",
        inline=True,
        tip="Where a stride would bring the map below this, the rate doubles in its place. 256 "
        "is the network with strides. For the cells; labels are the open network's.",
    )
    backbone: Literal["ResNet-50", "ResNet-101", "Lite0"] = control(
        "ResNet-50",
        kind="lab",
        label="Blocks 1 to 4",
        tip="The paper's ResNets, or the EfficientNet-Lite0 of the bundled network.",
    )
    block: int = control(7, kind="lab", label="Block", ge=4, le=7, step=1)
    way: Literal["strides", "atrous"] = control("atrous", kind="lab", label="Row", hidden=True)


@dataclass(frozen=True, eq=False)
class BlockTile:
    """One block: picture uint8 (h, w, 3) or None while it is computed, and words."""

    number: int
    picture: np.ndarray | None
    figures: str


@dataclass(frozen=True, eq=False)
class CascadeShown:
    """What the view draws.

    Attributes
    ----------
    rows : dict of str to tuple of BlockTile
        By way.
    curves : tuple of (name, x, y)
    labels : tuple of str
        Of the axes.
    current : float
        On the x axis.
    sets : str
        The setting that a click on the plot changes, to one of `choices`.
    """

    rows: dict[str, tuple[BlockTile, ...]]
    block: int
    way: str
    output_stride: int
    curves: tuple[tuple[str, tuple[float, ...], tuple[float, ...]], ...]
    labels: tuple[str, str]
    current: float
    sets: str
    choices: tuple[int, ...]


class CascadeLab(Lab[CascadeConfig, CascadeShown]):
    """Blocks 4 to 7 twice: with strides, and with rates in their place."""

    name = "cascade"
    entry = LabEntry(
        title="Going deeper",
        sentence="Copies of the last block: what strides leave of the photograph, and atrous "
        "does not.",
        source="DeepLab v3 (Chen et al. 2017), section 3.2, figure 3, tables 1 and 2",
        needs="network",
        group="Atrous convolution",
        view="segviewer.labs.atrous.cascade_view:CascadeView",
    )
    Config = CascadeConfig

    def compute(self, context: LabContext, config: CascadeConfig) -> Iterator[LabResult]:
        wrong = _why_no_labels(context) if config.show == "labels" else ""
        if config.show == "cells" or wrong:
            yield _cells(context, config, wrong)
            return
        _forget_another(context)
        key = run_key(context)
        if context.memory.get("key") != key:
            yield _labels(context, config, {})
            context.memory.update(key=key, maps=_label_maps(context))
        yield _labels(context, config, context.memory["maps"])


def _forget_another(context: LabContext) -> None:
    """What is kept belongs to one photograph."""
    key = content_key(context)
    if context.memory.get("photograph") != key:
        context.memory.clear()
        context.memory["photograph"] = key


def _why_no_labels(context: LabContext) -> str:
    if not hasattr(context.network, "cascade"):
        return OPEN_ONE
    why = why_not_one_pass(context)
    return f"{why} Until then: " if why else ""


def _cells(context: LabContext, config: CascadeConfig, wrong: str) -> LabResult:
    from segviewer.analysis.evaluation.result_tables import read_table
    from segviewer.analysis.heads.cascade_steps import ALL_STRIDES, blocks

    _forget_another(context)
    backbone, size = NAMES[config.backbone], context.image.shape[:2]
    # As the network of each backbone is set in this program.
    keeps = config.backbone == "Lite0"
    ways = {
        way: blocks(backbone, stride, size[0], size[1], keeps_rate=keeps)
        for way, stride in zip(WAYS, (ALL_STRIDES, config.output_stride), strict=True)
    }
    rows = {
        way: tuple(
            BlockTile(
                block.number,
                _as_seen(context, block.height, block.width),
                f"{block.width}×{block.height}, "
                + (f"rate {block.rates[-1]}" if block.rates[-1] > 1 else f"1 in {block.jump} px"),
            )
            for block in found[NUMBERS[0] - 1 :]
        )
        for way, found in ways.items()
    }
    here, there = (ways[way][config.block - 1] for way in WAYS)
    chosen = ways[config.way][config.block - 1]
    table = read_table("DeepLab v3: output stride")
    strides = tuple(int(row.name.split()[-1]) for row in table.rows)
    miou = dict(zip(strides, table.column("miou"), strict=True))
    shown = CascadeShown(
        rows,
        config.block,
        config.way,
        config.output_stride,
        (("ResNet-50, VOC 2012 val", tuple(map(float, strides)), table.column("miou")),),
        ("output stride with block 7", "mIoU, %"),
        float(config.output_stride),
        "output_stride",
        strides,
    )
    more = there.height * there.width / (here.height * here.width)
    work = [sum(block.multiply_adds for block in ways[way][: config.block]) / 1e9 for way in WAYS]
    caption = (
        f"Block {config.block} with strides: {here.width}×{here.height} cells, one for "
        f"{here.jump}×{here.jump} px, {work[0]:.3g} G multiply-adds; atrous from output stride "
        f"{config.output_stride}: {there.width}×{there.height}, {more:.3g} times as many, field "
        f"{there.field:,} px ({here.field:,}), {work[1]:.3g} G. ResNet-50 with block 7 measured "
        f"{miou[config.output_stride]:.2f} there, {miou[ALL_STRIDES]:.2f} with strides"
    )
    return LabResult(
        "cascade",
        shown,
        caption=wrong + caption,
        formula=_formula(config, chosen, ways),
        marks=_marks(chosen, size),
    )


def _as_seen(context: LabContext, height: int, width: int) -> np.ndarray:
    """The photograph, one colour for each cell of a map."""
    from PIL import Image

    from segviewer.imaging.nearest import nearest

    key = ("seen", height, width)
    if key not in context.memory:
        picture = Image.fromarray(context.image).resize((width, height), Image.Resampling.BOX)
        context.memory[key] = nearest(np.asarray(picture), *small_size(*context.image.shape[:2]))
    return context.memory[key]


def _formula(config: CascadeConfig, chosen, ways) -> str:
    if config.way == "strides":
        return (
            f"32 · 2<sup>{config.block - 4}</sup> = <b>{chosen.jump}</b> px from cell to cell; "
            f"&nbsp; field {chosen.field:,} px; &nbsp; parameters of the block "
            f"{chosen.parameters / 1e6:.2f} M, the same in both rows"
        )
    rate = chosen.rates[-1]
    given_up = ways["strides"][config.block - 1].jump // chosen.jump
    kernel = 3 + 2 * (rate - 1)
    return (
        f"rate = stride given up: {ways['strides'][config.block - 1].jump} / {chosen.jump} = "
        f"<b>{given_up}</b>; &nbsp; k<sub>e</sub> = 3 + 2 ({rate} − 1) = {kernel} cells, "
        f"{(kernel - 1) * chosen.jump + 1:,} px from its first to its last; &nbsp; field "
        f"{chosen.field:,} px; &nbsp; parameters of the block {chosen.parameters / 1e6:.2f} M, "
        "the same in both rows"
    )


def _marks(block, size: tuple[int, int]) -> tuple[Mark, ...]:
    """The cell in the middle, and its field where that lies inside."""
    (height, width), jump = size, block.jump
    left, top = (side // 2 // jump * jump for side in (width, height))
    place = Mark(
        left / width,
        top / height,
        min(1, (left + jump) / width),
        min(1, (top + jump) / height),
        f"one cell of block {block.number}",
    )
    if block.field >= min(size):
        return (place,)
    x, y, half = left + jump / 2, top + jump / 2, block.field / 2
    field = Mark(
        max(0, (x - half) / width),
        max(0, (y - half) / height),
        min(1, (x + half) / width),
        min(1, (y + half) / height),
        f"its field, {block.field} px",
        dashed=True,
    )
    return place, field


def _label_maps(context: LabContext) -> dict[str, tuple[np.ndarray, ...]]:
    """Label maps with 0 to 3 added blocks, each way."""
    from segviewer.analysis.heads.cascade_scores import scores_by_block
    from segviewer.analysis.heads.cascade_steps import ALL_STRIDES
    from segviewer.analysis.networks.other_geometry import with_geometry
    from segviewer.layers.of_kind import of_kind
    from segviewer.networks.deeplab_v3_cascade import DeepLabV3Cascade

    network = of_kind(context.network, DeepLabV3Cascade)
    maps = {}
    for done, way in enumerate(reversed(WAYS)):
        other = network
        if way == "strides":
            other = of_kind(with_geometry(network, output_stride=ALL_STRIDES), DeepLabV3Cascade)
        scores = scores_by_block(other, features_of(context, other))
        maps[way] = tuple(labels_from(context, other, one) for one in scores)
        context.progressed((done + 1) / len(WAYS))
    return maps


def _labels(context: LabContext, config: CascadeConfig, maps: dict) -> LabResult:
    from segviewer.analysis.evaluation.result_tables import read_table

    network = context.network
    stride, added = network.config.output_stride, config.block - NUMBERS[0]
    table = read_table("DeepLab v3: cascaded blocks")
    curves = tuple(
        (row.name, tuple(map(float, NUMBERS)), row.values[: len(NUMBERS)]) for row in table.rows
    )
    rows, last = {}, len(NUMBERS) - 1
    for way in WAYS:
        found = maps.get(way, (None,) * len(NUMBERS))
        rows[way] = tuple(
            BlockTile(
                number,
                None if labels is None else small_overlay(context, labels),
                ""
                if labels is None
                else f"{percent(share_changed(labels, maps['atrous'][last]))} unlike"
                if (way, number) != ("atrous", NUMBERS[last])
                else "compared with this",
            )
            for number, labels in zip(NUMBERS, found, strict=True)
        )
    shown = CascadeShown(
        rows,
        config.block,
        config.way,
        stride,
        curves,
        ("last block", "mIoU, %"),
        float(config.block),
        "block",
        NUMBERS,
    )
    if not maps:
        return LabResult(
            "cascade",
            shown,
            caption="Running the network with strides and without …",
            complete=False,
        )
    whole, way = maps["atrous"][last], config.way
    chosen = maps[way][added]
    words = "with strides" if way == "strides" else f"atrous at output stride {stride}"
    said = f"Up to block {config.block}, {words}: "
    if chosen is whole:
        said += "what the others are compared with; "
    else:
        said += f"{percent(share_changed(chosen, whole))} of the labels are unlike those of all "
        said += "four blocks, atrous; "
    measured = ", ".join(f"{name} {y[added]:.2f}" for name, _, y in curves)
    return LabResult(
        "cascade",
        shown,
        caption=f"{said}all four with strides "
        f"{percent(share_changed(maps['strides'][last], whole))}. No weights are trained anew "
        f"here; each trained for its last block, the paper's networks measured {measured}",
        formula=_labels_formula(network, config.block, way),
        label_map=chosen,
        raster_name=f"labels up to block {config.block}, {words}",
    )


def _labels_formula(network: Any, block: int, way: str) -> str:
    halvings = 32 * 2 ** (block - 4)
    if way == "strides":
        return f"block {block}: one cell for 32 · 2<sup>{block - 4}</sup> = <b>{halvings}</b> px"
    stride = network.config.output_stride
    rate = max(1, halvings // stride)
    grid = network.config.multi_grid[-1]
    return (
        f"block {block}: rate {halvings} / {stride} = <b>{rate}</b>"
        f"{f' · multi-grid {grid} = <b>{rate * grid}</b>' if grid > 1 else ''}, one cell for "
        f"{min(stride, halvings)} px"
    )


LAB = CascadeLab()
