"""Gridding, seen: how much of a layer's maps is a grid, and what each remedy takes away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from segviewer.errors import SegviewerError
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.drawn_grid import (
    grey,
    layer_with_grid,
    logarithm,
    map_layers,
    over_picture,
    peak_words,
    period_of,
    rate_of,
    rings,
)
from segviewer.labs.shared.measured_field import difference_of
from segviewer.labs.shared.measured_grid import (
    MeasuredGrid,
    given_picture,
    grid_before,
    grid_settings,
    maps_of,
    measure_grid,
)
from segviewer.labs.shared.measured_remedies import Look, RemedyRow, measured_remedies
from segviewer.settings import Settings, control

if TYPE_CHECKING:
    from segviewer.analysis.gridding.gridding import CosetEnergy
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import LayerField

CHANNELS = 64  # of a grid of channels


class GriddingSeenConfig(Settings):
    """Settings of the lab."""

    layer: str = control("", kind="lab", label="Layer", hidden=True)
    looked_at: Literal["measures", "remedies"] = control(
        "measures",
        kind="lab",
        label="Show",
        tip="The grid of this layer, or each remedy of gridding without and with.",
    )
    period: int = control(
        0,
        kind="lab",
        label="Period",
        symbol="r",
        ge=0,
        le=16,
        step=1,
        zero_text="layer's rate",
        tip="Of the grid that is looked for; at the left end the rate of the layer, or of the "
        "last dilated convolution before it.",
    )
    given: Literal["picture", "step", "delta", "noise"] = control(
        "picture",
        kind="lab",
        label="Seen by the network",
        tip="The photograph, or one that shows a grid plainly.",
    )
    window: int = control(
        0,
        kind="lab",
        label="Window",
        unit="cells",
        ge=0,
        le=64,
        step=1,
        inline=True,
        zero_text="whole map",
        tip="Side of the pieces that are looked at one by one: over a whole map the grid's "
        "signs follow what is in the picture, and even out.",
    )
    drawn: Literal["mean", "strongest", "most gridded", "channels"] = control(
        "mean", kind="lab", label="Map", tip="Mean of |x| over the channels, one, or many of them."
    )
    remedy: Literal["none", "shared separable", "group interaction", "hierarchical fusion"] = (
        control(
            "none",
            kind="lab",
            label="Remedy",
            tip="Smoothed dilation on every dilated convolution (Wang, Ji 2018), untrained, "
            "between the identity and the plain mean; or ESPNet's sums over the branches of a "
            "pyramid. The label map stays without it.",
        )
    )
    amount: float = control(
        1.0,
        kind="lab",
        label="Strength",
        ge=0,
        le=1,
        decimals=2,
        inline=True,
        tip="Of a smoothed dilation. 0: the identity it starts from; 1: the plain mean.",
    )
    column: float = control(0.5, kind="lab", label="Column", hidden=True, ge=0, le=1)
    row: float = control(0.5, kind="lab", label="Row", hidden=True, ge=0, le=1)


@dataclass(frozen=True)
class Grids:
    """What the view draws; `bars` as (name, share, words, share before, by theory).

    `remedies` is empty where they are not looked at.
    """

    labels: tuple[str, ...]
    chosen: int
    maps: tuple[np.ndarray, ...]
    map_words: str
    cosets: tuple[np.ndarray, ...]
    rate: int
    spectrum: np.ndarray
    rings: tuple[tuple[int, int, bool], ...]
    spectrum_words: str
    bars: tuple[tuple[str, float | None, str, float | None, bool], ...]
    remedies: tuple[RemedyRow, ...] = ()


class GriddingSeenLab(Lab[GriddingSeenConfig, Grids]):
    """Coset energy, spectrum and sub-lattices of real maps, before and after a remedy."""

    name = "gridding_seen"
    entry = LabEntry(
        title="Gridding, seen",
        sentence="How much of a layer's maps is a grid, and what takes it away.",
        source="DRN (Yu et al. 2017); smoothed dilation (Wang, Ji 2018)",
        needs="network",
        group="Gridding",
        view="segviewer.labs.gridding.gridding_seen_view:GridMeasures",
    )
    Config = GriddingSeenConfig

    def compute(self, context: LabContext, config: GriddingSeenConfig) -> Iterator[LabResult]:
        try:
            rows = map_layers(context)
        except SegviewerError as error:
            caption = error.sentence
            yield LabResult(self.name, caption=caption)
            return
        labels = tuple(row.label for row in rows)
        modules = dict(context.network.named_modules())
        rates = [rate_of(modules.get(row.name)) for row in rows]
        chosen, missing = layer_with_grid(labels, rates, config.layer)
        try:
            rate, cut = period_of(rows[chosen], rates[: chosen + 1], config.period)
            yield from self._look(context, config, rows, chosen, rate, missing + cut)
        except SegviewerError as error:
            # Its layers are shown, so that another can be chosen.
            shown = Grids(labels, chosen, (), "", (), 1, np.zeros((0, 0), np.uint8), (), "", ())
            caption = f"{missing}{error.sentence}"
            yield LabResult(self.name, shown, caption=caption)

    def _look(
        self,
        context: LabContext,
        config: GriddingSeenConfig,
        rows: tuple[LayerField, ...],
        chosen: int,
        rate: int,
        said_first: str,
    ) -> Iterator[LabResult]:
        labels = tuple(row.label for row in rows)
        image = given_picture(context, config.given)
        context.check()
        maps = maps_of(context, image, labels[chosen])
        context.check()
        settings = grid_settings(context, labels[chosen], config)
        now = measure_grid(maps, rate, settings, config.window)
        last = grid_before(context, now)
        remedied = config.remedy != "none"
        if remedied:
            context.progressed(0.5)
            maps = maps_of(context, image, labels[chosen], config.remedy, config.amount)
            last, now = now, measure_grid(maps, rate, settings, config.window)
        values, said = _drawn(maps, config.drawn, now.energy)
        shown = Grids(
            labels,
            chosen,
            _tiles(maps) if config.drawn == "channels" else (grey(values),),
            said,
            tuple(grey(values)[i::rate, j::rate] for i in range(rate) for j in range(rate)),
            rate,
            logarithm(now.spectrum.magnitude),
            rings(now.spectrum, rate),
            peak_words(now.spectrum, rate),
            _bars(now, last, rate),
        )
        found = LabResult(
            self.name,
            shown,
            caption=said_first + _words(context, maps, labels[chosen], now, last, rate, remedied),
            formula=_formula(now.energy, rate),
            raster=over_picture(grey(values), rows[chosen]) if config.given == "picture" else None,
            raster_name=f"{labels[chosen]} · {said}",
        )
        if config.looked_at == "measures":
            yield found
            return
        look = Look(labels[chosen], rate, config.given, config.window, config.amount)
        for remedies in measured_remedies(context, look, image, config.remedy):
            complete = all(remedy.why_not or remedy.measured for remedy in remedies)
            yield replace(found, shown=replace(shown, remedies=remedies), complete=complete)


def _drawn(maps: np.ndarray, drawn: str, energy: CosetEnergy) -> tuple[np.ndarray, str]:
    strength = np.abs(maps).mean((1, 2))
    if drawn == "strongest":
        channel = int(strength.argmax())
        return maps[channel], f"channel {channel}, the strongest"
    if drawn == "most gridded" and np.isfinite(energy.by_channel).any():
        channel = int(np.nanargmax(energy.by_channel))
        return maps[channel], f"channel {channel}, {energy.by_channel[channel]:.0%} grid"
    if drawn == "channels":
        return np.abs(maps).mean(0), f"{min(CHANNELS, len(maps))} of {len(maps)} channels"
    return np.abs(maps).mean(0), f"mean |x| of {len(maps)} channels"


def _tiles(maps: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(grey(channel) for channel in maps[:CHANNELS])


def _bars(now: MeasuredGrid, last: MeasuredGrid | None, rate: int):
    def bar(name: str, energy: CosetEnergy, before: CosetEnergy | None):
        share = None if np.isnan(energy.energy) else energy.energy
        words = "a constant map" if share is None else f"{share:.2%}"
        then = None
        if before is not None and not np.isnan(before.energy):
            then = before.energy
            words += f", was {then:.2%}"
        return name, share, words, then, False

    chance = now.energy.by_chance
    bars = (
        bar(f"coset energy, r = {rate}", now.energy, None if last is None else last.energy),
        ("white noise would have", chance, f"{chance:.2%}", None, True),
    )
    if rate == 2:
        return bars
    return (*bars, bar("parity energy, r = 2", now.parity, None if last is None else last.parity))


def _words(context, maps, label, now, last, rate, remedied) -> str:
    energy, card = now.energy.energy, context.card
    said = f"{label} ({' × '.join(map(str, maps.shape))}): "
    if np.isnan(energy):
        said += "no variance: the map is constant. "
    else:
        chance = now.energy.by_chance
        said += (
            f"{energy:.2%} of the variance lies between the {rate * rate} cosets of r = {rate}, "
            f"{energy / chance:.2f} times white noise's {chance:.2%}; "
            + (f"parity {now.parity.energy:.2%}; " if rate != 2 else "")
            + f"strongest peak {now.spectrum.strongest:.2f} × its surroundings. "
        )
    if last is not None:
        factor = ""
        if last.energy.energy > 0 and energy >= 1e-4 * last.energy.energy:
            factor = f", {last.energy.energy / energy:.3g} times as much"
        what = (
            "Without the remedy"
            if remedied
            else f"Before ({difference_of(last.settings, now.settings)})"
        )
        said += f"{what}: {last.energy.energy:.2%}{factor}, peak {last.spectrum.strongest:.2f}. "
    if remedied:
        said += "The remedy is untrained. "
    return f"{said}Weights: {card.weights}.".replace("nan%", "none")


def _formula(energy: CosetEnergy, rate: int) -> str:
    return (
        "coset energy = Var(means of the r² cosets) / Var(map) = "
        f"<b>{energy.energy:.4f}</b>, &nbsp; r² = {rate * rate}"
    )


LAB = GriddingSeenLab()
