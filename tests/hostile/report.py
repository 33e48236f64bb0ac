"""What a hostile campaign reports, and the list of the campaigns there are.

Each module named in :data:`CAMPAIGNS` has a function ``campaign(seed, seconds, folder, most)`` that
attacks one part of the program for about so many seconds, or `most` times, and returns a
:class:`Report`. The same seed makes the same attacks in the same order.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# Modules of this folder, in the order in which they run.
CAMPAIGNS = ("pictures", "checkpoints", "records", "gestures", "kills", "starts", "soak", "memory")


@dataclass
class Report:
    """The outcome of one campaign.

    Attributes
    ----------
    name, seed
        Which campaign, and what repeats it.
    tried, refused
        Attacks made, and how many ended in an error that has a sentence. The rest was accepted.
    failures
        One line each: the attack's name and what it did (unhandled exception, stall, crash, leak).
    slowest_s
        The longest that one attack took, in seconds.
    measures
        Other figures by name, for example widgets or megabytes before and after.
    """

    name: str
    seed: int
    tried: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    measures: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [
            f"{self.name} (seed {self.seed}): {self.tried} tried, {self.refused} refused, "
            f"{len(self.failures)} failed, slowest {self.slowest_s:.2f} s"
        ]
        lines += [f"  {name} {value:g}" for name, value in self.measures.items()]
        lines += [f"  FAILED {failure}" for failure in self.failures]
        return "\n".join(lines)


def campaign_named(name: str) -> Callable[[int, float, Path, int | None], Report]:
    """The function that runs campaign ``name``."""
    return importlib.import_module(f"tests.hostile.{name}").campaign
