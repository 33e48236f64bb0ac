"""A batch that goes on after a bad file, and an exit code that says how many there were."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from segviewer.errors import Cancelled, CheckpointError, SegviewerError, SettingsError
from segviewer.imaging.reading.file_names import shown_path

MOST_FAILURES = 100
"""Exit codes above are taken: 126 and up are those of the shell and of signals."""


class Failures:
    """Files of a batch that could not be used, and why."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str]] = []
        self._traces: list[str] = []

    @contextmanager
    def of(self, file: str) -> Iterator[None]:
        """Note what goes wrong with `file` and go on.

        Settings and checkpoints that cannot be used are no matter of one file: they are raised.
        """
        try:
            yield
        except (SettingsError, CheckpointError, Cancelled):
            raise
        except SegviewerError as error:
            self._found.append((file, error.sentence))
        except Exception as error:  # a bug, which must not cost the other files
            what = f"Something unexpected: {type(error).__name__}: {error}"
            self._found.append((file, what))
            self._traces.append(traceback.format_exc())

    def add(self, file: str, why: str, trace: str = "") -> None:
        """Note a file that could not be used.

        Parameters
        ----------
        file : str
        why : str
            In sentences.
        trace : str
            The traceback of a bug.
        """
        self._found.append((file, why))
        if trace:
            self._traces.append(trace)

    @property
    def traces(self) -> str:
        """Tracebacks of bugs, each once."""
        return "\n".join(dict.fromkeys(self._traces))

    @property
    def exit_code(self) -> int:
        """How many files failed, at most `MOST_FAILURES`."""
        return min(len(self._found), MOST_FAILURES)

    def as_json(self) -> list[dict[str, Any]]:
        """File and reason of each."""
        return [{"file": shown_path(file), "why": why} for file, why in self._found]

    def say(self) -> None:
        """Name them on stderr, with the traceback of a bug, which a report needs."""
        for file, why in self._found:
            print(f"{shown_path(file)}: {why}", file=sys.stderr)
        for text in dict.fromkeys(self._traces):
            print(text, file=sys.stderr)
