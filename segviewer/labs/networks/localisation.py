"""What and where from one network: the class map, and what is left of it behind the pooling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import numpy as np

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.labs.shared.crf_case import pixel_mark
from segviewer.labs.shared.one_pass import class_name, features_of, percent, run_key
from segviewer.settings import Settings, control

SHOWN_CLASSES = 8
LINEAR = 1e-3  # largest departure, of scores, that rounding explains


class LocalisationConfig(Settings):
    """Settings of the lab."""

    chosen: int = control(-1, kind="lab", label="Class", hidden=True, ge=-1, le=9999)


@dataclass(frozen=True, eq=False)
class LocalisationShown:
    """What the view draws, the classes in the same order in both lists.

    Attributes
    ----------
    numbers : tuple of int
        Classes.
    names : tuple of str
    pooled, best : tuple of float
        Probability of each class for the whole picture, and at the cell where its score is
        largest.
    chosen : int
        Position in the lists.
    score_map : ndarray of uint8 (h, w)
        Score of the chosen class at every cell.
    peak : tuple of int
        Row and column of its largest.
    """

    numbers: tuple[int, ...]
    names: tuple[str, ...]
    pooled: tuple[float, ...]
    best: tuple[float, ...]
    chosen: int
    score_map: np.ndarray
    peak: tuple[int, int]


class LocalisationLab(Lab[LocalisationConfig, LocalisationShown]):
    """The class map before global pooling, the scores behind it."""

    name = "localisation"
    entry = LabEntry(
        title="What and where",
        sentence="One network, two answers: its class map, and what pooling leaves of it. Click "
        "a class.",
        source="DRN (Yu, Koltun, Funkhouser 2017), section 3",
        needs="network",
        group="Networks",
        view="segviewer.labs.networks.localisation_view:LocalisationView",
    )
    Config = LocalisationConfig

    def compute(self, context: LabContext, config: LocalisationConfig) -> Iterator[LabResult]:
        from segviewer.analysis.networks.class_map import class_map
        from segviewer.inference.running import needs_tiles

        if needs_tiles(*context.image.shape[:2]):
            yield LabResult(
                self.name,
                caption="The photograph is too large for one pass: choose a smaller working size.",
            )
            return
        network, memory = context.network, context.memory
        key = run_key(context)
        if memory.get("key") != key:
            memory.update(key=key, found=class_map(network, features_of(context, network)))
        found = memory["found"]
        if found.scores[0].size < 2:
            yield LabResult(self.name, caption="The map has a single cell: nothing to locate.")
            return
        yield _result(context, config, found)


def _result(context: LabContext, config: LocalisationConfig, found) -> LabResult:
    from scipy.special import softmax

    network = context.network
    pooled = softmax(found.pooled)
    wins = found.wins()
    by_pooled = np.argsort(-pooled, kind="stable")
    chosen = int(by_pooled[0]) if config.chosen < 0 else min(config.chosen, len(pooled) - 1)
    # The classes of the whole picture first, then what wins somewhere, most cells first.
    likely = [int(k) for k in by_pooled if pooled[k] > 0.02]
    local = [int(k) for k in np.argsort(-wins, kind="stable") if wins[k]]
    numbers = tuple(dict.fromkeys([*likely, *local, *map(int, by_pooled)]))[:SHOWN_CLASSES]
    if chosen not in numbers:
        numbers = (*numbers[:-1], chosen)
    best = []
    for k in numbers:
        row, column = found.best_cell(k)
        best.append(float(softmax(found.scores[:, row, column])[k]))
    row, column = found.best_cell(chosen)
    score_map = _raster(found.scores[chosen])
    y, x = _pixel(network, context.image.shape[:2], score_map.shape, row, column)
    names = tuple(class_name(context, k) for k in numbers)
    name = class_name(context, chosen)
    return LabResult(
        "localisation",
        LocalisationShown(
            numbers,
            names,
            tuple(float(pooled[k]) for k in numbers),
            tuple(best),
            numbers.index(chosen),
            score_map,
            (row, column),
        ),
        caption=_caption(context, found, pooled, wins, chosen, best[numbers.index(chosen)]),
        formula=_formula(found, chosen, escape(name, quote=False)),
        raster=_on_picture(network, score_map, context.image.shape[:2]),
        raster_name=f"score of {name} at each cell",
        marks=(pixel_mark((y, x), context.image.shape[:2], f"most {name}"),),
    )


def _raster(scores: np.ndarray) -> np.ndarray:
    """Scores from their smallest to their largest as 0 … 255."""
    low, high = float(scores.min()), float(scores.max())
    return np.rint((scores - low) * (255 / max(1e-9, high - low))).astype(np.uint8)


def _covered(network, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Top, left, height and width of what the map covers, in the photograph's pixels."""
    framing, (height, width) = network.framing(*size), size
    top, left = framing.margin - framing.top, framing.margin - framing.left
    return (
        top,
        left,
        height + framing.top + framing.bottom - 2 * framing.margin,
        width + framing.left + framing.right - 2 * framing.margin,
    )


def _pixel(network, size, cells, row: int, column: int) -> tuple[int, int]:
    """The photograph's pixel in the middle of a cell."""
    top, left, tall, wide = _covered(network, size)
    y, x = top + (row + 0.5) / cells[0] * tall, left + (column + 0.5) / cells[1] * wide
    return min(max(0, int(y)), size[0] - 1), min(max(0, int(x)), size[1] - 1)


def _on_picture(network, score_map: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The map laid over the photograph, uint8 (H, W); each cell keeps one colour."""
    top, left, tall, wide = _covered(network, size)
    rows = (np.arange(size[0]) + 0.5 - top) * score_map.shape[0] / tall
    columns = (np.arange(size[1]) + 0.5 - left) * score_map.shape[1] / wide
    return score_map[
        np.clip(rows.astype(int), 0, score_map.shape[0] - 1)[:, None],
        np.clip(columns.astype(int), 0, score_map.shape[1] - 1),
    ]


def _caption(context, found, pooled, wins, chosen: int, best: float) -> str:
    first = int(pooled.argmax())
    rank = 1 + int((pooled > pooled[chosen]).sum())
    cells, name = found.scores[0].size, class_name(context, chosen)
    somewhere = int((wins > 0).sum())
    said = [
        f"Pooled, the photograph is one thing: {class_name(context, first)} "
        f"({percent(pooled[first])})",
        f"the map before has {found.scores.shape[2]}×{found.scores.shape[1]} = {cells:,} "
        f"answers, {somewhere} {'class wins' if somewhere == 1 else 'classes win'} somewhere",
        f"{name} wins {wins[chosen]:,} cells and reaches {percent(best)} at the ring, pooled it "
        f"comes {_ordinal(rank)} with {percent(pooled[chosen])}",
    ]
    return "; ".join(said)


def _ordinal(number: int) -> str:
    tail = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"


def _formula(found, chosen: int, name: str) -> str:
    mean, most = float(found.scores[chosen].mean()), float(found.scores[chosen].max())
    pooled = float(found.pooled[chosen])
    if found.departure > LINEAR:
        return (
            f"{name}: behind the pooling <b>{pooled:.2f}</b>, mean of the map {mean:.2f}, its "
            f"largest {most:.2f}; &nbsp; not equal, for this head is not linear behind the pooling"
        )
    count = found.scores[0].size
    return (
        f"W (1/n Σ x) + b = 1/n Σ (W x + b): {name} = mean of {count:,} cells = <b>{mean:.2f}"
        f"</b>, its largest {most:.2f}; &nbsp; any order of the cells gives the same mean, so "
        "where it was is gone"
    )


LAB = LocalisationLab()
