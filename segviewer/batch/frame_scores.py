"""What the CRF's numbers are worth on some frames, counted here or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.export.run_notes import Say

if TYPE_CHECKING:
    from segviewer.batch.tune import Frame, TuningSet
    from segviewer.batch.tuning_measure import TuningMeasure

Counting = Callable[[CRFSettings | None, Sequence[int]], Iterable[np.ndarray]]
"""What :func:`counts_of` says of frames by their numbers, in any order, here or elsewhere."""


class FrameScore:
    """A measure of some frames, counted over all of them together.

    Parameters
    ----------
    measure : TuningMeasure
    counted : callable
        See `Counting`.
    """

    def __init__(self, measure: TuningMeasure, counted: Counting):
        self._measure, self._counted = measure, counted

    def __call__(self, settings: CRFSettings | None, numbers: Sequence[int]) -> float:
        return self._measure.of(np.sum(list(self._counted(settings, numbers)), 0))


def counts_of(
    frame: Frame, settings: CRFSettings | None, threshold: float, at_boundaries: bool = False
) -> np.ndarray:
    """The confusion matrix (K, K) of one frame, with the CRF or without.

    Parameters
    ----------
    frame : Frame
    settings : CRFSettings or None
    threshold : float
        Of a network with one class.
    at_boundaries : bool
        Two rows more, (K + 2, K): see
        :func:`segviewer.analysis.evaluation.boundary_iou.boundary_counts`.
    """
    from segviewer.analysis.evaluation.boundary_iou import boundary_counts
    from segviewer.analysis.evaluation.metrics import Confusion
    from segviewer.crf.engines.refinement import refine
    from segviewer.inference.label_maps import label_map_of

    num_classes = len(frame.probs)
    confusion = Confusion(num_classes)
    probs = frame.probs
    for step in () if settings is None else refine(frame.image, frame.probs, settings):
        if step is not None:
            probs = step
    labels = label_map_of(probs, threshold)
    confusion.add(frame.target, labels)
    if not at_boundaries:
        return confusion.counts
    bands = boundary_counts(frame.target, labels, num_classes)
    return np.concatenate([confusion.counts, bands])


@contextmanager
def counting(
    read: TuningSet, cluster: str, say: Say, at_boundaries: bool = False
) -> Iterator[Counting]:
    """What counts the frames of a trial: this process, or a cluster that was sent them once.

    Parameters
    ----------
    read : TuningSet
    cluster : str
        Address of a Dask cluster; empty for this process.
    say : callable
    at_boundaries : bool
        As in :func:`counts_of`.
    """
    if cluster:
        from segviewer.batch.cluster.commands import counted_frames

        with counted_frames(read.frames, read.threshold, at_boundaries, cluster, say) as counted:
            yield counted
        return
    yield lambda settings, numbers: (
        counts_of(read.frames[number], settings, read.threshold, at_boundaries)
        for number in numbers
    )
