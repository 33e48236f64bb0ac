"""From a training state to a bundled checkpoint with a measured model card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.writing import write_checkpoint
from segviewer.imaging.labels import label_set
from segviewer.imaging.preprocessing import HALF
from segviewer.training.frames import load_frames
from segviewer.training.trainer import evaluate_frames

CAMVID_NOTICE = (
    "Weights trained on CamVid (Brostow, Fauqueur, Cipolla 2009; 11 classes, SegNet's split at "
    "480×360), a data set for research and teaching. Its frames are not part of this program. "
    "Backbone initialised with EfficientNet-Lite0 ImageNet weights (Apache-2.0)."
)


def ship_camvid(
    state_file: Path, out: Path, data: Path, void: int, run: dict[str, Any]
) -> ModelCard:
    """Write averaged weights and card to `out`, measured on val and test as written.

    Parameters
    ----------
    state_file : Path
        A file of :meth:`segviewer.training.trainer.Trainer.save`.
    out : Path
        ``resources/checkpoints/NAME.safetensors``.
    data : Path
        The data set's folder.
    run : dict
        What to say of the run: ``iterations`` in all, ``trained_on``, ``val_note``.
    """
    state = torch.load(state_file, map_location="cpu", weights_only=True)
    card = ModelCard(
        title="DeepLab v3 · EfficientNet-Lite0",
        architecture="deeplab_v3",
        config=state["config"],
        label_set="camvid11",
        preprocessing=HALF,
        trained_on=run["trained_on"],
        data_notice=CAMVID_NOTICE,
        licence="Weights: Apache-2.0; see the data notice",
        iterations=run["iterations"],
        seed=state["recipe"]["seed"],
        inference_long_side=480,
        source="python -m segviewer.training camvid",
    )
    write_checkpoint(out, state["average"], card)
    opened = open_network(str(out))
    names = label_set("camvid11").classes
    results: dict[str, Any] = {}
    for split in ("val", "test"):
        measured = evaluate_frames(opened.network, load_frames(data, (split,), void))
        results[split] = {
            "miou": round(measured.miou, 4),
            "pixel_accuracy": round(measured.pixel_accuracy, 4),
            "iou": {n: round(float(v), 4) for n, v in zip(names, measured.iou, strict=True)},
        }
    if run.get("val_note"):
        results["val"]["note"] = run["val_note"]
    card = card.changed(results=results)
    write_checkpoint(out, state["average"], card)
    return card
