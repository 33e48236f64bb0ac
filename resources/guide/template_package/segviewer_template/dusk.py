"""How dark a photograph gets: what the lab computes. No Qt here: it runs in the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control


class DuskConfig(Settings):
    """Settings of the lab."""

    darker: float = control(1.0, kind="lab", label="Light", ge=0, le=1, tip="1: as it is.")


@dataclass(frozen=True)
class Dusk:
    """What the view draws; `grey` is the mean, 0 to 255."""

    grey: float


class DuskLab(Lab[DuskConfig, Dusk]):
    """Mean grey of the photograph, darkened."""

    name = "dusk"
    entry = LabEntry(
        title="Dusk",
        sentence="How dark it gets.",
        source="the template of segviewer's guide",
        needs="image",
        group="Template",
        view="segviewer_template.dusk_view:DuskView",
    )
    Config = DuskConfig

    def compute(self, context: LabContext, config: DuskConfig) -> Iterator[LabResult[Dusk]]:
        """One result; a lab that grows yields several."""
        grey = float(context.image.mean()) * config.darker
        yield LabResult(self.name, Dusk(grey), caption=f"Mean grey {grey:.0f} of 255.")


LAB = DuskLab()
