"""A run of one network over the pictures of a data set: a row for each, as it comes.

It can be left at any picture, and in the middle of one by `check`; what was measured is kept, so
that the same run goes on from there. Whatever is wrong with one picture is its row's reason.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from segviewer.analysis.evaluation.boundary_iou import boundary_counts
from segviewer.analysis.evaluation.calibration import Reliability, reliability
from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.batch.error_picture import small_error_map
from segviewer.batch.picture_row import PictureRow
from segviewer.batch.row_store import row_key, run_key
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected
from segviewer.engine.results import NetworkResult
from segviewer.errors import Cancelled, CheckpointError, PictureError, SegviewerError, SettingsError
from segviewer.export.run_notes import Say, network_notes, picture_notes
from segviewer.imaging.datasets.mapping import TargetMapping
from segviewer.imaging.datasets.network_targets import NetworkTarget
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.imaging.nearest import nearest
from segviewer.imaging.reading.file_names import check_name
from segviewer.references import Reference
from segviewer.session import LabState, OverlaySettings, Session


class Store(Protocol):
    """Where rows are kept; see :class:`segviewer.batch.row_store.RowStore`."""

    def get(self, key: str, picture: str, target: str) -> PictureRow | None:
        """The row kept under `key`.

        Parameters
        ----------
        key : str
        picture, target : str
            Where its files lie now.
        """

    def put(self, row: PictureRow) -> None:
        """Keep a row under its key."""


class Measuring:
    """One network over one data set.

    Parameters
    ----------
    session : Session
        Network, inference, CRF, and what the masks' numbers mean (empty for the likeliest by
        what some of them hold together).
    found : Pairing
    store : Store or None
        What was measured before; None measures all anew and keeps nothing.
    check : callable
        Called often; what it raises ends the run.
    say : callable
        Told what must be said of the network.

    Attributes
    ----------
    network : NetworkResult
    mapping : TargetMapping or str

    Raises
    ------
    SegviewerError
        For a network, setting or device that cannot be used: it is wrong for every picture.
    """

    def __init__(
        self,
        session: Session,
        found: Pairing,
        store: Store | None = None,
        check: Callable[[], None] = lambda: None,
        say: Say = lambda sentences: None,
    ):
        from segviewer.checkpoints.published.catalogue import resolve_reference
        from segviewer.engine.computing.labels import target_classes
        from segviewer.imaging.datasets.network_targets import mapping_of_masks
        from segviewer.inference.running import MAX_CLASSES

        self.session, self.found, self.store, self._check = measured(session), found, store, check
        self._collected = Collected()
        first = str(found.pairs[0][0]) if found.pairs else ""
        self._executor = opened_executor(self.session, self._collected, say, check, first)
        self.network: NetworkResult = self._collected.results["network"]
        if self.num_classes > MAX_CLASSES:
            raise SettingsError(
                "This network cannot be measured.",
                f"It has {self.num_classes:,} classes, more than a label map holds.",
                "Choose a network made for segmentation.",
            )
        classes = target_classes(self._executor.cache["network"].value)
        masks = [mask for _, mask in found.pairs]
        self.mapping = mapping_of_masks(masks, classes, session.target_mapping)
        named = Reference.checkpoint(self.session.checkpoint).trained()
        weights = None if named.kind == "random" else resolve_reference(str(named))
        if named.scores:
            self.store = None  # a file for each picture, which the rows do not name
        # The card beside the weights says at which size they run, and what the classes are.
        self._run = run_key(self.session, weights, (self.mapping, self.network.card))

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.network.classes)

    def rows(self) -> Iterator[PictureRow]:
        """Measure each pair in turn, or look it up.

        Raises
        ------
        SettingsError, CheckpointError, Cancelled
        """
        for picture, mask in self.found.pairs:
            yield self.row(picture, mask)

    def row(self, picture: Path, mask: Path) -> PictureRow:
        """Measure one pair, or look it up."""
        self._check()
        store = self.store
        key = row_key(self._run, picture, mask) if store is not None else ""
        if store is not None and key:
            known = store.get(key, str(picture), str(mask))
            if known is not None and known.num_classes == self.num_classes:
                return known
        try:
            row = self._measured(picture, mask, key)
        except (SettingsError, CheckpointError, Cancelled):
            raise
        except SegviewerError as error:
            return self._failed(picture, mask, error.sentence)
        except Exception as error:  # a bug, which must not cost the other pictures
            said = f"Something unexpected: {type(error).__name__}: {error}"
            return self._failed(picture, mask, said, traceback.format_exc())
        if store is not None and key:
            store.put(row)
        return row

    def _failed(self, picture: Path, mask: Path, reason: str, details: str = "") -> PictureRow:
        return PictureRow(str(picture), str(mask), self.num_classes, reason=reason, details=details)

    def _measured(self, picture: Path, mask: Path, key: str) -> PictureRow:
        for path in (picture, mask):
            check_name(path)
        self._executor.run(self.session.changed(image=str(picture)))
        labelled = self._collected.results["label_map"]
        labels = labelled.label_map
        read = frame_target(self._executor, picture, mask, labels.shape, self.mapping)
        confusion = Confusion(self.num_classes)
        confusion.add(read.target, labels)
        probs = self._executor.cache["refined"].value
        return PictureRow(
            str(picture),
            str(mask),
            self.num_classes,
            _cells(confusion.counts),
            _held(confusion.held),
            boundary_counts(read.target, labels, self.num_classes),
            mean_entropy(probs),
            reliability_of(probs, read.target, labels),
            tuple(dict.fromkeys([*read.notes, *picture_notes(labelled)])),
            small_error_map(read.target, labels, self.num_classes),
            key=key,
        )


def measured(session: Session) -> Session:
    """What of a session decides what is measured, and nothing else.

    No picture, layer, lab or pinned network: they would be computed for every picture.
    """
    return session.changed(
        image="",
        allow_large=False,
        target="",
        reference=None,
        lab=LabState(),
        overlay=OverlaySettings(),
    )


def opened_executor(
    session: Session,
    collected: Collected,
    say: Say,
    check: Callable[[], None] = lambda: None,
    image: str = "",
) -> StageExecutor:
    """An executor with the network of `session` open, after saying what must be said of it.

    What is wrong with the network or a device is wrong for every picture, so it ends the run
    here and is not said once for each.

    Parameters
    ----------
    session : Session
    collected : Collected
        Gets the results.
    say : callable
        Told what must be said, in sentences.
    check : callable
        Called often; what it raises ends the work.
    image : str
        A picture to open scores from files with, which belong to one; without it they are opened
        with the first picture that comes.
    """
    from segviewer.inference.network_state import config_of
    from segviewer.inference.running import choose_device

    choose_device(session.inference.device)
    listener = collected.listener()
    listener.check = check
    executor = StageExecutor(listener)
    scores = Reference.checkpoint(session.checkpoint).scores
    executor.run(session.changed(image=image if scores else ""))
    if scores and not image:
        return executor
    config_of(executor.cache["network"].value, session)
    say(network_notes(collected.results["network"]))
    return executor


def frame_target(
    executor: StageExecutor,
    picture: Path,
    mask: Path,
    size: tuple[int, ...],
    mapping: str | TargetMapping = "",
) -> NetworkTarget:
    """The target mask of a picture of `size`, for the network that `executor` has open.

    Parameters
    ----------
    executor : StageExecutor
    picture, mask : Path
    size : (int, int)
        Height and width of the picture.
    mapping : str or TargetMapping
        As in :func:`segviewer.imaging.datasets.network_targets.read_network_target`.

    Raises
    ------
    PictureError
        If it cannot be read, or has another size.
    """
    from segviewer.engine.computing.labels import target_classes
    from segviewer.imaging.datasets.network_targets import read_network_target

    classes = target_classes(executor.cache["network"].value)
    read = read_network_target(mask, classes, mapping)
    if read.target.shape != size:
        raise PictureError(
            f"{mask.name} has another size than {picture.name}.",
            f"{read.target.shape[1]}×{read.target.shape[0]} against {size[1]}×{size[0]} pixels.",
            "Use masks at the pictures' own size.",
        )
    return read


def mean_entropy(probs: np.ndarray) -> float:
    """Mean over the pixels of the entropy of probs (K, h, w), divided by log K: 0 to 1."""
    # scipy's entr does the same at a sixth of the speed.
    total = -np.vdot(probs, np.log(np.maximum(probs, np.float32(1e-12))))
    return float(total / probs[0].size / np.log(len(probs)))


def reliability_of(probs: np.ndarray, target: np.ndarray, labels: np.ndarray) -> Reliability:
    """Confidence and correctness where the network ran: at working size.

    Parameters
    ----------
    probs : ndarray of float (K, h, w)
    target, labels : ndarray of uint8 (H, W)
        At the picture's own size; the nearest pixels are taken.
    """
    size = probs.shape[1:]
    target, labels = nearest(target, *size), nearest(labels, *size)
    known = (target < len(probs)) & (labels < len(probs))
    own = np.take_along_axis(probs, np.where(known, labels, 0)[None].astype(np.intp), 0)[0]
    return reliability(target, labels, np.where(known, own, np.float32("nan")))


def _cells(counts: np.ndarray) -> np.ndarray:
    target, predicted = np.nonzero(counts)
    return np.stack([target, predicted, counts[target, predicted]], axis=1).astype(np.int64)


def _held(held: np.ndarray) -> np.ndarray:
    labels = np.flatnonzero(held)
    return np.stack([labels, held[labels]], axis=1).astype(np.int64)


def sampled(found: Pairing, most: int) -> Pairing:
    """At most `most` of the pairs, spread evenly; 0 takes all."""
    pairs = found.pairs
    if not most or len(pairs) <= most:
        return found
    places = np.linspace(0, len(pairs) - 1, most).round().astype(int)
    return replace(found, pairs=tuple(pairs[i] for i in places), split_by_pair=())
