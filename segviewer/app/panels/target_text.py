"""What the window says about the target mask, below its name."""

from __future__ import annotations

from segviewer.engine.results import MetricsResult


def target_text(result: MetricsResult, name: str) -> str:
    """Figures, the mask's name, and what it holds that was not compared."""
    if result.present:
        of = f" over the {result.present} of {len(result.iou)} classes in it"
        figures = f"mIoU {result.miou:.3f}{of} · accuracy {result.pixel_accuracy:.3f}"
    else:
        figures = "mIoU – · nothing to compare"
    return "\n".join([figures, name, *result.notes])
