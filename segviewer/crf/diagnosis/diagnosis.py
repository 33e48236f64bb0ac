"""The doctor of the CRF: what is wrong before it runs, and why so little (or much) changed after.

Two pixels' classes l, m differ by what the network says and by what the pixel receives; the latter
is at most W = Σ θ · row sum. Where the network's lead is W or more, no picture changes the label.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.diagnosis.diagnosis_input import input_findings
from segviewer.crf.diagnosis.diagnosis_measure import (
    Measured,
    colour_spread,
    measure,
    neighbour_difference,
)
from segviewer.crf.diagnosis.finding import Finding, Fix
from segviewer.crf.lattice.kernel_cache import CACHE, KernelCache
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.settings import controls

_SURE, _VERY_SURE = 0.9, 0.98  # shares of pixels out of reach that are worth a word
_LITTLE, _MUCH = 0.002, 0.2  # shares of labels changed that are worth a word


def before(
    image: np.ndarray,
    probs: np.ndarray,
    settings: CRFSettings,
    *,
    threads: int | None = None,
    kernels: KernelCache = CACHE,
) -> tuple[Finding, ...]:
    """Look at picture, probabilities and settings before the CRF runs; never raises for them.

    Parameters
    ----------
    image : ndarray
        Meant to be uint8 (H, W, 3).
    probs : ndarray
        Meant to be probabilities (K, H, W).

    Returns
    -------
    tuple of Finding
        The most severe first; a single ``fine`` one where nothing is wrong.
    """
    wrong = input_findings(image, probs)
    if wrong:
        return _sorted(wrong)
    image, probs = np.asarray(image), np.asarray(probs)
    found = [*_weights(settings), *_widths(image, settings)]
    if settings.appearance_weight or settings.smoothness_weight:
        seen = measure(image, probs, settings, threads=threads, kernels=kernels)
        found += _confidence(seen, settings)
        found += _own(seen, settings)
    if not found:
        found.append(
            Finding(
                "fine",
                "fine",
                "Nothing stands in the CRF's way.",
                f"{1 - seen.out_of_reach:.0%} of the pixels can be changed by what they receive "
                f"(at most W = {seen.reach:.3g} nats; the median lead is {seen.margin:.3g}).",
            )
        )
    return _sorted(found)


def after(
    image: NDArray[np.uint8],
    probs: np.ndarray,
    label_maps: np.ndarray,
    settings: CRFSettings,
    *,
    threads: int | None = None,
    kernels: KernelCache = CACHE,
) -> Finding:
    """Say how many labels the CRF changed, and for what measured reason.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    probs : ndarray of float (K, H, W)
        Before the CRF.
    label_maps : ndarray of int (T + 1, H, W)
        Of every iteration from 0, as
        :class:`segviewer.crf.inspection.refinement_history.RefinementHistory` keeps them.
    settings : CRFSettings

    Raises
    ------
    SettingsError
        If picture or probabilities are unsound; `before` says more.
    """
    first, last = label_maps[0], label_maps[-1]
    changed = float((first != last).mean())
    said = f"{_percent(changed)} of the labels changed"
    if not (settings.appearance_weight or settings.smoothness_weight):
        (finding,) = _weights(settings)
        return Finding(
            "warning", "after", f"{said} because both weights are 0.", finding.why, finding.fixes
        )
    if changed > _MUCH:
        return _much(said, first, last, settings)
    moving = float((label_maps[-1] != label_maps[-2]).mean()) if len(label_maps) > 1 else 0.0
    if changed >= _LITTLE and moving > max(1e-3, 0.05 * changed):
        return _unfinished(said, moving, settings)
    if changed >= _LITTLE:
        return Finding(
            "fine",
            "after",
            f"{said}.",
            f"In the last iteration still {_percent(moving)}: the refinement has settled.",
        )
    seen = measure(image, probs, settings, threads=threads, kernels=kernels)
    return _little(said, seen, settings)


def _little(said: str, seen: Measured, settings: CRFSettings) -> Finding:
    if seen.out_of_reach >= _SURE:
        return Finding(
            "warning",
            "after",
            f"{said} because the network is too sure.",
            f"{_percent(seen.out_of_reach)} of the pixels lead by more than the W = "
            f"{seen.reach:.3g} nats that they can receive at most (median lead {seen.margin:.3g}).",
            _less_sure(seen, settings),
        )
    if seen.own_share is not None and seen.own_share >= 0.5 and not settings.smoothness_weight:
        return Finding(
            "warning",
            "after",
            f"{said} because the pixels receive mostly their own message.",
            f"A pixel is {_percent(seen.own_share)} of its own appearance kernel at σβ = "
            f"{settings.appearance_rgb_std:.3g}.",
            (_wider_colour(settings),),
        )
    if seen.agreeing >= 0.9:
        return Finding(
            "fine",
            "after",
            f"{said} because the network agrees with the photograph already.",
            f"Of the pixels within reach {_percent(seen.agreeing)} receive most for the label "
            f"that they have ({_percent(seen.out_of_reach)} are out of reach).",
        )
    stronger = _doubled(settings)
    return Finding(
        "note",
        "after",
        f"{said} because the weights are too small.",
        f"{_percent(seen.outvoted)} of the pixels within reach receive most for another label, but "
        f"by less than the network's lead (median {seen.margin:.3g} nats, W = {seen.reach:.3g}).",
        (stronger,) if stronger else _less_sure(seen, settings),
    )


def _much(said: str, first: np.ndarray, last: np.ndarray, settings: CRFSettings) -> Finding:
    gone = len(set(np.unique(first).tolist()) - set(np.unique(last).tolist()))
    values = {
        name: round(max(0.5, getattr(settings, name) / 2), 1)
        for name in ("appearance_weight", "smoothness_weight")
        if getattr(settings, name) > 0.5
    }
    return Finding(
        "warning",
        "after",
        f"{said}: the CRF outweighs the network.",
        f"{gone} of the {len(np.unique(first))} classes are gone altogether. With θ1 = "
        f"{settings.appearance_weight:.3g} and θ2 = {settings.smoothness_weight:.3g} neighbours "
        "outvote what the network says.",
        (Fix("Halve the weights", values),) if values else (),
    )


def _unfinished(said: str, moving: float, settings: CRFSettings) -> Finding:
    more = min(_bounds("num_iterations")[1], 2 * settings.num_iterations)
    fixes: tuple[Fix, ...] = ()
    if more > settings.num_iterations:
        fixes = (Fix(f"{more:.0f} iterations", {"num_iterations": int(more)}),)
    return Finding(
        "note",
        "after",
        f"{said}, and it is not over.",
        f"The last of the {settings.num_iterations} iterations still changed {_percent(moving)}.",
        fixes,
    )


def _weights(settings: CRFSettings) -> list[Finding]:
    defaults, names = CRFSettings(), ("appearance_weight", "smoothness_weight")
    off = [name for name in names if not getattr(settings, name)]
    if len(off) == 2:
        return [
            Finding(
                "warning",
                "weights",
                "Both weights are 0.",
                "No pixel receives a message: the CRF returns the network's labels.",
                (
                    Fix(
                        f"θ1 = {defaults.appearance_weight:g}, θ2 = {defaults.smoothness_weight:g}",
                        {name: getattr(defaults, name) for name in names},
                    ),
                ),
            )
        ]
    if off == ["appearance_weight"]:
        value = defaults.appearance_weight
        return [
            Finding(
                "note",
                "weights",
                "θ1 is 0: colours are not looked at.",
                "Smoothness alone rounds outlines without regard to edges.",
                (Fix(f"θ1 = {value:g}", {"appearance_weight": value}),),
            )
        ]
    return []


def _widths(image: np.ndarray, settings: CRFSettings) -> list[Finding]:
    diagonal = math.hypot(*image.shape[:2])
    found = []
    for field, weight, symbol in (
        ("appearance_xy_std", "appearance_weight", "σα"),
        ("smoothness_xy_std", "smoothness_weight", "σγ"),
    ):
        if not getattr(settings, weight):
            continue
        std, default = getattr(settings, field), getattr(CRFSettings(), field)
        if std > diagonal:
            low, high = _bounds(field)
            value = round(min(high, max(low, min(default, diagonal / 10))), 1)
            found.append(
                Finding(
                    "warning",
                    field,
                    f"{symbol} = {std:.4g} px is larger than the picture.",
                    f"Its diagonal is {diagonal:.4g} px: to this kernel all places are alike.",
                    (Fix(f"{symbol} = {value:g} px", {field: value}),),
                )
            )
        elif std < 1:
            value = max(1.0, _bounds(field)[0])
            of_next = math.exp(-1 / (2 * std * std))
            found.append(
                Finding(
                    "warning" if std < 0.5 else "note",
                    field,
                    f"{symbol} = {std:.3g} px is below a pixel.",
                    f"The next pixel weighs {of_next:.2g} of the pixel itself: "
                    f"this kernel hardly looks further.",
                    (Fix(f"{symbol} = {value:g} px", {field: value}),),
                )
            )
    return found + (_tolerance(image, settings) if settings.appearance_weight else [])


def _tolerance(image: np.ndarray, settings: CRFSettings) -> list[Finding]:
    std, spread = settings.appearance_rgb_std, colour_spread(image)
    low, high = _bounds("appearance_rgb_std")
    if spread == 0:
        return [
            Finding(
                "note",
                "one colour",
                "The picture has one colour.",
                "There is no edge to snap to: the appearance kernel only smooths.",
            )
        ]
    if std > 2 * spread:
        value = round(min(high, max(low, spread / 10)), 1)
        return [
            Finding(
                "warning",
                "appearance_rgb_std",
                f"σβ = {std:.4g} is more than the colours of the picture differ.",
                f"They lie {spread:.3g} grey levels (root mean square) about their mean: "
                f"to this kernel all are alike, and no edge stops it.",
                (Fix(f"σβ = {value:g}", {"appearance_rgb_std": value}),),
            )
        ]
    noise = neighbour_difference(image)
    if noise > 3 * std:
        value = round(min(high, max(low, noise)), 1)
        return [
            Finding(
                "note",
                "appearance_rgb_std",
                f"σβ = {std:.3g} is below the grain of the picture.",
                f"Every second pair of neighbours differs by {noise:.3g} grey levels or more; a "
                f"message between them weighs {math.exp(-((noise / std) ** 2) / 2):.2g} at most.",
                (Fix(f"σβ = {value:g}", {"appearance_rgb_std": value}),),
            )
        ]
    return []


def _confidence(seen: Measured, settings: CRFSettings) -> list[Finding]:
    if seen.out_of_reach < _SURE:
        return []
    return [
        Finding(
            "warning" if seen.out_of_reach >= _VERY_SURE else "note",
            "over-confident",
            f"The CRF cannot change {_percent(seen.out_of_reach)} of the pixels.",
            f"The network's lead (median {seen.margin:.3g} nats) is more than the W = "
            f"{seen.reach:.3g} nats that a pixel can receive, whatever the photograph shows.",
            _less_sure(seen, settings),
        )
    ]


def _own(seen: Measured, settings: CRFSettings) -> list[Finding]:
    if seen.own_share is None or seen.own_share < 0.5:
        return []
    return [
        Finding(
            "note",
            "own share",
            f"A pixel is {_percent(seen.own_share)} of its own appearance kernel.",
            f"σβ = {settings.appearance_rgb_std:.3g} finds hardly another pixel of its colour "
            f"within σα = {settings.appearance_xy_std:.3g} px.",
            (_wider_colour(settings),),
        )
    ]


def _less_sure(seen: Measured, settings: CRFSettings) -> tuple[Fix, ...]:
    """Temperature and clip at which every second pixel, or every one, comes within reach."""
    if seen.reach <= 0:
        return ()
    fixes = []
    # Clipped first, divided then: see `tempered_unary`.
    lead = min(seen.median_log_ratio, -math.log(settings.clip))
    low, high = _bounds("temperature")
    wanted = math.ceil(10 * lead / (0.9 * seen.reach)) / 10
    value = float(min(high, max(low, wanted)))
    if value > settings.temperature:
        fixes.append(Fix(f"Temperature {value:g}", {"temperature": value}))
    low, high = _bounds("clip")
    value = math.exp(-0.9 * seen.reach * settings.temperature)
    value = float(f"{min(high, max(low, value)):.2g}")
    if value > settings.clip:
        fixes.append(Fix(f"Smallest probability {value:g}", {"clip": value}))
    return tuple(fixes)


def _doubled(settings: CRFSettings) -> Fix | None:
    values = {}
    for name in ("appearance_weight", "smoothness_weight"):
        value = getattr(settings, name)
        if value and (doubled := min(_bounds(name)[1], 2 * value)) > value:
            values[name] = float(doubled)
    return Fix("Double the weights", values) if values else None


def _wider_colour(settings: CRFSettings) -> Fix:
    low, high = _bounds("appearance_rgb_std")
    value = round(min(high, max(low, 2 * settings.appearance_rgb_std)), 1)
    return Fix(f"σβ = {value:g}", {"appearance_rgb_std": value})


def _bounds(name: str) -> tuple[float, float]:
    """What the slider of a setting allows."""
    (found,) = (c for c in controls(CRFSettings) if c.name == name)
    assert found.minimum is not None and found.useful_maximum is not None
    return found.minimum, found.useful_maximum


def _percent(share: float) -> str:
    """Per cent with two significant digits, and never 0 or 100 unless it is."""
    value = 100 * share
    if value in (0, 100):
        return f"{value:.0f} %"
    if value < 10:
        return f"{value:.2g} %"
    return f"{value:.1f} %" if value < 99.95 else "over 99.9 %"


def _sorted(findings: list[Finding]) -> tuple[Finding, ...]:
    order = ("error", "warning", "note", "fine")
    return tuple(sorted(findings, key=lambda f: order.index(f.severity)))
