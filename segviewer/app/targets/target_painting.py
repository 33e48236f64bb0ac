"""A target mask that is painted on the photograph, where nobody has one.

Each stroke writes a file of its own and makes it the session's target: so undo and redo go from
stroke to stroke, and mIoU, layers, labs and figures see a mask like any other.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.openings import Openings
from segviewer.app.state.background import Background
from segviewer.app.state.results import Results
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.errors import PictureError, SegviewerError
from segviewer.imaging.overlay import colour_table
from segviewer.imaging.painted_mask import (
    forget_old_masks,
    is_of,
    latest_mask,
    mask_path,
    number_of,
    paint,
    write_painted,
)
from segviewer.imaging.reading.mask_values import VOID
from segviewer.references import Reference
from segviewer.session import Session

FIRST_SHARE = 1 / 40  # of the photograph's long side: the brush at first
LARGEST_SHARE = 1 / 4

Found = NDArray[np.uint8] | SegviewerError | None
"""The mask to go on with: none, or why it cannot be read."""


class TargetPainting(QObject):
    """The brush, from the first stroke to the mask that is saved.

    Signals
    -------
    failed(SegviewerError)
        A mask could not be read or written.
    noted(str)
        What was done, in a sentence.
    """

    failed = Signal(object)
    noted = Signal(str)

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        background: Background,
        openings: Openings,
        results: Results,
    ):
        super().__init__(window)
        self.canvas, self.legend, self.bar = window.canvas, window.legend, window.brush_bar
        self.window, self.section = window, window.brush_section
        self.store, self.background, self.openings = store, background, openings
        self.results = results
        self._labels: NDArray[np.uint8] | None = None  # None while no brush is in the hand
        self._names: tuple[str, ...] = ()
        self._photograph: tuple[str, int | None] = ("", None)
        self._shown_target = ""  # what the labels are those of
        self._number = 0  # of the last stroke
        self._written: dict[int, str] = {}  # that wait for one before them
        self._next = 1  # that becomes the target
        self._loading = self._stroke_changed = False
        self._sized_for = 0
        names = ("eraser", "smaller_brush", "larger_brush")
        self._actions = [window.action(name) for name in names]
        self._paint = window.action("paint")
        self._paint.triggered.connect(self._on_paint_triggered)
        for action, slot in zip(
            self._actions,
            (self.bar.toggle_eraser, partial(self.bar.step, -1), partial(self.bar.step, 1)),
            strict=True,
        ):
            action.triggered.connect(lambda checked=False, slot=slot: slot())
        self.bar.resized.connect(self._on_resized)
        self.bar.save_requested.connect(self._on_save)
        self.bar.done_requested.connect(self.leave)
        self.canvas.brushed.connect(self._on_brushed)
        self.canvas.brush_lifted.connect(self._on_lifted)
        self.canvas.brush_resized.connect(self.bar.step)

    @property
    def painting(self) -> bool:
        """Whether the brush is in the hand."""
        return self._labels is not None

    # Taking the brush and putting it away

    def begin(self) -> None:
        """Take the brush into the hand, with what was painted on this photograph before."""
        shown, session = self.results.shown, self.store.session
        if shown.seen is None or shown.network is None or not shown.is_of(session):
            self._paint.setChecked(False)
            self.failed.emit(
                PictureError(
                    "There is nothing to paint a target on yet.",
                    "The classes are those of the network, and the labels are not there.",
                    "Open a photograph and a network or scores, and wait for the labels.",
                )
            )
            return
        height, width = shown.seen.levels[0].shape[:2]
        self._photograph, self._names = session.photograph, shown.network.classes
        self._labels = np.full((height, width), VOID, np.uint8)
        self._shown_target, self._number, self._next = "", 0, 1
        self._written.clear()
        if self._sized_for != max(height, width):
            self._sized_for = max(height, width)
            self.bar.set_largest(round(LARGEST_SHARE * self._sized_for))
            self.bar.set_diameter(round(FIRST_SHARE * self._sized_for))
        self._loading = True
        self.background.run(
            _found,
            self._photograph,
            session.target,
            (height, width),
            self._names,
            done=partial(self._on_found, self._photograph),
            failed=self._on_not_found,
        )
        overlay = session.overlay
        comparison = "overlay" if overlay.comparison == "photo" else overlay.comparison
        self.store.amend(
            session.changed(overlay=overlay.changed(visible=True, comparison=comparison))
        )
        self.legend.choose(self._class())
        self._show()

    def leave(self) -> bool:
        """Put the brush away; whether it was in the hand. What was painted stays the target."""
        if self._labels is None:
            return False
        self.canvas.set_brush(None)  # ends a stroke, which is still written
        self._labels = None
        self._show()
        return True

    def _on_paint_triggered(self) -> None:
        if self.painting:
            self.leave()
        else:
            self.begin()

    def _on_found(self, photograph: tuple[str, int | None], found: tuple[str, Found, int]) -> None:
        """Go on with the last mask of the photograph, as it was read."""
        if self._labels is None or photograph != self._photograph:
            return
        target, labels, number = found
        self._loading = False
        if isinstance(labels, SegviewerError):
            self.failed.emit(labels)
            labels = None
        self._number, self._next = number, number + 1
        session = self.store.session
        if labels is None:
            if session.target:
                self.noted.emit("The first stroke begins a target of your own; undo goes back.")
            return
        self._take(target, labels)
        if session.target != target:
            self.store.update(session.changed(target=target, target_mapping=""))

    def _on_not_found(self, error: Exception) -> None:
        self._loading = False
        self.failed.emit(error)

    def _take(self, target: str, labels: NDArray[np.uint8]) -> None:
        self._labels, self._shown_target = labels, target
        self._show()

    # Painting

    def _class(self) -> int:
        return min(self.store.session.overlay.chosen_class, max(0, len(self._names) - 1))

    def _on_brushed(self, x0: float, y0: float, x1: float, y1: float, wipes: bool) -> None:
        if self._labels is None or self._loading:
            return
        label = VOID if wipes or self.bar.erases() else self._class()
        if paint(self._labels, (x0, y0), (x1, y1), self.bar.diameter(), label):
            self._stroke_changed = True
            self.canvas.note_painted()

    def _on_lifted(self) -> None:
        if self._labels is None or not self._stroke_changed:
            return
        self._stroke_changed = False
        self._number += 1
        path = mask_path(*self._photograph, self._number)
        colours = self._colours()
        written = partial(self._on_written, self._number, self._photograph)
        self._shown_target = str(path)
        self.background.run(
            write_painted,
            path,
            self._labels.copy(),
            self._names,
            colours,
            done=written,
            failed=self._on_not_written,
        )

    def _on_written(self, number: int, photograph: tuple[str, int | None], path: Path) -> None:
        """Make it the target, one stroke after the other."""
        if photograph != self._photograph:
            return
        self._written[number] = str(path)
        while self._next in self._written:
            target = self._written.pop(self._next)
            self._next += 1
            session = self.store.session
            if session.photograph == photograph:
                self.store.update(session.changed(target=target, target_mapping=""))

    def _on_not_written(self, error: Exception) -> None:
        self.leave()
        self.failed.emit(error)

    def _on_resized(self, diameter: float) -> None:
        if self.painting:
            self.canvas.set_brush(diameter)

    # From the session to the canvas

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Follow photograph, classes, undo and redo."""
        session = new.session
        if old is not None:
            self._note_target(old.session, session)
        if self._labels is None:
            return
        network = new.shown.network
        names = network.classes if network is not None else ()
        if session.photograph != self._photograph or names != self._names:
            self.leave()
            return
        if old is None:
            return
        if old.session.overlay != session.overlay or old.shown.labels is not new.shown.labels:
            self._show()
        if old.session.target != session.target:
            self._follow(session.target, self._labels)

    def _note_target(self, old: Session, new: Session) -> None:
        """Bring a painted mask back whenever its photograph comes back."""
        if old.target == new.target or old.photograph != new.photograph:
            return
        if any(is_of(one.target, *new.photograph) for one in (old, new)):
            self.openings.targets[new.image] = new.target

    def _follow(self, target: str, labels: NDArray[np.uint8]) -> None:
        """Show another state of the mask: undo, redo, or a mask that was opened or closed."""
        # Strokes that are not written yet become the target after this one.
        if target == self._shown_target or self._next <= self._number or self._stroke_changed:
            return
        if not is_of(target, *self._photograph):
            # None, or somebody else's mask: the next stroke begins anew.
            self._take(target, np.full_like(labels, VOID))
            return
        self._loading = True
        self.background.run(
            _read,
            target,
            labels.shape,
            self._names,
            done=partial(self._on_read, target),
            failed=self._on_not_found,
        )

    def _on_read(self, target: str, labels: NDArray[np.uint8] | None) -> None:
        self._loading = False
        if self._labels is not None and labels is not None and self.store.session.target == target:
            self._take(target, labels)

    def _colours(self) -> tuple[tuple[int, int, int], ...]:
        labels = self.results.shown.labels
        return tuple(labels.colours) if labels is not None else ()

    def _show(self) -> None:
        """Bring canvas, bar, keys and legend to what is so."""
        on, labels = self.painting, self.results.shown.labels
        self._paint.setChecked(on)
        self.section.setVisible(on)
        self.legend.set_choosing(on, "painting")
        for action in self._actions:
            action.setEnabled(on)
        if not on or labels is None:
            self.canvas.set_painting(None)
            self.canvas.set_brush(None)
            return
        table = colour_table(labels)
        table[VOID] = 0  # what nobody painted is the photograph
        self.canvas.set_painting(self._labels, table)
        self.canvas.set_brush(self.bar.diameter())
        place = self._class()
        if place >= len(labels.colours):
            return
        self.bar.set_class(self._names[place], labels.colours[place])

    def _on_save(self) -> None:
        """Ask where, and write a copy."""
        if self._labels is None:
            return
        named = Reference.picture(self._photograph[0])
        photograph = Path(named.name)
        folder = photograph.parent if named.is_file else Path()
        first = str(folder / f"{photograph.stem}_mask.png")
        chosen, _ = QFileDialog.getSaveFileName(self.window, "Save mask", first, "PNG (*.png)")
        if not chosen:
            return
        path = Path(chosen if chosen.lower().endswith(".png") else f"{chosen}.png")
        self.background.run(
            write_painted,
            path,
            self._labels.copy(),
            self._names,
            self._colours(),
            done=lambda path: self.noted.emit(f"Saved: {path.name}"),
            failed=self.failed.emit,
        )


def _found(
    photograph: tuple[str, int | None], target: str, size: tuple[int, int], names: tuple[str, ...]
) -> tuple[str, Found, int]:
    """The mask that is open, if it was painted, else the last one painted; and its last stroke."""
    forget_old_masks()
    last = latest_mask(*photograph)
    if last is None:
        return "", None, 0
    if target and not is_of(target, *photograph):
        return "", None, number_of(last)  # another mask is open, and stays until a stroke
    path = target or str(last)
    try:
        return path, _read(path, size, names), number_of(last)
    except SegviewerError as error:
        # No stroke takes the number of another, whose file a session may name.
        return path, error, number_of(last)


def _read(path: str, size: tuple[int, int], names: tuple[str, ...]) -> NDArray[np.uint8] | None:
    """A painted mask; None where it is of another size or of other classes."""
    from segviewer.imaging.reading.targets import read_values

    read = read_values(Path(path), others=False)
    if read.values.shape != size or read.names != names:
        return None
    return np.array(read.values, np.uint8)
