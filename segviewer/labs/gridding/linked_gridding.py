"""One unit four ways: its rectangle, its gradient, its taps, and the grid of its layer.

All four follow the network's rates; so do the labels on the photograph. What takes long is
drawn when it is there, and until then the picture before it stands, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from segviewer.errors import SegviewerError, SettingsError
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.receptive_fields.receptive_field import Fields, field_box, field_marks
from segviewer.labs.shared.drawn_grid import (
    layer_with_grid,
    logarithm,
    map_layers,
    period_of,
    rate_of,
    rings,
)
from segviewer.labs.shared.measured_field import difference_of, graph_of
from segviewer.labs.shared.traced_layers import pixel_at
from segviewer.settings import Settings, control, controls

if TYPE_CHECKING:
    from segviewer.analysis.gridding.present_rates import PresentRates
    from segviewer.analysis.gridding.rate_sequence import Coverage
    from segviewer.analysis.gridding.tap_grid import TapGrid

RATE_FIELDS = ("dilation", "dilations", "atrous_rates", "multi_grid", "rates4", "rates5")
LONGEST_LINE = 257  # cells of a level that are shown
SHARE = 0.9545  # of the gradient, in the box


class LinkedGriddingConfig(Settings):
    """Settings of the lab."""

    layer: str = control("", kind="lab", label="Layer", hidden=True)
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
    window: int = control(
        8,
        kind="lab",
        label="Window",
        unit="cells",
        ge=0,
        le=64,
        step=1,
        inline=True,
        zero_text="whole map",
        tip="Side of the pieces of the map that are looked at one by one.",
    )
    column: float = control(0.5, kind="lab", label="Column", hidden=True, ge=0, le=1)
    row: float = control(0.5, kind="lab", label="Row", hidden=True, ge=0, le=1)


@dataclass(frozen=True)
class RateField:
    """A setting of the network that is one rate or several, for the row of spin boxes."""

    name: str
    label: str
    values: tuple[int, ...]
    item_labels: tuple[str, ...]
    least: int
    most: int


@dataclass(frozen=True)
class Four:
    """What the view draws; `field_words` and `spectrum_words` begin with … while they are old."""

    labels: tuple[str, ...]
    chosen: int
    fields: tuple[RateField, ...]
    theory: Fields
    taps: TapGrid | None
    field: np.ndarray | None = None
    field_words: str = ""
    spectrum: np.ndarray | None = None
    spectrum_words: str = ""
    rings: tuple[tuple[int, int, bool], ...] = ()


@dataclass(frozen=True)
class Numbers:
    """The numbers of all four with what they were measured at; NaN: not yet, or none."""

    settings: tuple[tuple[str, Any], ...]
    rates: tuple[int, ...]
    jump: float
    theory: int
    whole: bool
    reached: float
    unread: int
    rate: int
    times_noise: float = float("nan")
    peak: float = float("nan")
    box: int = 0
    reason: str = ""
    class_map: np.ndarray | None = None


class LinkedGriddingLab(Lab[LinkedGriddingConfig, Four]):
    """Rectangle, gradient, taps and grid of one unit, side by side."""

    name = "linked_gridding"
    entry = LabEntry(
        title="All four, linked",
        sentence="Change a rate: rectangle, gradient, taps, spectrum and labels follow.",
        source="Luo et al. 2016; HDC (Wang et al. 2018); DRN (Yu et al. 2017)",
        needs="network",
        group="Gridding",
        view="segviewer.labs.gridding.linked_gridding_view:FourViews",
    )
    Config = LinkedGriddingConfig
    picks = ("column", "row")

    def compute(self, context: LabContext, config: LinkedGriddingConfig) -> Iterator[LabResult]:
        try:
            rows = map_layers(context)
            context.check()
            yield from self._follow(context, config, rows)
        except SegviewerError as error:
            caption = error.sentence
            yield LabResult(self.name, caption=caption)

    def _follow(self, context, config: LinkedGriddingConfig, rows) -> Iterator[LabResult]:
        from segviewer.analysis.receptive_fields.effective_receptive_field import (
            Unit,
            unit_at_pixel,
        )

        network = context.network
        modules = dict(network.named_modules())
        labels = tuple(row.label for row in rows)
        module_rates = [rate_of(modules.get(row.name)) for row in rows]
        chosen, missing = layer_with_grid(labels, module_rates, config.layer)
        row = rows[chosen]
        period, cut = period_of(row, module_rates[: chosen + 1], config.period)
        y, x = pixel_at(context, config.column, config.row)
        place = unit_at_pixel(row, y, x)

        # What theory says is there at once; the rest still shows what was.
        theory = _theory(context, rows, chosen, (y, x))
        taps, present, coverage = _taps(network, rows, chosen)
        shown = Four(labels, chosen, _rate_fields(network), theory, taps)
        old = context.memory.get("shown")
        if old is not None:
            shown = replace(
                shown,
                field=old.field,
                field_words="… effective field",
                spectrum=old.spectrum,
                spectrum_words="… spectrum",
                rings=old.rings,
            )
        numbers = Numbers(
            _settings(context, row.label, config),
            present.rates,
            present.jump,
            row.local_size,
            row.size is None,
            coverage.area_fraction,
            len(coverage.holes),
            period,
        )

        def result(complete: bool) -> LabResult:
            before = _before(context, numbers)
            return LabResult(
                self.name,
                shown,
                caption=missing + cut + _words(row.label, numbers, before),
                formula=_formula(before, numbers),
                marks=field_marks(theory),
                complete=complete,
            )

        yield result(False)
        graph = graph_of(context, network, row.label)
        shown, numbers = _with_grid(context, config, shown, numbers, graph)
        yield result(False)
        field = graph.of_unit(Unit(*place, None, row.label))
        shown, numbers = _with_field(shown, numbers, field, row, place)
        context.memory["shown"] = shown
        _remember(context, numbers)
        yield result(True)


def _theory(context: LabContext, rows, chosen: int, pixel: tuple[int, int]) -> Fields:
    height, width = context.image.shape[:2]
    rows = rows[: chosen + 1]
    return Fields(
        tuple(row.label for row in rows),
        tuple(row.local_size for row in rows),
        tuple(row.size is None for row in rows),
        np.array([field_box(row, *pixel) for row in rows]),
        height,
        width,
        chosen,
        True,
    )


def _taps(network, rows, chosen: int) -> tuple[TapGrid | None, PresentRates, Coverage]:
    from segviewer.analysis.gridding.present_rates import present_rates
    from segviewer.analysis.gridding.rate_sequence import count_coverage
    from segviewer.analysis.gridding.tap_grid import tap_grid

    present = present_rates(network, rows, chosen)
    # Layers of rate 1 in front fill every grid: what the dilated ones read is looked at.
    first = next((n for n, rate in enumerate(present.rates) if rate > 1), 0)
    coverage = count_coverage(present.rates[first:], present.kernels[first:])
    if not present.rates:
        return None, present, coverage
    level = len(present.rates) - first
    return tap_grid(present.rates, present.kernels, level, LONGEST_LINE), present, coverage


def _rate_fields(network) -> tuple[RateField, ...]:
    """Settings of the network that are rates and do something now."""
    idle = set(network.idle_fields())
    if getattr(network.config, "schedule", "typed") != "typed":
        idle |= {"rates4", "rates5"}
    return tuple(
        RateField(c.name, c.label, tuple(c.default), c.item_labels, int(c.minimum), int(c.maximum))
        for c in controls(network.config)
        if c.name in RATE_FIELDS and c.name not in idle and c.length
        if c.minimum is not None and c.maximum is not None
    )


def _settings(context: LabContext, label: str, config) -> tuple[tuple[str, Any], ...]:
    found = {
        "network": context.card.title,
        "source": context.card.source,
        "layer": label,
        "unit": (config.column, config.row),
        "window": config.window,
        "period": config.period,
        "picture": hash(context.image.tobytes()),
    }
    return tuple((found | context.network.config.model_dump()).items())


def _with_grid(context, config, shown: Four, numbers: Numbers, graph):
    """With the spectrum of the maps that the pass behind the gradient has made on its way."""
    from segviewer.analysis.gridding.gridding import coset_energy, spectrum
    from segviewer.labs.shared.measured_grid import maps_of

    numbers = replace(numbers, class_map=graph.class_map())
    label = shown.labels[shown.chosen]
    maps = graph.maps if graph.kept == label else maps_of(context, context.image, label)
    try:
        energy = coset_energy(maps, numbers.rate, config.window or None)
        found = spectrum(maps, numbers.rate)
    except SettingsError as error:
        return replace(shown, spectrum=None, spectrum_words=error.what, rings=()), numbers
    shown = replace(
        shown,
        spectrum=logarithm(found.magnitude),
        spectrum_words=f"peak {found.strongest:.2f} × around, at 1/{numbers.rate}",
        rings=rings(found, numbers.rate),
    )
    return shown, replace(
        numbers, times_noise=energy.energy / energy.by_chance, peak=found.strongest
    )


def _with_field(shown: Four, numbers: Numbers, field, row, place):
    from segviewer.analysis.receptive_fields.effective_receptive_field import pixel_of_unit
    from segviewer.analysis.receptive_fields.effective_size import measure
    from segviewer.labs.receptive_fields.effective_field import field_raster

    size = measure(field.values, *pixel_of_unit(row, *place), SHARE)
    words = f"effective · box {size.box_side:,} px" if size.box_side else "no gradient"
    shown = replace(shown, field=field_raster(field.values), field_words=words)
    return shown, replace(numbers, box=size.box_side or 0, reason=field.reason)


def _remember(context: LabContext, numbers: Numbers) -> None:
    kept = context.memory.get("now")
    if kept is not None and kept.settings != numbers.settings:
        context.memory["before"] = kept
    context.memory["now"] = numbers


def _before(context: LabContext, numbers: Numbers) -> Numbers | None:
    """The last numbers of other settings."""
    now = context.memory.get("now")
    if now is not None and now.settings != numbers.settings:
        return now
    return context.memory.get("before")


def _words(label: str, numbers: Numbers, before: Numbers | None) -> str:
    if not numbers.rates:
        said = [f"{label}: no 3×3 window at its own stride"]
    else:
        rates = _in_runs(numbers.rates)
        said = [f"{label}, rates {rates} at stride {numbers.jump:g}"]
    said += _four(numbers)
    changed = _changed(numbers, before)
    if changed is not None:
        said.append(f"labels: {changed:.1%} of the pixels changed")
    return " · ".join(said) + (f". {numbers.reason}" if numbers.reason else "")


def _four(numbers: Numbers) -> list[str]:
    theory = f"theory {numbers.theory:,} px"
    if numbers.whole:
        theory = f"theory the whole picture, {numbers.theory:,} px without global pooling"
    box = f"effective box {numbers.box:,} px" if numbers.box else "effective …"
    if numbers.box and numbers.theory:
        box += f" ({numbers.box / numbers.theory:.0%})"
    if numbers.reason:
        box = "no gradient"
    holes = "no hole" if not numbers.unread else f"{numbers.unread} holes a line"
    taps = f"{numbers.reached:.0%} of the cells read{_by(numbers.rates)}, {holes}"
    grid = "grid …"
    if np.isfinite(numbers.times_noise):
        grid = f"coset energy {numbers.times_noise:.2f} × noise at r = {numbers.rate}, "
        grid += f"peak {numbers.peak:.2f}"
    return [theory, box, *([taps] if numbers.rates else []), grid]


def _in_runs(rates: tuple[int, ...]) -> str:
    """1, 2, 5; long ones as 1 (×3), 2 (×4), 5."""
    if len(rates) <= 6:
        return ", ".join(map(str, rates))
    runs = ((rate, len(list(run))) for rate, run in groupby(rates))
    return ", ".join(f"{rate} (×{times})" if times > 1 else f"{rate}" for rate, times in runs)


def _by(rates: tuple[int, ...]) -> str:
    return " by the dilated layers" if rates and rates[0] == 1 < max(rates) else ""


def _changed(numbers: Numbers, before: Numbers | None) -> float | None:
    now, then = numbers.class_map, None if before is None else before.class_map
    if now is None or then is None or now.shape != then.shape:
        return None
    return float((now != then).mean())


def _formula(before: Numbers | None, numbers: Numbers) -> str:
    if before is None:
        return ""
    what = difference_of(before.settings, numbers.settings)
    return f"Before ({what}): {' · '.join(_four(before))}"


LAB = LinkedGriddingLab()
