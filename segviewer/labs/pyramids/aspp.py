"""ASPP: what each branch says alone, what goes with it, and its part of a pixel's score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
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
    signed,
    small_overlay,
    why_not_one_pass,
)
from segviewer.labs.shared.refined_labels import labels_of
from segviewer.settings import Settings, control


class ASPPConfig(Settings):
    """Settings of the lab."""

    maps: Literal["alone", "without"] = control(
        "alone",
        kind="lab",
        label="Label maps of",
        tip="alone: only this branch is enabled. without: all others do (or, for one that is "
        "switched off, it joins them).",
    )
    branch: int = control(-1, kind="lab", label="Branch", hidden=True, ge=-1, le=16)
    column: float = control(0.5, kind="lab", label="Column", hidden=True, ge=0, le=1)
    row: float = control(0.5, kind="lab", label="Row", hidden=True, ge=0, le=1)


@dataclass(frozen=True, eq=False)
class BranchTile:
    """One label map: overlay uint8 (h, w, 3), and the switch of its branch with what it sets.

    `overlay` is None while it is not there yet.
    """

    title: str
    overlay: np.ndarray | None
    figures: str = ""
    switch: str = ""
    asks: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ASPPShown:
    """What the view draws; tile 0 is the network as it is, then its branches.

    Attributes
    ----------
    amounts : tuple of (name, value)
        The margin at the pixel behind its parts.
    """

    tiles: tuple[BranchTile, ...]
    chosen: int
    amounts: tuple[tuple[str, float], ...]
    title: str


class ASPPLab(Lab[ASPPConfig, ASPPShown]):
    """The pyramid taken apart."""

    name = "aspp"
    entry = LabEntry(
        title="ASPP",
        sentence="What each branch of the pyramid says alone, and its part of a pixel's score. "
        "Click one.",
        source="DeepLab v3 (Chen et al. 2017), figure 5, sections 3.3 and 4.3",
        needs="probs",
        group="Pyramid pooling",
        view="segviewer.labs.pyramids.aspp_view:ASPPView",
        has_photograph=True,
    )
    Config = ASPPConfig
    picks = ("column", "row")

    def compute(self, context: LabContext, config: ASPPConfig) -> Iterator[LabResult]:
        from segviewer.analysis.heads.aspp_branches import branch_names, has_aspp

        why = _refusal(context, has_aspp)
        if why:
            yield LabResult(self.name, caption=why)
            return
        names = branch_names(context.network)
        for known in _known(context, config.maps):
            yield _result(context, config, known, names)


def _refusal(context: LabContext, has_aspp) -> str:
    network = context.network
    if not has_aspp(network):
        return (
            "The open network has no ASPP head of DeepLab v3. Open one, for example the bundled "
            "DeepLab v3 · EfficientNet-Lite0."
        )
    if getattr(network.config, "multi_scale", False):
        return "The network runs at three scales: switch Three scales off to take it apart."
    return why_not_one_pass(context)


def _known(context: LabContext, first: str) -> Iterator[dict]:
    """Everything that a click does not change, as it grows; the maps asked for come `first`."""
    from segviewer.analysis.heads.aspp_branches import TakenApart
    from segviewer.layers.of_kind import of_kind
    from segviewer.networks.deeplab_v3 import DeepLabV3

    network, memory = of_kind(context.network, DeepLabV3), context.memory
    key = run_key(context)
    if memory.get("key") != key:
        memory.clear()
        apart = TakenApart(network, features_of(context, network), *context.image.shape[:2])
        memory.update(key=key, apart=apart, now=apart.labels(apart.enabled))
    apart, count = memory["apart"], len(memory["apart"].enabled)
    for done, kind in enumerate((first, "without" if first == "alone" else "alone")):
        if kind in memory:
            continue
        yield memory
        maps = []
        for index in range(count):
            context.check()
            context.progressed((done + index / count) / 2)
            maps.append(apart.labels(_enabled(apart.enabled, index, kind)))
        memory[kind] = tuple(maps)
    yield memory


def _enabled(enabled: tuple[bool, ...], index: int, kind: str) -> tuple[bool, ...]:
    """Enabled branches: this one alone, or as they are but for this one."""
    if kind == "alone":
        return tuple(other == index for other in range(len(enabled)))
    return tuple(on != (other == index) for other, on in enumerate(enabled))


def _result(context, config, known, names) -> LabResult:
    apart, now = known["apart"], known["now"]
    maps = known.get(config.maps, (None,) * len(names))
    chosen = min(config.branch + 1, len(names))
    tiles = [BranchTile("as it is", small_overlay(context, now))]
    for index, (name, labels) in enumerate(zip(names, maps, strict=True)):
        on = apart.enabled[index]
        changed = 0.0 if labels is None else share_changed(labels, now)
        if labels is None:
            figures = ""
        elif config.maps == "alone":
            figures = f"alone: {percent(1 - changed)} alike"
        else:
            figures = f"{'off' if on else 'on'}: {percent(changed)} change"
        tiles.append(
            BranchTile(
                name if on else f"{name} (off)",
                None if labels is None else small_overlay(context, labels),
                figures,
                f"Switch {name} {'off' if on else 'on'}",
                _asks(apart.enabled, index),
            )
        )
    y, x = pixel_at(config.column, config.row, now.shape)
    split = apart.split(y, x)
    first, second = class_name(context, split.winner), class_name(context, split.second)
    amounts = _parts(names, split)
    most = max(amounts, key=lambda part: part[1])
    title = f"margin of {first} over {second}"
    labels = (now, *maps)[chosen]
    # What the session shows may be mirrored, or the mean of several scales.
    other = share_changed(labels_of(context.probs), now)
    return LabResult(
        "aspp",
        ASPPShown(tuple(tiles), chosen, (*amounts, ("margin", split.margin)), title),
        caption=_caption(known, names, split.margin, most, first, second, other),
        formula=_formula(split, amounts),
        label_map=labels if chosen else None,
        raster_name=""
        if not chosen or labels is None
        else f"labels: {tiles[chosen].title} {config.maps}",
        marks=(*_taps(context, chosen, (y, x), now.shape), pixel_mark((y, x), now.shape)),
        complete="alone" in known and "without" in known,
    )


def _taps(context, chosen: int, pixel: tuple[int, int], size: tuple[int, int]):
    """Taps of the chosen branch, or of all those with holes."""
    from segviewer.labs.pyramids.tap_marks import tap_marks

    config = context.network.config
    rates = tuple(config.atrous_rates)
    if 2 <= chosen <= len(rates) + 1:
        rates = rates[chosen - 2 : chosen - 1]
    elif chosen:
        rates = ()  # the 1×1 branch has one tap, the pooling has all
    return tap_marks(pixel, size, rates, config.output_stride)


def _asks(enabled: tuple[bool, ...], index: int) -> dict[str, Any]:
    """What sets the network to the other state of a branch."""
    if index == len(enabled) - 1:
        return {"image_pooling": not enabled[index]}
    toggled = list(enabled[:-1])
    toggled[index] = not toggled[index]
    return {"branches": tuple(toggled)}


def _parts(names: tuple[str, ...], split) -> list[tuple[str, float]]:
    """What the margin is made of, by name."""
    found = [*zip(names, split.parts, strict=True), ("constant", split.constant)]
    return [*found, ("low-level skip", split.skip)] if split.skip else found


def _caption(known, names, margin: float, part, first: str, second: str, other: float) -> str:
    said = [
        f"{first} is ahead of {second} by {margin:.2f} at the ringed pixel, most of it from "
        f"{part[0]} ({signed(part[1])})"
    ]
    if "without" not in known:
        return f"{said[0]}; running each branch …"
    losses = [share_changed(labels, known["now"]) for labels in known["without"]]
    most = int(np.argmax(losses))
    switched = "off" if known["apart"].enabled[most] else "on"
    said.append(f"switched {switched}, {names[most]} changes most labels: {percent(losses[most])}")
    if most != len(losses) - 1:
        said.append(f"image pooling: {percent(losses[-1])}")
    if other > 0.0005:
        said.append(
            f"one pass here; the labels shown elsewhere differ in {percent(other)} of the pixels"
        )
    return "; ".join(said)


def _formula(split, amounts: list[tuple[str, float]]) -> str:
    return (
        "score = Σ<sub>b</sub> m ⊙ W<sub>b</sub> x<sub>b</sub> + constant"
        f"{' + skip' if split.skip else ''}: margin = Σ of the {len(amounts)} bars = "
        f"<b>{split.margin:.2f}</b>; &nbsp; exact with each ReLU m held as it is, so no forecast "
        "of what switching a branch does"
    )


LAB = ASPPLab()
