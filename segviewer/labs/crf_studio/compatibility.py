"""Label compatibility: what it costs that two classes meet, pair by pair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segviewer.crf.settings.compatibility_matrix import (
    Overrides,
    dense,
    measured,
    meetings,
    semantic,
    sparse,
)
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.refined_labels import (
    content_key,
    label_set_of,
    labels_of,
    refined_probs,
    settings_key,
)
from segviewer.labs.shared.remembered import remembered
from segviewer.settings import Settings, control


class CompatibilityConfig(Settings):
    """Settings of the lab."""

    every_class: bool = control(
        False,
        kind="lab",
        label="Every class",
        tip="Off: only classes that the photograph shows, before or after the CRF, and those "
        "whose cost is not 1.",
    )


@dataclass(frozen=True, eq=False)
class CompatibilityShown:
    """Costs of the classes shown, how often they meet, and what the buttons would set.

    Attributes
    ----------
    numbers : tuple of int
        The network's numbers of the classes shown.
    names : tuple of str
    colours : tuple of (int, int, int)
    costs : ndarray of float (S, S)
    before, after : ndarray of int (S, S)
        Neighbouring pixels with the two labels.
    overrides : tuple
        What the session holds.
    semantic, from_labels, from_target : tuple or None
    """

    numbers: tuple[int, ...]
    names: tuple[str, ...]
    colours: tuple[tuple[int, int, int], ...]
    costs: np.ndarray
    before: np.ndarray
    after: np.ndarray
    overrides: Overrides
    semantic: Overrides
    from_labels: Overrides
    from_target: Overrides | None


class CompatibilityLab(Lab[CompatibilityConfig, CompatibilityShown]):
    """A triangle of costs to edit, and which labels meet how often."""

    name = "compatibility"
    entry = LabEntry(
        title="Label compatibility",
        sentence="What it costs that two classes meet. Drag a cell up or down, or click for +0.5.",
        source="Krähenbühl and Koltun 2011, section 3; CRF-RNN (Zheng et al. 2015)",
        needs="probs",
        group="CRF studio",
        view="segviewer.labs.crf_studio.compatibility_view:CompatibilityView",
    )
    Config = CompatibilityConfig

    def compute(self, context: LabContext, config: CompatibilityConfig) -> Iterator[LabResult]:
        num_classes, overrides = len(context.probs), context.crf.compatibility
        costs = dense(overrides, num_classes)
        raw, refined = labels_of(context.probs), _refined(context)
        context.check()
        before, after = (meetings(label_map, num_classes) for label_map in (raw, refined))
        shown = _classes_shown(before, after, overrides, config.every_class)
        labels = label_set_of(context)
        names = context.classes or labels.classes
        target = context.target
        pick = np.ix_(shown, shown)
        yield LabResult(
            self.name,
            CompatibilityShown(
                numbers=tuple(shown),
                names=tuple(names[index] for index in shown),
                colours=tuple(labels.colours[index] for index in shown),
                costs=costs[pick],
                before=before[pick],
                after=after[pick],
                overrides=overrides,
                semantic=sparse(semantic(names)),
                from_labels=sparse(measured(raw, num_classes)),
                from_target=sparse(measured(target, num_classes)) if target is not None else None,
            ),
            caption=_caption(overrides, before, after, float((raw != refined).mean())),
            formula="Q<sub>i</sub>(l) ∝ exp(−ψ<sub>u</sub> − Σ<sub>l′</sub> <b>μ(l, l′)</b> "
            "Σ<sub>k</sub> θ<sub>k</sub> m<sub>k</sub>(l′)); Potts: μ = 1 for l ≠ l′",
            label_map=refined,
            raster_name="labels with these costs",
        )


def _refined(context: LabContext) -> np.ndarray:
    key = (content_key(context), settings_key(context.crf))
    return remembered(context, key, lambda: labels_of(refined_probs(context, context.crf)))


def _classes_shown(
    before: np.ndarray, after: np.ndarray, overrides: Overrides, every: bool
) -> list[int]:
    num_classes = len(before)
    if every:
        return list(range(num_classes))
    present = set(np.flatnonzero((before + after).any(1)).tolist())
    if len(overrides) <= num_classes:
        # A whole matrix, as a button sets it, says little about what a person wants to see.
        present |= {index for i, j, _ in overrides for index in (i, j)}
    if len(present) < 2:
        present |= set(range(min(2, num_classes)))
    return sorted(present)


def _caption(overrides: Overrides, before: np.ndarray, after: np.ndarray, changed: float) -> str:
    total = max(1, int(np.triu(before).sum()))
    shares = [
        100 * (int(np.triu(counts).sum()) - int(np.trace(counts))) / total
        for counts in (before, after)
    ]
    count = len(overrides)
    what = f"{count} pair{'s' if count > 1 else ''} not at 1" if count else "Potts: every pair at 1"
    return (
        f"{what}. Different labels meet at {shares[0]:.2f} % of neighbouring pixels before the CRF "
        f"and at {shares[1]:.2f} % after; {100 * changed:.1f} % of labels changed"
    )


LAB = CompatibilityLab()
