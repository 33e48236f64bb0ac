"""What the CRF's numbers are worth on some frames: their mean IoU, counted here or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.export.run_notes import Say

if TYPE_CHECKING:
    from segviewer.batch.tune import Frame, TuningSet

Counting = Callable[[CRFSettings | None, Sequence[int]], Iterable[np.ndarray]]
"""The confusion matrices (K, K) of frames by their numbers, in any order, here or elsewhere."""


class MeanIoU:
    """Mean IoU of some frames, counted over all of them together.

    Parameters
    ----------
    num_classes : int
        K.
    counted : callable
        See `Counting`.
    """

    def __init__(self, num_classes: int, counted: Counting):
        self._num_classes, self._counted = num_classes, counted

    def __call__(self, settings: CRFSettings | None, numbers: Sequence[int]) -> float:
        from segviewer.analysis.evaluation.metrics import Confusion

        confusion = Confusion(self._num_classes)
        for counts in self._counted(settings, numbers):
            confusion.counts += counts
        return confusion.miou


def counts_of(frame: Frame, settings: CRFSettings | None, threshold: float) -> np.ndarray:
    """The confusion matrix (K, K) of one frame, with the CRF or without.

    Parameters
    ----------
    frame : Frame
    settings : CRFSettings or None
    threshold : float
        Of a network with one class.
    """
    from segviewer.analysis.evaluation.metrics import Confusion
    from segviewer.crf.engines.refinement import refine
    from segviewer.inference.label_maps import label_map_of

    confusion = Confusion(len(frame.probs))
    probs = frame.probs
    for step in () if settings is None else refine(frame.image, frame.probs, settings):
        if step is not None:
            probs = step
    confusion.add(frame.target, label_map_of(probs, threshold))
    return confusion.counts


@contextmanager
def counting(read: TuningSet, cluster: str, say: Say) -> Iterator[Counting]:
    """What counts the frames of a trial: this process, or a cluster that was sent them once.

    Parameters
    ----------
    read : TuningSet
    cluster : str
        Address of a Dask cluster; empty for this process.
    say : callable
    """
    if cluster:
        from segviewer.batch.cluster.commands import counted_frames

        with counted_frames(read.frames, read.threshold, cluster, say) as counted:
            yield counted
        return
    yield lambda settings, numbers: (
        counts_of(read.frames[number], settings, read.threshold) for number in numbers
    )
