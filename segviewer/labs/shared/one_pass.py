"""One pass of a network over a lab's photograph, and its labels as a small picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from segviewer.imaging.labels import LabelSet
from segviewer.imaging.nearest import reduced_size
from segviewer.labs.lab import LabContext
from segviewer.labs.shared.refined_labels import content_key, label_set_of_card

LONG_SIDE = 320  # pixels of a small picture
OPACITY = 0.65
MOST_CLASSES = 255  # of a label map
KEPT_OVERLAYS = 16


def features_of(context: LabContext, network: Any) -> dict[str, Any]:
    """Features of the photograph at working size, from `network` with the open one's numbers."""
    from segviewer.inference.running import run_features

    context.check()
    device = next(network.parameters()).device
    (one,) = run_features(network, context.image, context.card.preprocessing, device)
    return one.features


def run_key(context: LabContext) -> tuple:
    """Equal for the same photograph, network and settings of it.

    The network itself is in it: another one may be set alike and have other weights.
    """
    network = context.network
    return content_key(context), network, network.config


def labels_from(context: LabContext, network: Any, scores: Any) -> np.ndarray:
    """Label map uint8 (H, W) of coarse `scores` (1, K, h, w)."""
    import torch

    from segviewer.layers.framing import place_scores

    context.check()
    with torch.inference_mode():
        placed = place_scores(network, scores, *context.image.shape[:2])
        return placed[0].argmax(0).to(torch.uint8).cpu().numpy()


def labels_by(context: LabContext, network: Any) -> np.ndarray:
    """Label map uint8 (H, W) of `network` on the photograph."""
    import torch

    features = features_of(context, network)
    with torch.inference_mode():
        return labels_from(context, network, network.head(features))


def why_not_one_pass(context: LabContext) -> str:
    """Why labels of one pass cannot be shown, or nothing."""
    from segviewer.inference.running import needs_tiles

    if context.network.config.num_classes > MOST_CLASSES:
        return f"A label map holds {MOST_CLASSES} classes, this network has more."
    if needs_tiles(*context.image.shape[:2]):
        return "The photograph is too large for one pass: choose a smaller working size."
    return ""


def colours_here(context: LabContext) -> LabelSet:
    """Names and colours of the open network's classes."""
    return label_set_of_card(context.card, context.network.config.num_classes)


def class_name(context: LabContext, index: int) -> str:
    """Name of a class, or its number where it has none."""
    return context.classes[index] if index < len(context.classes) else f"class {index}"


def small_size(height: int, width: int) -> tuple[int, int]:
    """Height and width of a small picture of one of (height, width)."""
    return reduced_size(height, width, LONG_SIDE)


def small_overlay(context: LabContext, labels: np.ndarray) -> np.ndarray:
    """Labels uint8 (H, W) over the photograph, uint8 (h, w, 3); the last few are kept."""
    from segviewer.imaging import overlay

    kept = context.memory.setdefault("small overlays", {})
    # With its labels, or another map could come to stand at their address.
    if id(labels) not in kept:
        while len(kept) >= KEPT_OVERLAYS:
            del kept[next(iter(kept))]
        size = small_size(*labels.shape)
        table = overlay.colour_table(colours_here(context))
        picture = overlay.small_overlay(context.image, labels, table, size, OPACITY)
        kept[id(labels)] = labels, picture
    return kept[id(labels)][1]


def share_changed(labels: np.ndarray, others: np.ndarray) -> float:
    """Part of the pixels whose labels differ."""
    return float((labels != others).mean())


def percent(share: float) -> str:
    """As 12.3 %."""
    return f"{100 * share:.1f} %"


def signed(value: float) -> str:
    """As +0.25 or −0.25."""
    return f"{value:+.2f}".replace("-", "−")
