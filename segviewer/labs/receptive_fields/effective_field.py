"""Effective receptive field (Luo et al. 2016): which pixels move a unit, and how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from segviewer.errors import SegviewerError
from segviewer.imaging.mark import Mark
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.measured_field import (
    MeasuredField,
    before_of,
    difference_of,
    means_of,
    settings_of,
    unit_of,
)
from segviewer.labs.shared.traced_layers import index_of, pixel_at, traced_layers
from segviewer.settings import Settings, control

if TYPE_CHECKING:
    from segviewer.analysis.receptive_fields.average_field import RunningMean
    from segviewer.analysis.receptive_fields.effective_size import EffectiveSize
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import LayerField


class EffectiveFieldConfig(Settings):
    """Settings of the lab."""

    layer: str = control("", kind="lab", label="Layer", hidden=True)
    of: Literal["class here", "all", "one"] = control(
        "class here",
        kind="lab",
        label="Gradient of",
        tip="Score of the most probable class at the unit, the sum of all channels, or one "
        "channel. Layers inside the network have no classes: there “class here” is all.",
    )
    channel: int = control(
        0,
        kind="lab",
        label="Channel",
        ge=0,
        le=2047,
        step=1,
        inline=True,
        tip="For “one”: a class of the scores or a channel of another layer, from 0.",
    )
    over: Literal["this picture", "random pictures", "random weights"] = control(
        "this picture",
        kind="lab",
        label="Mean over",
        tip="One gradient on this picture, or the mean over pictures of noise, or over newly "
        "drawn weights on this picture.",
    )
    samples: int = control(
        16,
        kind="lab",
        label="Samples",
        symbol="N",
        ge=2,
        le=128,
        step=1,
        log=True,
        tip="Of a mean. It grows while you look.",
    )
    weights: Literal["as opened", "random"] = control(
        "as opened",
        kind="lab",
        label="Weights",
        tip="Trained weights widen the field; random ones show what the structure gives.",
    )
    share: float = control(
        0.9545,
        kind="lab",
        label="Mass in the box",
        symbol="t",
        ge=0.05,
        le=0.999,
        decimals=4,
        step=0.01,
        tip="Share of the gradient that the smallest centred square holds.",
    )
    line: Literal["across", "down"] = control(
        "across", kind="lab", label="Profile", inline=True, tip="Along rows or along columns."
    )
    one_line: bool = control(
        False,
        kind="lab",
        label="Through the unit only",
        tip="Off: the profile is summed over the other direction, to which 2σ is fitted.",
    )
    compare: bool = control(
        False,
        kind="lab",
        label="Compare with before",
        tip="Lay the profile over the one of the settings, network or unit before.",
    )
    column: float = control(0.5, kind="lab", label="Column", hidden=True, ge=0, le=1)
    row: float = control(0.5, kind="lab", label="Row", hidden=True, ge=0, le=1)


@dataclass(frozen=True)
class Profile:
    """One field along a line, with its sizes in pixels; `said` is what was set otherwise."""

    said: str
    offsets: np.ndarray
    values: np.ndarray
    fitted: np.ndarray
    sizes: tuple[float, float | None, float]


@dataclass(frozen=True)
class Shown:
    """What the view draws; with `whole` the unit sees the whole picture by global pooling,
    and `theoretical` is the side without that, 0 where there is no other path."""

    labels: tuple[str, ...]
    chosen: int
    line: str
    share: float
    now: Profile
    before: Profile | None
    theoretical: int
    whole: bool


class EffectiveFieldLab(Lab[EffectiveFieldConfig, Shown]):
    """Gradient of the clicked unit as a map, its profile and its three sizes."""

    name = "effective_field"
    entry = LabEntry(
        title="Effective field",
        sentence="Which pixels move a unit, and how much: its gradient. Click the photograph.",
        source="Luo, Li, Urtasun, Zemel 2016",
        needs="network",
        group="Receptive fields",
        view="segviewer.labs.receptive_fields.effective_field_view:FieldProfile",
        closed=True,
    )
    Config = EffectiveFieldConfig
    picks = ("column", "row")

    def compute(self, context: LabContext, config: EffectiveFieldConfig) -> Iterator[LabResult]:
        from segviewer.analysis.receptive_fields.effective_receptive_field import (
            PICTURE,
            pixel_of_unit,
            unit_at_pixel,
        )

        try:
            rows = traced_layers(context)  # of a closed program the picture alone
            context.check()
            labels = tuple(row.label for row in rows if row.spatial)
            rows = tuple(row for row in rows if row.spatial)
            chosen, missing = index_of(labels, config.layer or PICTURE)
            row = rows[chosen]
            place = unit_at_pixel(row, *pixel_at(context, config.column, config.row))
            unit, network, gradients, said = unit_of(context, config, row, place)
        except SegviewerError as error:
            caption = error.sentence
            yield LabResult(self.name, caption=caption)
            return
        pixel = pixel_of_unit(row, *place)
        settings = settings_of(context, config, row, unit, pixel)
        for mean in means_of(context, config, settings, network, gradients, unit):
            context.check()
            measured = MeasuredField(settings, mean, pixel)
            before = before_of(context, measured)
            yield _result(context, config, labels, chosen, row, measured, before, missing + said)
            context.progressed(mean.done / mean.total)


def _result(context, config, labels, chosen, row, measured, before, said) -> LabResult:
    from segviewer.analysis.receptive_fields.effective_size import measure

    mean, (y, x) = measured.mean, measured.pixel
    size = measure(mean.values, y, x, config.share)
    height, width = mean.values.shape
    theory = row.local_size if row.size is None else row.size
    then = None
    if config.compare and before is not None:
        then = _profile(
            measure(before.mean.values, before.pixel[0], before.pixel[1], config.share),
            config,
            difference_of(before.settings, measured.settings),
        )
    shown = Shown(
        labels,
        chosen,
        config.line,
        config.share,
        _profile(size, config, ""),
        then,
        theory,
        row.size is None,
    )
    missing = " There is no field of other settings yet." if config.compare and not then else ""
    return LabResult(
        EffectiveFieldLab.name,
        shown,
        caption=said + _words(config, mean, size, row, theory) + missing,
        formula=_formula(size, theory),
        raster=field_raster(mean.values),
        raster_name=f"effective field · gradient, {_over(config, mean)}",
        marks=_marks(row, measured, size, height, width),
        complete=mean.done == mean.total,
    )


def _profile(size: EffectiveSize, config: EffectiveFieldConfig, said: str) -> Profile:
    from segviewer.analysis.receptive_fields.effective_size import fit_gaussian

    across = config.line == "across"
    fit = size.across if across else size.down
    values = size.row_sum if across else size.column_sum
    if config.one_line:
        values = np.asarray(size.row_line if across else size.column_line, np.float64)
        fit = fit_gaussian(values)
    fitted = fit.values(len(values)) if fit.sigma else np.full(len(values), np.nan)
    scale = float(values.max()) or 1.0
    return Profile(
        said,
        (np.arange(len(values)) - (size.x if across else size.y)).astype(np.float32),
        (values / scale).astype(np.float32),
        (fitted / scale).astype(np.float32),
        (size.area_side, size.box_side, size.two_sigma_side),
    )


def _over(config: EffectiveFieldConfig, mean: RunningMean) -> str:
    weights = "random weights" if config.weights == "random" else "weights as opened"
    if config.over == "this picture":
        return f"this picture, {weights}"
    what = "drawn weights" if config.over == "random weights" else f"noise pictures, {weights}"
    return f"mean of {mean.done} of {mean.total} {what}"


def _words(config, mean: RunningMean, size: EffectiveSize, row: LayerField, theory: int) -> str:
    silent = ""
    if mean.silent:
        every = "everywhere" if mean.silent == mean.done else f"in {mean.silent} of them"
        silent = f" The gradient is 0 {every}. {mean.reason}"
        if mean.silent == mean.done:
            return silent.strip()
    box = f"{size.box_side:,} px" if size.box_side else "none"
    ratio = size.ratio(theory)
    part = ""
    if ratio is not None:
        whole = "the theoretical field without global pooling" if row.size is None else "the theory"
        part = f", {ratio:.1%} of {whole} ({theory:,} px)"
    return (
        f"{size.area_side:.1f} px above 4.55 % of the unit's pixel, {box} for "
        f"{config.share:.2%} of the mass{part}, {size.two_sigma_side:.1f} px for ±2σ; "
        f"{_over(config, mean)}.{silent}"
    )


def _formula(size: EffectiveSize, theory: int) -> str:
    fit = size.across
    found = f"g(x) = b + h · exp(−(x − μ)² / 2σ²): &nbsp; σ across {fit.sigma:.2f} px, down "
    found += f"{size.down.sigma:.2f} px, explains {fit.explained:.1%} and {size.down.explained:.1%}"
    if theory:
        found += f"; &nbsp; 4σ / size = {size.two_sigma_side:.1f} / {theory:,} = "
        found += f"<b>{size.two_sigma_side / theory:.3f}</b>"
    return found.replace("nan%", "nothing")


def field_raster(field: np.ndarray) -> np.ndarray:
    """uint8 of the square root, for the middle is many times as strong as the rest."""
    largest = float(np.quantile(field, 0.9995)) or float(field.max())
    scaled = np.sqrt(np.clip(field / (largest or 1.0), 0, 1))
    return np.rint(255 * scaled).astype(np.uint8)


def _marks(row, measured: MeasuredField, size: EffectiveSize, height: int, width: int):
    """Theory dashed; the box of the mass and the ellipse of 2σ solid; all cut at the border."""
    from segviewer.analysis.receptive_fields.theoretical_receptive_field import field_of_unit

    found = []
    unit = dict(measured.settings)["unit"]
    theory = field_of_unit(row, *unit)
    if theory is not None:
        text = f"theory {theory.right - theory.left} px"
        box = (theory.left, theory.top, theory.right, theory.bottom)
        found.append(
            _mark(box, height, width, "theory: whole picture" if row.size is None else text, True)
        )
    if size.box_side:
        half = size.box_side // 2
        box = (size.x - half, size.y - half, size.x + half + 1, size.y + half + 1)
        found.append(_mark(box, height, width, f"{size.share:.2%} of the mass"))
    if size.across.sigma and size.down.sigma:
        a, b = size.across, size.down
        oval = (
            a.mean + 0.5 - 2 * a.sigma,
            b.mean + 0.5 - 2 * b.sigma,
            a.mean + 0.5 + 2 * a.sigma,
            b.mean + 0.5 + 2 * b.sigma,
        )
        found.append(
            Mark(
                oval[0] / width,
                oval[1] / height,
                oval[2] / width,
                oval[3] / height,
                "±2σ",
                "σγ",
                oval=True,
            )
        )
    return tuple(found)


def _mark(box, height: int, width: int, text: str, theory: bool = False) -> Mark:
    left, top, right, bottom = box
    return Mark(
        max(left, 0) / width,
        max(top, 0) / height,
        min(right, width) / width,
        min(bottom, height) / height,
        text,
        "r" if theory else "σα",
        dashed=theory,
    )


LAB = EffectiveFieldLab()
