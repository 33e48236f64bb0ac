"""Comparing the present network (B) with one that was pinned as A."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject

from segviewer.analysis.evaluation.agreement import translate_classes
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.runner import Runner
from segviewer.app.state.store import Store
from segviewer.engine.listener import Collected
from segviewer.engine.results import LabelResult, NetworkResult
from segviewer.engine.stages import stage_key
from segviewer.export.exporting import shown_label_set
from segviewer.imaging.labels import LabelSet
from segviewer.imaging.overlay import colour_table, heat_table
from segviewer.inference.inspected import FiguresResult
from segviewer.inference.network_state import say_value
from segviewer.session import InferenceSettings, Session
from segviewer.settings import controls
from segviewer.widgets.canvas.image_canvas import CAPTIONS
from segviewer.widgets.panels.class_legend import share_text
from segviewer.widgets.tables.comparison_table import UNKNOWN, ComparisonRow, Figure

PENDING = "…"
BOTH_SHOWN = ("side", "swipe", "difference")


class Comparison(QObject):
    """Pins and unpins A, and shows what came back for it: halves, difference, table."""

    def __init__(self, window: MainWindow, store: Store, runner: Runner, collected: Collected):
        super().__init__(window)
        self.window, self.store, self.runner, self.collected = window, store, runner, collected
        self._captions = CAPTIONS
        self._shown = False  # A's labels lie on the canvas
        self._chips: list[tuple[str, str]] = []
        self._chips_of_a: tuple[tuple[str, str], ...] = ()

    # What a person does

    def pin(self) -> None:
        """Pin the present network, as it is set, as A; where A could not be seen, show it."""
        session = self.store.session
        if self.collected.results.get("network") is None:
            return
        overlay = session.overlay
        if overlay.comparison not in BOTH_SHOWN:
            overlay = overlay.changed(comparison="side")
        self.store.update(session.pinned().changed(overlay=overlay))

    def unpin(self) -> None:
        """Forget A."""
        if self.store.session.reference is not None:
            self.store.update(_without_reference(self.store.session))

    # From the session and the engine to the widgets

    def take_back(self) -> None:
        """Unpin because A cannot be run."""
        self.store.take_back(_without_reference(self.store.session))

    def shows_difference(self) -> bool:
        """Whether the canvas shows where A and B differ."""
        return self._shown and self.store.session.overlay.comparison == "difference"

    def names_networks(self) -> bool:
        """Whether A and B are both on the picture, each under its own name."""
        return self._shown and self.store.session.overlay.comparison in BOTH_SHOWN

    def place_chips(self, chips: list[tuple[str, str]]) -> None:
        """Put B's `chips`, (text, tone), and what is to be said of A, on the picture."""
        canvas = self.window.canvas
        # What is said of the photograph is not said twice.
        own = [chip for chip in self._chips_of_a if chip[1] != "info" or chip not in chips]
        if not self.names_networks():
            canvas.set_chips(chips)
        elif self.shows_difference():
            names = [(name, "info") for name in self._captions]
            own = [(f"A: {text}", tone) for text, tone in own]
            canvas.set_chips([*self._chips, *names, *own, *chips])
        else:
            canvas.set_chips([*self._chips, *chips], left=own)

    def show(self, session: Session, labels: LabelSet | None) -> None:
        """Show what is known of A; `labels` are B's, with the colours on screen."""
        window, pinned = self.window, session.reference is not None
        window.action("pin").setEnabled(self._current("network") is not None)
        window.action("unpin").setEnabled(pinned)
        window.difference_action.setEnabled(pinned)
        window.comparison_section.setVisible(pinned)
        self._shown, self._chips, self._chips_of_a = False, [], ()
        first, second = self._current("reference_label_map"), self._current("label_map")
        if not pinned or first is None:
            window.canvas.set_reference(None)
            window.canvas.set_difference(None)
        else:
            self._show_labels(session, labels, first)
        if pinned:
            networks = self._current("reference_network"), self._current("network")
            if None not in (*networks, first, second):
                # Until both are there, the captions are those of what is on screen.
                self._captions = captions(session, *networks)
                window.comparison_table.set_heads(*self._captions)
            window.comparison_table.set_rows(self._rows(session))
        window.canvas.set_captions(*(self._captions if self._shown else CAPTIONS))

    def _current(self, stage: str) -> Any:
        """The result of `stage`, if it belongs to the session on screen."""
        key = stage_key(self.store.session, stage)
        if key is None or self.runner.have.get(stage) != key:
            return None
        return self.collected.results.get(stage)

    def _show_labels(self, session: Session, labels: LabelSet | None, first: LabelResult) -> None:
        canvas, overlay = self.window.canvas, session.overlay
        network = self._current("reference_network")
        second = self.collected.results.get("label_map")
        if network is None or second is None or labels is None:
            canvas.set_reference(None)
            canvas.set_difference(None)
            return
        self._shown, self._chips_of_a = True, first.chips
        translation = translate_classes(first.classes, second.classes)
        same_classes = translation is not None and (translation >= 0).all()
        name = network.label_set if first.classes == network.classes else ""
        own = shown_label_set(name, first.classes, overlay.palette)
        table = colour_table(own)
        if translation is not None:
            # A class that both have has one colour, and is hidden in both.
            known = translation >= 0
            shared = colour_table(labels, hidden=overlay.hidden)
            table[known] = shared[translation[known]]
        canvas.set_difference(first.label_map if translation is not None else None, translation)
        heat = self._current("reference_heat")
        if overlay.layer == "labels":
            canvas.set_reference(first.label_map, table)
        elif heat is not None and (same_classes or overlay.layer != "probability"):
            canvas.set_reference(heat.heat, heat_table(overlay.layer), heat=True)
        else:
            canvas.set_reference(None)
            self._shown = overlay.comparison == "difference"
        disagreement = self._current("disagreement")
        if disagreement is not None and disagreement.share is None:
            self._chips.append(("A and B share no class: nothing to compare", "warning"))
        elif session.of_reference() == session.changed(reference=None):
            self._chips.append(("A is pinned · change a setting to compare", "info"))
        elif disagreement is not None:
            said = share_text(disagreement.share) if disagreement.share else "0 %"
            colours = " · colours of B" if overlay.comparison == "difference" else ""
            self._chips.append((f"A and B disagree on {said} of the pixels{colours}", "info"))
            if not same_classes:
                self._chips.append(("A has other classes: compared by name", "warning"))

    def _rows(self, session: Session) -> list[ComparisonRow]:
        networks = [self._current(name) for name in ("reference_network", "network")]
        figures = [self._current(name) for name in ("reference_figures", "figures")]
        sizes = {f.working_size for f in figures if f is not None}
        seen = "".join(f", at {width}×{height} px" for height, width in sizes)
        seen = seen if len(sizes) == 1 else ""

        def row(label: str, unit: str, tip: str, say: Callable, of: list = figures):
            return ComparisonRow(
                label, *(Figure(PENDING) if one is None else say(one) for one in of), unit, tip
            )

        rows = [
            row("Parameters", "", "Trained numbers", _parameters, networks),
            row(
                "Multiply-adds",
                "",
                f"Of convolutions and matrix products, all passes together{seen}",
                _multiply_adds,
            ),
            row("Output stride", "px", "Pixels for each feature", _output_stride),
            row("Feature size", "", f"Width and height of the last features{seen}", _feature_size),
            row(
                "Theoretical receptive field",
                "px",
                "Side of what one score can depend on; “picture” is all of it",
                _field,
            ),
        ]
        if any(f is not None and f.theoretical_receptive_field is None for f in figures):
            tip = "The same without paths through global pooling"
            rows.append(row("– without global pooling", "px", tip, _local_field))
        tip = f"One run of features and head, measured alike for both{seen}"
        rows.append(row("Network time", "ms", tip, _milliseconds))
        if session.target:
            metrics = [self._current(name) for name in ("reference_metrics", "metrics")]
            rows.append(row("mIoU", "", f"On {Path(session.target).name}", _miou, metrics))
        found = self._current("disagreement")
        share = Figure(PENDING) if found is None else _share(found.share)
        tip = "Pixels of the photograph where A and B differ"
        rows.append(ComparisonRow("Disagreement", share, None, "%", tip))
        return rows


