"""Errors a person can cause: what happened, why, and what to do next."""

from __future__ import annotations


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
