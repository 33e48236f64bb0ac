"""Labelling a picture that is too large for memory: window by window, into a tiled TIFF."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from segviewer import __version__
from segviewer.checkpoints.model_sheet import is_multi_label
from segviewer.engine.computing.details import nothing_known, planes_of, probs_of_window, windows_of
from segviewer.engine.executor import StageExecutor
from segviewer.engine.results import NetworkResult
from segviewer.errors import ExportError, SegviewerError, SettingsError
from segviewer.export.exporting import Writing
from segviewer.export.run_notes import network_notes, weights_report
from segviewer.export.shown_labels import shown_label_set
from segviewer.files.partial_files import SUFFIX, partial_prefix
from segviewer.imaging.export.tiled_tiff import let_go, write_tiled_tiff
from segviewer.imaging.export.writing import free_name, write_json
from segviewer.imaging.overlay import colour_table
from segviewer.imaging.reading import windows as reading
from segviewer.imaging.reading.faults import memory_text
from segviewer.imaging.reading.formats import is_tiff
from segviewer.imaging.reading.formats.tiff import is_over
from segviewer.imaging.reading.header import LARGE_PIXELS
from segviewer.inference import running
from segviewer.inference.label_maps import label_map_of
from segviewer.inference.network_state import configured
from segviewer.inference.windows import Window, Windows, label_windows
from segviewer.references import Reference
from segviewer.session import Session

_VOID = 255
_ENDING = "-labels.tif"


def is_huge(image: str, session: Session) -> bool:
    """Whether a picture is to be labelled window by window: a TIFF over 50 megapixels.

    Parameters
    ----------
    image : str
        Reference.
    session : Session
        Whoever allowed large pictures has them read as a whole.
    """
    named = Reference.picture(image)
    if session.allow_large or not named.is_file:
        return False
    path = Path(named.name)
    try:
        return is_tiff(path) and is_over(path, session.picture, LARGE_PIXELS)
    except SegviewerError:
        return False  # the usual way says what is wrong with it


def is_labelled(out: Path, writing: Writing, image: str, network: str, number: int) -> bool:
    """Whether the picture is to be skipped, because its labels are there.

    Parameters
    ----------
    out : Path
    writing : Writing
    image, network : str
    number : int
        As in :meth:`segviewer.export.exporting.Writing.stem`.
    """
    path = out / f"{writing.stem(image, network, number)}{_ENDING}"
    return writing.on_existing == "skip" and path.exists()


def label_huge(
    session: Session,
    executor: StageExecutor,
    described: NetworkResult,
    out: Path,
    writing: Writing,
    number: int,
    quiet: bool = False,
) -> dict[str, Any]:
    """Label one picture at its own pixels and write ``NAME-labels.tif`` and ``NAME.json``.

    Windows have the size that the network was trained for, overlap by a quarter and are blended
    there. In memory are some strips of the file, and sums of probabilities of a bounded size;
    labels grow in a file beside the result.

    Parameters
    ----------
    session : Session
        With the picture.
    executor : StageExecutor
        With the network open.
    described : NetworkResult
        What is known of it.
    out : Path
    writing : Writing
        What is written, and under which name; of what can be saved only the index.
    number : int
        Which picture of a batch it is.
    quiet : bool
        No bar.

    Returns
    -------
    dict
        The figures, as written to the JSON file.

    Raises
    ------
    PictureError, SettingsError, ExportError
    """
    opened = executor.cache["network"].value
    classes = opened.card.classes
    if opened.config.num_classes > running.MAX_CLASSES:
        raise SettingsError(
            "This network cannot label a huge picture.",
            f"It has {opened.config.num_classes:,} classes, more than a label map holds.",
            "Choose a network made for segmentation.",
        )
    stem = writing.stem(session.image, opened.card.architecture, number)
    path, figures = out / f"{stem}{_ENDING}", writing.file(out, stem, "figures")
    if writing.on_existing == "number":
        path = free_name(path)
    tones = session.tones.for_network()
    check = executor.listener.check
    source = Path(Reference.picture(session.image).name)
    with reading.windowed(source, session.picture, check) as picture:
        height, width = picture.size
        cut = windows_of(session, opened, picture.size)
        multi_label = is_multi_label(opened.card, opened.config.num_classes)
        planes = planes_of(opened)
        notes = [*picture.notes, *_notes(session, writing, cut, planes, picture.tone_note(tones))]
        counts = np.zeros(256, np.int64)
        with (
            _on_disk(path, (height, width)) as labels,
            configured(opened, session),
            tqdm(
                total=cut.count(planes), unit="window", disable=quiet, desc=source.name[:40]
            ) as bar,
        ):

            def probs_of(window: Window) -> NDArray[np.float32]:
                check()
                image, void = picture.read(*window, tones)
                bar.update()
                if void is not None:
                    labels_of_window = labels[window[0] : window[1], window[2] : window[3]]
                    labels_of_window[void] = _VOID
                    if void.all():  # nothing is there to be looked at
                        return nothing_known(opened, image.shape[:2])
                return probs_of_window(session, opened, image, check)

            threshold = session.inference.threshold
            for (top, bottom, left, right), probs in label_windows(cut, planes, probs_of):
                found = label_map_of(np.ascontiguousarray(probs), threshold, multi_label)
                there = labels[top:bottom, left:right]
                found[there == _VOID] = _VOID
                there[:] = found
                counts += np.bincount(found.ravel(), minlength=256)
                let_go(labels)
            label_set = shown_label_set(opened.card.label_set, classes, session.overlay.palette)
            palette = colour_table(label_set)[:, :3]
            write_tiled_tiff(path, labels, palette, picture.georeference)
        georeferenced = bool(picture.georeference)
    known = max(1, int(counts[: len(classes)].sum()))
    shares = {
        name: round(float(count) / known, 5)
        for name, count in zip(classes, counts[: len(classes)], strict=True)
    }
    report = {
        "segviewer": __version__,
        "image": session.image,
        "checkpoint": session.checkpoint,
        **weights_report(described),
        "notes": [*network_notes(described), *notes],
        "size": [width, height],
        "labels": str(path),
        "shares": shares,
        "void": int(counts[_VOID]),
        "windows": {"side": cut.side, "overlap": cut.overlap, "count": cut.count(planes)},
        "georeferenced": georeferenced,
        "session": session.model_dump(mode="json"),
    }
    write_json(figures, report, overwrite=writing.on_existing != "number")
    return report


def _notes(
    session: Session, writing: Writing, cut: Windows, planes: int, tones: str
) -> Iterator[str]:
    """What a person would not assume."""
    if tones:
        yield tones
    most = memory_text(reading.KEPT_BYTES + cut.bytes_kept(planes))
    yield (
        f"labelled at its own pixels in windows of {cut.side} px that overlap by {cut.overlap}; "
        f"beside the network at most {most} of memory"
    )
    if session.crf.enabled:
        yield "the CRF refines window by window, before they are blended"
    if session.inference.multi_scale:
        yield "several scales are left out: windows have one"
    others = [name for name in writing.save if name != "index"]
    if others:
        yield f"{' and '.join(others)} not saved of a picture of this size, only the labels"


@contextmanager
def _on_disk(path: Path, size: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
    """Labels of zeros in a file beside `path` that goes again.

    Raises
    ------
    ExportError
        If there is no room; a mapped file that the disk has no room for would end the process.
    """
    handle = -1
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(SUFFIX, partial_prefix(path), path.parent)
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(handle, 0, size[0] * size[1])
        else:
            os.truncate(handle, size[0] * size[1])
    except OSError as error:
        if temporary:
            os.close(handle)
            os.unlink(temporary)
        raise ExportError(
            f"{path.name} was not written.",
            f"While it is labelled {memory_text(size[0] * size[1])} are needed on that disk: "
            f"{error.strerror}.",
            "Choose another folder, or make room.",
        ) from error
    os.close(handle)
    try:
        labels: NDArray[np.uint8] = np.memmap(temporary, np.uint8, "r+", shape=size)
        yield labels
        del labels
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
