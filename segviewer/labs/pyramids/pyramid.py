"""Pyramid pooling (PSPNet, figure 3): windows over the photograph, and what each level says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.imaging.mark import Mark
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.crf_case import pixel_at, pixel_mark
from segviewer.labs.shared.one_pass import signed
from segviewer.settings import Settings, control

PICTURE_SIDE = 240
LEVELS = (1, 2, 3, 6)
MOST_LEVELS = 5
MOST_MARKS = 144


class PyramidConfig(Settings):
    """Settings of the lab."""

    bins: int = control(
        6,
        kind="lab",
        label="Windows on a side",
        symbol="n",
        ge=1,
        le=12,
        step=1,
        tip="PSPNet's levels have 1, 2, 3 and 6.",
    )
    rule: Literal["adaptive", "formula"] = control(
        "adaptive",
        kind="lab",
        label="Windows",
        inline=True,
        tip="adaptive: from ⌊i·a/n⌋ to ⌈(i+1)·a/n⌉, as programs do. formula: ⌈a/n⌉ cells at "
        "every ⌊a/n⌋, as the slide says.",
    )
    side: int = control(
        0,
        kind="lab",
        label="Cells on a side",
        symbol="a",
        ge=0,
        le=130,
        step=1,
        zero_text="of the photograph",
        tip="Of a square map, to try: 8, 9, 10, 11, 15, 16, 17, 22, 23 and 29 with n = 6.",
    )
    score: Literal["winner", "margin"] = control(
        "winner",
        kind="lab",
        label="Explain",
        inline=True,
        tip="winner: score of the pixel's class. margin: how far it is ahead of the second.",
    )
    pooling: Literal["average", "maximum"] = control(
        "average", kind="lab", label="Pooling", inline=True
    )
    column: float = control(0.5, kind="lab", label="Column", hidden=True, ge=0, le=1)
    row: float = control(0.5, kind="lab", label="Row", hidden=True, ge=0, le=1)


@dataclass(frozen=True, eq=False)
class PyramidShown:
    """What the view draws.

    Attributes
    ----------
    strips : tuple
        (title, side, windows, wanted, chosen) for columns and rows, by both rules.
    levels : tuple of (bins, picture, window)
        The photograph uint8 (h, w, 3) pooled to each level, and the window of the clicked cell:
        left, top, right, bottom as fractions, all 0 where none has it.
    pixel : (float, float)
        The clicked one, across and down.
    parts : tuple of (str, float)
        What the chosen score is made of; empty where no PSPNet is open.
    heading : str
        Of the parts, or why there are none.
    """

    strips: tuple
    levels: tuple[tuple[int, np.ndarray, tuple[float, float, float, float]], ...]
    pixel: tuple[float, float]
    parts: tuple[tuple[str, float], ...]
    heading: str


class PyramidLab(Lab[PyramidConfig, PyramidShown]):
    """Windows by two rules, and the parts of a score."""

    name = "pyramid"
    entry = LabEntry(
        title="Pyramid pooling",
        sentence="Windows of each level, laid by two rules, and what each level adds to a score.",
        source="PSPNet (Zhao et al. 2017), figure 3; SPP-net (He et al. 2014)",
        needs="network",
        group="Pyramid pooling",
        view="segviewer.labs.pyramids.pyramid_view:PyramidView",
        closed=True,
        has_photograph=True,
    )
    Config = PyramidConfig
    picks = ("column", "row")

    def compute(self, context: LabContext, config: PyramidConfig) -> Iterator[LabResult]:
        from segviewer.analysis.heads.pooling_windows import windows_of

        shape = context.image.shape[:2]
        pixel = pixel_at(config.column, config.row, shape)
        features = _features(context)
        cells = _map_size(context, features)
        if config.side:
            cells = (config.side, config.side)
        rows, columns = (windows_of(config.rule, side, config.bins) for side in cells)
        parts, heading = _parts(context, config, features, pixel)
        shown = PyramidShown(
            _strips(cells, config),
            tuple(
                (bins, *_level(context.image, cells, config, bins))
                for bins in sorted({*LEVELS, config.bins})[:MOST_LEVELS]
            ),
            (config.column, config.row),
            parts,
            heading,
        )
        yield LabResult(
            self.name,
            shown,
            caption=_caption(config, cells, rows, columns, parts),
            formula=_formula(config, cells),
            marks=(*_marks(rows, columns, cells, config), pixel_mark(pixel, shape)),
        )


def _is_psp(context: LabContext) -> bool:
    return context.opened is not None and context.card.architecture == "psp_net"


def _features(context: LabContext):
    """The open PSPNet's last backbone map (1, C, h, w), or None; run once for a photograph."""
    from segviewer.inference.running import needs_tiles
    from segviewer.labs.shared.refined_labels import content_key

    if not _is_psp(context) or needs_tiles(*context.image.shape[:2]):
        return None
    network = context.network
    # What affects only the head leaves the map as it is.
    kept = network.config.model_dump(exclude=set(network.head_fields))
    key = (content_key(context), repr(kept))
    if context.memory.get("key") != key:
        from segviewer.inference.running import run_features

        device = next(network.parameters()).device
        preprocessing = context.card.preprocessing
        (one,) = run_features(network, context.image, preprocessing, device)
        context.memory.update(key=key, features=one.features["out"])
    return context.memory["features"]


