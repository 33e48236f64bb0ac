"""Alternatives: what the same photograph gets without the CRF, and with half of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.refined_labels import (
    content_key,
    label_set_of,
    labels_of,
    miou_of,
    refined_probs,
    settings_key,
)
from segviewer.labs.shared.remembered import remembered
from segviewer.settings import Settings, control

WAYS = {
    "raw": "Network alone",
    "median": "Median",
    "guided": "Guided filter",
    "superpixels": "Superpixels",
    "conv": "ConvCRF",
    "smoothness": "Smoothness",
    "appearance": "Appearance",
    "both": "Both kernels",
}
LONG_SIDE = 420  # pixels of a small picture
OPACITY = 0.6
KEPT = 48  # label maps in memory


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
    window: int = control(
        7,
        kind="lab",
        label="ConvCRF window",
        unit="px",
        ge=3,
        le=11,
        step=2,
        tip="Side of the square in which pixels see each other; an even number is one less. The "
        "CRF's own numbers hold.",
    )
    median: int = control(
        9,
        kind="lab",
        label="Median",
        unit="px",
        ge=3,
        le=41,
        step=2,
        tip="Side of the square of the median of each class's probability.",
    )
    radius: int = control(
        8,
        kind="lab",
        label="Guided radius",
        unit="px",
        ge=1,
        le=60,
        step=1,
        tip="Half the side of the guided filter's squares; the photograph in grey is its guide.",
    )
    edge: float = control(
        8.0,
        kind="lab",
        label="Guided edge",
        unit="grey",
        log=True,
        ge=0.5,
        le=100,
        step=1,
        decimals=1,
        tip="√ε of the guided filter: steps of the photograph smaller than this are smoothed over.",
    )
    way: Literal[
        "raw", "median", "guided", "superpixels", "conv", "smoothness", "appearance", "both"
    ] = control("both", kind="lab", label="On the photograph", hidden=True)


@dataclass(frozen=True, eq=False)
class Way:
    """One way to labels.

    Attributes
    ----------
    name, title, tip : str
    overlay : ndarray of uint8 (h, w, 3)
        Small.
    changed : float
        Share of labels that the network alone gives otherwise.
    miou : float or None
        None without a target mask.
    seconds : float
        What it took when it was computed, lattices that were there not built again.
    """

    name: str
    title: str
    overlay: np.ndarray
    changed: float
    miou: float | None
    tip: str
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Ways:
    """Those computed so far, and the one on the photograph."""

    ways: tuple[Way, ...]
    current: str


class AlternativesLab(Lab[AlternativesConfig, Ways]):
    """Label maps of one photograph side by side."""

    name = "alternatives"
    entry = LabEntry(
        title="Alternatives",
        sentence="The network alone, filters, superpixels, ConvCRF, each kernel alone, and both: "
        "click one to see it large.",
        source="He et al. 2013 (guided filter); Achanta et al. 2012 (SLIC); Teichmann and Cipolla "
        "2018 (ConvCRF); Krähenbühl and Koltun 2011",
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
            maps[name], seconds = (
                (raw, 0.0) if name == "raw" else _labels(context, config, name, content)
            )
            ways.append(_way(context, config, name, raw, maps[name], seconds))
            if name != "both":
                yield self._result(ways, maps, config, complete=False)
        yield self._result(ways, maps, config, complete=True)

    def _result(self, ways: list[Way], maps: dict, config, complete: bool) -> LabResult:
        said = [f"{_in_a_sentence(way.title)} {percent_text(way.changed)}" for way in ways[1:]]
        caption = "Labels changed by " + ", ".join(said) if said else "Computing …"
        return LabResult(
            self.name,
            Ways(tuple(ways), config.way),
            caption=caption,
            formula=_formula(config),
            label_map=maps.get(config.way),
            raster_name=f"labels: {_in_a_sentence(WAYS[config.way])}",
            complete=complete,
        )


def _labels(
    context: LabContext, config: AlternativesConfig, name: str, content: str
) -> tuple[np.ndarray, float]:
    """Labels of a way, and the seconds that it took when it was computed."""
    crf = context.crf
    what: Hashable
    compute: Callable[[], np.ndarray]
    if name == "superpixels":
        what, compute = (
            (config.segments, config.compactness, config.vote),
            partial(_vote, context, config),
        )
    elif name in ("median", "guided"):
        what = ("median", config.median) if name == "median" else (config.radius, config.edge)
        compute = partial(_filtered, context, config, name)
    elif name == "conv":
        what, compute = (settings_key(crf), window_of(config)), partial(_conv, context, config)
    else:
        off = {"smoothness": "appearance_weight", "appearance": "smoothness_weight"}.get(name)
        crf = crf.changed(**{off: 0.0}) if off else crf
        what, compute = settings_key(crf), lambda: labels_of(refined_probs(context, crf))

    def timed() -> tuple[np.ndarray, float]:
        began = time.perf_counter()
        return compute(), time.perf_counter() - began

    return remembered(context, (content, what), timed, KEPT)


def window_of(config: AlternativesConfig) -> int:
    """The odd side of the ConvCRF's window."""
    return config.window - 1 + config.window % 2


