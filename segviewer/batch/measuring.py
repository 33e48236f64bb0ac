"""A run of one network over the pictures of a data set: a row for each, as it comes.

It can be left at any picture, and in the middle of one by `check`; what was measured is kept, so
that the same run goes on from there. Whatever is wrong with one picture is its row's reason.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from segviewer.analysis.evaluation.boundary_iou import boundary_counts
from segviewer.analysis.evaluation.calibration import Reliability, reliability
from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.batch.error_picture import small_error_map
from segviewer.batch.picture_row import PictureRow
from segviewer.batch.row_store import row_key, run_key
from segviewer.engine.executor import Cached, StageExecutor
from segviewer.engine.listener import Collected
from segviewer.engine.results import LabelResult, NetworkResult, PictureResult
from segviewer.engine.stages import STAGES
from segviewer.errors import Cancelled, CheckpointError, SegviewerError, SettingsError
from segviewer.export.run_notes import Say, network_notes, picture_notes
from segviewer.imaging.datasets.fitted_targets import fitted_target
from segviewer.imaging.datasets.network_targets import mapping_of_masks
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.imaging.nearest import nearest
from segviewer.imaging.reading.file_names import check_name
from segviewer.imaging.reading.read import read_picture
from segviewer.references import Reference
from segviewer.session import LabState, OverlaySettings, Session

_UNREPORTED = ("image", "network", "refined")  # nobody looks at what is reported of them


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
        Called with what must be said of the network.

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
        from segviewer.inference.running import MAX_CLASSES

        self.session, self.found, self.store, self._check = measured(session), found, store, check
        check_own_scores(session, [str(picture) for picture, _ in found.pairs])
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
        classes = self._classes = target_classes(self._executor.cache["network"].value)
        masks = found.masks
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

        While the network runs on a picture, the next one is decoded and the last one compared
        with its mask: numpy, scipy and Pillow let go of Python's lock, and a network does not
        keep all cores busy all the time. Rows come in the order of the pairs, and are kept as
        they come.

        Raises
        ------
        SettingsError, CheckpointError, Cancelled
        """
        comparing = ThreadPoolExecutor(1, "comparing")
        with ThreadPoolExecutor(1, "decoding") as decoding, comparing:
            last: Future[PictureRow] | None = None
            for pair in self._ahead(decoding):
                self._check()
                row = self._labelled(pair)
                now = comparing.submit(self._compared, row)
                if last is not None:
                    yield self._kept(last)
                last = now
            if last is not None:
                self._check()
                yield self._kept(last)

    def known(self, picture: Path, mask: Path) -> PictureRow | None:
        """The row of a pair that was measured before; None where there is none.

        Parameters
        ----------
        picture, mask : Path
        """
        key = self._key(picture, mask)
        if self.store is None or not key:
            return None
        row = self.store.get(key, str(picture), str(mask))
        return row if row is not None and row.num_classes == self.num_classes else None

    def keep(self, row: PictureRow) -> PictureRow:
        """Keep a row that was measured elsewhere, under the key of its files."""
        row = replace(row, key=self._key(Path(row.picture), Path(row.target)))
        self._put(row)
        return row

    def _key(self, picture: Path, mask: Path) -> str:
        return row_key(self._run, picture, mask) if self.store is not None else ""

    def _put(self, row: PictureRow) -> None:
        if self.store is not None and row.key and not (row.known or row.reason):
            self.store.put(row)

    def _ahead(self, decoding: ThreadPoolExecutor) -> Iterator[_Pair]:
        """The pairs, looked up, and of those that are not known the picture being decoded."""
        next_one: _Pair | None = None
        for picture, mask in self.found.pairs:
            pair = _Pair(picture, mask, self._key(picture, mask), self.known(picture, mask))
            if pair.known is None:
                pair.decoded = decoding.submit(_decoded, picture, mask)
            if next_one is not None:
                yield next_one
            next_one = pair
        if next_one is not None:
            yield next_one

    def _labelled(self, pair: _Pair) -> PictureRow | _Labelled:
        """The row of a pair that is known or cannot be labelled, or its labels."""
        if pair.known is not None:
            return pair.known
        session = self.session.changed(image=str(pair.picture))
        executor = self._executor
        try:
            assert pair.decoded is not None
            picture = pair.decoded.result()
            # The stage that reads it finds it done.
            executor.cache["image"] = Cached(STAGES["image"].key(session), picture)
            executor.run(session, {name: STAGES[name].key(session) for name in _UNREPORTED})
        except (SettingsError, CheckpointError, Cancelled):
            raise
        except Exception as error:
            return self._failed(pair, error)
        labelled = self._collected.results["label_map"]
        return _Labelled(pair, picture, labelled, executor.cache["refined"].value)

    def _compared(self, one: PictureRow | _Labelled) -> PictureRow:
        """Compare labels with their mask; what is a row stays one."""
        if isinstance(one, PictureRow):
            return one
        pair, labels = one.pair, one.labelled.label_map
        try:
            image, header = one.picture.levels[0], one.picture.header
            turned = header.orientation if header is not None else None
            read = fitted_target(
                self._classes, pair.picture, pair.mask, image, self.mapping, turned
            )
            confusion = Confusion(self.num_classes)
            confusion.add(read.target, labels)
            return PictureRow(
                str(pair.picture),
                str(pair.mask),
                self.num_classes,
                _cells(confusion.counts),
                _held(confusion.held),
                boundary_counts(read.target, labels, self.num_classes),
                mean_entropy(one.probs),
                reliability_of(one.probs, read.target, labels),
                tuple(dict.fromkeys([*read.notes, *picture_notes(one.labelled)])),
                small_error_map(read.target, labels, self.num_classes),
                key=pair.key,
            )
        except (SettingsError, CheckpointError, Cancelled):
            raise
        except Exception as error:
            return self._failed(pair, error)

    def _kept(self, compared: Future[PictureRow]) -> PictureRow:
        row = compared.result()
        self._put(row)
        return row

    def _failed(self, pair: _Pair, error: Exception) -> PictureRow:
        if isinstance(error, SegviewerError):
            said, details = error.sentence, ""
        else:  # a bug, which must not cost the other pictures
            said = f"Something unexpected: {type(error).__name__}: {error}"
            details = "".join(traceback.format_exception(error))
        names = str(pair.picture), str(pair.mask)
        return PictureRow(*names, self.num_classes, reason=said, details=details)


