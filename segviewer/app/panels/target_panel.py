"""The target mask: whether one is open, and how the labels fit it."""

from __future__ import annotations

from pathlib import Path

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.shown import Screen, Shown
from segviewer.app.state.store import Store
from segviewer.engine.results import MetricsResult


class TargetPanel:
    """Says figures and name of the mask, and closes it."""

    def __init__(self, window: MainWindow, store: Store):
        self.label, self.section = window.target_label, window.target_section
        self.store, self._close = store, window.action("close_target")
        self._close.triggered.connect(self._on_close)

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        if old is None or old.session.target != new.session.target:
            self.section.setVisible(bool(new.session.target))
            self._close.setEnabled(bool(new.session.target))
        before, metrics = (old.shown if old is not None else Shown()).metrics, new.shown.metrics
        if metrics is not before:
            name = Path(new.shown.target).name
            self.label.setText("" if metrics is None else target_text(metrics, name))

    def _on_close(self) -> None:
        self.store.update(self.store.session.changed(target=""))


def target_text(result: MetricsResult, name: str) -> str:
    """Figures, the mask's name, and what it holds that was not compared."""
    if result.present:
        of = f" over the {result.present} of {len(result.iou)} classes in it"
        figures = f"mIoU {result.miou:.3f}{of} · accuracy {result.pixel_accuracy:.3f}"
    else:
        figures = "mIoU – · nothing to compare"
    return "\n".join([figures, name, *result.notes])
