"""What a picture of a data set was measured to be, and the same of many pictures together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from segviewer.analysis.evaluation.boundary_iou import boundary_iou
from segviewer.analysis.evaluation.calibration import Reliability
from segviewer.analysis.evaluation.metrics import Confusion


@dataclass(frozen=True, eq=False)
class PictureRow:
    """One picture.

    Attributes
    ----------
    picture, target : str
        Paths.
    num_classes : int
        K.
    cells : ndarray of int64 (n, 3)
        The confusions that occur: target, prediction, pixels. A data set of many classes and
        pictures would not fit into memory as whole matrices.
    held : ndarray of int64 (m, 2)
        Each label of the mask and its pixels, void among them.
    boundary : ndarray of int64 (2, K)
        See :func:`segviewer.analysis.evaluation.boundary_iou.boundary_counts`.
    entropy : float
        Mean over the picture, divided by log K.
    reliability : Reliability
    notes : tuple of str
        What must be said beside its figures.
    errors : bytes
        A small map of where labels and mask differ, see
        :func:`segviewer.batch.error_picture.small_error_map`.
    reason : str
        Why it was not measured; empty where it was.
    details : str
        The traceback of a bug.
    key : str
        Under which it is kept; empty where it is not.
    known : bool
        Whether it was measured before.
    iou, boundary_iou : ndarray (K,)
        NaN for classes that its mask does not hold.
    miou, accuracy, mean_boundary_iou : float
        NaN where nothing was compared.
    worst_class : int
        Of smallest IoU; -1 where nothing was compared.
    """

    picture: str
    target: str
    num_classes: int
    cells: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.int64))
    held: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    boundary: np.ndarray = field(default_factory=lambda: np.zeros((2, 0), np.int64))
    entropy: float = float("nan")
    reliability: Reliability = field(default_factory=Reliability.empty)
    notes: tuple[str, ...] = ()
    errors: bytes = field(default=b"", repr=False)
    reason: str = ""
    details: str = ""
    key: str = ""
    known: bool = False
    iou: np.ndarray = field(init=False, repr=False)
    boundary_iou: np.ndarray = field(init=False, repr=False)
    miou: float = field(init=False, default=float("nan"))
    accuracy: float = field(init=False, default=float("nan"))
    mean_boundary_iou: float = field(init=False, default=float("nan"))
    worst_class: int = field(init=False, default=-1)

    def __post_init__(self) -> None:
        # Once: a table asks for them at every turn of the wheel.
        for name, value in self._figures().items():
            object.__setattr__(self, name, value)

    def _figures(self) -> dict[str, np.ndarray | float]:
        if self.reason:
            nothing = np.full(self.num_classes, np.nan)
            return {"iou": nothing, "boundary_iou": nothing}
        confusion = self.confusion
        iou, bands = confusion.iou, boundary_iou(self.boundary, confusion.absent)
        return {
            "iou": iou,
            "boundary_iou": bands,
            "miou": confusion.miou,
            "accuracy": confusion.pixel_accuracy,
            "mean_boundary_iou": mean(bands),
            "worst_class": -1 if np.isnan(iou).all() else int(np.nanargmin(iou)),
        }

    @property
    def confusion(self) -> Confusion:
        """Its confusion matrix."""
        found = Confusion(self.num_classes)
        found.counts[self.cells[:, 0], self.cells[:, 1]] = self.cells[:, 2]
        found.held[self.held[:, 0]] = self.held[:, 1]
        return found

    def pixels_of(self, target: int, predicted: int) -> int:
        """How many pixels of class `target` were taken for `predicted`."""
        place = (self.cells[:, 0] == target) & (self.cells[:, 1] == predicted)
        return int(self.cells[place, 2].sum())

    def at(self, picture: str, target: str, key: str) -> PictureRow:
        """The same as it was kept, for its files as they lie now.

        Parameters
        ----------
        picture, target : str
        key : str
            Under which it is kept.
        """
        return replace(self, picture=picture, target=target, key=key, known=True)


def mean(values: np.ndarray) -> float:
    """Mean over what is not NaN; NaN where nothing is."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")


class Total:
    """Figures accumulated over pictures.

    Parameters
    ----------
    num_classes : int
        K.
    rows : iterable of PictureRow

    Attributes
    ----------
    confusion : Confusion
    boundary : ndarray of int64 (2, K)
    reliability : Reliability
    pictures : int
        How many were measured.
    """

    def __init__(self, num_classes: int, rows: Iterable[PictureRow] = ()):
        self.confusion = Confusion(num_classes)
        self.boundary = np.zeros((2, num_classes), np.int64)
        self.reliability = Reliability.empty()
        self.pictures = 0
        for row in rows:
            self.add(row)

    def add(self, row: PictureRow) -> None:
        """Count a picture; one that was not measured counts nowhere."""
        if row.reason:
            return
        self.confusion.counts[row.cells[:, 0], row.cells[:, 1]] += row.cells[:, 2]
        self.confusion.held[row.held[:, 0]] += row.held[:, 1]
        self.boundary += row.boundary
        self.reliability += row.reliability
        self.pictures += 1

    @property
    def boundary_iou(self) -> np.ndarray:
        """Boundary IoU of each class (K,), NaN for those that are in no mask."""
        return boundary_iou(self.boundary, self.confusion.absent)


def worst_first(rows: Iterable[PictureRow]) -> list[PictureRow]:
    """By mIoU from low to high; pictures without a figure stand last."""
    return sorted(rows, key=lambda row: (np.isnan(row.miou), row.miou))


def spreads(
    rows: Sequence[PictureRow], num_classes: int
) -> list[tuple[float, float, float] | None]:
    """Quartiles of each class's IoU over the pictures that have it; None where none has."""
    measured = [row.iou for row in rows if not row.reason]
    iou = np.array(measured).reshape(len(measured), num_classes)
    found: list[tuple[float, float, float] | None] = []
    for column in iou.T:
        values = column[~np.isnan(column)]
        quartiles = np.percentile(values, (25, 50, 75)).tolist() if len(values) else None
        found.append(tuple(quartiles) if quartiles else None)
    return found