def _map_size(context: LabContext, features) -> tuple[int, int]:
    if features is not None:
        return tuple(features.shape[-2:])
    stride = int(getattr(context.network.config, "output_stride", 8) or 8)
    return tuple(-(-side // stride) for side in context.image.shape[:2])


def _parts(
    context: LabContext, config: PyramidConfig, features, pixel
) -> tuple[tuple[tuple[str, float], ...], str]:
    """Parts of the chosen score with their sum, and what they are."""
    if not _is_psp(context):
        return (), (
            "What each level adds to a score needs a PSPNet. Open “PPM B1236, average” from the "
            "list of networks."
        )
    if features is None:
        return (), "The photograph is too large to be looked at in one pass: make it smaller."
    from segviewer.analysis.heads.level_contributions import cell_of, contributions
    from segviewer.layers.of_kind import of_kind
    from segviewer.networks.psp_net import PSPNet

    network = of_kind(context.network, PSPNet)
    (height, width), (rows, columns) = context.image.shape[:2], features.shape[-2:]
    cell = cell_of(network, (height, width), pixel, (rows, columns))
    found = contributions(network, features, cell)
    second, first = np.argsort(found.scores)[-2:] if len(found.scores) > 1 else (0, 0)
    names = context.classes or context.card.classes
    values = found.parts[:, first]
    heading = f"score of {names[first]} at cell {cell[0]}, {cell[1]}"
    if config.score == "margin" and first != second:
        values = values - found.parts[:, second]
        heading = f"margin of {names[first]} over {names[second]} at cell {cell[0]}, {cell[1]}"
    heading += f", pooled as the network is set: {network.config.pooling}, {network.config.windows}"
    total = [("sum", float(values.sum()))]
    return (*zip(found.names, map(float, values), strict=True), *total), heading


def _strips(cells: tuple[int, int], config: PyramidConfig) -> tuple:
    from segviewer.analysis.heads.pooling_windows import windows_of

    sides = [("columns", cells[1]), ("rows", cells[0])]
    if cells[0] == cells[1]:
        sides = [("both sides", cells[0])]
    return tuple(
        (
            f"{rule}, {name}",
            side,
            windows_of(rule, side, config.bins),
            config.bins,
            rule == config.rule,
        )
        for name, side in sides
        for rule in ("adaptive", "formula")
    )


def _level(
    image: np.ndarray, cells: tuple[int, int], config: PyramidConfig, bins: int
) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """The photograph pooled to `bins` windows a side, and the window that has the clicked cell."""
    from PIL import Image

    from segviewer.analysis.heads.pooling_windows import pooled, windows_of
    from segviewer.imaging.nearest import nearest

    shrunk = Image.fromarray(image).resize(cells[::-1], Image.Resampling.BOX)
    rows, columns = (windows_of(config.rule, side, bins)[:bins] for side in cells)
    scale = PICTURE_SIDE / max(image.shape[:2])
    size = [max(1, round(side * scale)) for side in image.shape[:2]]
    windows = pooled(np.asarray(shrunk, float), rows, columns, config.pooling)
    if not windows.size:
        return np.full((*size, 3), 128, np.uint8), (0.0, 0.0, 0.0, 0.0)
    picture = nearest(np.rint(windows).astype(np.uint8), *size)
    edges = []
    for share, side, found in ((config.row, cells[0], rows), (config.column, cells[1], columns)):
        cell = min(side - 1, int(share * side))
        here = next((w for w in found if w[0] <= cell < w[1]), None)
        if here is None:
            return picture, (0.0, 0.0, 0.0, 0.0)
        edges.append((here[0] / side, here[1] / side))
    (top, bottom), (left, right) = edges
    return picture, (left, top, right, bottom)


def _marks(rows, columns, cells, config: PyramidConfig) -> tuple[Mark, ...]:
    if len(rows) * len(columns) > MOST_MARKS:
        return ()
    height, width = cells
    return tuple(
        Mark(
            left / width,
            top / height,
            right / width,
            bottom / height,
            tone="r" if max(i, j) < config.bins else "θ1",
            dashed=config.rule == "formula",
        )
        for i, (top, bottom) in enumerate(rows)
        for j, (left, right) in enumerate(columns)
    )


def _caption(config: PyramidConfig, cells, rows, columns, parts) -> str:
    from segviewer.analysis.heads.pooling_windows import sides_with_more, unseen

    n = config.bins
    said = f"{cells[0]}×{cells[1]} cells, {config.rule}: {len(rows)}×{len(columns)} windows"
    if not rows or not columns:
        return f"{said}, for there are fewer cells than {n}: the stride would be 0."
    if len(rows) > n or len(columns) > n:
        said += f", more than {n}×{n}: the first {n} count"
    missed = unseen(rows[:n], cells[0]), unseen(columns[:n], cells[1])
    seen = (cells[0] - missed[0]) * (cells[1] - missed[1])
    left_out = cells[0] * cells[1] - seen
    said += f"; {left_out / (cells[0] * cells[1]):.1%} of the cells lie in none. "
    more = sides_with_more(n)
    if more:
        listed = ", ".join(map(str, more[:12])) + (" …" if len(more) > 12 else "")
        said += f"The formula gives more than {n} for a = {listed}. "
    else:
        said += f"The formula never gives more than {n}. "
    levels = [(name, value) for name, value in parts if "×" in name]
    if levels:
        name, value = max(levels, key=lambda part: abs(part[1]))
        said += f"Of the levels {name} says most here, {signed(value)}."
    return said.replace("-", "−")


def _formula(config: PyramidConfig, cells) -> str:
    n = config.bins
    lines = []
    for name, a in (("rows", cells[0]), ("columns", cells[1])):
        window = f"⌈{a} / {n}⌉ = {-(-a // n)}"
        lines.append(f"{name}: window {window}, stride ⌊{a} / {n}⌋ = {a // n}")
    if cells[0] == cells[1]:
        lines = lines[:1]
    kept = "; parts of the score: the ReLU held as it is at this cell, all behind it is linear"
    return "; &nbsp; ".join(lines) + kept


LAB = PyramidLab()
