"""Image-level features: the average of the whole map beside each cell, with and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.crf_case import pixel_at, pixel_mark
from segviewer.labs.shared.one_pass import (
    class_name,
    features_of,
    percent,
    run_key,
    share_changed,
    small_overlay,
    why_not_one_pass,
)
from segviewer.settings import Settings, control

SHOWN_CLASSES = 7


class ImageLevelConfig(Settings):
    """Settings of the lab."""

    variant: int = control(1, kind="lab", label="Variant", hidden=True, ge=0, le=4)
    beside: Literal["average", "scores"] = control(
        "average",
        kind="lab",
        label="Beside the picture",
        tip="average: the map's average, and how it comes back into every cell. scores: what it "
        "adds to each class at the ringed pixel.",
    )
    column: float = control(0.5, kind="lab", label="Column", hidden=True, ge=0, le=1)
    row: float = control(0.6, kind="lab", label="Row", hidden=True, ge=0, le=1)


@dataclass(frozen=True, eq=False)
class LevelTile:
    """The network set in one way: overlay uint8 (h, w, 3), and what would set it so."""

    title: str
    picture: np.ndarray
    changed: float
    asks: dict[str, Any]


@dataclass(frozen=True, eq=False)
class ImageLevelShown:
    """What the view draws.

    Attributes
    ----------
    gains : tuple of (class, difference of its score)
        At the ringed pixel: as it is, less as chosen.
    title : str
    lengths : tuple of (name, value)
        Of feature vectors; empty but for ParseNet.
    cells : ndarray of float32 (h, w)
        Length of the feature vector of each cell of the map.
    average : float
        Length of the average of all of them.
    beside : str
        ``average`` or ``scores``.
    """

    tiles: tuple[LevelTile, ...]
    chosen: int
    gains: tuple[tuple[str, float], ...]
    title: str
    lengths: tuple[tuple[str, float], ...]
    cells: np.ndarray
    average: float
    beside: str


class ImageLevelLab(Lab[ImageLevelConfig, ImageLevelShown]):
    """The open network with its image-level features switched."""

    name = "image_level"
    entry = LabEntry(
        title="Image-level features",
        sentence="The whole picture's average beside each cell: labels and scores with it and "
        "without.",
        source="ParseNet (Liu et al. 2015); DeepLab v3 (Chen et al. 2017), section 3.3",
        needs="network",
        group="Pyramid pooling",
        view="segviewer.labs.pyramids.image_level_view:ImageLevelView",
        has_photograph=True,
    )
    Config = ImageLevelConfig
    picks = ("column", "row")

    def compute(self, context: LabContext, config: ImageLevelConfig) -> Iterator[LabResult]:
        variants = _variants(context.network.config)
        why = (
            why_not_one_pass(context)
            if variants
            else (
                "The open network has no image-level features. Open one that has, for example the "
                "bundled DeepLab v3 · EfficientNet-Lite0 or “+ global context (ParseNet)”."
            )
        )
        if why:
            yield LabResult(self.name, caption=why)
            return
        memory, key = context.memory, run_key(context)
        if memory.get("key") != key:
            memory.clear()
            memory.update(_computed(context, variants), key=key)
        yield _result(context, config, variants, memory)


def _variants(config: Any) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Name and changes of each way to set the network, the present one first."""
    names = type(config).model_fields
    if "image_pooling" in names:
        on = config.image_pooling
        return (
            ("as it is", {}),
            (f"{'without' if on else 'with'} image pooling", {"image_pooling": not on}),
        )
    if "global_context" in names:
        found: list[tuple[str, dict[str, Any]]] = [("as it is", {})]
        for name, words in (("global_context", "global context"), ("l2_norm", "L2 norm")):
            on = getattr(config, name)
            found.append((f"{'without' if on else 'with'} {words}", {name: not on}))
        late = config.fusion == "early"
        found.append(
            (f"{'late' if late else 'early'} fusion", {"fusion": "late" if late else "early"})
        )
        return tuple(found)
    return ()


def _gain_words(name: str) -> str:
    """What the network's score minus that of the variant called `name` is."""
    if name.startswith("without "):
        return f"score gained from {name.removeprefix('without ')}"
    return f"score as it is minus that {name}"


