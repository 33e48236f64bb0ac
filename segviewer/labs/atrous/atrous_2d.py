"""Sparse and dense responses on the photograph (DeepLab v2, figure 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.imaging.nearest import reduced_size
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control

LONG_SIDE = 320

Shown = Literal["photograph", "sparse", "dense", "difference"]


class Atrous2dConfig(Settings):
    """Settings of the lab."""

    filter: Literal["vertical edges", "horizontal edges", "Laplacian", "blur"] = control(
        "vertical edges",
        kind="lab",
        label="Filter",
        tip="7×7 weights: a Gaussian (σ 1.2), its derivatives, its Laplacian.",
    )
    rate: Literal[2, 4, 8] = control(
        2,
        kind="lab",
        label="Stride, or rate",
        symbol="r",
        inline=True,
        tip="Sparse: every r-th pixel is taken. Dense: the filter's taps lie r pixels apart.",
    )
    upsampling: Literal["nearest", "bilinear"] = control(
        "bilinear",
        kind="lab",
        label="Enlarge by",
        inline=True,
        tip="What the sparse way writes between the responses that it has.",
    )
    smooth: bool = control(
        False,
        kind="lab",
        label="Blur before subsampling",
        tip="As resizing does, against aliasing. The sparse way then filters another picture.",
    )
    picture: Shown = control("sparse", kind="lab", label="Picture", hidden=True)


@dataclass(frozen=True, eq=False)
class Ways:
    """Pictures uint8 (h, w, 3) by name, with a line of figures each; the one chosen.

    `grey` float (h, w), `kernel` (7, 7) and `rate` are what the taps at the pointer are made of.
    """

    pictures: dict[str, tuple[np.ndarray, str]]
    current: str
    grey: np.ndarray
    kernel: np.ndarray
    rate: int


class Atrous2dLab(Lab[Atrous2dConfig, Ways]):
    """Down, filter, up, against the same filter with holes at full resolution."""

    name = "atrous_2d"
    entry = LabEntry(
        title="Atrous, 2-D",
        sentence="Down, filter, up, against the filter with holes: what sparse responses miss.",
        source="DeepLab v2 (Chen et al. 2018), figure 3",
        needs="image",
        group="Atrous convolution",
        view="segviewer.labs.atrous.atrous_2d_view:Atrous2dView",
        has_photograph=True,
    )
    Config = Atrous2dConfig

    def compute(self, context: LabContext, config: Atrous2dConfig) -> Iterator[LabResult]:
        from segviewer.analysis.arithmetic.sparse_dense import SIDE, compare, grey, kernel_of

        picture = grey(_small(context.image))
        kernel = kernel_of(config.filter)
        found = compare(picture, kernel, config.rate, config.upsampling, config.smooth)
        peak = float(np.abs(found.dense).max()) or 1.0
        apart = np.abs(found.difference)
        spread = np.zeros(((SIDE - 1) * config.rate + 1,) * 2)
        spread[:: config.rate, :: config.rate] = kernel
        pixels = picture.size
        pictures = {
            "photograph": (_drawn(picture, 0.5), f"{picture.shape[1]}×{picture.shape[0]} px"),
            "sparse": (
                _drawn(found.sparse, peak),
                f"{found.computed.shape[1]}×{found.computed.shape[0]} computed",
            ),
            "dense": (_drawn(found.dense, peak), f"{pixels:,} computed"),
            "difference": (
                _drawn(found.difference, peak),
                f"up to {apart.max() / peak:.0%} of the peak",
            ),
            "filter": (
                _drawn(spread, float(np.abs(kernel).max())),
                f"49 weights over {len(spread)}×{len(spread)}",
            ),
        }
        values = {"photograph": None, "sparse": found.sparse, "dense": found.dense}
        raster = values.get(config.picture, found.difference)
        yield LabResult(
            self.name,
            Ways(pictures, config.picture, picture, kernel, config.rate),
            caption=_caption(config, found, apart, peak),
            formula=_formula(config, picture.shape, found.computed.shape),
            raster=None if raster is None else _raster(raster, peak),
            raster_name=f"|{config.picture}|, white = {peak:.2g}: {config.filter}, rate "
            f"{config.rate}, at {picture.shape[1]}×{picture.shape[0]}",
        )


def _small(image: np.ndarray) -> np.ndarray:
    from PIL import Image

    size = reduced_size(image.shape[0], image.shape[1], LONG_SIDE)
    if size == image.shape[:2]:
        return image
    return np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.BOX))


def _drawn(values: np.ndarray, peak: float) -> np.ndarray:
    """Middle grey is 0, black and white are -peak and peak."""
    levels = np.clip(np.rint(127.5 + 127.5 * values / peak), 0, 255).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=2)


def _raster(values: np.ndarray, peak: float) -> np.ndarray:
    return np.clip(np.rint(np.abs(values) * (255 / peak)), 0, 255).astype(np.uint8)


def _caption(config: Atrous2dConfig, found, apart: np.ndarray, peak: float) -> str:
    if config.smooth:
        true = (
            f"{found.true_share:.2%} of the pixels get a response of their own, of an averaged"
            " picture"
        )
    else:
        true = f"{found.true_share:.2%} of the pixels get a true response, the others are filled in"
    strong = np.abs(found.dense) > 0.2 * peak
    lost = float((apart[strong] > 0.5 * np.abs(found.dense[strong])).mean()) if strong.any() else 0
    return (
        f"Sparse, {config.upsampling}: {true}. It differs from the dense one by {apart.max():.2g} "
        f"at most ({apart.max() / peak:.0%} of the strongest response) and {apart.mean():.2g} in "
        f"the mean; {lost:.0%} of the strong responses are off by more than half."
    )


def _formula(config: Atrous2dConfig, shape, small) -> str:
    r = config.rate
    return (
        f"dense: y[i] = Σ x[i + {r}j] w[j], &nbsp; 49 · {shape[0]} · {shape[1]} = "
        f"{49 * shape[0] * shape[1]:,} multiply-adds, {6 * r + 1}×{6 * r + 1} pixels seen; &nbsp; "
        f"sparse: y[{r}i] = Σ x[{r}(i + j)] w[j], &nbsp; 49 · {small[0]} · {small[1]} = "
        f"{49 * small[0] * small[1]:,}"
    )


LAB = Atrous2dLab()
