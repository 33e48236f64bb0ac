"""The lecture's heads on one backbone and one data set, trained and measured alike.

    python -m segviewer.training.ablation --data CAMVID --base CHECKPOINT --out FOLDER

Every row starts from the bundled DeepLab v3's EfficientNet-Lite0 backbone. "frozen" rows
train a head on its cached maps; "last stages" rows also train the backbone's last two
stages, because what they compare (multi-grid, rate schedules) lies there. Each finished row
is written to the folder, so an interrupted table goes on where it stopped.

The start is not even: the base has learned with its own head, rates and multi-grid, mostly on
the same frames, which favours rows like it; each row's card says so. `segviewer train` with
``--network untrained:NAME`` trains a row from ImageNet weights.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.writing import write_checkpoint
from segviewer.imaging.labels import label_set
from segviewer.imaging.preprocessing import HALF
from segviewer.layers.efficientnet_lite import EfficientNetLite
from segviewer.layers.of_kind import of_kind
from segviewer.networks import network_class
from segviewer.networks.network import Network
from segviewer.training.finishing import rounded
from segviewer.training.frames import Augmentation, load_frames
from segviewer.training.frozen_backbone import cache_views, evaluate_head, train_head
from segviewer.training.head_training import CachedView

CAMVID_NOTICE = (
    "Weights trained on CamVid (Brostow, Fauqueur, Cipolla 2009; 11 classes, SegNet's split at "
    "480×360), a data set for research and teaching. Its frames are not part of this program."
)
LITE_NOTICE = " Backbone initialised with EfficientNet-Lite0 ImageNet weights (Apache-2.0)."
CAMVID_VOID = 11
CROP = (360, 480)
BASE_NOTE = (
    "one run from a backbone that had learned with another head before, mostly on the same "
    "frames: rows like that head are favoured, and close rows may change places with another seed"
)
SCALE = (0.7, 1.6)
VIEWS = 3
LITE = {"backbone": "efficientnet_lite0", "num_classes": 11}


@dataclass(frozen=True)
class Row:
    """One line of the table: a network, its settings, and what is trained of it.

    Attributes
    ----------
    name : str
        File name of the checkpoint.
    title : str
        What stands in the table.
    question : str
        Rows with the same question are compared with each other.
    tail : bool
        Whether the backbone's last two stages are trained too.
    """

    name: str
    title: str
    question: str
    architecture: str
    config: dict[str, Any] = field(default_factory=dict)
    tail: bool = False


def _v3(**values: Any) -> dict[str, Any]:
    return {
        **LITE,
        "aspp_channels": 128,
        "separable": True,
        "head_conv": False,
        "auxiliary": False,
        "output_stride": 16,
        "atrous_rates": (6, 12, 18),
        "multi_grid": (1, 2, 4),
        "first_unit_keeps_rate": True,
        **values,
    }


def _psp(**values: Any) -> dict[str, Any]:
    return {
        **LITE,
        "head_channels": 96,
        "auxiliary": False,
        "output_stride": 16,
        "multi_grid": (1, 2, 4),
        "first_unit_keeps_rate": True,
        **values,
    }


def _hdc(rates4: tuple[int, ...], rates5: tuple[int, ...]) -> dict[str, Any]:
    return {**LITE, "cells": 2, "schedule": "typed", "rates4": rates4, "rates5": rates5}


_PLAIN = {**LITE, "output_stride": 16, "multi_grid": (1, 2, 4), "first_unit_keeps_rate": True}
ROWS = (
    Row("fcn", "plain FCN head", "context", "fcn_resnet", {**_PLAIN, "auxiliary": False}),
    Row(
        "parse_net",
        "+ global context (ParseNet)",
        "context",
        "parse_net",
        {**_PLAIN, "fc_channels": 256, "fc6_rate": 1},
    ),
    Row("psp_b1_average", "PPM B1, average", "context", "psp_net", _psp(bins=(1,), levels=(True,))),
    Row(
        "psp_b1_max",
        "PPM B1, max",
        "context",
        "psp_net",
        _psp(bins=(1,), levels=(True,), pooling="maximum"),
    ),
    Row("psp_b1236_average", "PPM B1236, average", "context", "psp_net", _psp()),
    Row("psp_b1236_max", "PPM B1236, max", "context", "psp_net", _psp(pooling="maximum")),
    Row(
        "v3_no_pooling",
        "ASPP 6, 12, 18 without image pooling",
        "context",
        "deeplab_v3",
        _v3(image_pooling=False),
    ),
    Row("v3_pooling", "ASPP 6, 12, 18 with image pooling", "context", "deeplab_v3", _v3()),
    Row(
        "u_net",
        "U-Net decoder",
        "context",
        "u_net",
        {
            "form": "efficientnet_lite0",
            "num_classes": 11,
            "output_stride": 16,
            "multi_grid": (1, 2, 4),
        },
    ),
    Row(
        "v2_sum",
        "ASPP 6, 12, 18, 24 by sum (v2)",
        "rates",
        "deeplab_v2",
        {**LITE, "output_stride": 16, "first_unit_keeps_rate": True},
        tail=True,
    ),
    Row(
        "v3_grid_111",
        "ASPP, multi-grid 1, 1, 1",
        "rates",
        "deeplab_v3",
        _v3(multi_grid=(1, 1, 1)),
        tail=True,
    ),
    Row("v3_grid_124", "ASPP, multi-grid 1, 2, 4", "rates", "deeplab_v3", _v3(), tail=True),
    Row(
        "cascade_3",
        "cascaded blocks 5 to 7",
        "rates",
        "deeplab_v3_cascade",
        {**LITE, "cascaded_blocks": 3, "first_unit_keeps_rate": True},
        tail=True,
    ),
    Row(
        "constant_rates",
        "DUC, constant rates 2, 2, 2, 2 · 2",
        "rates",
        "hdc_duc",
        _hdc((2,), (2,)),
        tail=True,
    ),
    Row(
        "hybrid_rates",
        "DUC, hybrid rates 1, 2, 3, 1 · 2",
        "rates",
        "hdc_duc",
        _hdc((1, 2, 3), (2,)),
        tail=True,
    ),
)


def run_row(row: Row, base: Network, views: list[CachedView], iterations: int) -> Network:
    """Train one row and return its network."""
    network_type = network_class(row.architecture)
    torch.manual_seed(0)
    network = network_type(network_type.Config.model_validate(row.config))
    shared = of_kind(base.backbone, nn.Module).state_dict()
    of_kind(network.backbone, nn.Module).load_state_dict(shared)
    train_head(network, views, tail=row.tail, iterations=iterations, batch=8 if row.tail else 12)
    return network


def write_row(
    row: Row, network: Network, base: str, result: dict[str, Any], iterations: int, out: Path
) -> None:
    """Write the row's checkpoint without what it shares with the base, and its card."""
    shared = open_network(base).network.state_dict() if base else {}
    own = {
        key: tensor
        for key, tensor in network.state_dict().items()
        if not (key in shared and torch.equal(tensor, shared[key]))
    }
    config = network.config.model_dump()
    card = ModelCard(
        title=row.title,
        architecture=row.architecture,
        config=config,
        label_set="camvid11",
        preprocessing=HALF,
        trained_on="CamVid (train + val)",
        data_notice=CAMVID_NOTICE + LITE_NOTICE,
        licence="Weights: Apache-2.0; see the data notice",
        iterations=iterations,
        seed=0,
        inference_long_side=480,
        results={"test": {**result, "note": BASE_NOTE} if base else result},
        source="python -m segviewer.training.ablation",
        base=base,
    )
    write_checkpoint(out / f"{row.name}.safetensors", own, card)


