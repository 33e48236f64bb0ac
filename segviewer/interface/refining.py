"""The dense CRF on probabilities of any origin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ValidationError

from segviewer.crf.engines.full_resolution import LastUpdate
from segviewer.crf.engines.refinement import refine as iterations_of
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.own_presets import load_presets
from segviewer.crf.settings.presets import PRESETS
from segviewer.crf.settings.setting_text import parse_crf
from segviewer.engine.computing.full_resolution import foreground_bias
from segviewer.engine.computing.labels import with_void
from segviewer.errors import SettingsError, from_validation
from segviewer.imaging.preprocessing import resize_to
from segviewer.inference.label_maps import label_map_at
from segviewer.interface.photograph import Image, photograph_of
from segviewer.session import THRESHOLD

MOST_CLASSES = 255  # a label map holds one byte a pixel; 255 is void


@dataclass(frozen=True, eq=False)
class Refined:
    """What the CRF makes of probabilities.

    Attributes
    ----------
    label_map : ndarray of uint8 (H, W)
        At every pixel of the photograph; 255 where there is no picture.
    probs : ndarray of float32 (K, h, w)
        After the last iteration, at the size of the probabilities that were given.
    settings : dict
        All numbers of the CRF, by name.
    """

    label_map: NDArray[np.uint8]
    probs: NDArray[np.float32]
    settings: dict[str, Any]


def crf_presets() -> dict[str, dict[str, Any]]:
    """Name → numbers of every preset, those that ship and a person's own.

    Examples
    --------
    >>> import segviewer as sv
    >>> sv.crf_presets()["thin-structures"]["appearance_rgb_std"]
    3.0
    """
    own, _ = load_presets()
    return {one.name: _numbers(one.settings) for one in (*PRESETS, *own)}


def refine(
    image: Image,
    probs: ArrayLike,
    *,
    preset: str = "",
    settings: Mapping[str, Any] | None = None,
    threshold: float = THRESHOLD,
) -> Refined:
    """Refine probabilities with the photograph by a dense CRF (Krähenbühl and Koltun 2011).

    The iterations run at the size of the probabilities; the last update is made at every pixel
    of the photograph where `full_resolution` is on, as it is unless set otherwise.

    Parameters
    ----------
    image : Photograph, ndarray of uint8 (H, W, 3), path or ``sample:NAME``
    probs : array-like of float (K, h, w)
        Probabilities before the CRF, of any network.
    preset : str
        A name of :func:`crf_presets`, or a line as ``segviewer label --crf`` takes it:
        ``"deeplab-v2,theta1=5"``. Empty for the defaults.
    settings : mapping, optional
        Single numbers in place of the preset's: ``{"appearance_xy_std": 40}``.
    threshold : float
        Probability from which the second of two planes is the label.

    Returns
    -------
    Refined

    Raises
    ------
    SettingsError
        If there is no such preset or setting, a value is out of range, or the probabilities
        are none.

    Examples
    --------
    >>> import segviewer as sv
    >>> model = sv.open_checkpoint("deeplab_v3_efficientnet_lite0_camvid", long_side=160)
    >>> photograph = sv.read_image("sample:campus_walkers")
    >>> refined = sv.refine(photograph, model.probabilities(photograph), preset="deeplab-v2")
    >>> refined.label_map.shape, refined.probs.shape
    ((576, 768), (11, 120, 160))
    """
    crf = crf_settings(preset, settings)
    photograph, before = photograph_of(image), _checked(probs)
    size = photograph.pixels.shape[0], photograph.pixels.shape[1]
    working_size = before.shape[1], before.shape[2]
    working = resize_to(photograph.pixels, working_size)
    elsewhere = crf.full_resolution and crf.engine == "lattice" and size != working_size
    kept: list[LastUpdate] = []
    after = before
    for step in iterations_of(
        working,
        before,
        crf,
        finished=lambda field: kept.append(LastUpdate(field, working, before, crf)),
    ):
        after = after if step is None else step
    if elsewhere:
        bias = foreground_bias(threshold, len(before))
        labels = kept[0].labels(photograph.pixels, bias=bias)
    else:
        # Another threshold is for two planes, of which the second is the foreground.
        least = threshold if len(before) == 2 else THRESHOLD
        labels = label_map_at(after, size, lambda: None, lambda part: None, least)
    return Refined(with_void(labels, photograph.void), after, _numbers(crf))


def crf_settings(preset: str, values: Mapping[str, Any] | None) -> CRFSettings:
    """The CRF's settings, switched on: those of `preset`, with `values` in their place.

    Raises
    ------
    SettingsError
        If there is no such preset or setting, or a value is out of range.
    """
    own, _ = load_presets()
    crf = parse_crf(preset, own) if preset else CRFSettings(enabled=True)
    unknown = sorted(set(values or {}) - set(CRFSettings.model_fields))
    if unknown:
        raise SettingsError(
            f"The CRF has no setting called {unknown[0]}.",
            f"Its settings are {', '.join(_numbers(crf))}.",
            "Choose one of these.",
        )
    try:
        return crf.changed(**{**dict(values or {}), "enabled": True})
    except ValidationError as error:
        raise from_validation(
            SettingsError,
            error,
            "The CRF cannot be set to this {place}.",
            "Choose a value within its range.",
        ) from None


def _numbers(crf: CRFSettings) -> dict[str, Any]:
    return crf.model_dump(exclude={"enabled"})


def _checked(probs: ArrayLike) -> NDArray[np.float32]:
    array = np.asarray(probs)
    fault = ""
    if array.dtype.kind not in "fiu" or array.ndim != 3 or 0 in array.shape:
        fault = f"It is {array.dtype} {array.shape}, not numbers (classes, height, width)."
    elif len(array) > MOST_CLASSES:
        fault = f"It has {len(array)} classes; a label map holds {MOST_CLASSES}."
    elif not (math.isfinite(array.min()) and math.isfinite(array.max())):
        fault = "It holds NaN or infinity."
    elif array.min() < 0 or array.max() > 1 + 1e-3:
        fault = f"Its values are {array.min():.4g} to {array.max():.4g}, not 0 to 1."
    if fault:
        raise SettingsError(
            "This array holds no probabilities.",
            fault,
            "Give probabilities; of scores, take the softmax first.",
        )
    return np.ascontiguousarray(array, np.float32)
