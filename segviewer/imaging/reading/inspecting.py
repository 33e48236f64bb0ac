"""What a picture file of any format is, without decoding it."""

from __future__ import annotations

import os
from pathlib import Path

from segviewer.imaging.reading import formats
from segviewer.imaging.reading.formats import by_pillow
from segviewer.imaging.reading.header import PictureHeader
from segviewer.imaging.reading.picture_settings import PictureSettings

_AS_THE_FILE_SAYS = PictureSettings()


def inspect_picture(
    path: str | os.PathLike[str], settings: PictureSettings = _AS_THE_FILE_SAYS
) -> PictureHeader:
    """Read a picture's header; nothing is decoded.

    Raises
    ------
    PictureError
        If the file is missing, empty, a folder, unreadable, not a picture, or over
        :data:`segviewer.imaging.reading.faults.MAX_PIXELS`.
    """
    path = Path(path)
    reader = formats.reader_of(path, settings) or by_pillow
    found: PictureHeader = reader.header(path, settings)
    return found
