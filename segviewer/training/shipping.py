"""From a training state to a checkpoint with a measured model card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.writing import write_checkpoint
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.training.frames import load_frames
from segviewer.training.trainer import evaluate_frames

CAMVID_NOTICE = (
    "Weights trained on CamVid (Brostow, Fauqueur, Cipolla 2009; 11 classes, SegNet's split at "
    "480×360), a data set for research and teaching. Its frames are not part of this program."
)
LITE_NOTICE = " Backbone initialised with EfficientNet-Lite0 ImageNet weights (Apache-2.0)."
CAMVID_SPLITS = ("val", "test")


def rounded(measured: Confusion, names: tuple[str, ...]) -> dict[str, Any]:
    """A split's results as a card holds them."""
    return {
        "miou": round(measured.miou, 4),
        "pixel_accuracy": round(measured.pixel_accuracy, 4),
        "iou": {n: round(float(v), 4) for n, v in zip(names, measured.iou, strict=True)},
    }


def ship(
    state_file: Path, out: Path, data: Path, void: int, camvid: bool, run: dict[str, Any]
) -> ModelCard:
    """Write averaged weights and card to `out`, measured as written.

    Parameters
    ----------
    state_file : Path
        A file of :meth:`segviewer.training.trainer.Trainer.save`.
    out : Path
        ``NAME.safetensors``.
    data : Path
        The data set's folder; val and test are measured where they exist.
    void : int
        Label to ignore.
    camvid : bool
        Whether its label set and notice belong in the card.
    run : dict
        What to say of the run: ``iterations`` in all, ``trained_on``, ``val_note``, ``title``;
        ``others``: states whose weights are averaged with this one's ("model soup", Wortsman
        et al. 2022; it only works for runs that started from the same weights).
    """
    state = torch.load(state_file, map_location="cpu", weights_only=True)
    weights = _mean([state["average"], *(_average_of(path) for path in run["others"])])
    lite = state["config"].get("backbone") == "efficientnet_lite0"
    card = ModelCard(
        title=run["title"] or out.stem,
        architecture=state["architecture"],
        config=state["config"],
        label_set="camvid11" if camvid else "",
        preprocessing=Preprocessing.model_validate(state["preprocessing"]),
        trained_on=run["trained_on"],
        data_notice=CAMVID_NOTICE + (LITE_NOTICE if lite else "") if camvid else "",
        licence="Weights: Apache-2.0; see the data notice" if camvid else "",
        iterations=run["iterations"],
        seed=state["recipe"]["seed"],
        inference_long_side=480 if camvid else 0,
        source="python -m segviewer.training",
    )
    write_checkpoint(out, weights, card)
    opened = open_network(str(out))
    results: dict[str, Any] = {}
    for split in CAMVID_SPLITS:
        if not (data / split / "images").is_dir():
            continue
        measured = evaluate_frames(
            opened.network, load_frames(data, (split,), void), card.preprocessing
        )
        results[split] = rounded(measured, opened.card.classes)
    if run.get("val_note") and "val" in results:
        results["val"]["note"] = run["val_note"]
    card = card.changed(results=results)
    write_checkpoint(out, weights, card)
    return card


def _average_of(state_file: Path) -> dict[str, Tensor]:
    return torch.load(state_file, map_location="cpu", weights_only=True)["average"]


def _mean(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    return {
        key: torch.stack([state[key].double() for state in states]).mean(0).to(tensor.dtype)
        for key, tensor in states[0].items()
    }
