"""What crosses the pipe between the window and the engine process."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the process starts before either is loaded
    from segviewer.engine.results import LabelPart, PicturePart
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
class LookAt:
    """Show `view` of a huge picture at its own pixels, whenever nothing else is asked for.

    Replaces an earlier one; a session without a picture ends it. Answered by
    :class:`DetailFound`, part by part.

    Attributes
    ----------
    session : Session
    view : (float, float, float, float)
        Top, bottom, left and right, 0 to 1.
    across : int
        Pixels of the screen that it takes from left to right.
    wants_picture : bool
        Whether the photograph is not there as finely yet.
    have : frozenset of int or None
        Windows whose labels are there; None where no labels are wanted.
    most_bytes : int
        Of labels that can be kept.
    """

    session: Session
    view: tuple[float, float, float, float]
    across: int
    wants_picture: bool
    have: frozenset[int] | None
    most_bytes: int


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


@dataclass(frozen=True)
class DetailFound:
    """A part of a huge picture, with the key that it belongs to, or why there is none.

    Attributes
    ----------
    key : Hashable
        See :func:`segviewer.engine.detail_keys.seen_picture_key` and
        :func:`segviewer.engine.detail_keys.detail_key`.
    found : PicturePart, LabelPart or str
    number, count : int
        Of labels which window it is, and of how many.
    left_in_view, left : int
        Windows that follow: of what is looked at, and of all.
    """

    key: Hashable
    found: PicturePart | LabelPart | str
    number: int = -1
    count: int = 0
    left_in_view: int = 0
    left: int = 0
