"""Energy of a hand-painted 8×8 labelling, term by term (DeepLab v1, equations 1 and 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control

PIXELS = 64
Convention = Literal["raw", "normalised"]
CONVENTIONS: tuple[Convention, ...] = ("raw", "normalised")


class CrfEnergyConfig(Settings):
    """Settings of the lab."""

    picture: Literal["edge", "disc", "thin line", "flat"] = control(
        "edge",
        kind="lab",
        label="Picture",
        tip="8×8 pixels, and a noisy network that goes by brightness.",
    )
    convention: Literal["normalised", "raw"] = control(
        "normalised",
        kind="lab",
        label="Pairs",
        inline=True,
        tip="normalised: each pair once, kernels divided by the roots of their row sums, as in "
        "programs. raw: over i ≠ j as printed: each pair twice, kernels of peak 1.",
    )
    appearance_weight: float = control(
        4.0, kind="lab", label="Appearance weight", symbol="θ1", ge=0, le=20, step=0.1
    )
    appearance_xy_std: float = control(
        3.0,
        kind="lab",
        label="Appearance position",
        symbol="σα",
        unit="px",
        ge=0.3,
        le=20,
        log=True,
        step=0.1,
    )
    appearance_rgb_std: float = control(
        20.0,
        kind="lab",
        label="Appearance colour",
        symbol="σβ",
        ge=1,
        le=255,
        log=True,
        step=1,
        unit="grey levels",
    )
    smoothness_weight: float = control(
        1.0, kind="lab", label="Smoothness weight", symbol="θ2", ge=0, le=20, step=0.1
    )
    smoothness_xy_std: float = control(
        1.0,
        kind="lab",
        label="Smoothness position",
        symbol="σγ",
        unit="px",
        ge=0.3,
        le=20,
        log=True,
        step=0.1,
    )
    labels: tuple[int, ...] = control((), kind="lab", label="Labels", hidden=True)


@dataclass(frozen=True, eq=False)
class EnergyShown:
    """What the view draws; arrays of (8, 8).

    Attributes
    ----------
    picture : ndarray of uint8
    chances : ndarray of float64
        Of label 1, by the network.
    labels : ndarray of int64
    unary, smoothness, appearance, flips : ndarray of float64
        Terms pixel by pixel, half of a pair at either, and how much a flip changes E.
    rows : tuple of tuple of str
        The table: term, raw, normalised.
    targets : dict of str to tuple of int
        Labellings to jump to.
    """

    picture: np.ndarray
    chances: np.ndarray
    labels: np.ndarray
    unary: np.ndarray
    smoothness: np.ndarray
    appearance: np.ndarray
    flips: np.ndarray
    rows: tuple[tuple[str, str, str], ...]
    targets: dict[str, tuple[int, ...]]


class CrfEnergyLab(Lab[CrfEnergyConfig, EnergyShown]):
    """Paint labels and see which term rises and which falls."""

    name = "crf_energy"
    entry = LabEntry(
        title="CRF energy",
        sentence="Paint an 8×8 labelling and see each term of its energy rise or fall.",
        source="DeepLab v1 (Chen et al. 2015), equations 1 and 2; Krähenbühl and Koltun 2011",
        needs="nothing",
        group="Graphical models",
        view="segviewer.labs.graphical.crf_energy_view:EnergyView",
    )
    Config = CrfEnergyConfig

    def compute(self, context: LabContext, config: CrfEnergyConfig) -> Iterator[LabResult]:
        from segviewer.analysis.arithmetic.labelling_energy import (
            chances_of,
            descend,
            energy_of,
            flip_changes,
            picture_of,
            unary_of,
        )

        picture = picture_of(config.picture)
        chances = chances_of(picture)
        unary = unary_of(chances)
        pairs, best = _pairs(context, config, picture, unary)
        network = unary.argmin(1)
        labels = network
        if len(config.labels) == PIXELS:
            labels = np.clip(np.array(config.labels, np.int64), 0, 1)
        energies = {how: energy_of(labels, unary, pairs[how]) for how in CONVENTIONS}
        lowest = {how: energy_of(best[how], unary, pairs[how]).total for how in CONVENTIONS}
        own = energies[config.convention]
        flips = flip_changes(labels, unary, pairs[config.convention])
        down = labels.copy()
        if flips.min() < -1e-9:
            down[flips.argmin()] = 1 - down[flips.argmin()]
        targets = {
            "network": network,
            "one flip down": down,
            "all the way down": descend(labels, unary, pairs[config.convention]),
            "lowest": best[config.convention],
        }
        shape = picture.shape
        shown = EnergyShown(
            picture,
            chances,
            labels.reshape(shape),
            own.unary.reshape(shape),
            own.smoothness.reshape(shape),
            own.appearance.reshape(shape),
            flips.reshape(shape),
            _rows(energies, lowest),
            {name: tuple(int(v) for v in found) for name, found in targets.items()},
        )
        yield LabResult(
            self.name,
            shown,
            caption=_caption(context, config, own, lowest[config.convention], labels, flips),
            formula=_formula(config),
        )


def _pairs(context: LabContext, config: CrfEnergyConfig, picture, unary) -> tuple[dict, dict]:
    """Pairwise terms and lowest labellings in both conventions; painting changes neither."""
    from segviewer.analysis.arithmetic.labelling_energy import lowest, pair_energies

    key = config.model_copy(update={"labels": (), "convention": "raw"})
    if context.memory.get("key") != key:
        appearance = (config.appearance_weight, config.appearance_xy_std, config.appearance_rgb_std)
        smoothness = (config.smoothness_weight, config.smoothness_xy_std)
        pairs = {how: pair_energies(picture, appearance, smoothness, how) for how in CONVENTIONS}
        best = {how: lowest(unary, pairs[how]) for how in CONVENTIONS}
        context.memory.update(key=key, pairs=(pairs, best))
    return context.memory["pairs"]


def _rows(energies: dict, lowest: dict) -> tuple[tuple[str, str, str], ...]:
    def row(name: str, value: Callable[[Convention], float]) -> tuple[str, str, str]:
        raw, normalised = (f"{value(how):.2f}" for how in CONVENTIONS)
        return name, raw, normalised

    return (
        row("unary", lambda how: energies[how].unary.sum()),
        row("smoothness", lambda how: energies[how].smoothness.sum()),
        row("appearance", lambda how: energies[how].appearance.sum()),
        row("E, their sum", lambda how: energies[how].total),
        row("lowest E there is", lambda how: lowest[how]),
    )


def _caption(context: LabContext, config, own, lowest: float, labels, flips) -> str:
    terms = [float(getattr(own, n).sum()) for n in ("unary", "smoothness", "appearance")]
    said = (
        f"E = {terms[0]:.2f} unary + {terms[1]:.2f} smoothness + {terms[2]:.2f} appearance = "
        f"{own.total:.2f}, {config.convention}"
    )
    # Against the labelling before, as long as nothing else has changed.
    what = config.model_copy(update={"labels": ()})
    before_what, before_labels, before_total = context.memory.get("before", (None, b"", 0.0))
    same = before_what == what
    if same and before_labels != labels.tobytes():
        change = own.total - before_total
        word = "lower" if change < 0 else "higher"
        said += f", {abs(change):.2f} {word} than before"
    if not same or before_labels != labels.tobytes():
        context.memory["before"] = (what, labels.tobytes(), own.total)
    said += f"; the lowest there is, {lowest:.2f}"
    ones = int(labels.sum())
    lowers = int((flips < -1e-9).sum())
    if own.total <= lowest + 1e-4 * max(1.0, abs(lowest)):
        said += ": this is it. "
    elif not lowers:
        said += ". No single flip lowers it: a local minimum. "
    else:
        least = f"{flips.min():.2f}".replace("-", "−")
        said += f". {lowers} of 64 single flips lower it, the best by {least}. "
    return said + f"{ones} pixels have label 1."


def _formula(config: CrfEnergyConfig) -> str:
    d, c = "|p<sub>i</sub> − p<sub>j</sub>|²", "|I<sub>i</sub> − I<sub>j</sub>|²"
    over = "Σ<sub>i≠j</sub>" if config.convention == "raw" else "Σ<sub>i&lt;j</sub>"
    name = "k" if config.convention == "raw" else "k̃"
    even = (
        ""
        if config.convention == "raw"
        else ", &nbsp; k̃<sub>ij</sub> = k<sub>ij</sub> / √(s<sub>i</sub> s<sub>j</sub>)"
    )
    return (
        f"E = −Σ log p<sub>i</sub>(x<sub>i</sub>) + {over} [x<sub>i</sub> ≠ x<sub>j</sub>] "
        f"({config.appearance_weight:g} {name}₁ + {config.smoothness_weight:g} {name}₂), &nbsp; "
        f"k₁ = exp(−{d} / 2·{config.appearance_xy_std:.3g}² − {c} / 2·"
        f"{config.appearance_rgb_std:.3g}²), k₂ = exp(−{d} / 2·{config.smoothness_xy_std:.3g}²)"
        f"{even}. Over a whole photograph: CRF studio."
    )


LAB = CrfEnergyLab()
