"""Presets: one photograph refined with every preset, small and quick; a click takes one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.presets import PRESETS, Preset
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.refined_labels import (
    content_key,
    label_set_of,
    labels_of,
    miou_of,
    settings_key,
)
from segviewer.labs.shared.remembered import remembered
from segviewer.settings import Settings, control

AS_SET, OFF = "as set", "off"
LONG_SIDE = 320  # pixels of a thumbnail
OPACITY = 0.6
FADED = 0.15  # of what is as it is set, where differences are shown
KEPT = 96  # label maps in memory


class CRFPresetsConfig(Settings):
    """Settings of the lab."""

    show: Literal["labels", "differences"] = control(
        "labels",
        kind="lab",
        label="Show",
        tip="differences: only the labels that differ from the CRF as it is set.",
    )


@dataclass(frozen=True, eq=False)
class TriedPreset:
    """One of the strip.

    Attributes
    ----------
    name, title, tip : str
    settings : CRFSettings
        What a click takes.
    overlay : ndarray of uint8 (h, w, 3)
    differs : float
        Share of labels, 0 to 1, that differ from the CRF as it is set.
    miou : float or None
        None without a target mask.
    """

    name: str
    title: str
    tip: str
    settings: CRFSettings
    overlay: np.ndarray
    differs: float
    miou: float | None


@dataclass(frozen=True, eq=False)
class TriedPresets:
    """Those computed so far of `total`, and the name of the one that is set."""

    tried: tuple[TriedPreset, ...]
    total: int
    current: str


class CRFPresetsLab(Lab[CRFPresetsConfig, TriedPresets]):
    """A strip of thumbnails, at the size of a draft."""

    name = "crf_presets"
    entry = LabEntry(
        title="Presets",
        sentence="This photograph with the CRF off, as it is set, and with every preset: a click "
        "takes one.",
        source="The papers and programs that each preset names",
        needs="probs",
        group="CRF studio",
        view="segviewer.labs.crf_choices.crf_presets_view:CRFPresetsView",
    )
    Config = CRFPresetsConfig

    def compute(self, context: LabContext, config: CRFPresetsConfig) -> Iterator[LabResult]:
        presets = known_presets(context.crf)
        content, same = content_key(context), current_preset(context.crf, presets)
        as_set = _labels(context, presets[0].settings, content)
        tried: list[TriedPreset] = []
        for preset in presets:
            context.check()
            labels = _labels(context, preset.settings, content)
            tried.append(_tried(context, config, preset, labels, as_set))
            context.progressed(len(tried) / len(presets))
            yield self._result(tried, len(presets), same)

    def _result(self, tried: list[TriedPreset], total: int, current: str) -> LabResult:
        complete = len(tried) == total
        return LabResult(
            self.name,
            TriedPresets(tuple(tried), total, current),
            caption=_caption(tried) if complete else f"{len(tried)} of {total} …",
            complete=complete,
        )


def known_presets(crf: CRFSettings) -> tuple[Preset, ...]:
    """The CRF as it is set, without it, and every preset, a person's own last.

    Parameters
    ----------
    crf : CRFSettings
    """
    from segviewer.crf.settings.own_presets import load_presets

    off = crf.changed(enabled=False)
    return (
        Preset(AS_SET, "As it is set", "What the sliders say.", crf.changed(enabled=True)),
        Preset(OFF, "CRF off", "The network's own labels.", off),
        *PRESETS,
        *load_presets()[0],
    )


def current_preset(crf: CRFSettings, presets: tuple[Preset, ...]) -> str:
    """Name of the preset that `crf` is; where it is none of them, `AS_SET`."""
    if not crf.enabled:
        return OFF
    found = (one.name for one in presets[2:] if one.settings == crf)
    return next(found, AS_SET)


def _labels(context: LabContext, crf: CRFSettings, content: str) -> np.ndarray:
    """Labels of a quick CRF, uint8 (H, W)."""
    from segviewer.crf.engines.draft import draft

    if not crf.enabled:
        return remembered(context, (content, None), lambda: labels_of(context.probs), KEPT)
    key = content, settings_key(crf)
    return remembered(
        context, key, lambda: labels_of(draft(context.image, context.probs, crf)), KEPT
    )


def _tried(
    context: LabContext,
    config: CRFPresetsConfig,
    preset: Preset,
    labels: np.ndarray,
    as_set: np.ndarray,
) -> TriedPreset:
    from segviewer.imaging.nearest import nearest, reduced_size
    from segviewer.imaging.overlay import blend, colour_table

    size = reduced_size(labels.shape[0], labels.shape[1], LONG_SIDE)
    table, picture = colour_table(label_set_of(context)), nearest(context.image, *size)
    small, differs = nearest(labels, *size), labels != as_set
    overlay = blend(picture, small, table, OPACITY)
    if config.show == "differences" and preset.name != AS_SET:
        faded = blend(picture, small, table, FADED)
        overlay = np.where(nearest(differs, *size)[..., None], overlay, faded)
    miou = miou_of(context, labels)
    return TriedPreset(
        preset.name,
        preset.title,
        f"{_numbers(preset.settings)}\n{preset.source}",
        preset.settings,
        overlay,
        float(differs.mean()),
        miou,
    )


def _numbers(crf: CRFSettings) -> str:
    if not crf.enabled:
        return "off"
    return (
        f"θ1 {crf.appearance_weight:g}, σα {crf.appearance_xy_std:g} px, "
        f"σβ {crf.appearance_rgb_std:g} grey levels; θ2 {crf.smoothness_weight:g}, "
        f"σγ {crf.smoothness_xy_std:g} px; {crf.num_iterations} iterations"
    )


def _caption(tried: list[TriedPreset]) -> str:
    said = "At the size of a draft, at most three iterations; a click takes a preset"
    measured = [one for one in tried if one.miou is not None and not np.isnan(one.miou)]
    if not measured:
        return f"{said}."
    best = max(measured, key=lambda one: one.miou or 0.0)
    return f"{said}. Best mIoU on this mask: {best.title}, {best.miou:.3f}."


LAB = CRFPresetsLab()
