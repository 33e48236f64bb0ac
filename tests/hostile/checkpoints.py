"""Malformed, hostile and extreme checkpoints and cards, each opened in a child process.

Each mutant is rebuilt from the seed and its number. It must open, or be refused with a
sentence: within seconds, within a gigabyte, and without running anything in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.hostile.card_mutants import REAL
from tests.hostile.checkpoint_mutants import CANARY, mutant
from tests.hostile.report import Report
from tests.hostile.trial import attack

ROOM = 3 << 29  # address space, 1.5 GiB


def campaign(seed: int, seconds: float, folder: Path, most: int | None = None) -> Report:
    """Open mutants for about so many seconds, or `most` of them."""
    mutants = _mutants(seed, folder, most)
    return attack(Report("checkpoints", seed), open_and_run, mutants, seconds, prepare, ROOM)


def _mutants(seed: int, folder: Path, most: int | None) -> Iterator[tuple[str, tuple[str, Path]]]:
    number = 0
    while number != most:
        one = mutant(seed, number, folder)
        yield f"{number} {one.name}", (one.reference, folder / CANARY)
        number += 1


def prepare() -> None:
    """Import in the process what opening needs."""
    import torch

    from segviewer.checkpoints.opening import open_network

    torch.set_num_threads(1)
    open_network(f"bundled:{REAL}")


def open_and_run(attacked: tuple[str, Path]) -> bool:
    """Open a reference as the engine does; what opens must also run, and nothing else may.

    Code in a file leaves a canary, file or folder, at the path beside the reference.
    """
    reference, canary = attacked
    try:
        return _open_and_run(reference)
    finally:
        if canary.exists():
            canary.rmdir() if canary.is_dir() else canary.unlink()
            raise AssertionError("ran code")


def _open_and_run(reference: str) -> bool:
    import torch

    from segviewer.checkpoints.resident import ResidentNetworks
    from segviewer.errors import SegviewerError
    from segviewer.imaging.reading.routing import looks_like

    looks_like(reference)
    try:
        opened = ResidentNetworks().get(reference)
    except SegviewerError as error:
        for part in (error.what, error.why, error.next_step):
            if not part or len(part) > 20_000:
                raise AssertionError(f"no sentence: {part[:100]!r}") from error
        "".join((error.what, error.why, error.next_step, error.details)).encode("utf-8")
        return True
    json.loads(opened.card.model_dump_json())
    with torch.inference_mode():
        opened.network(torch.zeros(1, 3, 48, 40))
    return False