def _computed(context: LabContext, variants) -> dict[str, Any]:
    """Scores (K, H, W) and label map of each variant, and lengths of feature vectors."""
    import torch

    from segviewer.analysis.networks.other_geometry import with_geometry
    from segviewer.layers.framing import place_scores
    from segviewer.networks.parse_net import ParseNet

    network, size = context.network, context.image.shape[:2]
    features = features_of(context, network)
    scores, labels = [], []
    with torch.inference_mode():
        for done, (_, changes) in enumerate(variants):
            context.check()
            other = with_geometry(network, **changes) if changes else network
            full = place_scores(other, other.head(features), *size)[0].cpu()
            scores.append(full.numpy())
            labels.append(full.argmax(0).to(torch.uint8).numpy())
            context.progressed((done + 1) / len(variants))
        out = features["out"][0]
        lengths = out.square().sum(0).sqrt().cpu().numpy()
        average = out.mean((1, 2))
        found = {"cells": lengths, "average": float(average.square().sum().sqrt())}
        if isinstance(network, ParseNet):
            found["scales"] = tuple(
                float(norm.weight.abs().mean() * norm.factor)
                for norm in (network.local_norm, network.context_norm)
            )
    return {"scores": scores, "labels": labels, "size": tuple(out.shape[1:])} | found


def _result(context, config: ImageLevelConfig, variants, known: dict) -> LabResult:
    from scipy.special import softmax

    chosen = min(config.variant, len(variants) - 1)
    labels, scores = known["labels"], known["scores"]
    tiles = tuple(
        LevelTile(title, small_overlay(context, one), share_changed(one, labels[0]), changes)
        for (title, changes), one in zip(variants, labels, strict=True)
    )
    y, x = pixel_at(config.column, config.row, labels[0].shape)
    here, there = scores[0][:, y, x], scores[chosen][:, y, x]
    difference = here - there
    most = np.argsort(-np.maximum(softmax(here), softmax(there)))[:SHOWN_CLASSES]
    gains = tuple((class_name(context, int(k)), float(difference[k])) for k in most)
    name = variants[chosen][0]
    lengths: tuple[tuple[str, float], ...] = ()
    parse_net = "scales" in known
    if parse_net:
        place = _at_cell(known["cells"], y, x, labels[0].shape)
        lengths = (("ringed cell", place), ("average", known["average"]))
    return LabResult(
        "image_level",
        ImageLevelShown(
            tiles,
            chosen,
            gains,
            f"{_gain_words(name)}, ringed pixel" if chosen else "choose a picture",
            lengths,
            known["cells"],
            known["average"],
            config.beside,
        ),
        caption=_caption(context, tiles, chosen, here, there, lengths),
        formula=_parse_net_formula(known, lengths) if parse_net else _pooling_formula(known),
        label_map=labels[chosen] if chosen else None,
        raster_name=f"labels {name}" if chosen else "",
        marks=(pixel_mark((y, x), labels[0].shape),),
    )


def _at_cell(lengths: np.ndarray, y: int, x: int, shape: tuple[int, int]) -> float:
    """Value of the cell that a pixel lies in."""
    rows, columns = lengths.shape
    return float(lengths[y * rows // shape[0], x * columns // shape[1]])


def _caption(context, tiles, chosen: int, here, there, lengths) -> str:
    from scipy.special import softmax

    first, second = int(here.argmax()), int(there.argmax())
    changes = ", ".join(f"{tile.title} {percent(tile.changed)}" for tile in tiles[1:])
    said = [f"Labels that change: {changes}"]
    before, after = softmax(here)[first], softmax(there)[first]
    if chosen:
        pixel = f"ringed pixel: {class_name(context, first)} {percent(before)} → {percent(after)}"
        if second != first:
            pixel += f", and {class_name(context, second)} wins"
        said.append(pixel)
    else:
        said.append(f"ringed pixel: {class_name(context, first)} {percent(before)}")
    if lengths and tiles[chosen].title not in ("as it is", "without global context"):
        said.append(
            "no weights are trained anew: without the norm the classifier meets features of "
            f"length {lengths[0][1]:.3g} where it was trained on scaled ones"
        )
    return "; ".join(said)


def _pooling_formula(known: dict) -> str:
    from segviewer.analysis.evaluation.result_tables import our_rows, read_table

    rows, columns = known["size"]
    table = read_table("DeepLab v3: ASPP")
    miou = table.column("miou")
    ours = " and ".join(f"{value:.2f}" for _, value in our_rows(table.entry))
    return (
        f"x̄ = 1 / (h w) Σ x = mean of {rows} · {columns} = <b>{rows * columns}</b> cells, the "
        "same at every cell of the map; &nbsp; trained without and with it: "
        f"{miou[2]:.2f} and {miou[-1]:.2f} (DeepLab v3, ResNet-101), {ours} here on CamVid"
    )


def _parse_net_formula(known: dict, lengths) -> str:
    (_, place), (_, average) = lengths
    local, whole = known["scales"]
    return (
        f"y = γ x / ‖x‖: ringed place {local:.3g} · x / <b>{place:.3g}</b>, average "
        f"{whole:.3g} · x̄ / <b>{average:.3g}</b> (mean γ); &nbsp; joined early, late fusion "
        "W₁ x + W₂ x̄ has no norm; &nbsp; ParseNet (Liu et al. 2015), section 3.3"
    )


LAB = ImageLevelLab()
