"""DRN's forms trained alike to name crops, and how much of their last maps is a grid.

    python -m segviewer.training.tables.gridding_pair --data CAMVID --out FOLDER

The loss of a label map holds every cell of the last map to its neighbourhood's name, and so works
against a grid by itself. A classifier answers with the mean of its map, to which a grid adds
nothing that the loss would see: what the layers leave is left. So each form learns, from nothing,
to say which share of a crop has which class, and is then run over whole frames, where the coset
energy of the last map says how much of it is a grid (Yu, Koltun, Funkhouser 2017, section 4). A
seed decides first weights and crops and is the same for all forms. Each run is one small file in
the folder, and an interrupted table goes on where it stopped; ``--table FILE`` writes what lies
there, as CSV.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.analysis.gridding.gridding import coset_energy
from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.writing import write_checkpoint
from segviewer.files.atomic_write import write_atomically
from segviewer.imaging.preprocessing import HALF
from segviewer.networks.drn import DRN, DRNConfig
from segviewer.training.ablation import CAMVID_NOTICE, CAMVID_VOID
from segviewer.training.frames import Augmentation, load_frames
from segviewer.training.schedule import poly_rate
from segviewer.training.tables import seeded_runs
from segviewer.training.tables.ablation_table import as_csv
from segviewer.training.trainer import normalise

FORMS: dict[str, dict[str, Any]] = {
    "A-18": {"variant": "A-18"},
    "B-26": {"variant": "C-26", "residual": True},
    "C-26": {"variant": "C-26"},
}
"""Dilated with the strides taken out; with degridding levels and their shortcuts; without."""
WIDTH = 0.25
CLASSES = 11
SEEDS = (0, 1, 2)
ITERATIONS, BATCH, CROP = 400, 32, (128, 128)
RATE, WEIGHT_DECAY, WARM_UP = 2e-3, 0.01, 30
PERIODS, WINDOW = (2, 4), 8
COLUMNS = ("name", "runs", "iterations", "loss", *(
    f"times_{period}{end}" for period in PERIODS for end in ("", "_spread")
))  # fmt: skip

Frames = Sequence[tuple[Tensor, Tensor]]


def classifier(form: str, seed: int, width: float) -> DRN:
    """One of :data:`FORMS`, narrow, with drawn weights, that answers with the mean of its map.

    Parameters
    ----------
    form : str
    seed : int
        Of the weights.
    width : float
        Factor on every number of channels.
    """
    torch.manual_seed(seed)
    said = {"num_classes": CLASSES, "width": width, "task": "classification"}
    return DRN(DRNConfig.model_validate({**said, **FORMS[form]}))


def shares(target: Tensor) -> Tensor:
    """Share of each class among a crop's labelled pixels, (K,); zeros where none is labelled."""
    counts = torch.bincount(target.flatten(), minlength=256)[:CLASSES].float()
    return counts / counts.sum().clamp(min=1)


