"""What a search for the CRF's numbers makes large: mean IoU, one class's, or along the outlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segviewer.errors import SettingsError
from segviewer.imaging.labels import plain_name

MEAN, BOUNDARY, CLASS = "miou", "boundary", "class:"
"""What ``--by`` may say; a class by its name or number, behind :data:`CLASS` or not."""

_LISTED = 12


@dataclass(frozen=True)
class TuningMeasure:
    """A measure of label maps beside their targets, larger is better.

    Attributes
    ----------
    title : str
        What it is called: "mIoU", "boundary IoU", "IoU of pole".
    label : int or None
        The class whose IoU it is; None for the mean over all that the targets have.
    at_boundaries : bool
        Only bands along the outlines count (Cheng et al. 2021).
    """

    title: str = "mIoU"
    label: int | None = None
    at_boundaries: bool = False

    def of(self, counts: np.ndarray) -> float:
        """The measure of counts (K, K), or (K + 2, K); NaN where the targets have nothing of it.

        Parameters
        ----------
        counts : ndarray of int64
            A confusion matrix, target by prediction; below it, where `at_boundaries`, the pixels
            of intersection and union in the bands.
        """
        from segviewer.analysis.evaluation.boundary_iou import boundary_iou
        from segviewer.analysis.evaluation.metrics import Confusion

        num_classes = counts.shape[1]
        confusion = Confusion(num_classes)
        confusion.counts += counts[:num_classes]
        iou = confusion.iou
        if self.at_boundaries:
            iou = boundary_iou(counts[num_classes:], confusion.absent)
        if self.label is not None:
            return float(iou[self.label])
        known = iou[~np.isnan(iou)]
        return float(known.mean()) if len(known) else float("nan")


def said_of(text: str) -> str:
    """What a measure is called before the network's classes are known."""
    meant = text.strip()
    known = {MEAN: "mIoU", "": "mIoU", BOUNDARY: "boundary IoU"}.get(meant.casefold())
    return known or f"IoU of {_class_in(meant)}"


def _class_in(meant: str) -> str:
    return meant[len(CLASS) :] if meant.casefold().startswith(CLASS) else meant


def measure_named(text: str, classes: Sequence[str]) -> TuningMeasure:
    """The measure that is meant.

    Parameters
    ----------
    text : str
        ``miou`` (or empty), ``boundary``, or a class: its name, whatever case and blanks, or its
        number; ``class:`` may stand before it, and must where the class is called like a measure.
    classes : sequence of str
        Of the network.

    Raises
    ------
    SettingsError
        If there is no such class.
    """
    meant = text.strip()
    if meant.casefold() in ("", MEAN):
        return TuningMeasure()
    if meant.casefold() == BOUNDARY:
        return TuningMeasure("boundary IoU", at_boundaries=True)
    name = _class_in(meant)
    names = [plain_name(one) for one in classes]
    if plain_name(name) in names:
        label = names.index(plain_name(name))
    elif name.isdecimal() and int(name) < len(names):
        label = int(name)
    else:
        listed = ", ".join(classes[:_LISTED]) + (" …" if len(classes) > _LISTED else "")
        raise SettingsError(
            f"The network has no class “{name}”.",
            f"Its classes are {listed}.",
            "Name one of them, “miou” for the mean of all, or “boundary” for their outlines.",
        )
    return TuningMeasure(f"IoU of {classes[label]}", label)
