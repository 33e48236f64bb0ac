"""What a lab has computed, kept for the next time it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from segviewer.labs.lab import LabContext

Result = TypeVar("Result")


def remembered(
    context: LabContext, key: Hashable, compute: Callable[[], Result], most: int = 1
) -> Result:
    """What `compute` gave for `key`; it is called where that is not among the last `most`."""
    memory = context.memory
    if key not in memory:
        # Before another is made: each may be large.
        while len(memory) >= most:
            del memory[next(iter(memory))]
        memory[key] = compute()
    return memory[key]