def train(network: DRN, frames: Frames, seed: int, iterations: int = ITERATIONS) -> float:
    """Train in place on crops; the mean loss of the last tenth, nats.

    Parameters
    ----------
    network : DRN
        See :func:`classifier`.
    frames : sequence of (image, target)
        See :func:`segviewer.training.frames.load_frames`.
    seed : int
        Of the crops.
    iterations : int
    """
    drawn, rng = Augmentation(CROP, (0.6, 1.6)), np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
    network.train()
    losses = []
    for iteration in range(iterations):
        crops = [drawn.draw(*frames[int(rng.integers(len(frames)))], rng) for _ in range(BATCH)]
        images = normalise(torch.stack([image for image, _ in crops]))
        wanted = torch.stack([shares(target) for _, target in crops])
        factor = poly_rate(iteration, iterations) * min(1.0, (iteration + 1) / WARM_UP)
        for group in optimizer.param_groups:
            group["lr"] = RATE * factor
        scores = network(images).flatten(1)
        loss = -(wanted * F.log_softmax(scores, 1)).sum(1).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        losses.append(float(loss.detach()))
    return statistics.mean(losses[-max(1, iterations // 10) :])


def grids(network: DRN, frames: Frames) -> dict[int, float]:
    """Coset energy of the last map by period, as a multiple of white noise's; mean over frames.

    Parameters
    ----------
    network : DRN
    frames : sequence of (image, target)
        Whole; the targets are not looked at.
    """
    network.eval()
    found: dict[int, list[float]] = {period: [] for period in PERIODS}
    levels = network.config.level_7, network.config.level_8
    with torch.inference_mode():
        for image, _ in frames:
            maps = network.features(normalise(image[None].float() / 255))["out"]
            last = network.backbone.degrid(maps, levels)[0].numpy()
            for period, energies in found.items():
                measured = coset_energy(last, period, WINDOW)
                energies.append(measured.energy / measured.by_chance)
    return {period: float(np.nanmean(energies)) for period, energies in found.items()}


def run(
    form: str,
    seed: int,
    frames: Frames,
    test: Frames,
    iterations: int = ITERATIONS,
    out: Path | None = None,
) -> dict[str, Any]:
    """Train one form from one seed; how much of its last map is a grid on the test frames.

    Parameters
    ----------
    form : str
    seed : int
    frames, test : sequence of (image, target)
    iterations : int
    out : Path, optional
        Checkpoint to write, with its card beside it.

    Returns
    -------
    dict
        ``times_2`` and ``times_4``, beside what was trained and how long.
    """
    began, network = time.perf_counter(), classifier(form, seed, WIDTH)
    loss = train(network, frames, seed, iterations)
    found = {f"times_{period}": round(times, 4) for period, times in grids(network, test).items()}
    if out is not None:
        write_checkpoint(out, network.state_dict(), card(network, form, seed, iterations))
    minutes = round((time.perf_counter() - began) / 60, 1)
    said = {"name": form, "seed": seed, "iterations": iterations, "loss": round(loss, 4)}
    return {**said, "minutes": minutes, **found}


def card(network: DRN, form: str, seed: int, iterations: int) -> ModelCard:
    """What is to be known of a trained classifier.

    Parameters
    ----------
    network : DRN
    form : str
    seed, iterations : int
    """
    return ModelCard(
        title=f"DRN-{form} narrow, names crops",
        architecture="drn",
        config=network.config.model_dump(),
        label_set="camvid11",
        preprocessing=HALF,
        trained_on="CamVid (train), shares of classes in crops",
        data_notice=CAMVID_NOTICE,
        licence="Weights: Apache-2.0; see the data notice",
        iterations=iterations,
        seed=seed,
        inference_long_side=480,
        weights="trained",
        source="python -m segviewer.training.tables.gridding_pair",
    )


def table(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line a form: mean over its runs, and their sample standard deviation.

    Parameters
    ----------
    runs : sequence of dict
        Results of :func:`run`.
    """
    lines = []
    for form in FORMS:
        own = [found for found in runs if found["name"] == form]
        if not own:
            continue
        line: dict[str, Any] = {"name": form, "runs": len(own), "iterations": own[0]["iterations"]}
        line["loss"] = round(statistics.mean(found["loss"] for found in own), 4)
        for name in (f"times_{period}" for period in PERIODS):
            line |= seeded_runs.mean_and_spread(own, name, 3)
        lines.append(line)
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m segviewer.training.tables.gridding_pair",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, help="CamVid's folder; without it nothing is trained")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--forms", nargs="+", choices=tuple(FORMS), default=tuple(FORMS))
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--iterations", type=int, default=ITERATIONS, help="of each run")
    parser.add_argument("--save", type=Path, help="folder for a checkpoint of each run, too")
    parser.add_argument("--every", type=int, default=1, help="measure on every nth test frame")
    parser.add_argument("--table", type=Path, help="CSV file of means and spreads to write")
    args = parser.parse_args(arguments)
    runs = seeded_runs.planned(args.forms, args.seeds, args.out)
    if args.data and (missing := seeded_runs.missing(runs)):
        frames = load_frames(args.data, ("train",), CAMVID_VOID)
        test = load_frames(args.data, ("test",), CAMVID_VOID)[:: args.every]
        if args.save:
            args.save.mkdir(parents=True, exist_ok=True)

        def trained(one: seeded_runs.SeededRun) -> dict[str, Any]:
            weights = args.save / f"{one.name}.{one.seed}.safetensors" if args.save else None
            return run(one.name, one.seed, frames, test, args.iterations, weights)

        seeded_runs.make(missing, trained)
    if args.table:
        write_atomically(args.table, as_csv(table(seeded_runs.found(runs)), COLUMNS).encode())


if __name__ == "__main__":
    main()
