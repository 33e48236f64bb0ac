"""Atrous convolution of a signal: the same weights, further apart (DeepLab v2, equation 1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control

LENGTH = 36
MOST_TAPS = 7
STEP = tuple(float(i >= LENGTH // 2) for i in range(LENGTH))


class Atrous1dConfig(Settings):
    """Settings of the lab."""

    rate: int = control(
        2,
        kind="lab",
        label="Rate",
        symbol="r",
        ge=1,
        le=8,
        step=1,
        tip="Distance between two taps. 1 is the ordinary convolution.",
    )
    kernel: int = control(
        3,
        kind="lab",
        label="Taps",
        symbol="k",
        ge=1,
        le=MOST_TAPS,
        step=1,
        tip="Weights of the filter: they are learned, the rate is not.",
    )
    centred: bool = control(
        True,
        kind="lab",
        label="Centred filter",
        tip="On: as programs lay it. Off: to the right of its position, as the formula is printed.",
    )
    signal: tuple[float, ...] = control(STEP, kind="lab", label="Signal", hidden=True)
    weights: tuple[float, ...] = control((), kind="lab", label="Weights", hidden=True)


@dataclass(frozen=True, eq=False)
class Convolved:
    """What the view draws.

    Attributes
    ----------
    signal, response : ndarray of float64 (n,)
    inside : ndarray of bool (n,)
        Samples whose taps all lie on the signal.
    offsets : ndarray of int64 (k,)
        Of the taps from their sample.
    weights : ndarray of float64 (k,)
    rate : int
    """

    signal: np.ndarray
    response: np.ndarray
    inside: np.ndarray
    offsets: np.ndarray
    weights: np.ndarray
    rate: int


class Atrous1dLab(Lab[Atrous1dConfig, Convolved]):
    """A signal, a filter with holes, and what comes out."""

    name = "atrous_1d"
    entry = LabEntry(
        title="Atrous, 1-D",
        sentence="Draw a signal and a filter: holes widen the filter and cost nothing.",
        source="DeepLab v2 (Chen et al. 2018), equation 1",
        needs="nothing",
        group="Atrous convolution",
        view="segviewer.labs.atrous.atrous_1d_view:Atrous1dView",
    )
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
    strongest = f"Strongest response {number_text(shown.response[at])} at i = {at}."
    if not shown.response[at]:
        strongest = "Nothing comes out: signal and filter do not meet, or one of them is 0."
    return (
        f"{taps} {wide} {'sample' if wide == 1 else 'samples'} ({how}). Still {k} "
        f"{'parameter' if k == 1 else 'parameters'} and {k * n} multiply-adds for {n} outputs, "
        f"{int(shown.inside.sum())} of which see signal with every tap. {strongest}"
    )


def number_text(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _formula(config: Atrous1dConfig) -> str:
    # j counts the taps, as k is their number here and in every other lab.
    k, r = config.kernel, config.rate
    index = f"i + {r}·(j − {(k + 1) / 2:g})" if config.centred and k % 2 else f"i + {r}·j"
    if config.centred and k % 2 == 0:
        index = f"i + {r}·(j − {k // 2 + 1})"
    return (
        f"y[i] = Σ<sub>j=1…{k}</sub> x[{index}] w[j]; &nbsp; k<sub>e</sub> = k + (k − 1)(r − 1) = "
        f"{k} + {k - 1}·{r - 1} = <b>{k + (k - 1) * (r - 1)}</b>"
    )


LAB = Atrous1dLab()