def _cached(
    args: argparse.Namespace, base: Network, names: tuple[str, ...], augmentation: Augmentation
) -> tuple[list[CachedView], list[CachedView]]:
    """Training views and whole test frames, kept in ``--cache`` for the next start."""
    if args.cache and args.cache.exists():
        stored = torch.load(args.cache, weights_only=True, mmap=True)
        views, test = ([CachedView(*item) for item in stored[part]] for part in ("views", "test"))
        return views, test
    backbone = of_kind(base.backbone, nn.Module)
    frames = load_frames(args.data, ("train", "val"), CAMVID_VOID)
    views = cache_views(backbone, frames, names, augmentation, args.views)
    test = cache_views(backbone, load_frames(args.data, ("test",), CAMVID_VOID), names)
    if args.cache:
        stored = {
            part: [(view.maps, view.target) for view in kept]
            for part, kept in (("views", views), ("test", test))
        }
        torch.save(stored, args.cache)
    return views, test


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m segviewer.training.ablation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="CamVid's folder")
    parser.add_argument("--base", required=True, help="checkpoint whose backbone is shared")
    parser.add_argument("--out", type=Path, required=True, help="folder of checkpoints and rows")
    parser.add_argument(
        "--iterations", type=int, default=300, help="of rows on the frozen backbone"
    )
    parser.add_argument("--tail-iterations", type=int, default=150, help="of the others")
    parser.add_argument("--views", type=int, default=VIEWS, help="augmented copies of each frame")
    parser.add_argument("--cache", type=Path, help="file that keeps the backbone's maps")
    parser.add_argument("--only", nargs="*", help="names of rows; all without it")
    args = parser.parse_args()
    rows = [row for row in ROWS if not args.only or row.name in args.only]
    rows = [row for row in rows if not (args.out / f"{row.name}.row.json").exists()]
    if not rows:
        return
    args.out.mkdir(parents=True, exist_ok=True)
    base = open_network(args.base).network
    of_kind(base.backbone, EfficientNetLite).all_strides = True
    names = ("stride2", "low_level", "stride8", "auxiliary", "out")
    augmentation = Augmentation(CROP, SCALE, texture=0.3)
    views, test = _cached(args, base, names, augmentation)
    classes = label_set("camvid11").classes
    for row in rows:
        began = time.perf_counter()
        iterations = args.tail_iterations if row.tail else args.iterations
        network = run_row(row, base, views, iterations)
        result = rounded(evaluate_head(network, test, tail=row.tail), classes)
        write_row(row, network, args.base, result, iterations, args.out)
        line = {
            "name": row.name,
            "title": row.title,
            "question": row.question,
            "trained": "head and last stages" if row.tail else "head on the frozen backbone",
            "miou": result["miou"],
            "pixel_accuracy": result["pixel_accuracy"],
            "parameters": sum(p.numel() for p in network.parameters()),
            "iterations": iterations,
            "minutes": round((time.perf_counter() - began) / 60, 1),
        }
        print(json.dumps(line, ensure_ascii=False), flush=True)
        (args.out / f"{row.name}.row.json").write_text(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