@dataclass
class _Pair:
    """A picture and its mask, the row that was kept of it, or the picture being decoded."""

    picture: Path
    mask: Path
    key: str
    known: PictureRow | None
    decoded: Future[PictureResult] | None = None


@dataclass(frozen=True, eq=False)
class _Labelled:
    """A picture, its labels, and the probs (K, h, w) that they are of."""

    pair: _Pair
    picture: PictureResult
    labelled: LabelResult
    probs: np.ndarray


def _decoded(picture: Path, mask: Path) -> PictureResult:
    for path in (picture, mask):
        check_name(path)
    found = read_picture(picture)
    # No halves: nobody draws it.
    return PictureResult([found.image], found.notes, found.void, found.header)


def measured(session: Session) -> Session:
    """What of a session decides what is measured, and nothing else.

    No picture, layer, lab or pinned network: they would be computed for every picture. Nor the
    page and the window of the photograph that is open.
    """
    return session.with_image("").changed(
        target="", reference=None, lab=LabState(), overlay=OverlaySettings()
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
        Called with what must be said, in sentences.
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


def check_own_scores(session: Session, images: Sequence[str]) -> None:
    """Refuse one file of scores for several photographs.

    Parameters
    ----------
    session : Session
    images : sequence of str
        References.

    Raises
    ------
    CheckpointError
    """
    named = Reference.checkpoint(session.checkpoint)
    if named.scores and len(images) > 1:
        from segviewer.checkpoints.scores.opening import check_not_shared

        stems = [Path(Reference.picture(image).file_name).stem for image in images]
        check_not_shared(Path(named.name), stems)


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
    places = np.where(known, labels, 0).ravel().astype(np.intp) * known.size
    places += np.arange(known.size)
    own = np.ascontiguousarray(probs).ravel().take(places).reshape(known.shape)
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
    return replace(found.picked(places.tolist()), split_by_pair=())
