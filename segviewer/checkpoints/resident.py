"""Opened networks that stay in memory, so that going back to one costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from segviewer.checkpoints.opening import OpenedNetwork, open_network
from segviewer.checkpoints.published.catalogue import resolve_reference
from segviewer.errors import SegviewerError
from segviewer.files.regular_files import status_of
from segviewer.references import Reference

LARGE = 100 << 20  # bytes of parameters
MAX_SMALL = 12


class ResidentNetworks:
    """The last networks opened: several small ones, and one large one.

    Parameters
    ----------
    opened : callable (OpenedNetwork), optional
        Told of every network that was opened anew.
    """

    def __init__(self, opened: Callable[[OpenedNetwork], None] = lambda network: None):
        self._opened = opened
        self._kept: dict[Hashable, OpenedNetwork] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, reference: str, architecture: str = "", part: str = "") -> OpenedNetwork:
        """Open a checkpoint, or return it as it lies in memory if its file did not change.

        Parameters
        ----------
        reference, architecture, part : str
            As :func:`open_network` takes them; its errors are raised.
        """
        key = (reference, architecture, part, _state_of_file(reference))
        found = self._kept.pop(key, None)
        if found is None:
            found = open_network(reference, architecture, part)
            self._opened(found)
        self._kept[key] = found
        self._drop_old()
        return found

    def _drop_old(self) -> None:
        """Forget the oldest beyond the limits; the newest stays whatever its size."""
        room = {True: 1, False: MAX_SMALL}
        for key in reversed(list(self._kept)):
            large = _bytes_of(self._kept[key]) >= LARGE
            if room[large] == 0:
                del self._kept[key]
            else:
                room[large] -= 1


def _bytes_of(opened: OpenedNetwork) -> int:
    return sum(p.numel() * p.element_size() for p in opened.network.parameters())


def _state_of_file(reference: str) -> Hashable:
    named = Reference.checkpoint(reference).trained()
    if named.kind == "random":
        return None
    try:
        state = status_of(resolve_reference(str(named)))
    except (OSError, SegviewerError):
        return None  # opening it says why
    return state.st_mtime_ns, state.st_size
