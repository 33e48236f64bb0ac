"""How good a model is on a data set."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segviewer.batch.evaluate import Evaluation, picture_values
from segviewer.batch.measuring import Measuring, sampled
from segviewer.batch.picture_row import mean, worst_first
from segviewer.errors import SettingsError
from segviewer.imaging.datasets.pairing import dataset_of, pairing_of
from segviewer.interface.model import Model
from segviewer.interface.refining import crf_settings


@dataclass(frozen=True, eq=False)
class Measured:
    """The figures of :func:`evaluate`; NaN for what could not be measured.

    Attributes
    ----------
    miou : float
        Mean over the classes that the masks hold.
    pixel_accuracy : float
    boundary_iou : float
        Mean over the classes, in a band of 2 % of the diagonal.
    calibration_error : float
        Expected calibration error, 15 bins, at the size at which the network ran.
    iou : dict
        Class name → IoU.
    confusion : ndarray of int64 (K, K)
        Pixels, by class of the mask and class of the label map.
    pictures : tuple of dict
        The figures of each, worst first.
    failed : dict
        Picture → why it was not measured.
    notes : tuple of str
        What must be said beside the figures: how masks were read, what is not as trained.
    """

    miou: float
    pixel_accuracy: float
    boundary_iou: float
    calibration_error: float
    iou: dict[str, float]
    confusion: NDArray[np.int64]
    pictures: tuple[dict[str, Any], ...]
    failed: dict[str, str]
    notes: tuple[str, ...]


def evaluate(
    dataset: str | os.PathLike[str],
    model: Model,
    *,
    targets: str | os.PathLike[str] | None = None,
    split: str = "",
    mapping: str = "",
    preset: str = "",
    settings: Mapping[str, Any] | None = None,
    pictures: int = 0,
) -> Measured:
    """Compare label maps with the target masks of a data set.

    Parameters
    ----------
    dataset : path-like
        Folder with pictures and masks, in any usual arrangement.
    model : Model
    targets : path-like, optional
        Folder of the masks; `dataset` is that of the pictures then.
    split : str
        ``val``, or a file with a list of names.
    mapping : str
        What the masks' numbers mean, where it is not what it seems: ``as stored``,
        ``counted from 1``, ``cityscapes ids``, ``foreground``, ``even steps``, ``in order``,
        ``table:FILE.csv``.
    preset, settings
        Of a CRF, as for :func:`segviewer.refine`; without either there is none.
    pictures : int
        Measure at most so many, spread evenly; 0 for all.

    Returns
    -------
    Measured

    Raises
    ------
    SettingsError
        If there is nothing to measure.

    Examples
    --------
    >>> import segviewer as sv
    >>> model = sv.open_checkpoint("deeplab_v3_efficientnet_lite0_camvid")
    >>> measured = sv.evaluate("CamVid", model, split="val")  # doctest: +SKIP
    >>> round(measured.miou, 2)  # doctest: +SKIP
    0.66
    """
    folder = Path(dataset)
    found = (
        dataset_of(folder, split) if targets is None else pairing_of(folder, Path(targets), split)
    )
    if not found.pairs:
        raise SettingsError(
            f"There is nothing to measure in {folder}.",
            " ".join(found.sentences()) or "No picture there has a mask.",
            "Name the folder of a data set, or give targets=FOLDER.",
        )
    session = model.session.changed(target_mapping=mapping)
    if preset or settings is not None:
        session = session.changed(crf=crf_settings(preset, settings))
    began, measuring = time.perf_counter(), Measuring(session, sampled(found, pictures))
    rows = tuple(worst_first(list(measuring.rows())))
    done = Evaluation(
        session, measuring.network, found, measuring.mapping, rows, time.perf_counter() - began
    )
    total, classes = done.total, measuring.network.classes
    confusion = total.confusion
    return Measured(
        miou=float(confusion.miou),
        pixel_accuracy=float(confusion.pixel_accuracy),
        boundary_iou=float(mean(total.boundary_iou)),
        calibration_error=float(total.reliability.error),
        iou=dict(zip(classes, map(float, confusion.iou), strict=True)),
        confusion=confusion.counts,
        pictures=tuple(picture_values(row, classes) for row in rows if not row.reason),
        failed={row.picture: row.reason for row in rows if row.reason},
        notes=done.notes,
    )
