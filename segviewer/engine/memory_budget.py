"""How much the engine keeps of what would have to be made again, in bytes: a gibibyte in all.

Beside this it holds what is on screen, and under a gigabyte of libraries; of a huge picture that
is zoomed into also the sums of overlapping windows.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from cachetools import LRUCache

FEATURES = 256 << 20  # maps of backbones, of all executors together, for the head's settings
# Weights of networks that were opened, and as much again in the order that the processor wants.
NETWORKS = 512 << 20
LATTICES = 192 << 20  # of the CRF, for the last pictures and widths
UPDATES = 64 << 20  # what its last iterations said, to be read at every pixel
BUDGET = FEATURES + NETWORKS + LATTICES + UPDATES
WINDOW_SUMS = 256 << 20  # of probabilities, where windows of a huge picture are blended
STORED_PICTURES = 2  # values of the photographs that are shown, or computed ahead
FEW = 16  # measurements and lists of layers, which are small


def nothing_kept() -> dict[str, LRUCache[Hashable, Any]]:
    """Empty caches by kind; of each the newest stays whatever its size."""
    return {
        # One that is too large takes all the room there is.
        "features": LRUCache(FEATURES, lambda passes: min(FEATURES, bytes_of_features(passes))),
        "last updates": LRUCache(UPDATES, lambda update: min(UPDATES, update.nbytes)),
        "stored": LRUCache(STORED_PICTURES),
        "figures": LRUCache(FEW),
        "cards": LRUCache(FEW),
    }


def bytes_of_features(passes: list[Any]) -> int:
    """Bytes that the maps of a backbone's passes hold; a part of a tensor holds all of it."""
    storages = [tensor.untyped_storage() for one in passes for tensor in one.features.values()]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())
