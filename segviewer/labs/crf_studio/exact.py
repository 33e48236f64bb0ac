"""Two checks on a small crop: the lattice against the exact sum, and the slides' raw formula."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.imaging.mark import Mark
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.crf_case import as_raster, crf_case, pixel_at, pixel_mark
from segviewer.labs.shared.refined_labels import label_set_of, labels_of
from segviewer.labs.shared.remembered import remembered
from segviewer.settings import Settings, control

OPACITY = 0.65  # of labels over the crop


class ExactConfig(Settings):
    """Settings of the lab."""

    side: int = control(
        40,
        kind="lab",
        label="Crop",
        unit="px",
        ge=8,
        le=64,
        step=8,
        tip="Side of the square about the clicked pixel. Exact means every pixel with every "
        "other: 64 takes seconds.",
    )
    check: Literal["lattice", "slides"] = control(
        "lattice",
        kind="lab",
        label="On the picture",
        tip="lattice: how far its probabilities are from the exact ones. slides: labels that "
        "the lecture slides' raw formula gives otherwise.",
    )
    beside: Literal["labels", "error"] = control(
        "labels",
        kind="lab",
        label="Beside the bars",
        tip="labels: those of each way. error: of the lattice, after each iteration.",
    )
    column: float = control(0.5, kind="lab", label="Column", ge=0, le=1, hidden=True)
    row: float = control(0.5, kind="lab", label="Row", ge=0, le=1, hidden=True)


@dataclass(frozen=True)
class KernelLine:
    """A kernel's line of the table: weight, mass, the slides' sum, the normalised one, factor."""

    name: str
    symbol: str
    weight: float
    mass: float
    raw: float
    normalised: float
    factor: float


@dataclass(frozen=True, eq=False)
class ExactShown:
    """What the view draws.

    Attributes
    ----------
    differences : ndarray of float64 (T,)
        Largest difference of a probability after each iteration.
    labels : int
        Pixels of the crop whose labels differ between lattice and exact.
    slide_labels : int
        Pixels whose labels the lecture slides' formula gives otherwise; lessons compare the two.
    pixels : int
        Of the crop.
    kernels : tuple of KernelLine
    pictures : tuple of (title, figures, ndarray of uint8 (h, w, 3))
        The crop under labels: exact, by the lattice, by the slides' formula.
    beside : str
        ``labels`` or ``error``.
    """

    differences: np.ndarray
    labels: int
    slide_labels: int
    pixels: int
    kernels: tuple[KernelLine, ...]
    pictures: tuple[tuple[str, str, np.ndarray], ...]
    beside: str


class ExactLab(Lab[ExactConfig, ExactShown]):
    """Whether the engine is right, and what its weights mean."""

    name = "exact"
    entry = LabEntry(
        title="Exact check",
        sentence="On a small crop: the lattice beside the exact sum, and what θ means in the "
        "lecture slides' sum.",
        source="Krähenbühl and Koltun 2011; DeepLab v1 (Chen et al. 2015), equation 2",
        needs="probs",
        group="CRF studio",
        view="segviewer.labs.crf_studio.exact_view:ExactView",
    )
    Config = ExactConfig
    picks = ("column", "row")

    def compute(self, context: LabContext, config: ExactConfig) -> Iterator[LabResult]:
        from segviewer.crf.engines.unary import tempered_unary
        from segviewer.crf.inspection.engine_check import (
            compare_conventions,
            compare_engines,
            crop_around,
        )

        case, crf = crf_case(context), context.crf
        pixel = pixel_at(config.column, config.row, case.shape)
        crop = crop_around(case.shape, pixel, config.side)
        key = (case.key, crf.num_iterations, pixel, config.side)

        def compare():
            image = np.ascontiguousarray(case.image[crop.slices])
            unary = tempered_unary(np.ascontiguousarray(case.probs[:, *crop.slices]), crf)
            inside = (pixel[0] - crop.top, pixel[1] - crop.left)
            engines = compare_engines(image, unary, crf)
            context.check()
            context.progressed(0.5)
            return engines, compare_conventions(image, unary, crf, inside)

        engines, slides = remembered(context, key, compare)
        raster = np.zeros(case.shape, np.uint8)
        if config.check == "lattice":
            apart = np.abs(engines.exact - engines.lattice).max(0)
            raster[crop.slices] = as_raster(apart, max(0.01, float(apart.max())))
            name = f"exact − lattice, white = {max(0.01, float(apart.max())):.2g}"
        else:
            raster[crop.slices] = as_raster(slides.differing.astype(np.float32), 1)
            name = "labels that the lecture slides' formula gives otherwise"
        yield LabResult(
            self.name,
            _shown(engines, slides, crf, _pictures(context, crop, engines, slides), config.beside),
            caption=_caption(engines, slides, crop),
            formula=_formula(slides, crf),
            raster=raster,
            raster_name=name,
            marks=(_crop_mark(crop, case.shape), pixel_mark(pixel, case.shape)),
        )


def _pictures(context: LabContext, crop, engines, slides):
    """The crop under the labels of each way; the first is what the others are compared with."""
    from segviewer.imaging.overlay import colour_table, small_overlay

    image = np.ascontiguousarray(context.image[crop.slices])
    table, pixels = colour_table(label_set_of(context)), engines.differing.size
    ways = (
        ("exact, Σ K", engines.exact, "as it should be"),
        ("by the lattice", engines.lattice, f"{int(engines.differing.sum())} of {pixels} differ"),
        ("by the slides' sum", slides.raw, f"{int(slides.differing.sum())} of {pixels} differ"),
    )
    return tuple(
        (title, words, small_overlay(image, labels_of(probs), table, image.shape[:2], OPACITY))
        for title, probs, words in ways
    )


def _shown(engines, slides, crf, pictures, beside: str) -> ExactShown:
    lines = tuple(
        KernelLine(
            kind, symbol, getattr(crf, f"{kind}_weight"), k.mass, k.raw, k.normalised, k.factor
        )
        for kind, symbol in (("appearance", "θ1"), ("smoothness", "θ2"))
        if (k := slides.kernels.get(kind)) is not None
    )
    return ExactShown(
        engines.per_iteration,
        int(engines.differing.sum()),
        int(slides.differing.sum()),
        engines.differing.size,
        lines,
        pictures,
        beside,
    )


def _caption(engines, slides, crop) -> str:
    pixels = engines.differing.size
    return (
        f"Crop {crop.right - crop.left}×{crop.bottom - crop.top}, {len(engines.per_iteration)} "
        f"iterations: probabilities differ by {engines.mean:.2g} in the mean, {engines.largest:.2g}"
        f" at most; {int(engines.differing.sum())} of {pixels} labels differ. "
        f"The lecture slides' formula: {int(slides.differing.sum())} labels differ"
    )


def _formula(slides, crf) -> str:
    parts = [
        f"{symbol} = {getattr(crf, f'{kind}_weight'):g} counts 2 (s − 1) / Σ K = "
        f"2 · ({k.mass:.4g} − 1) / {k.normalised:.3g} = {k.factor:.3g} times as much"
        for kind, symbol in (("appearance", "θ1"), ("smoothness", "θ2"))
        if (k := slides.kernels.get(kind)) is not None
    ]
    return "By the lecture slides' Σ<sub>i≠j</sub>: " + ("; ".join(parts) or "both kernels are off")


def _crop_mark(crop, shape) -> Mark:
    height, width = shape
    return Mark(
        crop.left / width, crop.top / height, crop.right / width, crop.bottom / height, "exact here"
    )


LAB = ExactLab()