def captions(session: Session, first: NetworkResult, second: NetworkResult) -> tuple[str, str]:
    """Say of A and of B what it is and what differs.

    Of one checkpoint the settings that are not equal, of two those that are not as trained.
    """
    pinned = session.reference
    same = pinned.checkpoint == session.checkpoint
    texts = []
    for letter, network, own, other, checkpoint, inference, others_inference in (
        (
            "A",
            first,
            pinned.network,
            session.network,
            pinned.checkpoint,
            pinned.inference,
            session.inference,
        ),
        (
            "B",
            second,
            session.network,
            pinned.network,
            session.checkpoint,
            session.inference,
            pinned.inference,
        ),
    ):
        labels = {control.name: control.label.lower() for control in network.controls}
        values, others = {**network.trained, **dict(own)}, {**network.trained, **dict(other)}
        names = {name for name, _ in (*own, *other)} if same else {name for name, _ in own}
        said = [
            f"{labels.get(name, name.replace('_', ' '))} {say_value(values[name])}"
            for name in network.trained
            if name in names and not (same and values[name] == others[name])
        ]
        for control in controls(InferenceSettings):
            value = getattr(inference, control.name)
            if not control.hidden and value != getattr(others_inference, control.name):
                is_named = control.zero_text and not value
                text = control.zero_text if is_named else say_value(value)
                said.append(f"{control.label.lower()} {text}")
        if not same and first.title == second.title:
            said.insert(0, Path(checkpoint).name)
        if same and not said and letter == "B":
            said.append("as A so far")
        texts.append(" · ".join((letter, network.title, *said)))
    return texts[0], texts[1]


