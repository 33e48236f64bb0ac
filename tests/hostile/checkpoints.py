"""Malformed, hostile and extreme checkpoints and cards, each opened in a child process.

Each mutant is rebuilt from the seed and its number. It must open, or be refused with a
sentence: within seconds, within a gigabyte, and without running anything in it.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.hostile.attacked_child import AttackedChild, Outcome
from tests.hostile.checkpoint_mutants import CANARY, REAL, mutant
from tests.hostile.report import Report

LIMIT_S = 60.0  # on a busy machine; what counts as a stall is the child's own time
STALL_CPU_S = 5.0
ROOM = 3 << 29  # address space, 1.5 GiB
MOST_MB = 1000.0


def campaign(seed: int, seconds: float, folder: Path, most: int | None = None) -> Report:
    """Open mutants for about so many seconds, or `most` of them."""
    report = Report("checkpoints", seed)
    end = time.monotonic() + seconds
    canary = folder / CANARY
    peak = cpu = 0.0
    with AttackedChild(attack, LIMIT_S, ROOM, prepare) as child:
        while report.tried != most and time.monotonic() < end:
            one = mutant(seed, report.tried, folder)
            outcome = child.run(one.reference)
            report.tried += 1
            report.refused += outcome.kind == "refused"
            report.slowest_s = max(report.slowest_s, outcome.seconds)
            peak, cpu = max(peak, outcome.memory_mb), max(cpu, outcome.cpu_s)
            wrong = fault(outcome)
            if canary.exists():
                wrong = f"ran code; {wrong}"
                canary.rmdir() if canary.is_dir() else canary.unlink()
            if wrong:
                report.failures.append(f"{report.tried - 1} {one.name}: {wrong}")
    report.measures = {"peak_mb": peak, "slowest_cpu_s": cpu}
    return report


def fault(outcome: Outcome) -> str:
    """What is wrong with an outcome, or nothing."""
    if outcome.kind not in ("accepted", "refused"):
        return f"{outcome.kind}: {outcome.detail}"
    if outcome.cpu_s > STALL_CPU_S:
        return f"took {outcome.cpu_s:.1f} s ({outcome.kind})"
    if outcome.memory_mb > MOST_MB:
        return f"took {outcome.memory_mb:.0f} MB ({outcome.kind})"
    return ""


def prepare() -> None:
    """Import in the child what opening needs."""
    import torch

    from segviewer.checkpoints.opening import open_network

    torch.set_num_threads(1)
    open_network(f"bundled:{REAL}")


def attack(reference: str) -> tuple[str, str]:
    """Open `reference` as the engine does; what opens must also run."""
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
        return "refused", f"{error.what} {error.why}"[:300]
    json.loads(opened.card.model_dump_json())
    with torch.inference_mode():
        opened.network(torch.zeros(1, 3, 48, 40))
    return "accepted", ""
