"""What striding and pooling lose, and what deconvolution and atrous convolution cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.imaging.nearest import nearest, reduced_size
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.refined_labels import content_key, label_set_of, labels_of
from segviewer.settings import Settings, control

SMALL, LARGE = 128, 320  # pixels of the long side of a map in the stack, and of the chosen one
OPACITY = 0.65  # of the labels
LOST = 255  # level of a pixel whose label is lost
MAP_STRIDE = 8  # of the map whose layers are counted: DeepLab's densest


class StridingConfig(Settings):
    """Settings of the lab."""

    stride: Literal[2, 4, 8, 16, 32] = control(
        8,
        kind="lab",
        label="Down to one in",
        unit="px",
        inline=True,
        tip="Every s-th pixel of a row and of a column is kept.",
    )
    what: Literal["labels", "scores", "target mask"] = control(
        "labels",
        kind="lab",
        label="Of",
        tip="labels: the network's, each standing for its cell. scores: the network's, with "
        "straight lines between the samples. target mask: as labels.",
    )
    band: int = control(
        5,
        kind="lab",
        label="Near an outline",
        unit="px",
        ge=1,
        le=40,
        step=1,
        tip="Pixels on each side of a change of label that count as near.",
    )
    beside: Literal["lost", "costs"] = control(
        "lost",
        kind="lab",
        label="Beside the maps",
        tip="lost: how many labels change, by stride. costs: what the two ways back cost.",
    )
    channels: int = control(
        256,
        kind="lab",
        label="Channels",
        symbol="C",
        ge=1,
        le=2048,
        step=1,
        log=True,
        tip="Of the layer whose cost is counted, on a map of an eighth of the photograph.",
    )


@dataclass(frozen=True, eq=False)
class StridingShown:
    """What the view draws: shares by stride, the table of costs, and the maps.

    Attributes
    ----------
    numbers : tuple of (float, float)
        Of each row of `costs`.
    beside : str
        ``lost`` or ``costs``.
    pictures : tuple of ndarray of uint8 (h, w, 3)
        Labels of each stride over the photograph, small; white where a label is lost.
    picture : ndarray of uint8 (h, w, 3)
        That of the chosen one, larger.
    """

    strides: tuple[int, ...]
    everywhere: tuple[float, ...]
    near: tuple[float, ...]
    shifted: tuple[float, ...]
    stride: int
    band: int
    costs: tuple[tuple[str, str, str], ...]
    layer: str
    numbers: tuple[tuple[float, float], ...]
    beside: str
    pictures: tuple[np.ndarray, ...]
    picture: np.ndarray


class StridingLab(Lab[StridingConfig, StridingShown]):
    """A label map down and up again, and the price of both ways back."""

    name = "striding"
    entry = LabEntry(
        title="Striding and pooling",
        sentence="What a label map loses on the way down and up, and what it costs to come back.",
        source="DeepLab v1 (Chen et al. 2015), section 3; DeepLab v2 (Chen et al. 2018), "
        "section 3.1",
        needs="probs",
        group="Atrous convolution",
        view="segviewer.labs.atrous.striding_view:StridingView",
        has_photograph=True,
    )
    Config = StridingConfig

    def compute(self, context: LabContext, config: StridingConfig) -> Iterator[LabResult]:
        from segviewer.analysis.arithmetic.striding_loss import losses

        if config.what == "target mask" and context.target is None:
            yield LabResult(
                self.name,
                caption="There is no target mask for this photograph. Open one, or choose the "
                "network's labels.",
            )
            return
        label_map = labels_of(context.probs) if config.what != "target mask" else context.target
        assert label_map is not None  # said above
        scaled = _scaled(context, config, label_map)
        found = losses(label_map, scaled, config.band)
        at = next(loss for loss in found if loss.stride == config.stride)
        atrous, deconvolved = _costs(context, config)
        shown = StridingShown(
            tuple(loss.stride for loss in found),
            tuple(loss.everywhere for loss in found),
            tuple(loss.near for loss in found),
            tuple(loss.shifted for loss in found),
            config.stride,
            config.band,
            _table(deconvolved, atrous),
            _layer(context, config),
            tuple((float(first), float(second)) for _, first, second in _rows(deconvolved, atrous)),
            config.beside,
            *_pictures(context, config.stride, label_map, scaled),
        )
        result = LabResult(
            self.name,
            shown,
            caption=_caption(config, at),
            formula=_formula(context, config),
            label_map=scaled[config.stride],
            raster_name=f"{config.what} at 1/{config.stride} and back",
            complete=False,
        )
        yield result
        said = _network_shifted(context)
        yield LabResult(
            self.name,
            shown,
            caption=f"{result.caption} {said}",
            formula=result.formula,
            label_map=result.label_map,
            raster_name=result.raster_name,
        )


def _scaled(context: LabContext, config: StridingConfig, label_map) -> dict[int, np.ndarray]:
    """Maps down and up by stride, kept because only the band may have moved."""
    from segviewer.analysis.arithmetic.striding_loss import (
        STRIDES,
        labels_down_and_up,
        scores_down_and_up,
    )

    key = ("scaled", content_key(context), config.what)
    if context.memory.get("scaled key") != key:
        found = {}
        for stride in STRIDES:
            context.check()
            if config.what == "scores":
                found[stride] = scores_down_and_up(context.probs, stride)
            else:
                found[stride] = labels_down_and_up(label_map, stride)
        context.memory.update({"scaled key": key, "scaled": found})
    return context.memory["scaled"]


def _pictures(
    context: LabContext, stride: int, label_map: np.ndarray, scaled: dict[int, np.ndarray]
) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """A small picture of each stride, and a larger one of `stride`; what is lost is white."""
    memory, key = context.memory, context.memory["scaled key"]
    height, width = context.image.shape[:2]
    if memory.get("pictures key") != key:
        small = reduced_size(height, width, SMALL)
        memory["small"] = tuple(_marked(context, label_map, one, small) for one in scaled.values())
        memory.update({"pictures key": key, "large": {}})
    if stride not in memory["large"]:
        large = reduced_size(height, width, LARGE)
        memory["large"][stride] = _marked(context, label_map, scaled[stride], large)
    return memory["small"], memory["large"][stride]


def _marked(
    context: LabContext, label_map: np.ndarray, scaled: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Labels over the photograph uint8 (h, w, 3), white where they are not `label_map`'s."""
    from segviewer.imaging.overlay import colour_table, small_overlay

    picture = small_overlay(
        context.image, scaled, colour_table(label_set_of(context)), size, OPACITY
    )
    picture[nearest(scaled != label_map, *size)] = LOST
    return picture


