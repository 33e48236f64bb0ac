"""Results as files: written whole or not at all, and never over another file unasked."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from segviewer.errors import ExportError
from segviewer.files.partial_files import SUFFIX, partial_prefix
from segviewer.imaging.labels import LabelSet

if TYPE_CHECKING:
    # The window starts without records.
    from segviewer.imaging.export.figure_record import FigureRecord


def write_png(
    path: str | os.PathLike[str],
    array: NDArray[np.uint8],
    palette: LabelSet | Sequence[Sequence[int]] | np.ndarray | None = None,
    *,
    record: FigureRecord | None = None,
    texts: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write an array as PNG.

    Parameters
    ----------
    path : path-like
        Where to; if taken and not `overwrite`, the next free name is used.
    array : ndarray of uint8
        (H, W) label map or grey, (H, W, 3) RGB, or (H, W, 4) RGBA.
    palette : LabelSet or sequence of colours, optional
        Makes a palettised PNG of a label map: the pixels hold the labels, the colours only
        help viewers. Void (255) gets the colour (224, 224, 192), as VOC's files have.
    record : FigureRecord, optional
        What the picture shows, so that it can be reopened.
    texts : mapping of str to str, optional
        What else the file says, in ASCII, each under its keyword.
    overwrite : bool
        Replace a file of this name.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ExportError
        If the folder is missing or read-only, or the disk is full; nothing is left behind.
    """
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        raise ValueError(f"not a picture: {array.dtype} {array.shape}")
    picture = Image.fromarray(np.ascontiguousarray(array))
    if palette is not None:
        if array.ndim != 2:
            raise ValueError("a palette needs a label map (H, W)")
        picture.putpalette(_palette_bytes(palette))
    said = PngImagePlugin.PngInfo()
    for keyword, text in (texts or {}).items():
        said.add_text(keyword, text)
    if record is not None:
        from segviewer.imaging.export.figure_record import KEYWORD

        said.add_itxt(KEYWORD, record.text())
    return _write(path, lambda file: picture.save(file, "PNG", pnginfo=said), overwrite)


def write_svg(
    path: str | os.PathLike[str], svg: bytes, record: FigureRecord, *, overwrite: bool = False
) -> Path:
    """Write an SVG with its record; the rest is as with :func:`write_png`.

    Parameters
    ----------
    path : path-like
    svg : bytes
        The drawing.
    record : FigureRecord
    overwrite : bool
    """
    from segviewer.imaging.export.figure_record import svg_with_record

    content = svg_with_record(svg, record)
    return _write(path, lambda file: file.write(content), overwrite)


def write_gif(
    path: str | os.PathLike[str],
    frames: Sequence[np.ndarray],
    milliseconds: Sequence[int],
    record: FigureRecord,
    *,
    overwrite: bool = False,
) -> Path:
    """Write frames as an endless GIF with its record.

    Parameters
    ----------
    frames : sequence of ndarray of uint8 (H, W, 3)
        All of one size, at least one.
    milliseconds : sequence of int
        How long each frame stands; a GIF counts in tens.

    Return value and errors are those of :func:`write_png`.
    """
    from segviewer.imaging.export.figure_record import gif_comment

    pictures = [Image.fromarray(np.ascontiguousarray(frame)) for frame in frames]
    # One palette for all, or what does not change would flicker.
    palette = _shared_palette(pictures)
    first, *others = [picture.quantize(palette=palette) for picture in pictures]
    comment = gif_comment(record)

    def save(file: IO[bytes]) -> None:
        first.save(
            file,
            "GIF",
            save_all=True,
            append_images=others,
            duration=list(milliseconds),
            loop=0,
            comment=comment,
            optimize=False,
            disposal=1,
        )

    return _write(path, save, overwrite)


