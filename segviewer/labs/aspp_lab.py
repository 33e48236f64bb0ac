"""ASPP: what each branch says alone, what goes with it, and its part of a pixel's score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from segviewer.lab_list import LabContext, LabResult
from segviewer.labs.crf_case import pixel_at, pixel_mark
from segviewer.labs.lab import Lab
from segviewer.labs.refined_labels import content_key, label_set_of, labels_of
from segviewer.settings import Settings, control

GRIDS = ((1, 1, 1), (1, 2, 1), (1, 2, 4), (2, 2, 2))
LONG_SIDE = 320  # pixels of a small picture
OPACITY = 0.65
MOST_CLASSES = 255  # of a label map


class ASPPConfig(Settings):
    """Settings of the lab."""

    maps: Literal["alone", "without"] = control(
        "alone", kind="lab", label="Label maps of",
        tip="alone: only this branch speaks. without: all others do (or, for one that is "
        "switched off, it joins them).",
    )  # fmt: skip
    branch: int = control(-1, kind="lab", label="Branch", hidden=True, ge=-1, le=16)
    column: float = control(0.5, kind="lab", label="Column", hidden=True, ge=0, le=1)
    row: float = control(0.5, kind="lab", label="Row", hidden=True, ge=0, le=1)


@dataclass(frozen=True, eq=False)
class BranchTile:
    """One label map: overlay uint8 (h, w, 3), and the switch of its branch with what it sets."""

    title: str
    overlay: np.ndarray
    figures: str = ""
    switch: str = "Choose a branch"
    asks: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ASPPShown:
    """What the view draws; tile 0 is the network as it is, then its branches.

    Attributes
    ----------
    amounts : tuple of (name, value)
        The lead at the pixel behind its parts.
    grids : tuple of (multi-grid, share of the labels that change)
        Those computed so far.
    """

    tiles: tuple[BranchTile, ...]
    chosen: int
    amounts: tuple[tuple[str, float], ...]
    title: str
    grids: tuple[tuple[tuple[int, ...], float], ...]


class ASPPLab(Lab):
    """The pyramid taken apart."""

    name = "aspp"
    Config = ASPPConfig
    picks = ("column", "row")

    def compute(self, context: LabContext, config: ASPPConfig) -> Iterator[LabResult]:
        from segviewer.analysis.aspp_branches import branch_names, has_aspp

        why = _refusal(context, has_aspp)
        if why:
            yield LabResult(self.name, caption=why)
            return
        known = _known(context)
        names = branch_names(context.opened.network)
        now = tuple(context.opened.network.config.multi_grid)
        for grid in GRIDS:
            if grid != now and grid not in known["grids"]:
                yield _result(context, config, known, names, False)
                known["grids"][grid] = _changed_by_grid(context, known, grid)
        yield _result(context, config, known, names, True)

    def make_view(self):
        return _make_view()


def _refusal(context: LabContext, has_aspp) -> str:
    network = context.opened.network
    if not has_aspp(network):
        return (
            "The open network has no ASPP head of DeepLab v3. Open one, for example the bundled "
            "DeepLab v3 · EfficientNet-Lite0."
        )
    if network.config.num_classes > MOST_CLASSES:
        return f"A label map holds {MOST_CLASSES} classes, this network has more."
    if getattr(network.config, "multi_scale", False):
        return "The network runs at three scales: switch Three scales off to take it apart."
    return ""


def _features(context: LabContext, network) -> dict:
    from segviewer.inference import run_features

    device = next(network.parameters()).device
    (one,) = run_features(network, context.image, context.opened.card.preprocessing, device)
    return one.features


def _known(context: LabContext) -> dict:
    """Everything that a click does not change; kept for one picture and network."""
    from segviewer.analysis.aspp_branches import TakenApart

    network, memory = context.opened.network, context.memory
    key = (content_key(context), network.config)
    if memory.get("key") != key:
        memory.clear()
        context.check()
        height, width = context.image.shape[:2]
        apart = TakenApart(network, _features(context, network), height, width)
        now = apart.labels(apart.enabled)
        alone, without = [], []
        count = len(apart.enabled)
        for index, on in enumerate(apart.enabled):
            context.check()
            context.progressed(index / (count + 1))
            alone.append(apart.labels(tuple(i == index for i in range(count))))
            toggled = list(apart.enabled)
            toggled[index] = not on
            without.append(apart.labels(tuple(toggled)))
        memory.update(key=key, apart=apart, now=now, alone=alone, without=without, grids={})
    return memory


def _changed_by_grid(context: LabContext, known: dict, grid: tuple[int, ...]) -> float:
    from segviewer.analysis.aspp_branches import labels_with

    context.check()
    height, width = context.image.shape[:2]
    labels = labels_with(
        context.opened.network, {"multi_grid": grid},
        lambda network: _features(context, network), height, width,
    )  # fmt: skip
    return float((labels != known["now"]).mean())


def _result(context, config, known, names, complete: bool) -> LabResult:
    apart, now = known["apart"], known["now"]
    maps = known[config.maps]
    chosen = min(config.branch + 1, len(names))
    tiles = [BranchTile("as it is", _overlay(context, now))]
    for index, (name, labels) in enumerate(zip(names, maps, strict=True)):
        on = apart.enabled[index]
        changed = float((labels != now).mean())
        if config.maps == "alone":
            figures = f"alone: {_percent(1 - changed)} alike"
        else:
            figures = f"{'off' if on else 'on'}: {_percent(changed)} change"
        tiles.append(
            BranchTile(
                name if on else f"{name} (off)", _overlay(context, labels), figures,
                f"Switch {name} {'off' if on else 'on'}", _asks(apart.enabled, index),
            )
        )  # fmt: skip
    y, x = pixel_at(config.column, config.row, now.shape)
    split = apart.split(y, x)
    first, second = _class(context, split.winner), _class(context, split.second)
    amounts = _parts(names, split)
    most = max(amounts, key=lambda part: part[1])
    title = f"lead of {first} over {second}"
    labels = (now, *maps)[chosen]
    # What the session shows may be mirrored, or the mean of several scales.
    other = float((labels_of(context.probs) != now).mean())
    return LabResult(
        "aspp",
        ASPPShown(
            tuple(tiles), chosen, (*amounts, ("lead", split.lead)), title,
            tuple(known["grids"].items()),
        ),
        caption=_caption(known, names, split.lead, most, first, second, other),
        formula=_formula(split, amounts),
        label_map=labels if chosen else None,
        heat_name=f"labels: {tiles[chosen].title} {config.maps}" if chosen else "",
        marks=(pixel_mark((y, x), now.shape),),
        complete=complete,
    )  # fmt: skip


def _asks(enabled: tuple[bool, ...], index: int) -> dict[str, Any]:
    """What sets the network to the other state of a branch."""
    if index == len(enabled) - 1:
        return {"image_pooling": not enabled[index]}
    toggled = list(enabled[:-1])
    toggled[index] = not toggled[index]
    return {"branches": tuple(toggled)}


def _overlay(context: LabContext, labels: np.ndarray) -> np.ndarray:
    from segviewer.imaging.nearest import nearest
    from segviewer.imaging.overlay import blend, colour_table

    height, width = labels.shape
    scale = min(1.0, LONG_SIDE / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    return blend(
        nearest(context.image, *size), nearest(labels, *size),
        colour_table(label_set_of(context)), OPACITY,
    )  # fmt: skip


def _class(context: LabContext, index: int) -> str:
    return context.classes[index] if index < len(context.classes) else f"class {index}"


def _parts(names: tuple[str, ...], split) -> list[tuple[str, float]]:
    """What the lead is made of, by name."""
    found = [*zip(names, split.parts, strict=True), ("constant", split.constant)]
    return [*found, ("low-level skip", split.skip)] if split.skip else found


def _caption(known, names, lead: float, part, first: str, second: str, other: float) -> str:
    losses = [float((labels != known["now"]).mean()) for labels in known["without"]]
    most = int(np.argmax(losses))
    switched = "off" if known["apart"].enabled[most] else "on"
    said = [
        f"{first} leads {second} by {lead:.2f} at the ringed pixel, most of it from "
        f"{part[0]} ({_signed(part[1])})",
        f"switched {switched}, {names[most]} changes most labels: {_percent(losses[most])}",
        f"image pooling: {_percent(losses[-1])}",
    ]
    if other > 0.0005:
        said.append(
            f"one pass here; the labels shown elsewhere differ in {_percent(other)} of the pixels"
        )
    return "; ".join(said)


def _formula(split, amounts: list[tuple[str, float]]) -> str:
    return (
        "score = Σ<sub>b</sub> m ⊙ W<sub>b</sub> x<sub>b</sub> + constant"
        f"{' + skip' if split.skip else ''}: lead = {' '.join(_signed(v) for _, v in amounts)} = "
        f"<b>{split.lead:.2f}</b>; &nbsp; exact with each ReLU m held as it is, so no forecast "
        "of what switching a branch does"
    )


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _make_view():
    from PySide6.QtCore import Signal
    from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

    from segviewer.widgets.part_bars import Part, PartBars
    from segviewer.widgets.picture_tiles import PictureTiles, Tile

    class View(QWidget):
        """Branches as pictures, changes to apply, and the chosen pixel's score."""

        edited = Signal(str, object, bool)
        asked = Signal(object)

        def __init__(self):
            super().__init__()
            self._shown: ASPPShown | None = None
            self.tiles, self.bars = PictureTiles(), PartBars()
            self.tiles.setAccessibleName("Branches of the pyramid")
            self.tiles.chosen.connect(lambda name: self.edited.emit("branch", int(name) - 1, True))
            self.switch = QPushButton()
            self.switch.clicked.connect(self._on_switch)
            self.grid_buttons = [QPushButton() for _ in GRIDS[1:]]
            for index, button in enumerate(self.grid_buttons):
                button.clicked.connect(lambda checked=False, index=index: self._on_grid(index))
            row = QHBoxLayout()
            row.setSpacing(6)
            for button in (self.switch, *self.grid_buttons):
                row.addWidget(button)
            row.addStretch(1)
            left = QVBoxLayout()
            left.setSpacing(6)
            left.addWidget(self.tiles, 1)
            left.addLayout(row)
            layout = QHBoxLayout(self)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(20)
            layout.addLayout(left, 5)
            layout.addWidget(self.bars, 2)
            self.show_result(None)

        def show_result(self, shown: ASPPShown | None) -> None:
            self._shown = shown
            self.switch.setVisible(shown is not None)
            grids = shown.grids if shown is not None else ()
            for index, button in enumerate(self.grid_buttons):
                button.setVisible(index < len(grids))
                if index < len(grids):
                    grid, changed = grids[index]
                    numbers = ", ".join(map(str, grid))
                    button.setText(f"Multi-grid {numbers}: {_percent(changed)} change")
                    button.setToolTip("Set the network so")
            if shown is None:
                self.tiles.set_tiles((), "")
                self.bars.set_parts(())
                return
            self.tiles.set_tiles(
                [
                    Tile(str(i), tile.title, tile.figures, tile.overlay)
                    for i, tile in enumerate(shown.tiles)
                ],
                str(shown.chosen),
            )
            chosen = shown.tiles[shown.chosen]
            self.switch.setText(chosen.switch)
            self.switch.setEnabled(bool(chosen.asks))
            self.switch.setToolTip("Set the network so")
            self.bars.set_parts(
                [
                    Part(name, value, strong=name == "lead", words=_signed(value))
                    for name, value in shown.amounts
                ],
                shown.title,
            )

        def _on_switch(self) -> None:
            if self._shown is not None:
                self.asked.emit({"network": self._shown.tiles[self._shown.chosen].asks})

        def _on_grid(self, index: int) -> None:
            if self._shown is not None:
                self.asked.emit({"network": {"multi_grid": self._shown.grids[index][0]}})

    return View()


LAB = ASPPLab()
