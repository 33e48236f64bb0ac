"""Comparing the present network and CRF (B) with those that were pinned as A."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject

from segviewer.analysis.evaluation.agreement import translate_classes
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.panels.comparison_texts import captions, rows
from segviewer.app.state.chips import Chip
from segviewer.app.state.shown import Compared, Screen, Shown
from segviewer.app.state.store import Store
from segviewer.engine.results import NetworkResult
from segviewer.engine.stages import weights_of
from segviewer.export.shown_labels import shown_label_set
from segviewer.imaging.overlay import colour_table, layer_table
from segviewer.session import OF_CLASS, Session
from segviewer.widgets.canvas.image_canvas import CAPTIONS
from segviewer.widgets.panels.class_model import share_text

TARGET_CAPTIONS = ("labels", "target mask")
BOTH_SHOWN = ("side", "swipe", "difference")
WITHOUT_A = ("overlay", "side", "swipe")


class Comparison(QObject):
    """Pins and unpins A, and shows what came back for it: halves, difference, table.

    Attributes
    ----------
    names_networks : bool
        Whether A and B are both on the picture, each under its own name.
    shows_difference : bool
        Whether the canvas shows where A and B differ.
    """

    def __init__(self, window: MainWindow, store: Store):
        super().__init__(window)
        self.canvas, self.table = window.canvas, window.comparison_table
        self.section, self.store = window.comparison_section, store
        self._pin, self._unpin = window.action("pin"), window.action("unpin")
        self._difference = window.toolbar.difference_action
        window.action("next_comparison").triggered.connect(lambda checked=False: self.go_on())
        self._pin.triggered.connect(lambda checked=False: self.pin())
        self._unpin.triggered.connect(lambda checked=False: self.unpin())
        self._opened = False  # a network, which may be pinned
        self._captions = CAPTIONS
        self._names: tuple[str, ...] = ()  # of A and B in chips
        self._chips: list[Chip] = []
        self._chips_of_a: tuple[Chip, ...] = ()
        self.names_networks = self.shows_difference = False

    # What a person does

    def pin(self) -> None:
        """Pin network and CRF, as they are set, as A; where A could not be seen, show it."""
        if not self._opened:
            return
        session = self.store.session
        overlay = session.overlay
        if overlay.comparison not in BOTH_SHOWN:
            overlay = overlay.changed(comparison="side")
        self.store.update(session.pinned().changed(overlay=overlay))

    def unpin(self) -> None:
        """Forget A."""
        if self.store.session.reference is not None:
            self.store.update(self.store.session.without_reference())

    def go_on(self) -> None:
        """Compare in the next way: of A and B, or of labels and photograph."""
        session = self.store.session
        ways = BOTH_SHOWN if session.reference is not None else WITHOUT_A
        now = session.overlay.comparison
        after = ways[(ways.index(now) + 1) % len(ways)] if now in ways else ways[0]
        self.store.update(session.changed(overlay=session.overlay.changed(comparison=after)))

    # From the session and the engine to the widgets

    def with_chips(self, chips: list[Chip]) -> tuple[list[Chip], list[Chip] | None]:
        """B's `chips` with what is to be said of A: those of the picture, and of its left half."""
        # What is said of the photograph is not said twice.
        own = [chip for chip in self._chips_of_a if chip[1] != "info" or chip not in chips]
        if not self.names_networks:
            return chips, None
        if self.shows_difference:
            names = [(name, "info") for name in self._names]
            own = [(f"A: {text}", tone) for text, tone in own]
            return [*self._chips, *names, *own, *chips], None
        return [*self._chips, *chips], own

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        session, shown = new.session, new.shown
        self._opened = shown.opened is not None
        self._pin.setEnabled(self._opened and shown.opened_as == weights_of(session))
        if old is not None and _compared_by(old) == _compared_by(new):
            return
        compared = shown.compared
        self._unpin.setEnabled(compared is not None)
        self._difference.setEnabled(compared is not None)
        self.section.setVisible(compared is not None)
        self._chips, self._chips_of_a, lies = [], (), False
        if compared is None:
            self._show_nothing()
        else:
            lies = self._show_labels(session, shown, compared)
            first, second = compared.first, compared.second
            both = first.labelled is not None and second.labelled is not None
            if both and first.network is not None and second.network is not None:
                # Until both are there, the captions are those of what is on screen.
                self._captions = captions(session, first.network, second.network)
                self._names = _names(session, first.network, second.network, self._captions)
                self.table.set_heads(*self._captions)
            self.table.set_rows(rows(session, compared))
        beside_target = shown.beside_target(session.overlay)
        if beside_target and shown.labels is not None and shown.labelled is not None:
            table = colour_table(shown.labels, hidden=session.overlay.hidden)
            self.canvas.set_reference(shown.labelled.label_map, table)
            self.canvas.set_captions(*TARGET_CAPTIONS)
        else:
            self.canvas.set_captions(*(self._captions if lies else CAPTIONS))
        both = lies and not beside_target
        self.names_networks = both and session.overlay.comparison in BOTH_SHOWN
        self.shows_difference = lies and session.overlay.comparison == "difference"

    def _show_nothing(self) -> None:
        self.canvas.set_reference(None)
        self.canvas.set_difference(None)

    def _show_labels(self, session: Session, shown: Shown, compared: Compared) -> bool:
        """Put A's labels, or its layer, on the canvas; False where they are not there yet."""
        canvas, overlay = self.canvas, session.overlay
        first, network, second = compared.first.labelled, compared.first.network, shown.labelled
        if first is None or network is None or second is None or shown.labels is None:
            self._show_nothing()
            return False
        self._chips_of_a = first.chips
        translation = translate_classes(first.classes, second.classes)
        same_classes = translation is not None and (translation >= 0).all()
        name = network.label_set if first.classes == network.classes else ""
        own = shown_label_set(name, first.classes, overlay.palette, network.colours)
        table = colour_table(own)
        if translation is not None:
            # A class that both have has one colour, and is hidden in both.
            known = translation >= 0
            shared = colour_table(shown.labels, hidden=overlay.hidden)
            table[known] = shared[translation[known]]
        canvas.set_difference(first.label_map if translation is not None else None, translation)
        layer, lies = compared.first.overlay_layer, True
        # Where B has no such layer, without a target mask for example, its labels are seen.
        if overlay.layer == "labels" or shown.raster(overlay) is None:
            canvas.set_reference(first.label_map, table)
        elif layer is not None and (same_classes or overlay.layer not in OF_CLASS):
            lut = layer_table(overlay.layer, shown.labels, overlay.hidden)
            canvas.set_reference(layer.values, lut, continuous=True)
        else:
            canvas.set_reference(None)
            lies = overlay.comparison == "difference"
        disagreement = compared.disagreement
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
        return lies


