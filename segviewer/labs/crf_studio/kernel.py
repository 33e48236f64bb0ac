"""The two kernels as the clicked pixel sees them (DeepLab v1, equation 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from segviewer.imaging.mark import Mark
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.crf_case import (
    APPEARANCE,
    SMOOTHNESS,
    as_raster,
    clicked_at,
    pixel_at,
    pixel_mark,
)
from segviewer.settings import Settings, control

if TYPE_CHECKING:  # what is heavy is imported where it computes
    from segviewer.crf.engines.weighted_kernels import KernelKind

HALF_WIDTH = 2.6  # of the profile, in the wider σ


class KernelConfig(Settings):
    """Settings of the lab."""

    kernel: Literal["both", "appearance", "smoothness"] = control(
        "appearance",
        kind="lab",
        label="Kernel",
        tip="appearance: near and of like colour. smoothness: near. both: each times its weight.",
    )
    values: Literal["exact", "lattice"] = control(
        "exact",
        kind="lab",
        label="Values",
        tip="exact: the Gaussian itself, 1 at the pixel. lattice: what the engine multiplies "
        "with, normalised, approximate.",
    )
    column: float = control(0.5, kind="lab", label="Column", ge=0, le=1, hidden=True)
    row: float = control(0.5, kind="lab", label="Row", ge=0, le=1, hidden=True)


@dataclass(frozen=True)
class Profile:
    """A kernel along the picture's row through the pixel.

    Attributes
    ----------
    symbol : str
        Whose colour it has.
    values : ndarray of float32 (n,)
    gaussian : ndarray of float32 (n,) or None
        The same without colours, where they count.
    """

    name: str
    symbol: str
    values: np.ndarray
    gaussian: np.ndarray | None


@dataclass(frozen=True)
class KernelShown:
    """What the view draws: distances (n,) in pixels, widths as (symbol, px, % of diagonal)."""

    offsets: np.ndarray
    profiles: tuple[Profile, ...]
    exact: bool
    widths: tuple[tuple[str, float, float], ...]
    colour: tuple[int, int, int]
    colour_apart: tuple[int, int, int]
    rgb_std: float


class KernelLab(Lab[KernelConfig, KernelShown]):
    """Whose messages reach a pixel, and what they weigh."""

    name = "kernel"
    entry = LabEntry(
        title="Kernels of a pixel",
        sentence="Whose messages reach the clicked pixel: near pixels, and pixels of its colour.",
        source="Krähenbühl and Koltun 2011; DeepLab v1 (Chen et al. 2015), equation 2",
        needs="probs",
        group="CRF studio",
        view="segviewer.labs.crf_studio.kernel_view:KernelProfile",
    )
    Config = KernelConfig
    picks = ("column", "row")

    def compute(self, context: LabContext, config: KernelConfig) -> Iterator[LabResult]:
        from segviewer.crf.inspection.kernel_row import (
            colour_one_std_apart,
            lattice_rows,
            percent_of_diagonal,
        )

        image, crf = context.image, context.crf
        shape = image.shape[:2]
        pixel = pixel_at(config.column, config.row, shape)
        exact = config.values == "exact"
        rows: dict[KernelKind, np.ndarray]
        rows = _exact_rows(image, pixel, crf) if exact else lattice_rows(image, pixel, crf)
        kinds: tuple[KernelKind, ...]
        kinds = ("appearance", "smoothness") if config.kernel == "both" else (config.kernel,)
        rows = {kind: rows[kind] for kind in kinds if kind in rows}
        context.check()
        widths = tuple(
            (symbol, std, percent_of_diagonal(std, shape))
            for symbol, std in (("σα", crf.appearance_xy_std), ("σγ", crf.smoothness_xy_std))
        )
        colour = image[pixel]
        yield LabResult(
            self.name,
            KernelShown(
                *_profiles(rows, pixel, crf),
                exact,
                widths,
                (int(colour[0]), int(colour[1]), int(colour[2])),
                colour_one_std_apart(colour, crf.appearance_rgb_std),
                crf.appearance_rgb_std,
            ),
            caption=_caption(context, config, rows, pixel, exact),
            formula=_formula(kinds, crf),
            raster=_raster(rows, shape, crf, exact),
            raster_name=f"√ kernel of the ringed pixel: {config.kernel}, {config.values}",
            marks=_marks(kinds, pixel, shape, crf),
        )


def _exact_rows(image, pixel, crf) -> dict[KernelKind, np.ndarray]:
    from segviewer.crf.inspection.kernel_row import appearance_row, smoothness_row

    return {
        "appearance": appearance_row(image, pixel, crf.appearance_xy_std, crf.appearance_rgb_std),
        "smoothness": smoothness_row(image.shape[:2], pixel, crf.smoothness_xy_std),
    }


def _profiles(rows, pixel, crf) -> tuple[np.ndarray, tuple[Profile, ...]]:
    wide = {"appearance": crf.appearance_xy_std, "smoothness": crf.smoothness_xy_std}
    half = max([5.0, *(HALF_WIDTH * wide[kind] for kind in rows)])
    row, column = pixel
    width = next((values.shape[1] for values in rows.values()), 1)
    columns = np.arange(max(0, int(column - half)), min(width, int(column + half) + 1))
    offsets = columns - column
    found = []
    for kind, values in rows.items():
        peak = values[row, column]
        gaussian = None
        if kind == "appearance":
            gaussian = peak * np.exp(-((offsets / crf.appearance_xy_std) ** 2) / 2)
        symbol = APPEARANCE if kind == "appearance" else SMOOTHNESS
        found.append(Profile(kind, symbol, values[row, columns], gaussian))
    return offsets, tuple(found)


def _raster(rows, shape, crf, exact) -> np.ndarray:
    total = np.zeros(shape, np.float32)
    for kind, values in rows.items():
        weight = getattr(crf, f"{kind}_weight") if len(rows) > 1 else 1.0
        # Exact ones are normalised by their own sum before they are added.
        share = 1 / values.sum(dtype=np.float64) if exact and len(rows) > 1 else 1.0
        total += np.float32(weight * share) * values
    # A kernel is small nearly everywhere; its square root is seen.
    return as_raster(np.sqrt(np.maximum(total, 0)))


def _marks(kinds, pixel, shape, crf) -> tuple[Mark, ...]:
    from segviewer.crf.inspection.kernel_row import extents

    marks = []
    for kind, tone, std in (
        ("appearance", "σα", crf.appearance_xy_std),
        ("smoothness", "σγ", crf.smoothness_xy_std),
    ):
        if kind in kinds:
            marks += [
                Mark(
                    e.left,
                    e.top,
                    e.right,
                    e.bottom,
                    f"{e.sigmas:g} {tone}",
                    tone,
                    dashed=e.sigmas == 2,
                    oval=True,
                )
                for e in extents(shape, pixel, std)
            ]
    return (*marks, pixel_mark(pixel, shape))


def _caption(context: LabContext, config: KernelConfig, rows, pixel, exact) -> str:
    parts, crf = [], context.crf
    for kind in ("appearance", "smoothness"):
        if kind not in rows and not getattr(crf, f"{kind}_weight") and not exact:
            parts.append(f"{kind} is off (its weight is 0)")
    for kind, values in rows.items():
        mass = float(values.sum(dtype=np.float64))
        own = float(values[pixel])
        if exact:
            parts.append(f"{kind} adds up to {mass:.4g} (itself 1)")
        else:
            parts.append(f"{kind}: row sum {mass:.3g}, itself {own / mass if mass else 0:.1%}")
        parts.append(f"half of it from {_half(values):,} pixels")
    return f"{clicked_at(context, config.column, config.row)}: " + "; ".join(parts)


def _half(values: np.ndarray) -> int:
    """How many of the strongest pixels make up half of the sum."""
    order = np.sort(np.maximum(values, 0).ravel())[::-1]
    sums = np.cumsum(order, dtype=np.float64)
    return int(np.searchsorted(sums, sums[-1] / 2)) + 1


def _formula(kinds, crf) -> str:
    d, c = "|p<sub>i</sub> − p<sub>j</sub>|²", "|I<sub>i</sub> − I<sub>j</sub>|²"
    parts = {
        "appearance": f"k₁ = exp(−{d} / 2σα² − {c} / 2σβ²), σα = {crf.appearance_xy_std:.4g} px, "
        f"σβ = {crf.appearance_rgb_std:.4g}, θ1 = {crf.appearance_weight:g}",
        "smoothness": f"k₂ = exp(−{d} / 2σγ²), σγ = {crf.smoothness_xy_std:.4g} px, "
        f"θ2 = {crf.smoothness_weight:g}",
    }
    return "; ".join(parts[kind] for kind in kinds)


LAB = KernelLab()