def _network_shifted(context: LabContext) -> str:
    """How many of its labels the network gives otherwise to a photograph shifted by 1 pixel."""
    if context.opened is None:
        return ""
    from segviewer.inference.running import MAX_CLASSES, needs_tiles

    network = context.network
    if needs_tiles(*context.image.shape[:2]) or len(context.probs) > MAX_CLASSES:
        return "For one pass over a shifted photograph it is too large."
    key = (content_key(context), network.config)
    if context.memory.get("shift key") != key:
        stride = int(getattr(network.config, "output_stride", 0) or 0)
        try:
            plain = _labels_shifted(context, 0)
            shares = {}
            for shift in (1, stride) if stride > 1 else (1,):
                context.check()
                moved = _labels_shifted(context, shift)
                shares[shift] = _share_changed(plain, moved, shift)
        except RuntimeError as error:  # memory ran out, or a size that the network cannot take
            return f"The network could not run on a shifted photograph: {error}"
        context.memory.update({"shift key": key, "shift": shares})
    said = [
        f"{share:.2%} by {shift} px" + (" (its output stride)" if shift > 1 else "")
        for shift, share in context.memory["shift"].items()
    ]
    return f"The network on a shifted photograph changes {', '.join(said)} in the middle half."


def _share_changed(plain: np.ndarray, moved: np.ndarray, shift: int) -> float:
    """In the middle half, because what comes in at the border is another picture."""
    width = plain.shape[1]
    rows, middle = (slice(n // 4, max(n // 4 + 1, n - n // 4)) for n in plain.shape)
    columns = np.arange(width)[middle]
    columns = columns[columns + shift < width]
    if not len(columns):
        return 0.0
    return float((moved[rows][:, columns + shift] != plain[rows][:, columns]).mean())


def _labels_shifted(context: LabContext, shift: int) -> np.ndarray:
    """Labels int64 (H, W) of the photograph moved to the right, its left column repeated."""
    from segviewer.inference.running import run_features, run_head

    image = context.image
    if shift:
        image = np.concatenate([image[:, :1].repeat(shift, 1), image[:, :-shift]], axis=1)
    network = context.network
    device = next(network.parameters()).device
    passes = run_features(network, image, context.card.preprocessing, device)
    return run_head(network, passes, image.shape[:2]).argmax(0)


def _map_size(context: LabContext) -> tuple[int, int]:
    return tuple(-(-side // MAP_STRIDE) for side in context.image.shape[:2])


def _costs(context: LabContext, config: StridingConfig):
    from segviewer.analysis.arithmetic.striding_loss import atrous_cost, deconvolution_cost

    size = _map_size(context)
    return (
        atrous_cost(*size, config.channels),
        deconvolution_cost(*size, config.channels, config.stride),
    )


def _layer(context: LabContext, config: StridingConfig) -> str:
    height, width = _map_size(context)
    return f"3×3, {config.channels} ch., {width}×{height}"


def _rows(deconvolved, atrous) -> tuple[tuple[str, int, int], ...]:
    return (
        ("parameters", deconvolved.parameters, atrous.parameters),
        ("multiply-adds", deconvolved.multiply_adds, atrous.multiply_adds),
        ("maps written", deconvolved.map_bytes, atrous.map_bytes),
    )


def _table(deconvolved, atrous) -> tuple[tuple[str, str, str], ...]:
    units = ("", "", "B")
    return tuple(
        (name, _short(first) + unit, _short(second) + unit)
        for (name, first, second), unit in zip(_rows(deconvolved, atrous), units, strict=True)
    )


def _short(number: float) -> str:
    for limit, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= limit:
            return f"{number / limit:.3g}{unit}"
    return f"{number:.3g} "


def _caption(config: StridingConfig, at) -> str:
    near = (
        "there is no outline"
        if np.isnan(at.near)
        else f"{at.near:.1%} within {config.band} px of an outline"
    )
    return (
        f"At 1/{config.stride} and back: {at.everywhere:.2%} of the pixels change label, {near}. "
        f"Shifted by 1 px before in place of after: {at.shifted:.2%} differ."
    )


def _formula(context: LabContext, config: StridingConfig) -> str:
    (height, width), s, c = _map_size(context), config.stride, config.channels
    return (
        f"atrous: 9 C² · h w = 9 · {c}² · {height} · {width}; &nbsp; stride {s} and deconvolution "
        f"({2 * s}×{2 * s}): (9 + 4 s²) C² · h w / s² = (9 + {4 * s * s}) · {c}² · "
        f"{-(-height // s)} · {-(-width // s)} multiply-adds; a shift of 1 px: S D x ≠ D S x"
    )


LAB = StridingLab()
