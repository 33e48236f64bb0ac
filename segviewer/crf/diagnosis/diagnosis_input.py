"""Whether picture and probabilities are what the CRF takes them for."""

from __future__ import annotations

import itertools

import numpy as np

from segviewer.crf.diagnosis.finding import Finding

_SUM_TOLERANCE = 1e-2  # as in `unary`


def input_findings(image: np.ndarray, probs: np.ndarray) -> list[Finding]:
    """List what is wrong with them, the most basic first; empty if nothing is.

    Parameters
    ----------
    image : ndarray
        Meant to be uint8 (H, W, 3).
    probs : ndarray
        Meant to be float (K, H, W).
    """
    image, probs = np.asarray(image), np.asarray(probs)
    findings = [f for f in (_colours(image), _layout(image, probs)) if f]
    if probs.ndim != 3 or 0 in probs.shape or any(f.name == "layout" for f in findings):
        return findings
    if len(probs) == 1:
        return [
            *findings,
            Finding(
                "error",
                "one class",
                "There is a single class.",
                "Every pixel has its label already; the CRF has nothing to decide. "
                "Open a network with two classes or more.",
            ),
        ]
    return findings + [f for f in (_values(probs),) if f]


def _colours(image: np.ndarray) -> Finding | None:
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        return Finding(
            "error",
            "picture",
            f"The picture is {image.dtype} {image.shape}.",
            "It must be (height, width, 3), grey levels 0 to 255.",
        )
    if not np.isfinite(image).all():
        return Finding(
            "error", "picture", "The picture holds NaN or infinity.", "It is damaged; open it anew."
        )
    low, high = float(image.min()), float(image.max())
    unit = low >= 0 and high <= 1 and (image.dtype != np.uint8 or high == 1)
    if unit:
        return Finding(
            "error",
            "colours",
            f"The colours lie between {low:.3g} and {high:.3g}.",
            "σβ counts grey levels from 0 to 255; measured so, all colours are alike and the "
            "appearance kernel sees no edge. Multiply the colours by 255.",
        )
    if image.dtype != np.uint8:
        return Finding(
            "error",
            "picture",
            f"The picture is {image.dtype} from {low:.3g} to {high:.3g}.",
            "The CRF wants the photograph itself in grey levels, not the network's input.",
        )
    return None


def _layout(image: np.ndarray, probs: np.ndarray) -> Finding | None:
    size = image.shape[:2]
    if probs.ndim != 3 or 0 in probs.shape:
        return Finding(
            "error",
            "layout",
            f"The probabilities have the shape {probs.shape}.",
            "They must be (classes, height, width).",
        )
    if probs.shape[1:] == size:
        return None
    for axes in ((2, 0, 1), (2, 1, 0), (0, 2, 1)):
        if tuple(probs.shape[a] for a in axes[1:]) == size:
            order = "classes last" if axes[0] == 2 else "rows and columns exchanged"
            return Finding(
                "error",
                "layout",
                f"The probabilities are {probs.shape}: {order}.",
                f"The picture has {size[0]} rows and {size[1]} columns; "
                f"(classes, height, width) fits it. Put the axes in order.",
            )
    return Finding(
        "error",
        "layout",
        f"The picture is {size[1]}×{size[0]}, the probabilities {probs.shape[2]}×{probs.shape[1]}.",
        f"Every probability needs the colour of its pixel. Bring them to {size[1]}×{size[0]}.",
    )


def _values(probs: np.ndarray) -> Finding | None:
    finite = np.isfinite(probs)
    if not finite.all():
        count = int((~finite).any(0).sum())
        return Finding(
            "error",
            "not finite",
            f"{count} of {probs[0].size} pixels hold NaN or infinity.",
            "The weights or the network's input are probably damaged.",
        )
    sums = probs.sum(0, dtype=np.float64)
    low, high = float(probs.min()), float(probs.max())
    if low >= 0 and np.abs(sums - 1).max() <= _SUM_TOLERANCE:
        return None
    if low < 0 or high > 1 + _SUM_TOLERANCE:
        log = high <= 0 and np.allclose(np.exp(probs).sum(0), 1, atol=_SUM_TOLERANCE)
        kind = "log-probabilities" if log else "scores before softmax (logits)"
        return Finding(
            "error",
            "scores",
            f"The values run from {low:.3g} to {high:.3g}: {kind}.",
            "ψ_u = -log p needs probabilities. Apply softmax over the classes.",
        )
    for axes in itertools.permutations(range(3)):
        # With all sides equal the layout does not follow from the shape, but by the sums.
        other = probs.transpose(axes)
        if other.shape == probs.shape and np.allclose(other.sum(0), 1, atol=_SUM_TOLERANCE):
            return Finding(
                "error",
                "layout",
                f"Axis {axes[0]} sums to 1, not axis 0.",
                "The classes seem to stand there instead of first. Put the axes in order.",
            )
    off = int((np.abs(sums - 1) > _SUM_TOLERANCE).sum())
    return Finding(
        "error",
        "sums",
        f"{off} of {sums.size} pixels sum to other than 1 "
        f"(from {sums.min():.3g} to {sums.max():.3g}).",
        "These are no probabilities of exclusive classes (sigmoid outputs, perhaps). "
        "Divide by each pixel's sum.",
    )
