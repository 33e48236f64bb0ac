"""Labels that a CRF gives for what a lab looks at, and a name for what it looks at."""

from __future__ import annotations

import hashlib

import numpy as np

from segviewer.checkpoints.model_card import ModelCard
from segviewer.crf.engines.refinement import refine
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.imaging.labels import LabelSet, label_set, label_set_for
from segviewer.labs.lab import LabContext


def content_key(context: LabContext) -> str:
    """Equal for equal photograph, probabilities and target mask."""
    digest = hashlib.blake2b(digest_size=16)
    for array in (context.image, context.probs, context.target):
        if array is not None:
            digest.update(repr((array.shape, array.dtype)).encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def settings_key(settings: CRFSettings) -> CRFSettings:
    """Equal for settings that give the same labels."""
    return settings.model_copy(update={"enabled": True})


def refined_probs(context: LabContext, settings: CRFSettings) -> np.ndarray:
    """Probabilities float32 (K, H, W) after the CRF; a CRF without weights changes nothing."""
    probs = context.probs
    for step in refine(context.image, context.probs, settings):
        context.check()
        if step is not None:
            probs = step
    return probs


def labels_of(probs: np.ndarray) -> np.ndarray:
    """Label map uint8 (H, W) of probabilities (K, H, W)."""
    from segviewer.inference.label_maps import label_map_of

    return label_map_of(np.ascontiguousarray(probs))


def miou_of(context: LabContext, labels: np.ndarray) -> float | None:
    """Mean IoU of labels (H, W) by the open target mask, 0 to 1; None where there is no mask."""
    from segviewer.analysis.evaluation.metrics import Confusion
    from segviewer.imaging.nearest import nearest

    if context.target is None:
        return None
    confusion = Confusion(len(context.probs))
    confusion.add(nearest(context.target, labels.shape[0], labels.shape[1]), labels)
    return confusion.miou


def label_set_of(context: LabContext) -> LabelSet:
    """Names and colours of the K classes."""
    count = len(context.probs)
    if context.opened is None:
        return label_set_for(count)
    return label_set_of_card(context.card, count)


def label_set_of_card(card: ModelCard, count: int) -> LabelSet:
    """Names and colours of `count` classes, those of the card if it has as many."""
    found = label_set(card.label_set) if card.label_set else label_set_for(count)
    found = found if found.num_classes == count else label_set_for(count)
    if len(card.colours) == count:
        found = found.changed(colours=card.colours, safe_colours=())
    return found
