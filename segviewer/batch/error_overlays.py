"""The pictures of a data set as PNG files: what is wrong laid over each, and a legend under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from segviewer.analysis.evaluation.target_fit import share_text
from segviewer.batch.error_picture import error_picture
from segviewer.batch.picture_row import PictureRow
from segviewer.errors import PictureError
from segviewer.export.exporting import fitting_stem
from segviewer.files.writing_faults import make_folder
from segviewer.imaging.export.writing import write_png
from segviewer.imaging.overlay import error_table
from segviewer.imaging.reading.file_names import shown_name
from segviewer.imaging.reading.targets import VOID

SIDE = 1024
LEGEND_ROWS = 2
LINE = 22  # pixels
_LEAST_WIDTH = 480  # below which the legend could not be read
_MARGIN, _SWATCH, _LETTERS = 10, 12, 13
_GROUND, _INK = (28, 28, 30), (235, 235, 238)


def write_overlays(
    folder: Path,
    rows: Sequence[PictureRow],
    classes: Sequence[str],
    check: Callable[[], None] = lambda: None,
) -> list[str]:
    """Write ``0001-NAME-errors.png`` of each measured picture, numbered in the order of `rows`.

    Files of these names are replaced. What cannot be read any more is left out.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    rows : sequence of PictureRow
        The worst first, as they are listed.
    classes : sequence of str
        Names of the network's classes.
    check : callable
        Called before each; what it raises ends the work.

    Returns
    -------
    list of str
        Why pictures were left out, a sentence each.

    Raises
    ------
    ExportError
        If the folder cannot be written.
    """
    make_folder(folder)
    left_out = []
    for number, row in enumerate(rows, 1):
        check()
        if row.reason:
            left_out.append(f"{shown_name(row.picture)}: {row.reason}")
            continue
        try:
            picture = overlay_with_legend(row, classes)
        except PictureError as error:
            left_out.append(f"{shown_name(row.picture)}: {error.sentence}")
            continue
        stem = fitting_stem(f"{number:04}-{Path(row.picture).stem}")
        write_png(folder / f"{stem}-errors.png", picture, overwrite=True)
    return left_out


def overlay_with_legend(row: PictureRow, classes: Sequence[str], side: int = SIDE) -> np.ndarray:
    """A picture with its errors, and under it what the colours mean and what was measured.

    Parameters
    ----------
    row : PictureRow
    classes : sequence of str
    side : int
        Of its long side, pixels, at most.

    Returns
    -------
    ndarray of uint8 (h, w, 3)
        The legend is :data:`LEGEND_ROWS` lines of :data:`LINE` pixels; small pictures stand on
        its left.

    Raises
    ------
    PictureError
        If the photograph cannot be read.
    """
    photograph = error_picture(row.picture, row.errors, side)
    height, width = photograph.shape[:2]
    page = Image.new("RGB", (max(width, _LEAST_WIDTH), height + LEGEND_ROWS * LINE + 8), _GROUND)
    page.paste(Image.fromarray(photograph))
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(_LETTERS)
    top, left = height + 4, _MARGIN
    table = error_table("errors")
    wrong, void = _shares(row)
    for colour, text in ((table[1], f"wrong {wrong}"), (table[VOID], f"not compared {void}")):
        box = (left, top + 4, left + _SWATCH, top + 4 + _SWATCH)
        red, green, blue = colour[:3].tolist()
        draw.rectangle(box, fill=(red, green, blue))
        left += _SWATCH + 6
        draw.text((left, top + 2), text, _INK, font)
        left += round(draw.textlength(text, font)) + 18
    figures = [f"mIoU {row.miou:.3f}" if not np.isnan(row.miou) else "nothing compared"]
    if row.worst_class >= 0:
        figures.append(f"worst: {classes[row.worst_class]}")
    if confused := confusion_text(row, classes):
        figures.append(confused)
    line = " · ".join((*figures, shown_name(row.picture)))
    draw.text((_MARGIN, top + LINE + 2), _cut(line, draw, font, page.width), _INK, font)
    return np.asarray(page)


def confusion_text(row: PictureRow, classes: Sequence[str]) -> str:
    """The confusion that cost a picture most pixels; empty where there is none."""
    wrong = row.cells[row.cells[:, 0] != row.cells[:, 1]]
    if not len(wrong):
        return ""
    target, predicted, pixels = wrong[wrong[:, 2].argmax()].tolist()
    share = share_text(pixels / max(1, int(row.cells[:, 2].sum())))
    return f"{classes[target]} taken for {classes[predicted]}, {share}"


def _shares(row: PictureRow) -> tuple[str, str]:
    """Wrong pixels of those that were compared, and of all those that were not, in per cent."""
    compared = int(row.cells[:, 2].sum())
    right = int(row.cells[row.cells[:, 0] == row.cells[:, 1], 2].sum())
    pixels = int(row.held[:, 1].sum())
    wrong = (compared - right) / compared if compared else 0.0
    return share_text(wrong), share_text((pixels - compared) / pixels if pixels else 0.0)


def _cut(
    text: str,
    draw: ImageDraw.ImageDraw,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    width: int,
) -> str:
    """As much of `text` as a line holds."""
    most = width - 2 * _MARGIN
    if draw.textlength(text, font) <= most:
        return text
    while text and draw.textlength(f"{text} …", font) > most:
        text = text[:-1]
    return f"{text} …"
