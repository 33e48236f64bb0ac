"""Atrous convolution of a signal: the same weights, further apart (DeepLab v2, equation 1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segviewer.lab_list import LabContext, LabResult
from segviewer.labs.lab import Lab
from segviewer.settings import Settings, control

LENGTH = 36
MOST_TAPS = 7
STEP = tuple(float(i >= LENGTH // 2) for i in range(LENGTH))


class Atrous1dConfig(Settings):
    """Settings of the lab."""

    rate: int = control(
        2, kind="lab", label="Rate", symbol="r", ge=1, le=8, step=1,
        tip="Distance between two taps. 1 is the ordinary convolution.",
    )  # fmt: skip
    kernel: int = control(
        3, kind="lab", label="Taps", symbol="k", ge=1, le=MOST_TAPS, step=1,
        tip="Weights of the filter: they are learned, the rate is not.",
    )  # fmt: skip
    centred: bool = control(
        True, kind="lab", label="Filter about its place",
        tip="On: as programs lay it. Off: to the right of its place, as the formula is printed.",
    )  # fmt: skip
    signal: tuple[float, ...] = control(STEP, kind="lab", label="Signal", hidden=True)
    weights: tuple[float, ...] = control((), kind="lab", label="Weights", hidden=True)


@dataclass(frozen=True, eq=False)
class Convolved:
    """What the view draws.

    Attributes
    ----------
    signal, response : ndarray of float64 (n,)
    inside : ndarray of bool (n,)
        Places whose taps all lie on the signal.
    offsets : ndarray of int64 (k,)
        Of the taps from their place.
    weights : ndarray of float64 (k,)
    rate : int
    """

    signal: np.ndarray
    response: np.ndarray
    inside: np.ndarray
    offsets: np.ndarray
    weights: np.ndarray
    rate: int


class Atrous1dLab(Lab):
    """A signal, a filter with holes, and what comes out."""

    name = "atrous_1d"
    Config = Atrous1dConfig

    def compute(self, context: LabContext, config: Atrous1dConfig) -> Iterator[LabResult]:
        from segviewer.analysis.arithmetic.atrous_signal import (
            atrous_convolution,
            filter_of,
            tap_offsets,
            taps_inside,
        )

        signal = np.clip(np.array(config.signal or STEP, float), -1, 1)
        weights = np.clip(np.array(config.weights, float), -1, 1)
        if len(weights) != config.kernel:  # none drawn for so many taps
            weights = filter_of("difference", config.kernel)
        response = atrous_convolution(signal, weights, config.rate, config.centred)
        offsets = tap_offsets(config.kernel, config.rate, config.centred)
        inside = taps_inside(len(signal), config.kernel, config.rate, config.centred)
        shown = Convolved(signal, response, inside == config.kernel, offsets, weights, config.rate)
        yield LabResult(self.name, shown, caption=_caption(shown, config), formula=_formula(config))

    def make_view(self):
        return _make_view()


def _caption(shown: Convolved, config: Atrous1dConfig) -> str:
    from segviewer.analysis.arithmetic.atrous_signal import effective_kernel

    k, n = config.kernel, len(shown.signal)
    wide = effective_kernel(k, config.rate)
    taps = "1 tap sees" if k == 1 else f"{k} taps span"
    how = "rate 1, the ordinary convolution"
    if config.rate > 1:
        holes = "1 hole" if config.rate == 2 else f"{config.rate - 1} holes"
        how = f"rate {config.rate}" + (f", {holes} between two taps" if k > 1 else "")
    at = int(np.abs(shown.response).argmax())
    strongest = f"Strongest response {_number(shown.response[at])} at i = {at}."
    if not shown.response[at]:
        strongest = "Nothing comes out: signal and filter do not meet, or one of them is 0."
    return (
        f"{taps} {wide} {'sample' if wide == 1 else 'samples'} ({how}). Still {k} "
        f"{'parameter' if k == 1 else 'parameters'} and {k * n} multiply-adds for {n} outputs, "
        f"{int(shown.inside.sum())} of which see signal with every tap. {strongest}"
    )


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _formula(config: Atrous1dConfig) -> str:
    k, r = config.kernel, config.rate
    index = f"i + {r}·(k − {(k + 1) / 2:g})" if config.centred and k % 2 else f"i + {r}·k"
    if config.centred and k % 2 == 0:
        index = f"i + {r}·(k − {k // 2 + 1})"
    return (
        f"y[i] = Σ<sub>k=1…{k}</sub> x[{index}] w[k]; &nbsp; k<sub>e</sub> = k + (k − 1)(r − 1) = "
        f"{k} + {k - 1}·{r - 1} = <b>{k + (k - 1) * (r - 1)}</b>"
    )


def _make_view():
    from PySide6.QtCore import Signal
    from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QWidget

    from segviewer.analysis.arithmetic.atrous_signal import (
        FILTERS,
        SIGNALS,
        filter_of,
        signal_of,
        with_holes,
    )
    from segviewer.labs.atrous.sample_bars import SampleBars

    class View(QWidget):
        """Signal above its response, the filter beside them; a place shows its taps."""

        edited = Signal(str, object, bool)

        def __init__(self):
            super().__init__()
            self._shown: Convolved | None = None
            self.signal = SampleBars("x, the signal: draw it", editable=True)
            self.filter = SampleBars("w, the filter: draw it", editable=True)
            self.response = SampleBars("y, the response")
            self.signal_buttons = self._buttons(SIGNALS, self._on_signal)
            self.filter_buttons = self._buttons(FILTERS, self._on_filter)
            layout = QGridLayout(self)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setHorizontalSpacing(24)
            layout.setVerticalSpacing(4)
            layout.addLayout(_row(self.signal_buttons), 0, 0)
            layout.addLayout(_row(self.filter_buttons), 0, 1)
            layout.addWidget(self.signal, 1, 0)
            layout.addWidget(self.response, 2, 0)
            layout.addWidget(self.filter, 1, 1, 2, 1)
            layout.setColumnStretch(0, 2)
            layout.setColumnStretch(1, 1)
            layout.setRowStretch(1, 1)
            layout.setRowStretch(2, 1)
            self.signal.changed.connect(lambda v, done: self.edited.emit("signal", v, done))
            self.filter.changed.connect(self._on_filter_drawn)
            for bars in (self.signal, self.response):
                bars.pointed.connect(self._on_pointed)

        def _buttons(self, names, slot) -> dict[str, QPushButton]:
            found = {}
            for name in names:
                found[name] = QPushButton(name)
                found[name].setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
                found[name].clicked.connect(lambda checked=False, name=name: slot(name))
            return found

        def show_result(self, shown: Convolved | None) -> None:
            self._shown = shown
            if shown is None:
                for bars in (self.signal, self.filter, self.response):
                    bars.set_values(())
                    bars.set_marked({})
                return
            self.signal.set_values(shown.signal)
            reach = max(1.0, float(np.abs(shown.response).max()))
            self.response.set_values(shown.response, reach=reach, pale=~shown.inside)
            spread = with_holes(shown.weights, shown.rate)
            holes = np.arange(len(spread)) % shown.rate != 0
            self.filter.set_values(spread, holes=holes)
            self._on_pointed(-1)

        def _on_signal(self, name: str) -> None:
            if self._shown is not None:
                values = signal_of(name, len(self._shown.signal))
                self.edited.emit("signal", tuple(values.tolist()), True)

        def _on_filter(self, name: str) -> None:
            if self._shown is not None:
                values = filter_of(name, len(self._shown.weights))
                self.edited.emit("weights", tuple(values.tolist()), True)

        def _on_filter_drawn(self, values: tuple, finished: bool) -> None:
            self.edited.emit("weights", values[:: self._shown.rate], finished)

        def _on_pointed(self, index: int) -> None:
            """Show which samples the response at `index` is made of."""
            shown = self._shown
            if shown is None:
                return
            strongest = int(np.abs(shown.response).argmax())
            place = index if 0 <= index < len(shown.signal) else strongest
            taps = {
                int(place + offset): _number(weight)
                for offset, weight in zip(shown.offsets, shown.weights, strict=True)
                if 0 <= place + offset < len(shown.signal)
            }
            self.signal.set_marked(taps)
            self.response.set_marked({place: _number(shown.response[place])})
            self.response.set_name(f"y, the response (y[{place}] marked)")

    def _row(buttons: dict[str, QPushButton]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in buttons.values():
            row.addWidget(button)
        row.addStretch(1)
        return row

    return View()


LAB = Atrous1dLab()
