"""Lattices and normalised kernels of the last pictures and widths.

A slider that moves a weight, the compatibility or the number of iterations needs no new lattice; a
slider that moves one kernel's width needs no new lattice of the other.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.lattice.kernel_budget import BUDGET
from segviewer.crf.lattice.lattice_filter import NormalisedKernel, normalised, row_sums
from segviewer.crf.lattice.lattice_self import own_weights
from segviewer.crf.lattice.permutohedral import Lattice, appearance_lattice, smoothness_lattice
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.settings.crf_settings import Normalisation


class KernelCache:
    """Keeps what was used last, up to a size; may be used by several threads at once.

    Parameters
    ----------
    limit : int, optional
        Bytes; the process's budget where it is not said. What was asked for last is kept even
        where it alone is larger.
    """

    def __init__(self, limit: int | None = None):
        self._limit = limit
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def limit(self) -> int:
        """Bytes."""
        return BUDGET.limit if self._limit is None else self._limit

    def appearance(
        self,
        image: NDArray[np.uint8],
        xy_std: float,
        rgb_std: float,
        normalisation: Normalisation,
        self_message: bool,
        team: ThreadTeam,
    ) -> NormalisedKernel:
        """Appearance kernel of C-ordered uint8 (H, W, 3); σα in pixels, σβ in grey levels.

        Parameters
        ----------
        image : ndarray of uint8 (H, W, 3)
            C-ordered.
        xy_std, rgb_std : float
            σα and σβ.
        normalisation : str
        self_message : bool
        team : ThreadTeam
        """
        # The picture may change in place; its digest says so.
        digest = hashlib.blake2b(image.data, digest_size=16).digest()
        entry = self._entry(
            (digest, image.shape, float(xy_std), float(rgb_std)),
            lambda: appearance_lattice(image, xy_std, rgb_std, team),
        )
        return self._finish(entry, normalisation, self_message, team)

    def smoothness(
        self,
        shape: tuple[int, int],
        xy_std: float,
        normalisation: Normalisation,
        self_message: bool,
        team: ThreadTeam,
    ) -> NormalisedKernel:
        """Smoothness kernel of a picture of (height, width); σγ in pixels.

        Parameters
        ----------
        shape : (int, int)
        xy_std : float
            σγ.
        normalisation : str
        self_message : bool
        team : ThreadTeam
        """
        entry = self._entry(
            (tuple(shape), float(xy_std)), lambda: smoothness_lattice(shape, xy_std, team)
        )
        return self._finish(entry, normalisation, self_message, team)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        with self._lock:
            return sum(entry.nbytes for entry in self._entries.values())

    def _entry(self, key: Hashable, build: Callable[[], Lattice]) -> _Entry:
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key]
        # Not under the lock: it takes long. If two threads build the same one, either will do.
        entry = _Entry(build())
        with self._lock:
            self._entries[key] = entry
        return entry

    def _finish(
        self, entry: _Entry, normalisation: Normalisation, self_message: bool, team: ThreadTeam
    ) -> NormalisedKernel:
        kernel = entry.kernel(normalisation, self_message, team)
        with self._lock:
            # The last two are the two kernels of the refinement that is about to run.
            while (
                len(self._entries) > 2
                and sum(entry.nbytes for entry in self._entries.values()) > self.limit
            ):
                self._entries.popitem(last=False)
        return kernel


class _Entry:
    """A lattice with what has been made of it so far."""

    def __init__(self, lattice: Lattice):
        self.lattice = lattice
        self._sums: np.ndarray | None = None
        self._own: np.ndarray | None = None
        self._kernels: dict[tuple[Normalisation, bool], NormalisedKernel] = {}

    @property
    def nbytes(self) -> int:
        return self.lattice.nbytes + sum(k.nbytes for k in tuple(self._kernels.values()))

    def kernel(
        self, normalisation: Normalisation, self_message: bool, team: ThreadTeam
    ) -> NormalisedKernel:
        key = (normalisation, self_message)
        found = self._kernels.get(key)
        if found is None:
            if self._sums is None and normalisation != "none":
                self._sums = row_sums(self.lattice, team)
            if self._own is None and not self_message:
                self._own = own_weights(self.lattice, team)
            own = None if self_message else self._own
            found = normalised(self.lattice, self._sums, own, normalisation)
            # Others are dropped; they are quickly made again.
            self._kernels = {key: found}
        return found


CACHE = KernelCache()
"""The one that refinements share."""
