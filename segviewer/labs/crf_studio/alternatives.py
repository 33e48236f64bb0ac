"""Alternatives: what the same photograph gets without the CRF, and with half of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.refined_labels import (
    content_key,
    label_set_of,
    labels_of,
    refined_probs,
    settings_key,
)
from segviewer.labs.shared.remembered import remembered
from segviewer.settings import Settings, control

WAYS = {
    "raw": "Network alone",
    "superpixels": "Superpixels",
    "smoothness": "Smoothness",
    "appearance": "Appearance",
    "both": "Both kernels",
}
LONG_SIDE = 420  # pixels of a small picture
OPACITY = 0.6
KEPT = 24  # label maps in memory


class AlternativesConfig(Settings):
    """Settings of the lab: those of the superpixels."""

    segments: int = control(
        600,
        kind="lab",
        label="Superpixels",
        log=True,
        ge=10,
        le=5000,
        step=10,
        tip="About how many patches the photograph is cut into. Fewer: coarser outlines, and "
        "small things are swallowed.",
    )
    compactness: float = control(
        10.0,
        kind="lab",
        label="Compactness",
        log=True,
        ge=0.1,
        le=100,
        step=1,
        decimals=1,
        tip="More: square patches. Less: patches that follow colour alone.",
    )
    vote: Literal["mean", "majority"] = control(
        "mean",
        kind="lab",
        label="Vote",
        tip="mean: the class with the largest mean probability in the patch. majority: the label "
        "that most of its pixels have.",
    )
    way: Literal["raw", "superpixels", "smoothness", "appearance", "both"] = control(
        "both", kind="lab", label="On the photograph", hidden=True
    )


@dataclass(frozen=True, eq=False)
class Way:
    """One way to labels: the small overlay, share of labels changed, mean IoU or None."""

    name: str
    title: str
    overlay: np.ndarray
    changed: float
    miou: float | None
    tip: str


@dataclass(frozen=True, eq=False)
class Ways:
    """Those computed so far, and the one on the photograph."""

    ways: tuple[Way, ...]
    current: str


class AlternativesLab(Lab[AlternativesConfig, Ways]):
    """Five label maps of one photograph side by side."""

    name = "alternatives"
    entry = LabEntry(
        title="Alternatives",
        sentence="The network alone, superpixels, each kernel alone, and both: click one to see "
        "it large.",
        source="Achanta et al. 2012 (SLIC); Krähenbühl and Koltun 2011",
        needs="probs",
        group="CRF studio",
        view="segviewer.labs.crf_studio.alternatives_view:AlternativesView",
    )
    Config = AlternativesConfig

    def compute(self, context: LabContext, config: AlternativesConfig) -> Iterator[LabResult]:
        content = content_key(context)
        raw = labels_of(context.probs)
        ways, maps = [], {}
        for name in WAYS:
            context.check()
            maps[name] = raw if name == "raw" else _labels(context, config, name, content)
            ways.append(_way(context, config, name, raw, maps[name]))
            if name != "both":
                yield self._result(ways, maps, config, complete=False)
        yield self._result(ways, maps, config, complete=True)

    def _result(self, ways: list[Way], maps: dict, config, complete: bool) -> LabResult:
        said = [f"{way.title.lower()} {percent_text(way.changed)}" for way in ways[1:]]
        caption = "Labels changed by " + ", ".join(said) if said else "Computing …"
        return LabResult(
            self.name,
            Ways(tuple(ways), config.way),
            caption=caption,
            formula=_formula(config),
            label_map=maps.get(config.way),
            raster_name=f"labels: {WAYS[config.way].lower()}",
            complete=complete,
        )


def _labels(context: LabContext, config: AlternativesConfig, name: str, content: str) -> np.ndarray:
    crf = context.crf
    what: Hashable
    if name == "superpixels":
        what = (config.segments, config.compactness, config.vote)

        def compute() -> np.ndarray:
            return _vote(context, config)
    else:
        off = {"smoothness": "appearance_weight", "appearance": "smoothness_weight"}.get(name)
        crf = crf.changed(**{off: 0.0}) if off else crf
        what = settings_key(crf)

        def compute() -> np.ndarray:
            return labels_of(refined_probs(context, crf))

    return remembered(context, (content, what), compute, KEPT)


def _vote(context: LabContext, config: AlternativesConfig) -> np.ndarray:
    from segviewer.analysis.evaluation.superpixel_voting import superpixels, vote

    segments = superpixels(context.image, config.segments, config.compactness)
    return vote(segments, context.probs, config.vote)


def _way(
    context: LabContext, config: AlternativesConfig, name: str, raw: np.ndarray, labels: np.ndarray
) -> Way:
    from segviewer.analysis.evaluation.metrics import Confusion
    from segviewer.imaging.nearest import nearest
    from segviewer.imaging.overlay import blend, colour_table

    height, width = labels.shape
    scale = min(1.0, LONG_SIDE / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    table = colour_table(label_set_of(context))
    overlay = blend(nearest(context.image, *size), nearest(labels, *size), table, OPACITY)
    miou = None
    if context.target is not None:
        confusion = Confusion(len(context.probs))
        confusion.add(nearest(context.target, height, width), labels)
        miou = confusion.miou
    changed = float((labels != raw).mean())
    return Way(name, WAYS[name], overlay, changed, miou, _tip(context, config, name))


def _tip(context: LabContext, config: AlternativesConfig, name: str) -> str:
    crf = context.crf
    first = (
        f"θ1 {crf.appearance_weight:g}, σα {crf.appearance_xy_std:g} px, "
        f"σβ {crf.appearance_rgb_std:g} grey levels"
    )
    second = f"θ2 {crf.smoothness_weight:g}, σγ {crf.smoothness_xy_std:g} px"
    return {
        "raw": "The network's scores brought to the picture's size, the largest taken.",
        "superpixels": f"About {config.segments} SLIC patches, compactness "
        f"{config.compactness:g}; each takes one label by {config.vote} vote.",
        "smoothness": f"The CRF without its appearance kernel: {second}.",
        "appearance": f"The CRF without its smoothness kernel: {first}.",
        "both": f"The CRF as it is set: {first}; {second}.",
    }[name]


def _formula(config: AlternativesConfig) -> str:
    if config.vote == "mean":
        chosen = "argmax<sub>l</sub> mean<sub>i ∈ S</sub> p<sub>i</sub>(l)"
    else:
        chosen = "the label that most pixels i ∈ S have"
    return f"Superpixel S, one of about {config.segments}: label = {chosen}"


def percent_text(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


LAB = AlternativesLab()
