"""What is looked at of a huge picture: asks the engine for it, and keeps what came, bounded."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, SignalInstance

from segviewer.app.state.results import Results
from segviewer.app.state.runner import Runner
from segviewer.app.state.shown import Detail
from segviewer.app.state.store import Store
from segviewer.engine.detail_keys import detail_key, seen_picture_key
from segviewer.engine.results import LabelPart, PicturePart
from segviewer.engine.worker.messages import DetailFound, LookAt
from segviewer.session import Session
from segviewer.widgets.canvas.canvas_view import CanvasView

LABEL_BYTES = 256 << 20
"""Labels that are kept at most; those furthest from what is looked at go first."""

REST_MS = 200  # for which the view stands still
MARGIN = 0.25  # read beyond what is looked at, for the next move


class Canvas(Protocol):
    """What is asked of the canvas."""

    zoom_changed: SignalInstance

    @property
    def view(self) -> CanvasView:
        """Where the picture lies."""


class Details(QObject):
    """Keeps the parts of a huge picture that are finer than its overview.

    Parameters
    ----------
    store : Store
    runner : Runner
    results : Results
        Is given what there is.
    canvas : Canvas
    parent : QObject
    """

    def __init__(
        self, store: Store, runner: Runner, results: Results, canvas: Canvas, parent: QObject
    ):
        super().__init__(parent)
        self.store, self.runner, self.results, self.canvas = store, runner, results, canvas
        self._picture: tuple[Hashable, PicturePart] | None = None
        self._labels: dict[int, LabelPart] = {}
        self._labels_of: Hashable = None
        self._progress = (0, 0, 0)  # left in view, left, count
        self._said = ""
        self._asked: Hashable = None  # what the engine was asked for last
        self._stopped: Hashable = None  # what it was asked for when somebody stopped it
        self._timer = QTimer(self, interval=REST_MS, singleShot=True)
        self._timer.timeout.connect(self._look)
        canvas.zoom_changed.connect(lambda zoom: self._timer.start())
        store.changed.connect(lambda old, new: self._timer.start())
        results.arrived.connect(lambda stage, result: self._timer.start())
        runner.engine_lost.connect(lambda code: self._ask_again())
        runner.detail_found.connect(self._on_found)

    def stop(self) -> bool:
        """Compute nothing more until somebody looks elsewhere; whether anything was computed."""
        self._timer.stop()
        running = self._asked is not None and self._progress[1] > 0
        self._stopped, self._asked = self._asked, None
        if self._stopped is not None:
            self._send_nothing()
        if running:
            self._publish()
        return running

    def _ask_again(self) -> None:
        self._asked = None
        self._timer.start()

    def _look(self) -> None:
        session, view = self.store.session, self.canvas.view
        self._forget_others(session)
        if not (self._is_overview(session) and view.transform.zoom > 1 and view.in_view):
            # Whoever sees the whole sees nothing of single pixels.
            if self._asked is not None:
                self._asked = None
                self._send_nothing()
            return
        seen, wide = view.in_view, view.pane_size[0]
        picture, labels = seen_picture_key(session), detail_key(session)
        asked = (picture, labels, seen, wide)
        if asked in (self._asked, self._stopped):
            return
        self._asked, self._stopped, self._said = asked, None, ""
        wanted = _wider(seen)
        across = round(wide * (wanted[3] - wanted[2]) / (seen[3] - seen[2]))
        wants_picture = not self._covers(seen, wide)
        have = self._blended() if labels is not None else None
        self.runner.look_at(
            LookAt(
                session, wanted if wants_picture else seen, across, wants_picture, have, LABEL_BYTES
            )
        )

    def _send_nothing(self) -> None:
        self.runner.look_at(LookAt(Session(), (0.0, 1.0, 0.0, 1.0), 0, False, None, 0))

    def _is_overview(self, session: Session) -> bool:
        shown = self.results.shown
        header = shown.picture.header if shown.picture is not None else None
        if header is None or shown.photograph != session.photograph:
            return False
        return header.overview_of != (0, 0)

    def _covers(self, view: tuple[float, float, float, float], wide: int) -> bool:
        """Whether the part that is there shows all of `view` as finely as `wide` pixels do."""
        if self._picture is None:
            return False
        part = self._picture[1]
        top, bottom, left, right = part.where
        inside = top <= view[0] and bottom >= view[1] and left <= view[2] and right >= view[3]
        fine = part.levels[0].shape[1] * (view[3] - view[2]) / (right - left)
        return inside and fine >= wide / 2

    def _forget_others(self, session: Session) -> None:
        """Drop what belongs to another picture, or to other settings."""
        if self._picture is not None and self._picture[0] != seen_picture_key(session):
            self._picture = None
        key = detail_key(session)
        if key is not None and key != self._labels_of:
            self._labels, self._labels_of, self._progress = {}, key, (0, 0, 0)

    def _on_found(self, message: DetailFound) -> None:
        session, found = self.store.session, message.found
        self._forget_others(session)
        if isinstance(found, PicturePart):
            if message.key == seen_picture_key(session):
                self._picture = message.key, found
        elif message.key == detail_key(session):
            if isinstance(found, str):
                self._said, self._progress = found, (0, 0, 0)
            else:
                self._labels[message.number] = found
                self._progress = message.left_in_view, message.left, message.count
                self._drop_furthest()
        self._publish()

    def _blended(self) -> frozenset[int]:
        """Windows whose labels are done: their neighbours are in them."""
        return frozenset(number for number, part in self._labels.items() if part.blended)

    def _drop_furthest(self) -> None:
        kept = sum(part.labels.nbytes for part in self._labels.values())
        view = self.canvas.view.in_view
        if kept <= LABEL_BYTES or view is None:
            return
        y, x = (view[0] + view[1]) / 2, (view[2] + view[3]) / 2

        def distance(number: int) -> float:
            top, bottom, left, right = self._labels[number].where
            return ((top + bottom) / 2 - y) ** 2 + ((left + right) / 2 - x) ** 2

        for number in sorted(self._labels, key=distance, reverse=True):
            if kept <= LABEL_BYTES:
                return
            kept -= self._labels.pop(number).labels.nbytes

    def _publish(self) -> None:
        key, part = self._picture or (None, None)
        labels = tuple(self._labels.values())
        self.results.note_detail(Detail(key, part, self._labels_of, labels, self._words()))

    def _words(self) -> tuple[str, str]:
        """What is said of the labels, and in which tone."""
        if self._said:
            return f"no labels at the picture's own pixels: {self._said}", "warning"
        in_view, left, count = self._progress
        if not count:
            return "", "info"
        crf = ", CRF window by window" if self.store.session.crf.enabled else ""
        done = len(self._blended())
        said = f"labels at the picture's own pixels{crf}: {done:,} of {count:,} windows"
        if self._asked is None and left:
            return f"{said}, stopped", "draft"
        if in_view:
            seams = min(len(self._labels) - done, in_view)
            which = f", {seams:,} of them shown with seams" if seams else ""
            return f"{said}; {in_view:,} more in view{which}", "draft"
        return (f"{said}; the rest follows (Esc stops)" if left else said), "info"


def _wider(view: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    top, bottom, left, right = view
    down, across = MARGIN * (bottom - top), MARGIN * (right - left)
    return (
        max(0.0, top - down),
        min(1.0, bottom + down),
        max(0.0, left - across),
        min(1.0, right + across),
    )