def _shared_palette(pictures: Sequence[Image.Image]) -> Image.Image:
    """A palettised picture whose 256 colours suit all `pictures`."""
    small = [picture.reduce(max(1, max(picture.size) // 240)) for picture in pictures]
    width, height = small[0].size
    sheet = Image.new("RGB", (width, height * len(small)))
    for row, picture in enumerate(small):
        sheet.paste(picture, (0, row * height))
    return sheet.quantize(256, method=Image.Quantize.MEDIANCUT)


def write_json(path: str | os.PathLike[str], obj: Any, *, overwrite: bool = False) -> Path:
    """Write an object as JSON; numpy values become plain ones, NaN and infinity ``null``.

    Parameters
    ----------
    path, overwrite
        As in :func:`write_png`, and so are what comes back and the errors.
    obj : object
    """
    text = json.dumps(_plain(obj), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return _write(path, lambda file: file.write(text.encode()), overwrite)


def write_csv(
    path: str | os.PathLike[str], rows: Sequence[Mapping[str, Any]], *, overwrite: bool = True
) -> Path:
    """Write rows as CSV (UTF-8), whole or not at all; columns are all names that occur.

    Parameters
    ----------
    path : path-like
    rows : sequence of mapping
        What a row lacks stays empty.
    overwrite : bool

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    table = csv.DictWriter(text, names, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    content = text.getvalue().encode("utf-8", "backslashreplace")
    return _write(path, lambda file: file.write(content), overwrite)


def write_npz(
    path: str | os.PathLike[str], arrays: Mapping[str, NDArray[Any]], *, overwrite: bool = False
) -> Path:
    """Write arrays as compressed NPZ, whole or not at all.

    Parameters
    ----------
    path : path-like
    arrays : mapping of str to ndarray
    overwrite : bool

    Raises
    ------
    ExportError
        If it cannot be written.
    """

    def save(file: IO[bytes]) -> None:
        # numpy's stub takes every name for its own option.
        np.savez_compressed(file, **dict(arrays))  # type: ignore[arg-type]

    return _write(path, save, overwrite)


def write_npy(
    path: str | os.PathLike[str], array: NDArray[Any], *, overwrite: bool = False
) -> Path:
    """Write an array as NPY, whole or not at all.

    Parameters
    ----------
    path, overwrite
        As in :func:`write_npz`, and so are the errors.
    array : ndarray
    """
    return _write(path, lambda file: np.save(file, array, allow_pickle=False), overwrite)


def write_text(path: str | os.PathLike[str], text: str, *, overwrite: bool = False) -> Path:
    """Write a text (UTF-8), whole or not at all.

    Parameters
    ----------
    path, overwrite
        As in :func:`write_npz`, and so are the errors.
    text : str
    """
    return _write(path, lambda file: file.write(text.encode()), overwrite)


def free_name(path: str | os.PathLike[str]) -> Path:
    """`path` itself if nothing is there, else ``name-2.png``, ``name-3.png``, …"""
    path = Path(path)
    candidate, number = path, 1
    # lexists: a dangling link is a name that is taken, too.
    while os.path.lexists(candidate):
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate


def _write(path: str | os.PathLike[str], save: Callable[[IO[bytes]], Any], overwrite: bool) -> Path:
    path = Path(path)
    if not path.name:
        raise ExportError(
            f"Nothing was written to {path}.", "It names no file.", "Give a file name."
        )
    partial = path.with_name(f"{partial_prefix(path)}{os.getpid()}{SUFFIX}")
    try:
        target = path if overwrite else free_name(path)
        with partial.open("wb") as file:
            save(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    except (OSError, ValueError) as error:
        raise _export_error(path, error) from error
    finally:
        # After success the temporary name is gone already.
        with contextlib.suppress(OSError, ValueError):
            partial.unlink(missing_ok=True)
    return target


def _export_error(path: Path, error: Exception) -> ExportError:
    reason = getattr(error, "strerror", None) or str(error)
    if isinstance(error, PermissionError):
        why, next_step = "The folder is read-only.", "Choose a folder of your own."
    elif isinstance(error, FileNotFoundError):
        why, next_step = "The folder is not there.", "Create it, or choose another folder."
    elif isinstance(error, OSError) and error.errno == 28:
        why, next_step = "The disk is full.", "Free some space, or choose another disk."
    elif isinstance(error, OSError) and error.errno == 30:
        why, next_step = "The disk is read-only.", "Choose another disk."
    else:
        why, next_step = f"The system says: {reason}.", "Choose another folder or name."
    return ExportError(
        f"{path.name} was not written.", why, next_step, details=f"{path}\n{error!r}"
    )


def _palette_bytes(palette: LabelSet | Sequence[Sequence[int]] | np.ndarray) -> bytes:
    colours = palette.colours if isinstance(palette, LabelSet) else palette
    table = np.zeros((256, 3), np.uint8)
    table[255] = (224, 224, 192)
    used = np.asarray(colours, np.uint8)[:, :3]
    table[: len(used)] = used
    return table.tobytes()


def _plain(obj: Any) -> Any:
    if isinstance(obj, dict):
        return {str(key): _plain(value) for key, value in obj.items()}
    if isinstance(obj, np.ndarray | np.generic):
        return _plain(obj.tolist())
    if isinstance(obj, list | tuple):
        return [_plain(value) for value in obj]
    if isinstance(obj, float) and not math.isfinite(obj):
        return None
    if isinstance(obj, os.PathLike):
        return os.fspath(obj)
    return obj
