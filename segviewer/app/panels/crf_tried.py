"""Settings of the CRF that were tried on this photograph, each with what it gave."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np

from segviewer.app.state.results import Results
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.engine.stages import probs_key
from segviewer.imaging.nearest import reduced_size
from segviewer.imaging.overlay import colour_table, small_overlay
from segviewer.widgets.controls.section import Section
from segviewer.widgets.panels.tried_list import TriedList, TriedRow

MOST = 30  # settings; the oldest goes
LONG_SIDE = 168  # pixels of a thumbnail
OPACITY = 0.6


@dataclass(frozen=True, eq=False)
class Tried:
    """One setting, and what it gave.

    Attributes
    ----------
    crf : CRFSettings
        Off is a setting, too.
    picture : ndarray of uint8 (h, w, 3)
    target : str
        The mask that `miou` is of.
    miou : float or None
    """

    crf: CRFSettings
    picture: np.ndarray
    target: str = ""
    miou: float | None = None


class CRFTried:
    """Keeps what was tried while photograph and network stay, and goes back to it.

    Parameters
    ----------
    section : Section
        Is seen once there is something to go back to.
    rows : TriedList
    store : Store
    results : Results
    """

    def __init__(self, section: Section, rows: TriedList, store: Store, results: Results):
        self.section, self.rows = section, rows
        self.store, self.results = store, results
        self.tried: list[Tried] = []  # the newest first
        self._of: Hashable = None
        rows.chosen.connect(self._on_chosen)

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Note what is shown, where it is of a setting that is not changing any more."""
        session, of = new.session, probs_key(new.session)
        changed = of != self._of
        if changed:
            self.tried, self._of = [], of
        current = not self.store.dragging and self.results.is_current("label_map")
        if current and self._note(new):
            changed = True
        if changed or old is None or old.session.crf != session.crf:
            self._show(session.crf, session.target)

    def _note(self, new: Screen) -> bool:
        """Note the setting on screen, or what has come of it since; whether that is news."""
        crf, target = _sameness(new.session.crf), new.session.target
        at = next((i for i, one in enumerate(self.tried) if _sameness(one.crf) == crf), None)
        metrics = self.results.current("metrics") if target else None
        miou = None if metrics is None or np.isnan(metrics.miou) else metrics.miou
        if at is not None:
            known = self.tried[at]
            if miou is None or (known.target, known.miou) == (target, miou):
                return False
            self.tried[at] = replace(known, target=target, miou=miou)
            return True
        picture = _thumbnail(new)
        if picture is None:
            return False
        self.tried.insert(0, Tried(new.session.crf, picture, target, miou))
        del self.tried[MOST:]
        return True

    def _show(self, crf: CRFSettings, target: str) -> None:
        now = _sameness(crf)
        at = next((i for i, one in enumerate(self.tried) if _sameness(one.crf) == now), -1)
        known = [one.miou for one in self.tried if one.miou is not None and one.target == target]
        best = max(known, default=None)
        rows = []
        for one in self.tried:
            figures = ""
            if one.miou is not None and one.target == target:
                figures = f"mIoU {one.miou:.3f}"
                figures += " · best" if one.miou == best and len(known) > 1 else ""
            rows.append(TriedRow(short_text(one.crf), figures, one.picture, "Go back to this"))
        self.rows.set_rows(rows, at)
        self.section.setVisible(len(rows) > 1)

    def _on_chosen(self, row: int) -> None:
        if 0 <= row < len(self.tried):
            self.store.update(self.store.session.changed(crf=self.tried[row].crf))


def short_text(crf: CRFSettings) -> str:
    """The numbers of a CRF in two short lines, each kernel its own; a kernel without weight not.

    Parameters
    ----------
    crf : CRFSettings
    """
    if not crf.enabled:
        return "CRF off"
    lines = []
    if crf.appearance_weight:
        lines.append(
            f"θ1 {crf.appearance_weight:g} σα {crf.appearance_xy_std:g} "
            f"σβ {crf.appearance_rgb_std:g}"
        )
    rounds = f"T {crf.num_iterations}"
    smooth = f"θ2 {crf.smoothness_weight:g} σγ {crf.smoothness_xy_std:g} {rounds}"
    lines.append(smooth if crf.smoothness_weight else rounds)
    return "\n".join(lines)


def _sameness(crf: CRFSettings) -> CRFSettings | None:
    """Equal for settings that give the same labels: sliders of a CRF that is off do not count."""
    return crf if crf.enabled else None


def _thumbnail(screen: Screen) -> np.ndarray | None:
    shown = screen.shown
    picture, labelled = shown.seen, shown.labelled
    if picture is None or labelled is None or shown.labels is None or not labelled.complete:
        return None
    image = picture.levels[-1]
    height, width = picture.levels[0].shape[:2]
    size = reduced_size(height, width, LONG_SIDE)
    return small_overlay(image, labelled.label_map, colour_table(shown.labels), size, OPACITY)
