"""HEIC and HEIF, as telephones write them; read by pillow-heif."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.reading.faults import memory_text, picture_faults
from segviewer.imaging.reading.formats.optional import library
from segviewer.imaging.reading.header import PictureHeader, check_size, nothing
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.stored import StoredPicture, over_grey

_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
_MOST_BYTES = 1 << 29  # the library holds the whole file
_LOOKED_AT = 256


def takes(path: Path, settings: PictureSettings) -> bool:
    """Whether one of the brands at the beginning of the file is HEVC's; AVIF's begin alike."""
    with open_regular(path) as file:
        start = file.read(_LOOKED_AT)
    length = min(int.from_bytes(start[:4], "big"), len(start))
    return any(start[at : at + 4] in _BRANDS for at in range(8, length - 3, 4))


def header(path: Path, settings: PictureSettings) -> PictureHeader:
    """What the file says of itself."""
    with picture_faults(path), _opened(path, settings) as (_, found):
        return found


def read(
    path: Path,
    settings: PictureSettings,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> StoredPicture:
    """Read one of its pictures.

    Parameters
    ----------
    path, settings, allow_large, check, progressed
        As in :func:`segviewer.imaging.reading.read.read_stored`.
    """
    with picture_faults(path), _opened(path, settings) as (picture, found):
        check_size(path, found, allow_large)
        check()
        values = np.asarray(picture)  # decoded now, in one call
        progressed(1.0)
    image, void = over_grey(values)
    notes = (found.frames_note,) if found.frames_note else ()
    return StoredPicture(image, found, void=void, notes=notes)


@contextmanager
def _opened(path: Path, settings: PictureSettings) -> Iterator[tuple[Any, PictureHeader]]:
    heif = library("pillow_heif", path, "a HEIC photograph", "heic")
    with open_regular(path) as file:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise PictureError(
                f"{path.name} is too large: {memory_text(size)}.",
                f"Files of its kind over {memory_text(_MOST_BYTES)} would be read into memory "
                "as a whole before anything of them is known.",
                "Save it as PNG or JPEG from a picture program.",
            )
        pictures = heif.open_heif(file)
        count = len(pictures)
        page = settings.page_of(count)
        picture = pictures[page]
        width, height = picture.size
        # Turned by the library, as the file says; what EXIF says beside that does not count.
        yield (
            picture,
            PictureHeader(
                width=width,
                height=height,
                mode=str(picture.mode),
                format="HEIF",
                frames=count,
                page=page,
                page_word="picture",
                stored_bytes=8,
                whole_bytes=size,
            ),
        )
