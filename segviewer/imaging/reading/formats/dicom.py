"""DICOM: one slice or frame, with the window that the file names; read by pydicom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from segviewer.files.regular_files import open_regular
from segviewer.imaging.reading.faults import picture_faults
from segviewer.imaging.reading.formats.optional import library
from segviewer.imaging.reading.header import PictureHeader, check_size, nothing
from segviewer.imaging.reading.levels import Levels
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.stored import StoredPicture, of_values

_MOST_FRAMES = 1_000_000


def header(path: Path, settings: PictureSettings) -> PictureHeader:
    """What the file says of itself; its pixels are not read."""
    with picture_faults(path):
        return _header(_tags(path), settings)


def read(
    path: Path,
    settings: PictureSettings,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> StoredPicture:
    """Read one frame.

    Parameters
    ----------
    path, settings, allow_large, check, progressed
        As in :func:`segviewer.imaging.reading.read.read_stored`.
    """
    with picture_faults(path):
        tags = _tags(path)
        found = _header(tags, settings)
        check_size(path, found, allow_large)
        check()
        pixels = library("pydicom.pixels", path, "a DICOM file", "dicom")
        with open_regular(path) as file:
            index = found.page if found.frames > 1 else None
            values = pixels.pixel_array(file, index=index)
        progressed(1.0)
        check()
        kind = str(tags.get("PhotometricInterpretation", ""))
        if kind == "PALETTE COLOR":
            values = pixels.apply_color_lut(values, tags)
        if values.shape[:2] != (found.height, found.width) or values.ndim not in (2, 3):
            raise ValueError(f"its pixels have the shape {values.shape}")
        if values.ndim == 3 and values.shape[-1] != 3:
            raise ValueError(f"its pixels have {values.shape[-1]} samples")
    notes = (found.frames_note,) if found.frames_note else ()
    bits = int(tags.get("BitsStored", 16))
    if values.ndim == 3:
        if values.dtype == np.uint8:
            return StoredPicture(np.ascontiguousarray(values), found, notes=notes)
        return of_values(values, found, float(2**bits - 1), f"{bits} bits", notes=notes)
    slope, offset = _number(tags, "RescaleSlope", 1.0), _number(tags, "RescaleIntercept", 0.0)
    padding = _number(tags, "PixelPaddingValue", None)
    void = None if padding is None else values == padding
    if (slope, offset) != (1.0, 0.0):
        values = (values * np.float32(slope) + np.float32(offset)).astype(np.float32)
    own = _window(tags)
    if kind == "MONOCHROME1":  # the least is white
        values = np.negative(values, dtype=np.float32)
        own = own and Levels(-own.high, -own.low, True, said=own.said)
    unit = str(tags.get("RescaleType", ""))[:16]
    return of_values(
        values,
        found,
        float(2**bits - 1),
        "Hounsfield units" if unit == "HU" else f"{bits} bits",
        void=void if void is not None and void.any() else None,
        notes=notes,
        own=own,
        check=check,
    )


_TAGS_TEXT = (
    "Rows Columns NumberOfFrames SamplesPerPixel BitsAllocated BitsStored PixelRepresentation "
    "PhotometricInterpretation PlanarConfiguration WindowCenter WindowWidth RescaleSlope "
    "RescaleIntercept RescaleType PixelPaddingValue RedPaletteColorLookupTableDescriptor "
    "GreenPaletteColorLookupTableDescriptor BluePaletteColorLookupTableDescriptor "
    "RedPaletteColorLookupTableData GreenPaletteColorLookupTableData "
    "BluePaletteColorLookupTableData"
)


def _tags(path: Path) -> Any:
    pydicom = library("pydicom", path, "a DICOM file", "dicom")
    with open_regular(path) as file:
        tags: Any = pydicom.dcmread(
            file, stop_before_pixels=True, specific_tags=list(_TAGS_TEXT.split())
        )
        return tags


def _header(tags: Any, settings: PictureSettings) -> PictureHeader:
    width, height = int(tags.Columns), int(tags.Rows)
    if width < 1 or height < 1:
        raise ValueError("it has no pixels")
    frames = int(tags.get("NumberOfFrames", 1) or 1)
    if not 1 <= frames <= _MOST_FRAMES:
        raise ValueError(f"it says that it has {frames} frames")
    page = settings.page_of(frames, frames // 2)
    samples, bits = int(tags.get("SamplesPerPixel", 1)), int(tags.get("BitsAllocated", 16))
    return PictureHeader(
        width=width,
        height=height,
        mode=str(tags.get("PhotometricInterpretation", ""))[:32],
        format="DICOM",
        frames=frames,
        page=page,
        in_middle=settings.page is None and frames > 2,
        page_word="slice",
        stored_bytes=min(64, 4 + samples * max(1, bits // 8)),
    )


def _number(tags: Any, name: str, default: Any) -> Any:
    value = _first(tags.get(name))
    try:
        number = float(value)
    except (TypeError, ValueError):
        return default
    return number if np.isfinite(number) else default


def _first(value: Any) -> Any:
    """Of several alternatives the first."""
    several = not isinstance(value, str | bytes) and hasattr(value, "__len__") and len(value)
    return value[0] if several else value


def _window(tags: Any) -> Levels | None:
    centre, width = _number(tags, "WindowCenter", None), _number(tags, "WindowWidth", None)
    if centre is None or width is None or width <= 0:
        return None
    return Levels(centre - width / 2, centre + width / 2, True, said="the file's window")
