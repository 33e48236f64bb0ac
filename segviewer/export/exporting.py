"""Writing what is on screen: index PNG, overlay, and figures with the session inside."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segviewer import __version__
from segviewer.engine.listener import Collected
from segviewer.engine.stages import display_key
from segviewer.errors import SettingsError
from segviewer.export.coloured_raster import ColouredRaster
from segviewer.export.run_notes import network_notes, picture_notes, weights_report
from segviewer.export.shown_labels import shown_label_set
from segviewer.files.writing_faults import make_folder
from segviewer.imaging.export.writing import (
    free_name,
    write_json,
    write_npy,
    write_npz,
    write_png,
    write_text,
)
from segviewer.imaging.labels import LabelSet
from segviewer.imaging.overlay import blend, colour_table
from segviewer.references import Reference
from segviewer.session import OverlaySettings, Session

# Of 255 bytes: "-overlay.png", a number where the name is taken, and what the temporary file's
# name has around it.
LONGEST_STEM = 200


def overlay_picture(
    settings: OverlaySettings,
    labels: LabelSet,
    image: np.ndarray,
    label_map: np.ndarray,
    raster: ColouredRaster | None = None,
) -> np.ndarray:
    """The overlay as the window shows it, at the photograph's own pixels.

    Parameters
    ----------
    raster : ColouredRaster, optional
        What is seen in place of the labels.

    Returns
    -------
    ndarray of uint8 (H, W, 3)
    """
    if raster is not None:
        rows = np.arange(image.shape[0]) * raster.values.shape[0] // image.shape[0]
        columns = np.arange(image.shape[1]) * raster.values.shape[1] // image.shape[1]
        full = raster.values[rows][:, columns]
        return blend(image, full, raster.table, settings.opacity, "fill")
    table = colour_table(labels, hidden=settings.hidden)
    return blend(image, label_map, table, settings.opacity, settings.style)


def fitting_stem(stem: str) -> str:
    """`stem`, cut so that every name made from it still is one (255 bytes on most disks)."""
    encoded = os.fsencode(stem)
    if len(encoded) <= LONGEST_STEM:
        return stem
    return encoded[:LONGEST_STEM].decode("utf-8", "ignore")


SAVED = ("index", "overlay", "probabilities", "unrefined", "entropy", "margin", "script")
"""What can be written of a picture, beside its figures: label map, overlay, probabilities after
and before the CRF, uncertainty, margin, and the CRF as a pydensecrf script with PROBS.npy."""

PRECISIONS = (16, 32)
"""Bits of a probability."""

ON_EXISTING = ("number", "skip", "overwrite")
"""What happens where a file of the name is there: a number behind it, nothing, or replaced."""

REPORTED = {  # what the figures call what was saved
    "index": "labels",
    "overlay": "overlay",
    "probabilities": "probabilities",
    "unrefined": "unrefined",
    "entropy": "entropy",
    "margin": "margin",
    "script": "script",
}
_ENDINGS = {
    "index": "-labels.png",
    "overlay": "-overlay.png",
    "probabilities": "-probabilities.npz",
    "unrefined": "-unrefined.npz",
    "entropy": "-entropy.png",
    "margin": "-margin.png",
    "script": "-crf.py",
    "figures": ".json",
}


@dataclass(frozen=True)
class Writing:
    """What is written of each picture, and under which name.

    Attributes
    ----------
    save : tuple of str
        Some of :data:`SAVED`.
    template : str
        Name without ending: ``{stem}``, ``{folder}`` (the picture's), ``{network}``,
        ``{number}`` (from 1).
    on_existing : {"number", "skip", "overwrite"}
    precision : {16, 32}
        Bits of a probability in ``probabilities`` and ``unrefined``.
    """

    save: tuple[str, ...] = ("index", "overlay")
    template: str = "{stem}"
    on_existing: str = "number"
    precision: int = 16

    def __post_init__(self) -> None:
        unknown = [name for name in self.save if name not in SAVED]
        if unknown:
            raise SettingsError(
                f"“{unknown[0]}” cannot be saved.",
                f"What can be saved is {', '.join(SAVED)}.",
                "Write for example --save index,probabilities.",
            )
        if self.precision not in PRECISIONS:
            raise SettingsError(
                f"Probabilities cannot have {self.precision} bits.",
                "They are written with half or single precision.",
                "Write --precision 16 or --precision 32.",
            )
        try:
            self.stem("a/b.png", "network", 1)
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            raise SettingsError(
                f"The name {self.template!r} cannot be used.",
                f"Known parts are {{stem}}, {{folder}}, {{network}} and {{number}}: {error!r}.",
                'Write for example --name-template "{folder}-{stem}".',
            ) from error

    def stem(self, image: str, network: str, number: int) -> str:
        """The name, without ending, of what is written of `image`."""
        path = Path(Reference.picture(image).name)
        name = self.template.format(
            stem=path.stem, folder=path.parent.name, network=network, number=number
        )
        for letter in ("/", "\\", "\0"):  # a name, not a path
            name = name.replace(letter, "-")
        return fitting_stem(name or "picture")

    def file(self, out: Path, stem: str, what: str) -> Path:
        """Where `what` is written: ``index``, …, or ``figures``."""
        path = out / f"{stem}{_ENDINGS[what]}"
        return free_name(path) if self.on_existing == "number" else path

    def is_done(self, out: Path, stem: str) -> bool:
        """Whether the picture is to be skipped, because all that would be written is there."""
        wanted = (*self.save, "figures")
        return self.on_existing == "skip" and all(
            (out / f"{stem}{_ENDINGS[what]}").exists() for what in wanted
        )


def write_results(
    session: Session,
    collected: Collected,
    out: Path,
    raster: ColouredRaster | None = None,
    writing: Writing | None = None,
    number: int = 1,
    probs: np.ndarray | None = None,
    unrefined: np.ndarray | None = None,
) -> dict[str, Any]:
    """Write ``NAME-labels.png``, ``NAME-overlay.png`` and ``NAME.json`` into `out`.

    Both pictures carry `session`, so that they can be reopened. Existing files are kept, and a
    free name is taken instead, unless `writing` says otherwise.

    Parameters
    ----------
    session : Session
    collected : Collected
        The results of its stages.
    out : Path
    raster : ColouredRaster, optional
        What is seen in place of the labels.
    writing : Writing, optional
        What is written, and under which name.
    number : int
        Which picture of a batch it is.
    probs : ndarray of float32 (K, h, w), optional
        Probabilities at the size at which the network ran; needed for ``probabilities``
        (NPZ with ``probs`` and ``classes``), ``entropy`` and ``margin`` (8-bit PNG, 255 is log K,
        and 1).
    unrefined : ndarray of float32 (K, h, w), optional
        The same before the CRF; needed for ``unrefined`` and ``script``.

    Returns
    -------
    dict
        The figures, as written to the JSON file.

    Raises
    ------
    ExportError
        If the folder cannot be written.
    """
    from segviewer.export.figure_session import figure_record

    make_folder(out)
    seen = "image" if display_key(session) is None else "display"
    picture = collected.results[seen].levels[0]
    labelled = collected.results["label_map"]
    network = collected.results["network"]
    classes = collected.results["refined"].classes
    labels = shown_label_set(network.label_set, classes, session.overlay.palette, network.colours)
    writing = writing or Writing()
    stem = writing.stem(session.image, network.architecture, number)
    files = {what: writing.file(out, stem, what) for what in (*writing.save, "figures")}
    # A picture that is not skipped was left half done by a run that was stopped.
    overwrite = writing.on_existing != "number"
    table = colour_table(labels)
    record = figure_record(session)
    if "index" in files:
        palette = table[:, :3]
        write_png(files["index"], labelled.label_map, palette, record=record, overwrite=overwrite)
    if "overlay" in files:
        shown = overlay_picture(session.overlay, labels, picture, labelled.label_map, raster)
        write_png(files["overlay"], shown, record=record, overwrite=overwrite)
    _write_scores(session, files, classes, writing, overwrite, probs, unrefined)
    shares = {n: round(float(s), 5) for n, s in zip(classes, labelled.shares, strict=True)}
    report = {
        "segviewer": __version__,
        "image": session.image,
        "checkpoint": session.checkpoint,
        **weights_report(network),
        "notes": [*network_notes(network), *picture_notes(labelled, collected.results["image"])],
        "size": [picture.shape[1], picture.shape[0]],
        **{REPORTED[what]: str(files[what]) for what in writing.save},
        # Other results of this name were there, and stay.
        "numbered": any(files[w] != out / f"{stem}{_ENDINGS[w]}" for w in files),
        "shares": shares,
        **_measured(session, collected, classes),
        "crf_at": labelled.refined_at,
        "probabilities_size": None if probs is None else [probs.shape[2], probs.shape[1]],
        "seconds": {name: round(s, 4) for name, s in collected.seconds.items()},
        "session": session.model_dump(mode="json"),
    }
    write_json(files["figures"], report, overwrite=overwrite)
    return report


def _measured(session: Session, collected: Collected, classes: tuple[str, ...]) -> dict[str, Any]:
    """How the labels compare with the target mask, where one is open and was compared."""
    metrics = collected.results.get("metrics")
    if not session.target or metrics is None or len(metrics.iou) != len(classes):
        return {}

    def number(value: float) -> float | None:
        return None if np.isnan(value) else round(float(value), 5)

    return {
        "target": session.target,
        "miou": number(metrics.miou),
        "accuracy": number(metrics.pixel_accuracy),
        "iou": {name: number(one) for name, one in zip(classes, metrics.iou, strict=True)},
        "target_notes": list(metrics.notes),
    }


def _write_scores(
    session: Session,
    files: dict[str, Path],
    classes: tuple[str, ...],
    writing: Writing,
    overwrite: bool,
    probs: np.ndarray | None,
    unrefined: np.ndarray | None,
) -> None:
    """Write what needs probabilities, at the size at which the network ran."""
    bits = np.float32 if writing.precision == 32 else np.float16
    for what, values in (("probabilities", probs), ("unrefined", unrefined)):
        if what in files and values is not None:
            arrays = {"probs": values.astype(bits), "classes": np.array(classes)}
            write_npz(files[what], arrays, overwrite=overwrite)
    for what in ("entropy", "margin"):
        if what in files and probs is not None:
            from segviewer.inference.label_maps import raster_of

            write_png(files[what], raster_of(probs, what, 0), overwrite=overwrite)
    if "script" in files and unrefined is not None:
        from segviewer.crf.settings.copy_as import script

        text = script(session.crf)
        beside = files["script"]
        head, _, number = beside.stem.rpartition("-crf")
        array = beside.with_name(f"{head}-PROBS{number}.npy")
        write_npy(array, unrefined.astype(np.float32), overwrite=overwrite)
        write_text(beside, text, overwrite=overwrite)
