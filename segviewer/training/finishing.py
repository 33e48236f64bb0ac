"""From a training run to a checkpoint that opens, with a card measured as it was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.analysis.evaluation.temperature import FittedTemperature, ScoreSample
from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.writing import write_checkpoint
from segviewer.errors import SettingsError
from segviewer.imaging.labels import label_set
from segviewer.networks.network import Network
from segviewer.training.data_set import DataSet
from segviewer.training.run_options import RunOptions
from segviewer.training.trainer import evaluate_frames

SOURCE = "segviewer train"


def rounded(measured: Confusion, names: tuple[str, ...]) -> dict[str, Any]:
    """A split's results as a card holds them; None for a class that the targets lack."""
    return {
        "miou": _figure(measured.miou),
        "pixel_accuracy": _figure(measured.pixel_accuracy),
        "iou": {n: _figure(v) for n, v in zip(names, measured.iou, strict=True)},
    }


def calibration_figures(found: FittedTemperature) -> dict[str, float]:
    """What a card says of a fitted temperature beside it."""
    return {
        "calibration_error": round(found.error_before, 4),
        "calibration_error_at_temperature": round(found.error_after, 4),
    }


def finished(
    data: DataSet, options: RunOptions, begun: ModelCard, average: Network, iterations: int
) -> ModelCard:
    """Write the checkpoint and its card, open it, and measure all of val on it.

    Parameters
    ----------
    data : DataSet
    options : RunOptions
    begun : ModelCard
        Of the network that the run began with.
    average : Network
        With the averaged weights.
    iterations : int

    Raises
    ------
    ExportError
        If they cannot be written.
    SettingsError
        If a checkpoint of `options.average` is of another network.
    """
    out, classes = options.out, data.classes
    weights = mean_weights([average.state_dict(), *map(_weights_of, options.average)])
    card = begun.changed(
        title=options.title or f"{average.title} · {data.name}",
        config=average.config.model_dump(),
        label_set=classes.label_set,
        classes=() if classes.label_set else classes.names,
        colours=_colours(data),
        bands=None,
        ignore_index=None if classes.label_set or not classes.void else classes.void[0],
        activation="",
        trained_on=f"{data.name} ({len(data.train)} pictures)",
        iterations=iterations,
        seed=options.seed,
        inference_long_side=max(data.size),
        results={},
        temperature=None,
        weights="trained",
        source=SOURCE,
        base="",
    )
    write_checkpoint(out, weights, card)
    opened = open_network(str(out))
    sample = ScoreSample()
    measured = evaluate_frames(
        opened.network,
        data.val,
        card.preprocessing,
        seen=lambda scores, target: sample.add(scores.numpy(), target.numpy()),
    )
    results = {**rounded(measured, opened.card.classes), "pictures": len(data.val)}
    found = sample.fit()
    if found is not None:
        card = card.changed(temperature=round(found.temperature, 3))
        results |= calibration_figures(found)
    card = card.changed(results={"val": results})
    write_checkpoint(out, weights, card)
    return card


def mean_weights(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of weights of the same network ("model soup", Wortsman et al. 2022).

    It only works for runs that started from the same weights.

    Raises
    ------
    SettingsError
        If they are of different networks.
    """
    first = states[0]
    kept = {key: tensor for key, tensor in first.items() if all(key in one for one in states)}
    for state in states[1:]:
        shapes = all(state[key].shape == tensor.shape for key, tensor in kept.items())
        if not shapes or len(kept) < 0.9 * len(first):
            raise SettingsError(
                "The weights cannot be averaged.",
                "A checkpoint of --average is of another network.",
                "Name checkpoints of the same network that started from the same weights.",
            )
    mean = {
        key: torch.stack([one[key].cpu().double() for one in states]).mean(0).to(tensor.dtype)
        for key, tensor in kept.items()
    }
    return {**{key: tensor.cpu() for key, tensor in first.items()}, **mean}


def _weights_of(checkpoint: Path) -> Mapping[str, Tensor]:
    return open_network(str(checkpoint)).network.state_dict()


def _colours(data: DataSet) -> tuple[tuple[int, int, int], ...]:
    """Of the classes; spread as far as the screen allows where nobody said them."""
    classes = data.classes
    if classes.label_set or classes.colours:
        return () if classes.label_set else classes.colours
    return label_set(f"classes{classes.count}").colours


def _figure(value: float) -> float | None:
    return None if value != value else round(float(value), 4)
