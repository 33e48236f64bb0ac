"""Landscape: what the CRF gains over any two of its numbers.

Without a target mask nobody can say what is gained: then it is how many labels change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.crf.search.landscape import AXES, SIDES, Landscape, landscape
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.refined_labels import content_key, labels_of, refined_probs, settings_key
from segviewer.labs.shared.remembered import remembered
from segviewer.settings import Control, Settings, control, controls

Symbol = Literal["θ1", "σα", "σβ", "θ2", "σγ", "T"]
LANDSCAPE_CONTROLS: dict[str, Control] = {
    c.symbol: c for c in controls(CRFSettings) if c.name in AXES
}
EVERY = 4  # points between two drawings
KEPT = 400  # points in memory
CHANGED = "labels changed"  # the measure without a target mask


class LandscapeConfig(Settings):
    """Settings of the lab."""

    across: Symbol = control(
        "σα", kind="lab", label="Across", tip="The CRF's number along the columns."
    )
    up: Symbol = control("θ1", kind="lab", label="Up", tip="The CRF's number along the rows.")
    measure: Literal["mean IoU", "accuracy"] = control(
        "mean IoU",
        kind="lab",
        label="Measure",
        tip="What is compared with the network alone, at the size at which it runs.",
    )


@dataclass(frozen=True, eq=False)
class LandscapeShown:
    """Gains (row, column), which are computed, the two axes, where the settings are now."""

    gains: np.ndarray
    known: np.ndarray
    symbols: tuple[str, str]
    columns: tuple[float, ...]
    rows: tuple[float, ...]
    now: tuple[float, float]
    measure: str
    baseline: float


class LandscapeLab(Lab[LandscapeConfig, LandscapeShown]):
    """A map that fills coarse to fine; a click goes there."""

    name = "landscape"
    entry = LabEntry(
        title="Landscape",
        sentence="What the CRF gains over any two of its numbers. Click a cell to go there.",
        source="DeepLab v1 (Chen et al. 2015), section 5: the search for these numbers",
        needs="probs",
        group="CRF studio",
        view="segviewer.labs.crf_studio.landscape_view:LandscapeView",
    )
    Config = LandscapeConfig

    def compute(self, context: LabContext, config: LandscapeConfig) -> Iterator[LabResult]:
        if config.across == config.up:
            yield LabResult(
                self.name, caption=f"Both axes are {config.up}: choose another for one of them."
            )
            return
        if context.target is None:
            config = config.model_copy(update={"measure": CHANGED})
        score = _Score(context, config.measure)
        # Labels that the CRF leaves as they are: the network alone.
        baseline = score.of_labels(labels_of(context.probs))
        names = (LANDSCAPE_CONTROLS[config.across].name, LANDSCAPE_CONTROLS[config.up].name)
        last = None
        for state in landscape(score, baseline, context.crf, names, context.check):
            context.progressed(state.done / SIDES[-1] ** 2)
            last = state
            if score.computed >= EVERY:
                score.computed = 0
                yield self._result(context, config, state, baseline, complete=False)
        if last is not None:
            yield self._result(context, config, last, baseline, complete=True)

    def _result(
        self, context: LabContext, config, state: Landscape, baseline: float, complete: bool
    ) -> LabResult:
        across, up = (float(getattr(context.crf, name)) for name in state.names)
        shown = LandscapeShown(
            state.filled(),
            ~np.isnan(state.gains),
            (config.across, config.up),
            tuple(state.columns.tolist()),
            tuple(state.rows.tolist()),
            (across, up),
            config.measure,
            baseline,
        )
        return LabResult(
            self.name,
            shown,
            _caption(config, state, baseline),
            _formula(config, context.crf),
            complete=complete,
        )


class _Score:
    """Measure of the labels that settings give; each is computed once."""

    def __init__(self, context: LabContext, measure: str):
        from segviewer.imaging.nearest import nearest

        self._context, self._measure = context, measure
        _, height, width = context.probs.shape
        if context.target is None:
            self._target = labels_of(context.probs)
        else:
            self._target = nearest(context.target, height, width)
        self._content = content_key(context)
        self.computed = 0

    def __call__(self, settings: CRFSettings) -> float:
        def compute() -> float:
            self.computed += 1
            return self.of_labels(labels_of(refined_probs(self._context, settings)))

        key = (self._content, self._measure, settings_key(settings))
        return remembered(self._context, key, compute, KEPT)

    def of_labels(self, label_map: np.ndarray) -> float:
        from segviewer.analysis.evaluation.metrics import Confusion

        if self._measure == CHANGED:
            return float((label_map != self._target).mean())
        confusion = Confusion(len(self._context.probs))
        confusion.add(self._target, label_map)
        return confusion.miou if self._measure == "mean IoU" else confusion.pixel_accuracy


def _caption(config: LandscapeConfig, state: Landscape, baseline: float) -> str:
    best = state.best
    if best is None:
        return "The target mask has no pixel with a class of this network."
    row, column = best
    gain = state.gains[row, column]
    done = "" if state.done == SIDES[-1] ** 2 else f" ({state.done} of {SIDES[-1] ** 2} points)"
    if config.measure == CHANGED:
        return (
            f"No target mask: how many labels the CRF changes, most {gain:.1%} at {config.across} "
            f"{state.columns[column]:g}, {config.up} {state.rows[row]:g}{done}. Open the "
            "photograph's mask, or paint one (M), to see what is gained"
        )
    return (
        f"{config.measure} of the network alone {baseline:.4f}; best {baseline + gain:.4f} at "
        f"{config.across} {state.columns[column]:g}, {config.up} {state.rows[row]:g}{done}. "
        "Tuned on this photograph alone"
    )


def _formula(config: LandscapeConfig, crf: CRFSettings) -> str:
    others = ", ".join(
        f"{symbol} = {getattr(crf, its.name):g}"
        for symbol, its in LANDSCAPE_CONTROLS.items()
        if symbol not in (config.across, config.up)
    )
    what = "share of labels" if config.measure == CHANGED else f"Δ {config.measure}"
    return f"{what} × 100, the other numbers as set: {others}"


LAB = LandscapeLab()
