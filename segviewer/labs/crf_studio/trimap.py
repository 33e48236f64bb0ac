"""Right and wrong near the outlines, before and after the CRF.

Without a target mask the network's own labels stand in: then it is what the CRF keeps and
changes, of which nobody can say whether it is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.refined_labels import content_key, labels_of, refined_probs, settings_key
from segviewer.labs.shared.remembered import remembered
from segviewer.settings import Settings, control

SHADES = {"right": 0, "wrong": 90, "broken": 170, "mended": 255}
"""What the error map holds; void is drawn as right."""


class TrimapConfig(Settings):
    """Settings of the lab."""

    band: int = control(
        5,
        kind="lab",
        label="Band",
        unit="px",
        ge=1,
        le=40,
        step=1,
        tip="Only pixels this near to an outline of the target count, on each side of it.",
    )
    measure: Literal["mean IoU", "accuracy"] = control(
        "mean IoU",
        kind="lab",
        label="Curve",
        tip="mean IoU: over the classes that the band's target has. accuracy: share of its pixels "
        "that are right.",
    )
    void_outlines: bool = control(
        True,
        kind="lab",
        label="Void marks outlines",
        tip="On, as on Pascal VOC, whose outlines are void: where a class borders on void, too. "
        "Off: only where two classes touch.",
    )
    band_only: bool = control(
        False,
        kind="lab",
        label="Errors in the band only",
        tip="Leaves the error map empty outside the band.",
    )


@dataclass(frozen=True)
class TrimapShown:
    """Curves before and after; rows of the classes in the band; shares of the error map.

    `own` where the network's own labels stand in for the target.
    """

    widths: tuple[int, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]
    measure: str
    band: int
    classes: tuple[tuple[str, float, float], ...]
    errors: tuple[tuple[str, float], ...]
    own: bool = False


class TrimapLab(Lab[TrimapConfig, TrimapShown]):
    """Curves over the width of a band, a table of the classes, an error map."""

    name = "trimap"
    entry = LabEntry(
        title="With a target mask",
        sentence="Right and wrong near the outlines, before and after the CRF; without a mask, "
        "what the CRF changes there.",
        source="Kohli et al. 2009; DeepLab v2 (Chen et al. 2018)",
        needs="probs",
        group="CRF studio",
        view="segviewer.labs.crf_studio.trimap_view:TrimapView",
    )
    Config = TrimapConfig

    def compute(self, context: LabContext, config: TrimapConfig) -> Iterator[LabResult]:
        from segviewer.analysis.evaluation.trimap import error_map, outline_distance, trimap

        num_classes, own = len(context.probs), context.target is None
        before, after = _label_maps(context)
        target = before if context.target is None else context.target
        context.check()
        found = trimap(target, before, after, num_classes, void_outlines=config.void_outlines)
        context.check()
        errors = error_map(target, before, after, num_classes)
        if config.band_only:
            away = outline_distance(target, config.void_outlines) > config.band
            errors[away] = 255
        curve = found.miou if config.measure == "mean IoU" else found.accuracy
        place = int(np.searchsorted(found.widths, config.band))
        first, second = found.iou[:, place]
        names = context.classes or tuple(str(index) for index in range(num_classes))
        rows = tuple(
            (name, float(a), float(b))
            for name, a, b in zip(names, first, second, strict=True)
            if not (np.isnan(a) and np.isnan(b))
        )
        shares = _shares(errors)
        shown = TrimapShown(
            tuple(int(width) for width in found.widths),
            tuple(curve[0].tolist()),
            tuple(curve[1].tolist()),
            config.measure,
            config.band,
            rows,
            shares,
            own,
        )
        said = _caption(config, found, curve[:, place], place)
        if own:
            said = _caption_without(config, found.accuracy[1, place], dict(shares)["broken"])
        yield LabResult(
            self.name,
            shown,
            said,
            _formula(config, own),
            raster=_raster(errors),
            raster_name="changed by the CRF" if own else "errors against the target",
        )


def _label_maps(context: LabContext) -> tuple[np.ndarray, np.ndarray]:
    """Labels before and after the CRF at the target's size, kept for other bands."""
    from segviewer.inference.label_maps import label_map_at

    size = context.probs.shape[1:] if context.target is None else context.target.shape

    def at_full_size(probs: np.ndarray) -> np.ndarray:
        if probs.shape[1:] == size:
            return labels_of(probs)
        return label_map_at(probs, size, context.check, lambda part: None)

    return remembered(
        context,
        (content_key(context), settings_key(context.crf)),
        lambda: (at_full_size(context.probs), at_full_size(refined_probs(context, context.crf))),
    )


def _shares(errors: np.ndarray) -> tuple[tuple[str, float], ...]:
    from segviewer.analysis.evaluation.trimap import BROKEN, MENDED, RIGHT, WRONG

    counts = np.bincount(errors.ravel(), minlength=256)
    total = max(1, int(counts[:4].sum()))
    places = (("right", RIGHT), ("mended", MENDED), ("broken", BROKEN), ("wrong", WRONG))
    return tuple((name, int(counts[value]) / total) for name, value in places)


def _raster(errors: np.ndarray) -> np.ndarray:
    from segviewer.analysis.evaluation.trimap import BROKEN, MENDED, WRONG

    table = np.zeros(256, np.uint8)
    table[MENDED], table[BROKEN], table[WRONG] = SHADES["mended"], SHADES["broken"], SHADES["wrong"]
    return table[errors]


def _caption(config: TrimapConfig, found, pair: np.ndarray, place: int) -> str:
    if not found.pixels[place]:
        return "The target has no outlines" + (
            "." if config.void_outlines else " where two classes touch: let void mark them."
        )
    change = pair[1] - pair[0]
    return (
        f"Within {config.band} px of an outline ({found.pixels[place]:,} pixels) {config.measure} "
        f"is {pair[0]:.3f} before the CRF and {pair[1]:.3f} after: "
        f"{change:+.3f}".replace("-", "−")
    )


def _caption_without(config: TrimapConfig, kept: float, changed: float) -> str:
    if not np.isfinite(kept):
        return "There is no target mask, and the network's labels have no outline."
    return (
        f"No target mask: held against the network's own labels. Within {config.band} px of "
        f"their outlines the CRF changes {1 - kept:.1%} of the labels, in the whole picture "
        f"{changed:.1%}. Open the photograph's mask, or paint one (M), to see what is right"
    )


def _formula(config: TrimapConfig, own: bool) -> str:
    if config.measure == "accuracy" and own:
        return f"agreement = pixels with the same label ÷ pixels, both within w = {config.band} px"
    if config.measure == "accuracy":
        return (
            f"accuracy = pixels that are right ÷ labelled pixels, both within w = {config.band} px"
        )
    return (
        "IoU<sub>l</sub> = hits ÷ (hits + misses + false alarms), within "
        f"w = {config.band} px of an outline; mean over the classes there"
    )


LAB = TrimapLab()
