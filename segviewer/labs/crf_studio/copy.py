"""Copy as …: the CRF as it is set, for a script, a shell or a paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control


class CopyConfig(Settings):
    """Settings of the lab."""

    row_name: str = control(
        "this work", kind="lab", label="Name in the table", tip="First cell of the row for LaTeX."
    )


@dataclass(frozen=True)
class Copies:
    """Three texts; `script_missing` says why there is no script."""

    script: str
    script_missing: str
    command: str
    latex: str


class CopyLab(Lab[CopyConfig, Copies]):
    """Three buttons and the text that they copy."""

    name = "copy"
    entry = LabEntry(
        title="Copy as …",
        sentence="This CRF as a pydensecrf script, as a command, as a row of a LaTeX table.",
        source="pydensecrf; Krähenbühl and Koltun 2011",
        needs="probs",
        group="CRF studio",
        view="segviewer.labs.crf_studio.copy_view:CopyView",
    )
    Config = CopyConfig

    def compute(self, context: LabContext, config: CopyConfig) -> Iterator[LabResult]:
        from segviewer.crf.settings.copy_as import LATEX_HEAD, command, latex_row, script
        from segviewer.errors import SettingsError

        crf, why = context.crf, ""
        try:
            text = script(crf)
        except SettingsError as error:
            text, why = "", f"{error.why} {error.next_step}"
        latex = f"{LATEX_HEAD}\n{latex_row(crf, config.row_name)}\n"
        shown = Copies(text, why, command(crf), latex)
        yield LabResult(
            self.name,
            shown,
            caption=f"θ1 {crf.appearance_weight:g}, σα {crf.appearance_xy_std:g} px, "
            f"σβ {crf.appearance_rgb_std:g} grey levels, θ2 {crf.smoothness_weight:g}, "
            f"σγ {crf.smoothness_xy_std:g} px, {crf.num_iterations} iterations",
        )


LAB = CopyLab()