def _names(
    session: Session, first: NetworkResult, second: NetworkResult, whole: tuple[str, str]
) -> tuple[str, ...]:
    """A and B for the picture: of one checkpoint its title once, and what differs in short."""
    pinned = session.reference
    if (
        pinned is None
        or pinned.checkpoint != session.checkpoint
        or session.of_reference() == (session.changed(reference=None))
    ):
        return whole
    short = captions(session, first, second, titled=False)
    return first.title, " | ".join(short)


def _compared_by(screen: Screen) -> tuple[Any, ...]:
    """All that decides what is seen of A: nothing while nothing is pinned."""
    shown, session = screen.shown, screen.session
    overlay = session.overlay
    if shown.compared is None:
        # Without A, the labels may still lie beside the target mask.
        beside = shown.beside_target(overlay)
        return (*map(id, (shown.labels, shown.labelled)), overlay.hidden) if beside else ()
    drawn = (shown.compared, shown.labels, shown.labelled)
    beside = shown.beside_target(overlay)
    layered = shown.raster(overlay) is not None
    seen = (overlay.comparison, overlay.layer, layered, overlay.palette, overlay.hidden, beside)
    weights = weights_of(session)
    run = (session.reference, weights, session.network, session.inference, session.crf)
    return (*map(id, drawn), *seen, *run, session.target)
