"""Plays a lab from its first step to its last and keeps a frame of each, for an animation.

It acts as a person who drags the lab's own slider: each step is shown, computed, drawn and
kept. The drag ends where it began, so that nothing is left to undo.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance
from PySide6.QtWidgets import QWidget

from segviewer.app.state.results import Results
from segviewer.app.state.runner import Runner
from segviewer.app.state.store import Store
from segviewer.session import Session
from segviewer.widgets.controls.step_slider import StepSlider

# Labs that play over the photograph: the setting that is played, and how many steps there are.
ON_PICTURE: dict[str, tuple[str, Callable[[Any], int]]] = {
    "time_machine": ("iteration", lambda curves: len(curves.start))
}


@dataclass(frozen=True)
class Played:
    """What can be played.

    Attributes
    ----------
    count : int
        Number of steps.
    go : callable (step)
        Shows one.
    on_picture : bool
        Whether it is the photograph that changes; otherwise it is the lab's drawing.
    """

    count: int
    go: Callable[[int], None]
    on_picture: bool


def played(name: str, view: QWidget, shown: Any) -> Played | None:
    """What the lab called `name` plays as it is drawn now; None where it stands still."""
    if shown is None:
        return None
    if name in ON_PICTURE:
        setting, count = ON_PICTURE[name]
        edited: SignalInstance = getattr(view, "edited")  # noqa: B009 (of labs that have it)
        return Played(count(shown), lambda step: edited.emit(setting, step, False), True)
    slider = view.findChild(StepSlider)
    if slider is None or not slider.isEnabled():
        return None
    return Played(slider.count(), lambda step: slider.stepped.emit(step, False), False)


class Recording(QObject):
    """Keeps a frame of each step.

    Parameters
    ----------
    take : callable () -> frame
        Called when a step is on screen.

    Signals
    -------
    finished(list of frames)
    stopped(str)
        It was given up, and why.
    """

    finished = Signal(list)
    stopped = Signal(str)

    def __init__(
        self,
        store: Store,
        runner: Runner,
        results: Results,
        what: Played,
        take: Callable[[], Any],
        parent: QObject,
    ):
        super().__init__(parent)
        self.store, self.runner, self.results, self.what = store, runner, results, what
        self._take = take
        self._from: Session = store.session
        self._step = -1
        self._stepping = self._waiting = self._ended = False
        self._frames: list[Any] = []

    def start(self) -> None:
        """Play from the first step."""
        self.store.changed.connect(self._on_changed)
        self.runner.stage_finished.connect(self._on_stage_finished)
        self.runner.run_cancelled.connect(self._on_cancelled)
        self.runner.run_failed.connect(self._on_failed)
        self.runner.bug_found.connect(self._on_failed)
        self._next()

    def cancel(self) -> None:
        """Give up, and show what was shown before."""
        self._stop("The recording was stopped.", restore=True)

    def _next(self) -> None:
        if self._ended:
            return
        self._step += 1
        if self._step >= self.what.count:
            self._end(restore=True)
            self.finished.emit(self._frames)
            return
        self._stepping = True
        try:
            self.what.go(self._step)
        finally:
            self._stepping = False
        self._waiting = True
        if self._is_current():
            # The step that was on screen already: nothing will be reported.
            QTimer.singleShot(0, self, self._keep)

    def _is_current(self) -> bool:
        return self.results.is_current("lab")

    def _on_stage_finished(self, stage: str, result: Any, seconds: float) -> None:
        if stage == "lab" and self._waiting and self._is_current():
            # The window draws it in this turn of the loop, perhaps after this call.
            QTimer.singleShot(0, self, self._keep)

    def _keep(self) -> None:
        if self._ended or not self._waiting or not self._is_current():
            return
        self._waiting = False
        self._frames.append(self._take())
        self._next()

    def _on_changed(self, old: Session, new: Session) -> None:
        if not self._stepping:
            self._stop("The recording was stopped: a setting was changed.", restore=False)

    def _on_cancelled(self) -> None:
        self.cancel()

    def _on_failed(self, *what: object) -> None:
        # The error itself is reported by whoever shows errors.
        self._stop("The recording was stopped by an error.", restore=True)

    def _stop(self, why: str, *, restore: bool) -> None:
        if not self._ended:
            self._end(restore=restore)
            self.stopped.emit(why)

    def _end(self, *, restore: bool) -> None:
        self._ended = True
        self.store.changed.disconnect(self._on_changed)
        self.runner.stage_finished.disconnect(self._on_stage_finished)
        self.runner.run_cancelled.disconnect(self._on_cancelled)
        self.runner.run_failed.disconnect(self._on_failed)
        self.runner.bug_found.disconnect(self._on_failed)
        if restore:
            self.store.update(self._from)
