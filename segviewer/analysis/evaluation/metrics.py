"""Segmentation metrics from one confusion matrix, accumulated over the data set."""

from __future__ import annotations

import numpy as np


class Confusion:
    """Confusion matrix ``counts[target, predicted]``; pixels with other targets are ignored.

    Parameters
    ----------
    num_classes : int
        K; targets outside 0..K-1 (void) do not count.

    Attributes
    ----------
    counts : ndarray of int64 (K, K)
    held : ndarray of int64 (256,)
        Pixels of each label in the targets, those that do not count among them.
    """

    def __init__(self, num_classes: int):
        self.num_classes = num_classes
        self.counts = np.zeros((num_classes, num_classes), dtype=np.int64)
        self.held = np.zeros(256, dtype=np.int64)

    def add(self, target: np.ndarray, label_map: np.ndarray) -> None:
        """Count one frame.

        Parameters
        ----------
        target, label_map : ndarray of int, the same shape
            Ground truth and prediction. Predictions are 0..K-1; where nothing was predicted,
            because the picture is void there (255), nothing is compared.

        Raises
        ------
        ValueError
            If the shapes differ.
        """
        if target.shape != label_map.shape:
            raise ValueError(f"target {target.shape} and label map {label_map.shape} differ")
        known = (target >= 0) & (target < self.num_classes) & (label_map < self.num_classes)
        pairs = target[known].astype(np.int64) * self.num_classes + label_map[known]
        size = self.num_classes
        labels = target if target.dtype == np.uint8 else target[(target >= 0) & (target < 256)]
        self.held += np.bincount(labels.ravel(), minlength=256)
        self.counts += np.bincount(pairs, minlength=size * size).reshape(size, size)

    @property
    def iou(self) -> np.ndarray:
        """Intersection over union per class (K,); NaN where the targets do not have the class.

        A class that is nowhere in the targets has no IoU: 0 would read as "all wrong", and what
        was predicted of it counts against the classes that are there.
        """
        hit = np.diag(self.counts).astype(float)
        union = self.counts.sum(0) + self.counts.sum(1) - hit
        iou = np.full(self.num_classes, np.nan)
        np.divide(hit, union, out=iou, where=~self.absent)
        return iou

    @property
    def absent(self) -> np.ndarray:
        """True (K,) where the class has no target pixel."""
        absent: np.ndarray = self.counts.sum(1) == 0
        return absent

    @property
    def miou(self) -> float:
        """Mean IoU over the classes present in the targets; NaN for an empty matrix."""
        present = ~self.absent
        return float(self.iou[present].mean()) if present.any() else float("nan")

    @property
    def pixel_accuracy(self) -> float:
        """Share of labelled pixels that are right; NaN for an empty matrix."""
        total = self.counts.sum()
        return float(np.trace(self.counts) / total) if total else float("nan")
