"""What crosses the pipe between the window and the engine process."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the process starts before either is loaded
    from segviewer.errors import SegviewerError
    from segviewer.session import Session


@dataclass(frozen=True)
class Run:
    """Bring everything up to date with `session`; `have` is what the window shows.

    `asked` names stages that are computed only for somebody who looks at them; `draft` says that
    the session changes still, so that a quick CRF will do; `view` is which part of the
    photograph is looked at: top, bottom, left and right, 0 to 1, or None for all.
    """

    generation: int
    session: Session
    have: dict[str, Hashable]
    asked: frozenset[str] = frozenset()
    draft: bool = False
    view: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Prepare:
    """Compute `sessions` ahead whenever nothing is asked for: what may be wanted next.

    Replaces the sessions of an earlier one; no results or errors are sent.
    """

    sessions: tuple[Session, ...]


@dataclass(frozen=True)
class Trust:
    """Programs that a person has agreed to run, by the SHA-256 of their files: all of them.

    It never comes out of a session, which may be somebody else's.
    """

    sha256: frozenset[str]


@dataclass(frozen=True)
class Cancel:
    """Stop what runs now, start nothing; answered by :class:`RunCancelled` of `generation`.

    `generation` is that of the newest request, which may never have arrived: where the engine did
    not read, this has taken its place.
    """

    generation: int


@dataclass(frozen=True)
class Stop:
    """End the process."""


@dataclass(frozen=True)
class Started:
    """A stage began; `expected` is its last duration in seconds, 0 if unknown."""

    generation: int
    stage: str
    expected: float


@dataclass(frozen=True)
class Progressed:
    """A stage is `fraction` done."""

    generation: int
    stage: str
    fraction: float


@dataclass(frozen=True)
class StageFinished:
    """A stage's result with the key it belongs to."""

    stage: str
    key: Hashable
    result: Any
    seconds: float


@dataclass(frozen=True)
class RunFinished:
    """A run came to its end; `seconds` by stage, `peak_memory_mb` of the engine."""

    generation: int
    seconds: dict[str, float]
    peak_memory_mb: float


@dataclass(frozen=True)
class RunCancelled:
    """A run was stopped."""

    generation: int


@dataclass(frozen=True)
class RunFailed:
    """A run met something the user can mend; `stage` is where."""

    generation: int
    stage: str
    error: SegviewerError


@dataclass(frozen=True)
class Bug:
    """A run met an unexpected error."""

    generation: int
    stage: str
    traceback: str
