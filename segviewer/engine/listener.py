"""Who is notified of what while stages run."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from segviewer.engine.stages import REFERENCE, STAGES


def _ignore(*args: Any) -> None:
    return None


@dataclass
class Listener:
    """Who is notified of what while stages run.

    Attributes
    ----------
    check : callable
        Raises :class:`segviewer.errors.Cancelled` when the work is no longer wanted.
    started : callable (stage, expected seconds)
    progressed : callable (stage, fraction)
    finished : callable (stage, key, result, seconds)
    """

    check: Callable[[], None] = _ignore
    started: Callable[[str, float], None] = _ignore
    progressed: Callable[[str, float], None] = _ignore
    finished: Callable[[str, Hashable, Any, float], None] = _ignore


def listener_for_reference(listener: Listener) -> Listener:
    """Notify `listener` of A's stages by their own names."""

    def name(stage: str) -> str:
        # Everything up to the label map is one stage to the person: running A.
        name = REFERENCE + stage
        return name if name in STAGES else REFERENCE + "label_map"

    def finished(stage: str, key: Hashable, result: Any, seconds: float) -> None:
        # No draft of A: it would be compared with a whole B.
        if getattr(result, "complete", True):
            listener.finished(name(stage), key, result, seconds)

    return Listener(
        listener.check,
        lambda stage, expected: listener.started(name(stage), expected),
        lambda stage, part: listener.progressed(name(stage), part),
        finished,
    )


@dataclass
class Collected:
    """Results of one run kept by stage, for callers without a window."""

    results: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def listener(self) -> Listener:
        """A listener that fills this object."""

        def finished(stage: str, key: Hashable, result: Any, seconds: float) -> None:
            self.results[stage] = result
            self.seconds[stage] = seconds

        return Listener(finished=finished)