def _without_reference(session: Session) -> Session:
    overlay = session.overlay
    if overlay.comparison == "difference":
        overlay = overlay.changed(comparison="overlay")
    return session.changed(reference=None, overlay=overlay)


def _short(number: float) -> str:
    """Three significant digits with k, M or G."""
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            value = number / size
            return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}{letter}"
    return f"{number:.0f}"


def _parameters(network: NetworkResult) -> Figure:
    return Figure(_short(network.parameters), str(network.parameters))


def _multiply_adds(figures: FiguresResult) -> Figure:
    return Figure(_short(figures.multiply_adds), str(figures.multiply_adds))


def _output_stride(figures: FiguresResult) -> Figure:
    stride = figures.output_stride
    return Figure(f"{stride} px", str(stride)) if stride else Figure()


def _feature_size(figures: FiguresResult) -> Figure:
    height, width = figures.feature_size
    return Figure(f"{width}×{height}", f"{width}×{height}")


def _field(figures: FiguresResult) -> Figure:
    size = figures.theoretical_receptive_field
    if size is None:
        return Figure("picture", "picture")
    return Figure(f"{size:,} px", str(size)) if size >= 0 else Figure()


def _local_field(figures: FiguresResult) -> Figure:
    size = figures.local_receptive_field
    return Figure(f"{size:,} px", str(size)) if size >= 0 else Figure()


def _milliseconds(figures: FiguresResult) -> Figure:
    milliseconds = 1000 * figures.seconds
    digits = 1 if milliseconds < 10 else 0
    return Figure(f"{milliseconds:,.{digits}f} ms", f"{milliseconds:.1f}")


def _miou(metrics: Any) -> Figure:
    known = not np.isnan(metrics.miou)
    return Figure(f"{metrics.miou:.3f}", f"{metrics.miou:.4f}") if known else Figure()


def _share(share: float | None) -> Figure:
    if share is None:
        return Figure(UNKNOWN)
    return Figure(share_text(share) if share else "0 %", f"{100 * share:.2f}")
