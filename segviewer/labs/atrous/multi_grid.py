"""Multi-grid (DeepLab v3, section 3.2.1): other rates for the units of one block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.one_pass import (
    features_of,
    labels_from,
    percent,
    run_key,
    share_changed,
    small_overlay,
    why_not_one_pass,
)
from segviewer.settings import Settings, control

GRIDS = ((1, 1, 1), (1, 2, 1), (1, 2, 3), (1, 2, 4), (2, 2, 2))
WORDS = tuple(", ".join(map(str, grid)) for grid in GRIDS)
NUMBERS = (4, 5, 6, 7)
TRAINED_STRIDE = 32  # a backbone's, before strides become rates


class MultiGridConfig(Settings):
    """Settings of the lab."""

    grid: Literal["1, 1, 1", "1, 2, 1", "1, 2, 3", "1, 2, 4", "2, 2, 2"] = control(
        "1, 2, 4",
        kind="lab",
        label="Unit rates",
        symbol="MG",
        tip="Each is multiplied by the block's own rate: one for each of its three units.",
    )

    beside: Literal["taps", "mIoU"] = control(
        "taps",
        kind="lab",
        label="Beside the picture",
        tip="taps: what one unit behind the block reads, unit by unit. mIoU: the paper's table.",
    )


@dataclass(frozen=True, eq=False)
class GridTile:
    """One multi-grid: overlay uint8 (h, w, 3) or None, share of labels that change or None."""

    words: str
    picture: np.ndarray | None
    changed: float | None
    asks: dict[str, Any]


@dataclass(frozen=True, eq=False)
class MultiGridShown:
    """What the view draws.

    Attributes
    ----------
    tiles : tuple of GridTile
        One for each of `GRIDS`.
    paths : dict of str to ndarray of float64
        Ways from each cell of the line to one unit behind the block, by words of the grid.
    miou : dict of str to tuple of float
        The paper's, by last block.
    grid, rates : tuple of int
        Of the chosen one: unit rates, and the same times the block's own rate.
    levels : tuple of ndarray of float64
        Of the chosen one: ways to each cell, from one unit behind the block to the map below
        the first unit.
    beside : str
        ``taps`` or ``mIoU``.
    """

    tiles: tuple[GridTile, ...]
    chosen: int
    paths: dict[str, np.ndarray]
    miou: dict[str, tuple[float, ...]]
    grid: tuple[int, ...]
    rates: tuple[int, ...]
    levels: tuple[np.ndarray, ...]
    beside: str


class MultiGridLab(Lab[MultiGridConfig, MultiGridShown]):
    """Five multi-grids on the open network, and what the block reads with each."""

    name = "multi_grid"
    entry = LabEntry(
        title="Multi-grid",
        sentence="Other rates for the units of one block: what it then reads, and which labels "
        "change.",
        source="DeepLab v3 (Chen et al. 2017), sections 3.2.1 and 4.2, table 3",
        needs="network",
        group="Atrous convolution",
        view="segviewer.labs.atrous.multi_grid_view:MultiGridView",
        has_photograph=True,
    )
    Config = MultiGridConfig

    def compute(self, context: LabContext, config: MultiGridConfig) -> Iterator[LabResult]:
        network = context.network
        fields = type(network.config).model_fields
        if "multi_grid" not in fields or "multi_grid" in network.idle_fields():
            yield LabResult(
                self.name,
                caption="The open network has no multi-grid. Open one that has, for example the "
                "bundled DeepLab v3 · EfficientNet-Lite0.",
            )
            return
        why = why_not_one_pass(context)
        if why:
            yield LabResult(self.name, caption=why)
            return
        # Its own setting does not matter here: all of them are run.
        *same, config_now = run_key(context)
        key = (*same, config_now.changed(multi_grid=GRIDS[0]))
        memory = context.memory
        if memory.get("key") != key:
            memory.clear()
            memory.update(key=key, maps={}, features=features_of(context, network))
        now = tuple(network.config.multi_grid)
        for done, grid in enumerate((now, *(grid for grid in GRIDS if grid != now))):
            if grid not in memory["maps"]:
                if done:
                    yield _result(context, config, now, memory["maps"])
                memory["maps"][grid] = _labels_with(context, grid, memory["features"])
                context.progressed((done + 1) / (len(GRIDS) + 1))
        yield _result(context, config, now, memory["maps"])


def _labels_with(context: LabContext, grid: tuple[int, ...], features: dict) -> np.ndarray:
    import torch

    from segviewer.analysis.networks.other_geometry import with_geometry
    from segviewer.layers.efficientnet_lite import EfficientNetLite

    other = with_geometry(context.network, multi_grid=grid)
    backbone = getattr(other, "backbone", None)
    plain = not getattr(other.config, "multi_scale", False)
    with torch.inference_mode():
        if plain and "auxiliary" in features and isinstance(backbone, EfficientNetLite):
            # Only what stands behind this map has other rates.
            features = {**features, "out": backbone.after_auxiliary(features["auxiliary"])}
        else:
            features = features_of(context, other)
        return labels_from(context, other, other.head(features))


def _result(context: LabContext, config: MultiGridConfig, now, maps: dict) -> LabResult:
    from segviewer.analysis.evaluation.result_tables import our_rows, read_table
    from segviewer.analysis.gridding.rate_sequence import touch_levels

    chosen = WORDS.index(config.grid)
    grid = GRIDS[chosen]
    block_rate = max(1, TRAINED_STRIDE // context.network.config.output_stride)
    table = read_table("DeepLab v3: multi-grid")
    miou = {words: row.values[: len(NUMBERS)] for words, row in zip(WORDS, table.rows, strict=True)}
    tiles = []
    for one, words in zip(GRIDS, WORDS, strict=True):
        known = one in maps
        tiles.append(
            GridTile(
                words,
                small_overlay(context, maps[one]) if known else None,
                share_changed(maps[one], maps[now]) if known else None,
                {} if one == now else {"multi_grid": one},
            )
        )
    paths = {words: touch_levels(one)[-1] for one, words in zip(GRIDS, WORDS, strict=True)}
    here = paths[config.grid]
    rates = ", ".join(str(block_rate * factor) for factor in grid)
    reached = int((here > 0).sum())
    ours = "; ".join(
        f"{title.partition(', ')[2]} {value:.1f}" for title, value in our_rows(table.entry)
    )
    said = [
        f"Rates {rates}: one unit behind the block reads {reached} of {len(here)} positions "
        f"a side" + (f", counted in steps of {block_rate}" if block_rate > 1 else "")
    ]
    changed = tiles[chosen].changed
    if grid == now:
        said.append("as the network is set")
    elif changed is not None:
        said.append(f"{percent(changed)} of the labels change against {', '.join(map(str, now))}")
    said.append(
        f"ResNet-101 with block 7, trained anew: {miou[config.grid][-1]:.2f}, with 1, 1, 1 "
        f"{miou[WORDS[0]][-1]:.2f}"
    )
    if ours:
        said.append(f"trained here on CamVid: {ours}")
    complete = all(one in maps for one in GRIDS)
    return LabResult(
        "multi_grid",
        MultiGridShown(
            tuple(tiles),
            chosen,
            paths,
            miou,
            grid,
            tuple(block_rate * factor for factor in grid),
            tuple(touch_levels(grid)),
            config.beside,
        ),
        # The first sentence is seen without being asked for.
        caption=f"{'; '.join(said[:2])}. {'; '.join(said[2:])}".strip(),
        formula=f"rate of unit i = block's rate · r<sub>i</sub> = {block_rate} · ({config.grid}) "
        f"= <b>{rates}</b>; &nbsp; reach 1 + 2 Σ r<sub>i</sub> = 1 + 2 · {sum(grid)} = "
        f"{1 + 2 * sum(grid)} positions a side"
        + (f" in steps of {block_rate}" if block_rate > 1 else ""),
        label_map=maps[grid] if grid in maps and grid != now else None,
        raster_name=f"labels with multi-grid {config.grid}" if grid in maps and grid != now else "",
        complete=complete,
    )


LAB = MultiGridLab()
