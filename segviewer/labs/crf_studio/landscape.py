"""Landscape: what the CRF gains over any two of its numbers, for a photograph with a target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.crf.search.landscape import AXES, SIDES, Landscape, landscape
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.lab_list import LabContext, LabResult
from segviewer.labs.lab import Lab
from segviewer.labs.shared.refined_labels import (
    NO_TARGET,
    content_key,
    labels_of,
    refined_probs,
    settings_key,
)
from segviewer.labs.shared.remembered import remembered
from segviewer.settings import Control, Settings, control, controls

Symbol = Literal["θ1", "σα", "σβ", "θ2", "σγ", "T"]
_CONTROLS: dict[str, Control] = {c.symbol: c for c in controls(CRFSettings) if c.name in AXES}
EVERY = 4  # points between two drawings
KEPT = 400  # points in memory


class LandscapeConfig(Settings):
    """Settings of the lab."""

    across: Symbol = control(
        "σα", kind="lab", label="Across", tip="The CRF's number along the columns."
    )
    up: Symbol = control("θ1", kind="lab", label="Up", tip="The CRF's number along the rows.")
    measure: Literal["mean IoU", "accuracy"] = control(
        "mean IoU", kind="lab", label="Measure",
        tip="What is compared with the network alone, at the size at which it runs.",
    )  # fmt: skip


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


class LandscapeLab(Lab):
    """A map that fills coarse to fine; a click goes there."""

    name = "landscape"
    Config = LandscapeConfig

    def compute(self, context: LabContext, config: LandscapeConfig) -> Iterator[LabResult]:
        if context.target is None:
            yield LabResult(self.name, caption=NO_TARGET)
            return
        if config.across == config.up:
            yield LabResult(
                self.name, caption=f"Both axes are {config.up}: choose another for one of them."
            )
            return
        score = _Score(context, config.measure)
        # Labels that the CRF leaves as they are: the network alone.
        baseline = score.of_labels(labels_of(context.probs))
        names = (_CONTROLS[config.across].name, _CONTROLS[config.up].name)
        last = None
        for state in landscape(score, baseline, context.crf, names, context.check):
            context.progressed(state.done / SIDES[-1] ** 2)
            last = state
            if score.computed >= EVERY:
                score.computed = 0
                yield self._result(context, config, state, baseline, complete=False)
        yield self._result(context, config, last, baseline, complete=True)

    def _result(
        self, context: LabContext, config, state: Landscape, baseline: float, complete: bool
    ) -> LabResult:
        now = tuple(float(getattr(context.crf, name)) for name in state.names)
        shown = LandscapeShown(
            state.filled(), ~np.isnan(state.gains), (config.across, config.up),
            tuple(state.columns.tolist()), tuple(state.rows.tolist()), now, config.measure,
            baseline,
        )  # fmt: skip
        return LabResult(
            self.name, shown, _caption(config, state, baseline), _formula(config, context.crf),
            complete=complete,
        )  # fmt: skip

    def make_view(self):
        return _make_view()


class _Score:
    """Measure of the labels that settings give; each is computed once."""

    def __init__(self, context: LabContext, measure: str):
        from segviewer.imaging.nearest import nearest

        self._context, self._measure = context, measure
        self._target = nearest(context.target, *context.probs.shape[1:])
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
    return (
        f"{config.measure} of the network alone {baseline:.4f}; best {baseline + gain:.4f} at "
        f"{config.across} {state.columns[column]:g}, {config.up} {state.rows[row]:g}{done}. "
        "Tuned on this photograph alone"
    )


def _formula(config: LandscapeConfig, crf: CRFSettings) -> str:
    others = ", ".join(
        f"{symbol} = {getattr(crf, its.name):g}"
        for symbol, its in _CONTROLS.items()
        if symbol not in (config.across, config.up)
    )
    return f"Δ {config.measure} × 100, the other numbers as set: {others}"


def _make_view():
    from PySide6.QtCore import Signal
    from PySide6.QtWidgets import QVBoxLayout, QWidget

    from segviewer.labs.crf_studio.value_grid import GridAxis, ValueGrid
    from segviewer.widgets.text.plain_text import PlainLabel

    class View(QWidget):
        """The map; a ring is where the settings are, a frame where the best is."""

        asked = Signal(object)

        def __init__(self):
            super().__init__()
            self._symbols: tuple[str, str] = ("", "")
            self.grid = ValueGrid()
            self.grid.picked.connect(self._on_picked)
            self.missing = PlainLabel(NO_TARGET)
            self.missing.setWordWrap(True)
            self.missing.setProperty("role", "muted")
            self.hint = PlainLabel(
                "Blue: better than the network alone. Orange: worse. Each has its own scale. "
                "Ring: now. Frame: best. Click a cell to set both numbers."
            )
            self.hint.setProperty("role", "muted")
            self.hint.setWordWrap(True)
            layout = QVBoxLayout(self)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(2)
            layout.addWidget(self.missing, 1)
            layout.addWidget(self.grid, 1)
            layout.addWidget(self.hint)
            self.show_result(None)

        def show_result(self, shown: LandscapeShown | None) -> None:
            self.missing.setVisible(shown is None)
            self.grid.setVisible(shown is not None)
            self.hint.setVisible(shown is not None)
            if shown is None:
                return
            self._symbols = shown.symbols
            columns, rows = (
                GridAxis(_label(symbol), symbol, values, now)
                for symbol, values, now in zip(
                    shown.symbols, (shown.columns, shown.rows), shown.now, strict=True
                )
            )
            self.grid.set_grid(shown.gains, shown.known, columns, rows, f"Δ {shown.measure}")

        def _on_picked(self, column: float, row: float) -> None:
            values = {}
            for symbol, value in zip(self._symbols, (column, row), strict=True):
                its = _CONTROLS[symbol]
                values[its.name] = round(value) if its.type == "int" else value
            self.asked.emit({"crf": values})

    return View()


def _label(symbol: str) -> str:
    its = _CONTROLS[symbol]
    unit = f", {its.unit}" if its.unit else ""
    return f"{its.label} {symbol}{unit}"


LAB = LandscapeLab()
