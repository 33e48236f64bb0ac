"""What pooling and striding are good for, and their price: a shift that leaves the map as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control

FURTHEST = 8  # pixels of a shift


class InvarianceConfig(Settings):
    """Settings of the lab."""

    window: Literal[1, 2, 4, 8, 16] = control(
        4,
        kind="lab",
        label="Window",
        symbol="s",
        unit="px",
        inline=True,
        tip="Side of a pooled window, which is its stride too; 16 is the whole map, as global "
        "pooling before a classifier.",
    )
    pooling: Literal["maximum", "average", "every s-th"] = control(
        "maximum",
        kind="lab",
        label="Pooling",
        tip="every s-th: a stride without pooling, which misses what falls between.",
    )
    shift: int = control(
        1,
        kind="lab",
        label="Shift",
        unit="px",
        ge=0,
        le=FURTHEST,
        step=1,
        tip="How far to the right everything is moved before it is pooled.",
    )


@dataclass(frozen=True, eq=False)
class Pooled:
    """What the view draws.

    Attributes
    ----------
    detections : ndarray of float64 (16, 16)
        After the shift.
    before, after : ndarray of float64 (16 / s, 16 / s)
        Pooled without the shift, and with it.
    back : ndarray of float64 (16, 16)
        `after`, enlarged.
    curves : tuple of (window, shares)
        Of positions whose map a shift of 0, 1, … px changes.
    """

    detections: np.ndarray
    before: np.ndarray
    after: np.ndarray
    back: np.ndarray
    curves: tuple[tuple[int, tuple[float, ...]], ...]
    window: int
    shift: int


class InvarianceLab(Lab[InvarianceConfig, Pooled]):
    """Three detections, pooled before and after a shift."""

    name = "invariance"
    entry = LabEntry(
        title="Invariance",
        sentence="Three detections are shifted and pooled: what the map does not notice, and "
        "what it no longer knows.",
        source="DeepLab v1 (Chen et al. 2015); DRN (Yu, Koltun, Funkhouser 2017)",
        needs="nothing",
        group="Atrous convolution",
        view="segviewer.labs.atrous.invariance_view:InvarianceView",
    )
    Config = InvarianceConfig

    def compute(self, context: LabContext, config: InvarianceConfig) -> Iterator[LabResult]:
        from segviewer.analysis.arithmetic.pooled_detections import (
            WINDOWS,
            detections,
            enlarged,
            pooled,
            share_changed,
        )

        window, how = config.window, config.pooling
        start, moved = detections(0), detections(config.shift)
        before, after = (pooled(one, window, how) for one in (start, moved))
        shown = Pooled(
            moved,
            before,
            after,
            enlarged(after, window),
            tuple(
                (one, tuple(share_changed(one, d, how) for d in range(FURTHEST + 1)))
                for one in WINDOWS
            ),
            window,
            config.shift,
        )
        yield LabResult(
            self.name,
            shown,
            caption=_caption(shown, config, int((start != moved).sum())),
            formula=_formula(config, share_changed(window, config.shift, how)),
        )


def _caption(shown: Pooled, config: InvarianceConfig, pixels: int) -> str:
    cells, s = int((shown.before != shown.after).sum()), config.window
    size = shown.after.size
    said = (
        f"Shifted by {config.shift} px, {pixels} of 256 pixels change; pooled, {cells} of {size} "
        f"{'cell' if size == 1 else 'cells'}. "
    )
    if config.pooling == "every s-th" and s > 1:
        seen = int(shown.after.sum())
        return said + f"{seen} of 3 detections are on a pixel that is kept: a stride alone misses."
    if s == 1:
        return said + "Nothing is pooled: every shift shows, and every position is known."
    return said + (
        f"Its price: {s * s} positions give one cell, so that where a detection was is known to "
        f"{s} px."
    )


def _formula(config: InvarianceConfig, share: float) -> str:
    s, d = config.window, config.shift
    if config.pooling == "every s-th":
        return f"y[i] = x[s·i], &nbsp; s = {s}; &nbsp; seen: 1 / s² = 1 / {s * s} of all positions"
    if s == 16:
        return "y = max x[k] over the whole map: &nbsp; a shift changes it <b>nowhere</b>"
    sign = "max" if config.pooling == "maximum" else "mean"
    return (
        f"y[i] = {sign}<sub>0 ≤ k &lt; s</sub> x[s·i + k], &nbsp; s = {s}; &nbsp; a shift of {d} "
        f"px changes the cell at min(1, {d} / {s}) = <b>{share:.0%}</b> of all positions"
    )


LAB = InvarianceLab()
