"""NIfTI: one slice of a volume, across its third axis; read by nibabel."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.reading.faults import picture_faults
from segviewer.imaging.reading.formats.optional import library
from segviewer.imaging.reading.header import PictureHeader, check_size, nothing
from segviewer.imaging.reading.levels import Levels
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.stored import StoredPicture, of_values

_SIGNS = ((344, b"n+1\0"), (4, b"n+2\0\r\n\x1a\n"))
_LOOKED_AT = 540
_MOST_SLICES = 1_000_000
_BLOCK = 1 << 20


def takes(path: Path, settings: PictureSettings) -> bool:
    """Whether a file, unpacked where it is packed, begins as NIfTI does."""
    with open_regular(path) as file:
        start = file.read(2 * _LOOKED_AT)
    if start[:2] == b"\x1f\x8b":
        try:
            start = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(start, _LOOKED_AT)
        except zlib.error:
            return False
    return any(start[at : at + len(sign)] == sign for at, sign in _SIGNS)


def header(path: Path, settings: PictureSettings) -> PictureHeader:
    """What the file says of itself; its voxels are not read."""
    with picture_faults(path):
        return _header(_volume(path), settings)


def read(
    path: Path,
    settings: PictureSettings,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> StoredPicture:
    """Read one slice: the first axis to the right, the second one upward.

    Parameters
    ----------
    path, settings, allow_large, check, progressed
        As in :func:`segviewer.imaging.reading.read.read_stored`.
    """
    with picture_faults(path):
        volume = _volume(path)
        found = _header(volume, settings)
        check_size(path, found, allow_large)
        kind = volume.get_data_dtype()
        if kind.kind not in "uifV":
            raise PictureError(
                f"{path.name} holds numbers that cannot be shown as grey or colour.",
                f"They are of the kind {kind}.",
                "Write magnitude or phase into a file of their own.",
            )
        width, height = found.width, found.height
        amount = width * height * kind.itemsize
        offset = int(volume.get_data_offset()) + found.page * amount
        data = _bytes(path, offset, amount, check, progressed)
        # The first axis runs fastest.
        stored = np.frombuffer(data, kind).reshape(height, width)
    stored = stored[::-1]
    notes = (found.frames_note,) if found.frames_note else ()
    if kind.names is not None:  # colours, 8 bits each
        image = np.stack([stored[name] for name in kind.names[:3]], -1)
        return StoredPicture(np.ascontiguousarray(image), found, notes=notes)
    slope, offset_value = volume.get_slope_inter()
    values = stored.astype(kind.newbyteorder("="))
    if slope not in (None, 1.0) or offset_value not in (None, 0.0):
        values = (values * np.float32(slope) + np.float32(offset_value or 0.0)).astype(np.float32)
    black, white = float(volume["cal_min"]), float(volume["cal_max"])
    own = None
    if math.isfinite(black) and math.isfinite(white) and black < white:
        own = Levels(black, white, True, said="the file's window")
    full = 1.0 if values.dtype.kind == "f" else float(min(65535, np.iinfo(values.dtype).max))
    name = "floating point" if values.dtype.kind == "f" else f"{8 * values.dtype.itemsize} bits"
    return of_values(values, found, full, name, notes=notes, own=own, check=check)


def _volume(path: Path) -> Any:
    """The header of a volume."""
    nibabel = library("nibabel", path, "a NIfTI volume", "nifti")
    with open_regular(path) as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        start = (gzip.GzipFile(fileobj=file) if packed else file).read(_LOOKED_AT)
    second = start[4:12] == _SIGNS[1][1]
    kind = nibabel.Nifti2Header if second else nibabel.Nifti1Header
    size = 540 if second else 348
    # Unchecked: what is wrong with it is asked for here, and not written to a log.
    return kind(start[:size], check=False)


def _header(volume: Any, settings: PictureSettings) -> PictureHeader:
    shape = tuple(int(side) for side in volume.get_data_shape())
    if not 2 <= len(shape) <= 7 or min(shape) < 1:
        raise ValueError(f"it has the shape {shape}")
    slices = math.prod(shape[2:])
    if slices > _MOST_SLICES:
        raise ValueError(f"it says that it has {slices:,} slices")
    # Of a series of volumes the first one's.
    page = settings.page_of(slices, shape[2] // 2 if len(shape) > 2 else 0)
    kind = volume.get_data_dtype()
    if kind.itemsize < 1 or volume.get_data_offset() < 0:
        raise ValueError("it has no numbers")
    return PictureHeader(
        width=shape[0],
        height=shape[1],
        mode=str(kind)[:32],
        format="NIfTI",
        frames=slices,
        page=page,
        in_middle=settings.page is None and slices > 2,
        page_word="slice",
        stored_bytes=2 * kind.itemsize + 4,
    )


def _bytes(
    path: Path,
    offset: int,
    amount: int,
    check: Callable[[], None],
    progressed: Callable[[float], None],
) -> bytes:
    """`amount` bytes of the volume from `offset` on; a packed file is gone through to there."""
    with open_regular(path) as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not packed:
            file.seek(offset)
            data = file.read(amount)
        else:
            parts, passed, end = [], 0, offset + amount
            with gzip.GzipFile(fileobj=file) as unpacked:
                while passed < end:
                    check()
                    block = unpacked.read(min(_BLOCK, end - passed))
                    if not block:
                        break
                    parts.append(block[max(0, offset - passed) :])
                    passed += len(block)
                    progressed(passed / end)
            data = b"".join(parts)
    if len(data) < amount:
        raise ValueError("it ends before the slice does")
    return data
