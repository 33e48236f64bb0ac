"""Label maps of any size as tiled TIFF, with where on Earth they lie."""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segviewer.errors import ExportError
from segviewer.files.partial_files import SUFFIX, partial_prefix

TILE = 512
_BIG = 1 << 31  # pixels from which offsets need 64 bits
_VOID = 255


def write_tiled_tiff(
    path: Path,
    labels: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    georeference: Iterable[Any] = (),
) -> Path:
    """Write a label map (H, W) tile by tile; `labels` may be a file that is mapped into memory.

    Parameters
    ----------
    path : Path
        Replaced where it is there.
    labels : ndarray of uint8 (H, W)
        255 is void, and said to be by GDAL's tag.
    palette : ndarray of uint8 (256, 3)
        A colour for each label.
    georeference : iterable of GeoTag
        Tags of the picture, see :data:`segviewer.imaging.reading.windows.GEOREFERENCE`.

    Raises
    ------
    ExportError
    """
    from tifffile import TiffWriter

    height, width = labels.shape
    tags: list[tuple[Any, ...]] = [
        (tag.code, tag.kind, 0 if tag.kind == "s" else len(tag.value), tag.value, True)
        for tag in georeference
    ]
    tags.append((42113, "s", 0, str(_VOID), True))
    try:
        handle, temporary = tempfile.mkstemp(SUFFIX, partial_prefix(path), path.parent)
        os.close(handle)
    except OSError as error:
        raise _refused(path, error) from error
    try:
        with TiffWriter(temporary, bigtiff=labels.size >= _BIG) as out:
            out.write(
                _tiles(labels),
                shape=(height, width),
                dtype="uint8",
                photometric="palette",
                colormap=palette.T.astype(np.uint16) * 257,
                tile=(TILE, TILE),
                compression="zlib",
                software="segviewer",
                metadata=None,
                extratags=tags,
            )
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
    return path


def _tiles(labels: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    height, width = labels.shape
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            part = labels[top : top + TILE, left : left + TILE]
            tile = np.full((TILE, TILE), _VOID, np.uint8)
            tile[: part.shape[0], : part.shape[1]] = part
            yield tile
        let_go(labels)


def let_go(labels: NDArray[np.uint8]) -> None:
    """Count a mapped file's pages as the disk's again, not as memory of this process."""
    mapped = labels.base
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def _refused(path: Path, error: OSError) -> ExportError:
    return ExportError(
        f"{path.name} was not written.",
        f"The system says: {error.strerror or error}.",
        "Choose another folder, or make room on the disk.",
        details=f"{path}: {error}",
    )