def _filtered(context: LabContext, config: AlternativesConfig, name: str) -> np.ndarray:
    from segviewer.analysis.refinement.filtered_probs import guided_filtered, median_filtered

    if name == "median":
        return labels_of(median_filtered(context.probs, config.median))
    return labels_of(guided_filtered(context.image, context.probs, config.radius, config.edge))


def _conv(context: LabContext, config: AlternativesConfig) -> np.ndarray:
    from segviewer.analysis.refinement.conv_crf import conv_crf

    window, check = window_of(config), context.check
    *_, refined = conv_crf(context.image, context.probs, context.crf, window, check)
    return labels_of(refined)


def _vote(context: LabContext, config: AlternativesConfig) -> np.ndarray:
    from segviewer.analysis.evaluation.superpixel_voting import superpixels, vote

    segments = superpixels(context.image, config.segments, config.compactness)
    return vote(segments, context.probs, config.vote)


def _way(
    context: LabContext,
    config: AlternativesConfig,
    name: str,
    raw: np.ndarray,
    labels: np.ndarray,
    seconds: float,
) -> Way:
    from segviewer.imaging.nearest import reduced_size
    from segviewer.imaging.overlay import colour_table, small_overlay

    size, table = (
        reduced_size(labels.shape[0], labels.shape[1], LONG_SIDE),
        colour_table(label_set_of(context)),
    )
    overlay = small_overlay(context.image, labels, table, size, OPACITY)
    miou = miou_of(context, labels)
    changed = float((labels != raw).mean())
    return Way(name, WAYS[name], overlay, changed, miou, _tip(context, config, name), seconds)


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
        "median": f"Each class's probability by the median of {config.median}×{config.median} "
        "pixels; the photograph has no say.",
        "guided": f"Each class's probability by the guided filter, squares of "
        f"{2 * config.radius + 1} px, √ε {config.edge:g} grey levels, the grey photograph its "
        "guide.",
        "conv": f"The CRF as it is set with its kernels cut off outside "
        f"{window_of(config)}×{window_of(config)} pixels about each: {first}; {second}.",
        "smoothness": f"The CRF without its appearance kernel: {second}.",
        "appearance": f"The CRF without its smoothness kernel: {first}.",
        "both": f"The CRF as it is set: {first}; {second}.",
    }[name]


def _in_a_sentence(title: str) -> str:
    return title if title.endswith("CRF") else title.lower()


def _formula(config: AlternativesConfig) -> str:
    """Of the way that is looked at, where it is not the CRF's own."""
    if config.way == "conv":
        return "ConvCRF: Σ<sub>j</sub> over the window about i, not over all pixels"
    if config.way != "superpixels":
        return ""
    if config.vote == "mean":
        chosen = "argmax<sub>l</sub> mean<sub>i ∈ S</sub> p<sub>i</sub>(l)"
    else:
        chosen = "the label that most pixels i ∈ S have"
    return f"Superpixel S, one of about {config.segments}: label = {chosen}"


def percent_text(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


LAB = AlternativesLab()
