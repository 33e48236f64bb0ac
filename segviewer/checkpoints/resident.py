"""Opened networks that stay in memory, so that going back to one costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from cachetools import LRUCache

from segviewer.checkpoints.card_files import state_of_cards
from segviewer.checkpoints.model_sheet import EMPTY, ModelSheet
from segviewer.checkpoints.opening import OpenedNetwork, open_network, with_sheet
from segviewer.checkpoints.published.catalogue import resolve_reference
from segviewer.checkpoints.reading.folder import weights_in
from segviewer.errors import SegviewerError
from segviewer.files.regular_files import status_of
from segviewer.references import Reference

LIMIT = 512 << 20


class ResidentNetworks:
    """The last networks opened, up to a size; the newest stays whatever its size.

    Parameters
    ----------
    opened : callable (OpenedNetwork), optional
        Called with every network that was opened anew.
    limit : int, optional
        Bytes of all parameters together.
    """

    def __init__(
        self, opened: Callable[[OpenedNetwork], None] = lambda network: None, limit: int = LIMIT
    ):
        self._opened = opened
        # One that is too large takes all the room there is.
        self._kept: LRUCache[Hashable, OpenedNetwork]
        self._kept = LRUCache(limit, lambda network: min(limit, _bytes_of(network)))

    @property
    def nbytes(self) -> int:
        """Bytes of all parameters together."""
        return sum(_bytes_of(network) for network in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    def get(
        self, reference: str, architecture: str = "", part: str = "", sheet: ModelSheet = EMPTY
    ) -> OpenedNetwork:
        """Open a checkpoint, or return it as it lies in memory if its file did not change.

        Parameters
        ----------
        reference, architecture, part, sheet
            As :func:`open_network` takes them; its errors are raised. Sheets of which
            the same network is built share it in memory.
        """
        built = sheet.of_network()
        key = (reference, architecture, part, built, _state_of_file(reference))
        if key not in self._kept:
            found = open_network(reference, architecture, part, built)
            self._opened(found)
            self._kept[key] = found
        return with_sheet(self._kept[key], sheet)


def _bytes_of(opened: OpenedNetwork) -> int:
    weights = (*opened.network.parameters(), *opened.network.buffers())
    return sum(tensor.numel() * tensor.element_size() for tensor in weights)


def _state_of_file(reference: str) -> Hashable:
    named = Reference.checkpoint(reference).trained()
    if named.kind == "random":
        return None
    try:
        path = weights_in(resolve_reference(str(named)))
        state = status_of(path)
    except (OSError, SegviewerError):
        return None  # opening it says why
    return state.st_mtime_ns, state.st_size, state_of_cards(path)
