"""Gridding, seen: how much of a layer's maps is a grid, and what each cure takes away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from segviewer.errors import SegviewerError
from segviewer.lab_list import LabContext, LabResult
from segviewer.labs.lab import Lab
from segviewer.labs.measured_field import difference_of
from segviewer.labs.measured_grid import (
    MeasuredGrid,
    given_picture,
    grid_before,
    grid_settings,
    maps_of,
    measure_grid,
)
from segviewer.labs.traced_layers import traced_layers
from segviewer.settings import Settings, control

if TYPE_CHECKING:
    from segviewer.analysis.gridding import CosetEnergy, Spectrum
    from segviewer.analysis.theoretical_receptive_field import LayerField

CHANNELS = 64  # of a grid of channels


class GriddingSeenConfig(Settings):
    """Settings of the lab."""

    layer: str = control("", kind="lab", label="Layer", hidden=True)
    period: int = control(
        0, kind="lab", label="Period", symbol="r", ge=0, le=16, step=1,
        zero_text="layer's rate",
        tip="Of the grid that is looked for; at the left end the rate of the layer, or of the "
        "last dilated convolution before it.",
    )  # fmt: skip
    given: Literal["picture", "step", "delta", "noise"] = control(
        "picture", kind="lab", label="Seen by the network",
        tip="The photograph, or one that shows a grid plainly.",
    )  # fmt: skip
    window: int = control(
        0, kind="lab", label="Window", unit="places", ge=0, le=64, step=1, inline=True,
        zero_text="whole map",
        tip="Side of the pieces that are looked at one by one: over a whole map the grid's "
        "signs follow what is in the picture, and even out.",
    )  # fmt: skip
    drawn: Literal["mean", "strongest", "most gridded", "channels"] = control(
        "mean", kind="lab", label="Map", tip="Mean of |x| over the channels, one, or many of them."
    )
    remedy: Literal["none", "shared separable", "group interaction"] = control(
        "none", kind="lab", label="Smoothed dilation",
        tip="On every dilated convolution (Wang, Ji 2018). Untrained, between the identity and "
        "the plain mean.",
    )  # fmt: skip
    amount: float = control(
        1.0, kind="lab", label="Remedy's strength", ge=0, le=1, decimals=2, inline=True,
        tip="0: the identity it starts from; 1: the plain mean.",
    )  # fmt: skip
    column: float = control(0.5, kind="lab", label="Column", hidden=True, ge=0, le=1)
    row: float = control(0.5, kind="lab", label="Row", hidden=True, ge=0, le=1)


@dataclass(frozen=True)
class Grids:
    """What the view draws; `bars` as (name, share, words, share before, by theory)."""

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


class GriddingSeenLab(Lab):
    """Coset energy, spectrum and sub-lattices of real maps, before and after a cure."""

    name = "gridding_seen"
    Config = GriddingSeenConfig

    def compute(self, context: LabContext, config: GriddingSeenConfig) -> Iterator[LabResult]:
        try:
            rows = [
                row for row in traced_layers(context)
                if min(row.output_size) > 1 and row.kind not in ("features", "output")
            ]  # fmt: skip
        except SegviewerError as error:
            yield LabResult(self.name, caption=f"{error.what} {error.why}")
            return
        labels = tuple(row.label for row in rows)
        modules = dict(context.opened.network.named_modules())
        rates = [_rate_of(modules.get(row.name)) for row in rows]
        chosen, missing = _choose(labels, rates, config.layer)
        try:
            rate, cut = _period(rows[chosen], rates[: chosen + 1], config.period)
            yield self._look(context, config, rows, chosen, rate, missing + cut)
        except SegviewerError as error:
            # Its layers are shown, so that another can be chosen.
            shown = Grids(labels, chosen, (), "", (), 1, np.zeros((0, 0), np.uint8), (), "", ())
            caption = f"{missing}{error.what} {error.why} {error.next_step}"
            yield LabResult(self.name, shown, caption=caption)

    def _look(
        self, context: LabContext, config: GriddingSeenConfig, rows: list[LayerField],
        chosen: int, rate: int, said_first: str,
    ) -> LabResult:  # fmt: skip
        labels = tuple(row.label for row in rows)
        image = given_picture(context, config.given)
        context.check()
        maps = maps_of(context, image, labels[chosen], "none", 0)
        context.check()
        settings = grid_settings(context, labels[chosen], config)
        now = measure_grid(maps, rate, settings, config.window)
        last = grid_before(context, now)
        cured = config.remedy != "none"
        if cured:
            context.progressed(0.5)
            maps = maps_of(context, image, labels[chosen], config.remedy, config.amount)
            last, now = now, measure_grid(maps, rate, settings, config.window)
        values, said = _drawn(maps, config.drawn, now.energy)
        shown = Grids(
            labels, chosen,
            _tiles(maps) if config.drawn == "channels" else (_grey(values),), said,
            tuple(_grey(values)[i::rate, j::rate] for i in range(rate) for j in range(rate)),
            rate, _logarithm(now.spectrum.magnitude),
            _rings(now.spectrum, rate),
            _peak_words(now.spectrum, rate), _bars(now, last, rate),
        )  # fmt: skip
        return LabResult(
            self.name, shown,
            caption=said_first + _words(context, maps, labels[chosen], now, last, rate, cured),
            formula=_formula(now.energy, rate),
            heat=_over_picture(_grey(values), rows[chosen]) if config.given == "picture" else None,
            heat_name=f"{labels[chosen]} · {said}",
        )  # fmt: skip

    def make_view(self):
        return _make_view()


def _rate_of(module) -> int:
    rate = getattr(module, "dilation", 1)
    kernel = getattr(module, "kernel_size", 1)
    if not hasattr(module, "weight") or kernel in (1, (1, 1)):
        return 1
    return int(rate[0] if isinstance(rate, tuple) else rate)


def _period(row: LayerField, rates: list[int], period: int) -> tuple[int, str]:
    """The period asked for, or that of the last dilated layer; what is to be said of it."""
    if period:
        return period, ""
    rate = next((rate for rate in reversed(rates) if rate > 1), 2)
    fitting = [d for d in range(2, rate + 1) if rate % d == 0 and 2 * d <= min(row.output_size)]
    if not fitting or fitting[-1] == rate:
        return rate, ""
    # Places that never meet modulo the rate never meet modulo its divisors.
    return fitting[-1], f"Rate {rate} is too wide for the map: a divisor is looked at. "


def _choose(labels: tuple[str, ...], rates: list[int], label: str) -> tuple[int, str]:
    """The layer, or where none was chosen the last dilated one."""
    if label in labels:
        return labels.index(label), ""
    # Rates of a head may be larger than its map.
    body = [i for i, rate in enumerate(rates) if rate > 1 and "classifier" not in labels[i]]
    found = body[-1] if body else int(np.argmax(rates)) if max(rates) > 1 else len(labels) - 1
    missing = f"{label} is not in this network, or does not run: {labels[found]} is shown. "
    return found, missing if label else ""


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


def _grey(values: np.ndarray) -> np.ndarray:
    low, high = np.quantile(values, (0.005, 0.995))
    part = (values - low) / (float(high - low) or 1.0)
    return np.rint(255 * np.clip(part, 0, 1)).astype(np.uint8)


def _tiles(maps: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(_grey(channel) for channel in maps[:CHANNELS])


def _logarithm(magnitude: np.ndarray) -> np.ndarray:
    floor = max(float(np.median(magnitude)) * 1e-2, 1e-12)
    return _grey(np.log(magnitude + floor))


def _over_picture(grey: np.ndarray, row: LayerField) -> np.ndarray:
    """Each pixel of the photograph shows the unit whose field is centred nearest to it."""
    places = []
    for axis in (row.vertical, row.horizontal):
        at = np.arange(axis.picture)
        units = (at - (axis.centre or 0)) / axis.jump if axis.jump else 0 * at
        places.append(np.clip(np.rint(units).astype(int), 0, axis.output_size - 1))
    return grey[np.ix_(*places)]


def _bars(now: MeasuredGrid, last: MeasuredGrid | None, rate: int):
    def bar(name: str, energy: CosetEnergy, before: CosetEnergy | None):
        share = None if np.isnan(energy.energy) else energy.energy
        words = "a constant map" if share is None else f"{share:.2%}"
        then = None
        if before is not None and not np.isnan(before.energy):
            then = before.energy
            words += f" · before {then:.2%}"
        return name, share, words, then, False

    chance = now.energy.by_chance
    bars = (
        bar(f"coset energy, r = {rate}", now.energy, last and last.energy),
        ("white noise would have", chance, f"{chance:.2%}", None, True),
    )
    if rate == 2:
        return bars
    return (*bars, bar("parity energy, r = 2", now.parity, last and last.parity))


def _rings(found: Spectrum, rate: int) -> tuple[tuple[int, int, bool], ...]:
    """Where peaks may be, and whether there are; of many the ones that are."""
    rings = ((p.row, p.column, p.relative > 2) for p in found.peaks)
    return tuple(ring for ring in rings if rate <= 4 or ring[2])


def _peak_words(found: Spectrum, rate: int) -> str:
    if not found.peaks:
        return "spectrum; a period of 1 has no peaks"
    return f"spectrum · at 1/{rate}: {found.strongest:.2f} × its surroundings"


def _words(context, maps, label, now, last, rate, cured) -> str:
    energy, card = now.energy.energy, context.opened.card
    size = " × ".join(map(str, maps.shape))
    trained = {"trained": "trained", "random": "random"}.get(card.weights, card.weights)
    share = "no variance: the map is constant" if np.isnan(energy) else f"{energy:.2%}"
    said = (
        f"{label} ({size}): {share} of the variance lies between the {rate * rate} cosets of "
        f"r = {rate} (white noise {now.energy.by_chance:.2%}), "
        + (f"parity {now.parity.energy:.2%}, " if rate != 2 else "")
        + f"strongest peak {now.spectrum.strongest:.2f} × its surroundings. "
    )
    if last is not None:
        factor = ""
        if last.energy.energy > 0 and energy >= 1e-4 * last.energy.energy:
            factor = f", {last.energy.energy / energy:.3g} times as much"
        what = (
            "Without the remedy"
            if cured
            else f"Before ({difference_of(last.settings, now.settings)})"
        )
        said += f"{what}: {last.energy.energy:.2%}{factor}, peak {last.spectrum.strongest:.2f}. "
    if cured:
        said += "The remedy is untrained. "
    return f"{said}Weights: {trained}.".replace("nan%", "none")


def _formula(energy: CosetEnergy, rate: int) -> str:
    return (
        "coset energy = Var(means of the r² cosets) / Var(map) = "
        f"<b>{energy.energy:.4f}</b>, &nbsp; r² = {rate * rate}"
    )


def _make_view():
    from PySide6.QtCore import Signal
    from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

    from segviewer.widgets.map_tiles import MapTiles
    from segviewer.widgets.size_bars import SizeBars, SizeRow
    from segviewer.widgets.step_slider import StepSlider

    class View(QWidget):
        """The map, its cosets, its spectrum, and the measures."""

        edited = Signal(str, object, bool)

        def __init__(self):
            super().__init__()
            self._labels: tuple[str, ...] = ()
            self.map, self.cosets, self.spectrum = MapTiles(), MapTiles(), MapTiles()
            self.bars, self.steps = SizeBars(), StepSlider("Play")
            self.steps.stepped.connect(
                lambda index, done: self.edited.emit("layer", self._labels[index], done)
            )
            drawings = QHBoxLayout()
            drawings.setSpacing(16)
            for tiles in (self.map, self.cosets, self.spectrum):
                drawings.addWidget(tiles, 3)
            drawings.addWidget(self.bars, 3)
            layout = QVBoxLayout(self)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(4)
            layout.addLayout(drawings, 1)
            layout.addWidget(self.steps)

        def show_result(self, shown: Grids | None) -> None:
            if shown is None or not shown.maps:
                self._labels = () if shown is None else shown.labels
                self.steps.set_steps(self._labels, 0 if shown is None else shown.chosen)
                for tiles in (self.map, self.cosets, self.spectrum):
                    tiles.set_tiles(())
                self.bars.set_rows(())
                return
            self._labels = shown.labels
            side = int(np.ceil(np.sqrt(len(shown.maps))))
            self.map.set_tiles(shown.maps, side, shown.map_words)
            words = f"its {shown.rate**2} cosets: places alike modulo {shown.rate}"
            self.cosets.set_tiles(shown.cosets, shown.rate, words)
            self.spectrum.set_tiles((shown.spectrum,), 1, shown.spectrum_words, shown.rings)
            self.bars.set_rows(
                [
                    SizeRow(name, share, words, then, by)
                    for name, share, words, then, by in shown.bars
                ]
            )
            self.steps.set_steps(shown.labels, shown.chosen)

    return View()


LAB = GriddingSeenLab()
