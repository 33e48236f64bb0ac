"""Writing what is on screen: index PNG, overlay, and figures with the session inside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from segviewer import __version__
from segviewer.engine.listener import Collected
from segviewer.errors import ExportError
from segviewer.export.cover import Cover
from segviewer.export.run_notes import network_notes, picture_notes, weights_state
from segviewer.imaging.export.writing import free_name, write_json, write_png
from segviewer.imaging.labels import LabelSet, colour_blind_safe, label_set, label_set_for
from segviewer.imaging.overlay import blend, colour_table
from segviewer.session import OverlaySettings, Session

# Of 255 bytes: "-overlay.png", a number where the name is taken, and what the temporary file's
# name has around it.
LONGEST_STEM = 200


def shown_label_set(name: str, classes: tuple[str, ...], palette: str) -> LabelSet:
    """The label set a session shows: the checkpoint's own, perhaps in safe colours."""
    own = label_set(name) if name else label_set_for(len(classes))
    if len(own.classes) != len(classes):
        own = label_set_for(len(classes))
    return colour_blind_safe(own) if palette == "colour-blind safe" else own


def overlay_picture(
    settings: OverlaySettings,
    labels: LabelSet,
    image: np.ndarray,
    label_map: np.ndarray,
    cover: Cover | None = None,
) -> np.ndarray:
    """The overlay as the window shows it, at the photograph's own pixels.

    Parameters
    ----------
    cover : Cover, optional
        What is seen in place of the labels.

    Returns
    -------
    ndarray of uint8 (H, W, 3)
    """
    if cover is not None:
        rows = np.arange(image.shape[0]) * cover.raster.shape[0] // image.shape[0]
        columns = np.arange(image.shape[1]) * cover.raster.shape[1] // image.shape[1]
        full = cover.raster[rows][:, columns]
        return blend(image, full, cover.table, settings.opacity, "fill")
    table = colour_table(labels, hidden=settings.hidden)
    return blend(image, label_map, table, settings.opacity, settings.style)


def make_folder(out: Path) -> None:
    """Make a folder for results, if it is not there.

    Raises
    ------
    ExportError
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            f"The folder {out} cannot be made.",
            f"The system says: {error.strerror}.",
            "Choose another folder.",
        ) from error


def fitting_stem(stem: str) -> str:
    """`stem`, cut so that every name made from it still is one (255 bytes on most disks)."""
    encoded = os.fsencode(stem)
    if len(encoded) <= LONGEST_STEM:
        return stem
    return encoded[:LONGEST_STEM].decode("utf-8", "ignore")


def write_results(
    session: Session, collected: Collected, out: Path, cover: Cover | None = None
) -> dict[str, Any]:
    """Write ``NAME-labels.png``, ``NAME-overlay.png`` and ``NAME.json`` into `out`.

    Both pictures carry `session`, so that they can be reopened. Existing files are kept: a
    free name is taken instead.

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
    picture = collected.results["image"].levels[0]
    labelled = collected.results["label_map"]
    network = collected.results["network"]
    classes = collected.results["refined"].classes
    labels = shown_label_set(network.label_set, classes, session.overlay.palette)
    stem = fitting_stem(Path(session.image.removeprefix("sample:")).stem)
    label_file = free_name(out / f"{stem}-labels.png")
    overlay_file = free_name(out / f"{stem}-overlay.png")
    report_file = free_name(out / f"{stem}.json")
    table = colour_table(labels)
    record = figure_record(session)
    write_png(label_file, labelled.label_map, palette=table[:, :3], record=record)
    shown = overlay_picture(session.overlay, labels, picture, labelled.label_map, cover)
    write_png(overlay_file, shown, record=record)
    shares = {n: round(float(s), 5) for n, s in zip(classes, labelled.shares, strict=True)}
    report = {
        "segviewer": __version__,
        "image": session.image,
        "checkpoint": session.checkpoint,
        "weights": weights_state(network),
        "notes": [*network_notes(network), *picture_notes(labelled)],
        "size": [picture.shape[1], picture.shape[0]],
        "labels": str(label_file),
        "overlay": str(overlay_file),
        "shares": shares,
        "seconds": {name: round(s, 4) for name, s in collected.seconds.items()},
        "session": session.model_dump(mode="json"),
    }
    write_json(report_file, report)
    return report
