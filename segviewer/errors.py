"""Errors a person can cause: what happened, why, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # errors are raised long before, and without, any settings
    from pydantic import ValidationError

MOST_PARTS = 4  # of the place of a fault that a sentence names
MOST_LETTERS = 200  # of what is wrong there: a file's own text may stand in it


class SegviewerError(Exception):
    """Base of every error the user can cause.

    Parameters
    ----------
    what : str
        What happened, as one short sentence.
    why : str
        The reason, as far as it is known.
    next_step : str
        What the person can do now.
    details : str
        Longer text for "Copy details" (a table of keys, a path, numbers).
    """

    def __init__(self, what: str, why: str, next_step: str, details: str = ""):
        # A file's name need not be text; half a sign in it could be neither shown nor printed.
        what, why, next_step, details = (
            part.encode("utf-8", "replace").decode("utf-8")
            for part in (what, why, next_step, details)
        )
        super().__init__(f"{what} {why} {next_step}")
        self.what = what
        self.why = why
        self.next_step = next_step
        self.details = details

    @property
    def sentence(self) -> str:
        """What happened, why, and what to do next, one after the other."""
        return " ".join(part for part in (self.what, self.why, self.next_step) if part)

    def __reduce__(self):
        # Errors cross the process boundary; Exception's own pickling would call
        # __init__ with one argument.
        return type(self), (self.what, self.why, self.next_step, self.details)


class PictureError(SegviewerError):
    """A file cannot be used as a picture or target mask."""


class CheckpointError(SegviewerError):
    """A file cannot be used as a checkpoint."""


class SettingsError(SegviewerError):
    """Settings cannot be used together or with the open network."""


class ExportError(SegviewerError):
    """A result cannot be written."""


class DownloadError(SegviewerError):
    """A file of the catalogue cannot be downloaded."""


class EngineError(SegviewerError):
    """The computing part of the program cannot do its work (memory, device)."""


class Cancelled(Exception):
    """The work was stopped because a newer request or Esc came."""


E = TypeVar("E", bound=SegviewerError)


def place_and_fault(error: ValidationError) -> tuple[str, str]:
    """Where the first fault is that pydantic found, and what it is.

    Returns
    -------
    place : str
        ``crf.num_iterations``; empty where it is the whole.
    fault : str
        Pydantic's words, without a full stop.
    """
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"][:MOST_PARTS])
    return place, first["msg"].removeprefix("Value error, ")[:MOST_LETTERS].rstrip(".")


def from_validation(
    kind: type[E], error: ValidationError, what: str, next_step: str, whole: str = "settings"
) -> E:
    """Make what pydantic refused an error that a person can act on.

    Parameters
    ----------
    kind : type
        Which error it becomes.
    error : ValidationError
        Its first fault is the reason; all of them are the details.
    what, next_step : str
        As of :class:`SegviewerError`; ``{place}`` in `what` is where the fault is.
    whole : str
        What the place is called where the fault is in none of the fields.
    """
    place, fault = place_and_fault(error)
    place = place or whole
    what = what.replace("{place}", place)
    return kind(what, f"{place}: {fault}.", next_step, details=str(error))
