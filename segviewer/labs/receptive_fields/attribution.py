"""Why the network says so: which pixels gave a class its score at a pixel, or over its region."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.crf_case import pixel_at, pixel_mark
from segviewer.labs.shared.one_pass import class_name, percent, run_key
from segviewer.labs.shared.refined_labels import labels_of
from segviewer.settings import Settings, control

MOST_PARTS = 6
PLAIN_WORDS = "the mean colour"


class AttributionConfig(Settings):
    """Settings of the lab."""

    method: Literal["Seg-Grad-CAM", "occlusion", "integrated gradients"] = control(
        "Seg-Grad-CAM",
        kind="lab",
        label="Ask by",
        tip="Seg-Grad-CAM: one pass, the deepest maps. occlusion: a pass for each hidden window. "
        "integrated gradients: a pass and its gradient for each step, with a check.",
    )
    region: Literal["pixel", "class"] = control(
        "pixel",
        kind="lab",
        label="Of the score at",
        inline=True,
        tip="pixel: the clicked one. class: all pixels with its label.",
    )
    window: int = control(
        60,
        kind="lab",
        label="Hidden window",
        unit="px",
        ge=16,
        le=240,
        step=4,
        tip="For occlusion.",
    )
    steps: int = control(
        64,
        kind="lab",
        label="Steps",
        ge=1,
        le=512,
        step=1,
        log=True,
        tip="For integrated gradients: more, until the check is met.",
    )
    column: float = control(0.5, kind="lab", label="Column", hidden=True, ge=0, le=1)
    row: float = control(0.5, kind="lab", label="Row", hidden=True, ge=0, le=1)


@dataclass(frozen=True, eq=False)
class Attribution:
    """What the view draws.

    Attributes
    ----------
    picture : ndarray of uint8 (h, w)
        Evidence for the class, 255 the most.
    parts : tuple of (class, share)
        Where it lies, by the labels there; the largest first.
    title : str
    """

    picture: np.ndarray
    parts: tuple[tuple[str, float], ...]
    title: str


class AttributionLab(Lab[AttributionConfig, Attribution]):
    """Evidence for a class as a map, and on which things it lies."""

    name = "attribution"
    entry = LabEntry(
        title="Why the network says so",
        sentence="Which pixels gave a class its score, at the clicked pixel or over its region: by "
        "hiding, by gradients, by a layer's maps.",
        source="Vinogradova, Dibrov, Myers 2020; Sundararajan, Taly, Yan 2017",
        needs="probs",
        group="Receptive fields",
        view="segviewer.labs.receptive_fields.attribution_view:AttributionView",
    )
    Config = AttributionConfig
    picks = ("column", "row")

    def compute(self, context: LabContext, config: AttributionConfig) -> Iterator[LabResult]:
        from segviewer.inference.running import needs_tiles

        if needs_tiles(*context.image.shape[:2]):
            yield LabResult(
                self.name,
                caption="The photograph is too large for one pass: choose a smaller working size.",
            )
            return
        labels = labels_of(context.probs)
        pixel = pixel_at(config.column, config.row, labels.shape)
        index = int(labels[pixel])
        region = np.zeros(labels.shape, bool)
        region[pixel] = True
        if config.region == "class":
            region = labels == index
        values, said = _kept(context, config, region, index)
        evidence = np.maximum(values, 0)
        total = float(evidence.sum())
        name = class_name(context, index)
        if not total > 0:
            yield LabResult(
                self.name,
                caption=f"Nothing of the photograph raises the score of {name} there. {said}",
                marks=(pixel_mark(pixel, labels.shape),),
            )
            return
        shares = np.bincount(labels.ravel(), evidence.ravel(), len(context.probs)) / total
        order = [int(k) for k in np.argsort(-shares, kind="stable")[:MOST_PARTS] if shares[k] > 0]
        raster = _raster(evidence)
        where = "its pixel" if config.region == "pixel" else f"all {int(region.sum()):,} pixels"
        yield LabResult(
            self.name,
            Attribution(
                raster,
                tuple((class_name(context, k), float(shares[k])) for k in order),
                f"evidence for {name}, by what it lies on",
            ),
            caption=f"{config.method}, score of {name} at {where}: "
            f"{percent(float(shares[index]))} of the evidence lies on {name} itself. {said}",
            formula=_formula(config),
            raster=raster,
            raster_name=f"evidence for {name} · {config.method}",
            marks=(pixel_mark(pixel, labels.shape),),
        )


def _kept(
    context: LabContext, config: AttributionConfig, region: np.ndarray, index: int
) -> tuple[np.ndarray, str]:
    """Values of the method, and what is to be said of them; the last ones are kept."""
    asked = (config.method, config.window, config.steps, index, region.tobytes())
    key = (run_key(context), asked)
    if context.memory.get("key") != key:
        context.memory.update(key=key, found=_values(context, config, region, index))
    found: tuple[np.ndarray, str] = context.memory["found"]
    return found


def _values(
    context: LabContext, config: AttributionConfig, region: np.ndarray, index: int
) -> tuple[np.ndarray, str]:
    import torch

    from segviewer.analysis.networks.attribution import (
        RegionScore,
        integrated_gradients,
        occlusion,
        seg_grad_cam,
    )

    network: Any = context.network
    device = next(network.parameters()).device
    image = torch.from_numpy(context.card.preprocessing.normalise(context.image)).to(device)[None]
    score = RegionScore(network, torch.from_numpy(region).to(device), index)
    plain = image.mean((2, 3), keepdim=True).expand_as(image)
    if config.method == "Seg-Grad-CAM":
        return seg_grad_cam(score, image), "Of the deepest maps, enlarged."
    if config.method == "occlusion":
        values = occlusion(score, image, plain, config.window, context.check)
        lost = (
            f"Hidden, a window of {config.window} px costs up to {values.max():.2f} of the score."
        )
        return values, lost

    def check(done: float) -> None:
        context.check()
        context.progressed(done)

    found = integrated_gradients(score, image, plain, config.steps, check)
    return found.values, (
        f"Completeness: Σ = {found.values.sum():.2f}, the score above {PLAIN_WORDS}'s "
        f"{found.difference:.2f}, {percent(found.gap)} off with {config.steps} steps."
    )


def _raster(evidence: np.ndarray) -> np.ndarray:
    """uint8 of the square root, up to the largest but few."""
    most = float(np.quantile(evidence, 0.999)) or float(evidence.max())
    return np.rint(255 * np.sqrt(np.clip(evidence / most, 0, 1))).astype(np.uint8)


def _formula(config: AttributionConfig) -> str:
    if config.method == "Seg-Grad-CAM":
        return (
            "L = ReLU(Σ<sub>k</sub> α<sub>k</sub> A<sub>k</sub>), &nbsp; α<sub>k</sub> = mean of "
            "∂s / ∂A<sub>k</sub>"
        )
    if config.method == "occlusion":
        return "evidence of a window = s(x) − s(x with the window hidden)"
    return (
        "(x<sub>i</sub> − x′<sub>i</sub>) ∫<sub>0</sub><sup>1</sup> ∂s(x′ + t(x − x′)) / "
        "∂x<sub>i</sub> dt, &nbsp; Σ<sub>i</sub> = s(x) − s(x′)"
    )


LAB = AttributionLab()
