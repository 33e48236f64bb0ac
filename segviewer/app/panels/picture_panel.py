"""The picture: photograph, labels or what covers them, marks, chips, and what is hovered."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QObject

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.panels.comparison import Comparison
from segviewer.app.state.chips import Chip, chips_of
from segviewer.app.state.choices import ERRORS
from segviewer.app.state.results import Results
from segviewer.app.state.shown import Screen, Shown
from segviewer.engine.results import LabelPart, PicturePart, PictureResult
from segviewer.imaging.overlay import VOID_COLOUR, colour_table
from segviewer.references import Reference
from segviewer.session import OverlaySettings
from segviewer.widgets.canvas.colour_bar import ColourBar, Meaning
from segviewer.widgets.canvas.colour_key import ColourKey
from segviewer.widgets.text.plain_text import plain_title


class PicturePanel(QObject):
    """Draws on the canvas what is shown, and says on it what must be said.

    Parameters
    ----------
    comparison : Comparison
        Which has drawn A before this draws.
    """

    def __init__(self, window: MainWindow, results: Results, comparison: Comparison):
        super().__init__(window)
        self.window, self.canvas, self.readout = window, window.canvas, window.readout
        self.results, self.comparison = results, comparison
        self._scaled: np.ndarray | None = None  # what the colour bar is of
        self._chips: tuple[list[Chip], list[Chip] | None] = ([], None)
        self._part: tuple[PicturePart | None, PictureResult | None] = (None, None)
        self._label_parts: tuple[LabelPart, ...] = ()
        self._pointed = (-1, -1)
        self.canvas.pixel_hovered.connect(self.show_pixel)

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        self._apply_overlay(old.session.overlay if old is not None else None, new.session.overlay)
        if old is None or old.session.image != new.session.image:
            name = Reference.picture(new.session.image).file_name
            self.window.setWindowTitle(f"{plain_title(name)} – segviewer" if name else "segviewer")
        self._apply_shown(old, new)
        self._apply_detail(new)
        named, layered = not self.comparison.names_networks, not self.comparison.shows_difference
        chips = self.comparison.with_chips(chips_of(new, named=named, layered=layered))
        if chips != self._chips:
            self._chips = chips
            self.canvas.set_chips(chips[0], left=chips[1])

    def _apply_overlay(self, old: OverlaySettings | None, new: OverlaySettings) -> None:
        for name, show in (
            ("opacity", self.canvas.set_opacity),
            ("style", self.canvas.set_style),
            ("visible", self.canvas.set_overlay_visible),
            ("comparison", self.canvas.set_comparison),
        ):
            if old is None or getattr(old, name) != getattr(new, name):
                show(getattr(new, name))

    def _apply_shown(self, old: Screen | None, new: Screen) -> None:
        before, shown, canvas = old.shown if old is not None else Shown(), new.shown, self.canvas
        overlay = new.session.overlay
        if old is None or _covered_by(old) != _covered_by(new):
            if shown.labels is not None:
                canvas.set_colours(colour_table(shown.labels, hidden=overlay.hidden))
            raster = shown.raster(overlay)
            canvas.set_raster(*(raster or (None, None)))
            meaning = meaning_of_colours(shown, overlay)
            scaled = raster is not None and isinstance(meaning, ColourBar)
            self._scaled = raster.values if raster is not None and scaled else None
            canvas.set_colour_bar(meaning)
        if shown.labelled is not before.labelled:
            canvas.set_label_map(shown.labelled.label_map if shown.labelled is not None else None)
        if shown.marks is not before.marks:
            canvas.set_marks(shown.marks)
        if shown.seen is not None and shown.seen is not before.seen:
            width, height = size_in_file(shown)
            canvas.file_pixels = width / shown.seen.levels[0].shape[1]
            canvas.set_picture(shown.seen.levels)
            self.readout.set_picture_size(width, height)
        elif shown.seen is None and before.seen is not None:
            canvas.set_picture(None)
            self.readout.clear()
        of_pixel = [(one.probs, one.labels, one.metrics) for one in (before, shown)]
        if any(a is not b for a, b in zip(*of_pixel, strict=True)):
            self.show_pixel(*self._pointed)  # the pointer rests, and what is below it is known now

    def _apply_detail(self, new: Screen) -> None:
        """Lay what is finer of a huge photograph over its overview, which was drawn before."""
        detail = new.detail.of(new.session, new.shown)
        picture = new.shown.seen if detail.picture is not None else None
        if detail.picture is not self._part[0] or picture is not self._part[1]:
            self._part = detail.picture, picture
            where = None if detail.picture is None else detail.picture.where
            levels = [] if detail.picture is None else detail.picture.levels
            self.canvas.set_picture_part(where, levels)
        if detail.labels != self._label_parts:
            self._label_parts = detail.labels
            self.canvas.set_label_parts(tuple((one.where, one.labels) for one in detail.labels))

    def show_pixel(self, x: int, y: int) -> None:
        """Say what is at a pixel of the photograph; (-1, -1) is outside it."""
        self._pointed = x, y
        shown = self.results.shown
        if shown.seen is None or x < 0:
            self.readout.clear()
            self.canvas.set_bar_value(None)
            return
        height, width = shown.seen.levels[0].shape[:2]
        if x >= width or y >= height:
            return  # of a picture that has just been replaced
        red, green, blue = (int(value) for value in shown.seen.levels[0][y, x])
        top = []
        if shown.probs is not None and shown.labels is not None:
            probs = shown.probs.probs
            column = probs[:, y * probs.shape[1] // height, x * probs.shape[2] // width]
            for index in np.argsort(column)[::-1][:3]:
                name, colour = shown.probs.classes[index], shown.labels.colours[index]
                top.append((name, colour, float(column[index])))
        wide, tall = size_in_file(shown)
        place = x * wide // width, y * tall // height
        mask = _said_by_mask(shown, x / width, y / height)
        self.readout.set_pixel(*place, (red, green, blue), top, mask)
        self.canvas.set_bar_value(self._value_at(x / width, y / height))

    def _value_at(self, x: float, y: float) -> float | None:
        """Value of the layer, 0 to 1, at a place of the picture, fractions of it."""
        if self._scaled is None:
            return None
        height, width = self._scaled.shape
        return float(self._scaled[int(y * height), int(x * width)]) / 255


def size_in_file(shown: Shown) -> tuple[int, int]:
    """Width and height of the photograph that is shown; of an overview those of the whole."""
    assert shown.picture is not None and shown.seen is not None  # it is shown
    header = shown.picture.header
    if header is not None and header.overview_of != (0, 0):
        return header.size_in_file
    height, width = shown.seen.levels[0].shape[:2]
    return width, height


def _said_by_mask(shown: Shown, x: float, y: float) -> tuple[str, tuple[int, int, int]] | None:
    """Class and colour that the target mask has at a place of the picture, fractions of it."""
    metrics, labels = shown.metrics, shown.labels
    if metrics is None or metrics.target is None or labels is None:
        return None
    height, width = metrics.target.shape
    label = int(metrics.target[int(y * height), int(x * width)])
    if label >= len(labels.classes):
        return "void", VOID_COLOUR
    red, green, blue = labels.colours[label][:3]
    return labels.classes[label], (red, green, blue)


SCALES = {
    "probability": ("0", "1"),
    "entropy": ("0 sure", "1 no idea"),
    "margin": ("0 no idea", "1 sure"),
}
"""Overlay layers with a scale, and what stands at its ends."""


def meaning_of_colours(shown: Shown, overlay: OverlaySettings) -> Meaning | None:
    """What the colours over the photograph mean; None where the list of classes says it.

    Parameters
    ----------
    shown : Shown
    overlay : OverlaySettings
    """
    layer = shown.layer(overlay) if overlay.layer in (*SCALES, *ERRORS) else None
    raster = shown.raster(overlay)
    if layer is None or raster is None or raster.values is not layer.values:
        return None  # labels, or a lab's or an activation's own colours
    name = ""
    if shown.network is not None:
        classes = shown.network.classes
        name = classes[min(overlay.chosen_class, len(classes) - 1)]
    if overlay.layer in ERRORS:
        title, values = ERRORS[overlay.layer]
        colours = [(word, layer.table[value]) for value, word in values]
        entries = tuple((word, (int(c[0]), int(c[1]), int(c[2]))) for word, c in colours)
        return ColourKey(title.format(name=name), entries)
    title = {"entropy": "entropy ÷ log K", "margin": "margin"}.get(overlay.layer, "")
    if overlay.layer == "probability" and name:
        title = f"probability of {name}"
    return ColourBar(title, *SCALES[overlay.layer], layer.table)


def _covered_by(screen: Screen) -> tuple[Any, ...]:
    """All that decides what lies over the photograph, and in which colours."""
    shown, overlay = screen.shown, screen.session.overlay
    drawn = (shown.labels, shown.network, shown.overlay_layer, shown.lab, shown.activation)
    return (*map(id, drawn), overlay.hidden, overlay.layer, overlay.chosen_class)
