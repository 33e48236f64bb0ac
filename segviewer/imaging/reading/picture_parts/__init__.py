"""What of a picture's file is handed to Pillow: the parts that make the picture, and no others.

Pillow reads comments, profiles, texts and tags before it says how large a picture is, keeps
them all in memory, some of them byte by byte or in quadratic time, and refuses the picture
where they are odd. Nothing of them is shown, so they are left out. Each module here knows one
format.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

from segviewer.imaging.reading.picture_parts import gif, jpeg, png, ppm, tiff, webp
from segviewer.imaging.reading.picture_parts.stream import PageError, Parts, PictureStream

__all__ = ["PageError", "Parts", "PictureStream", "parts_of"]


def parts_of(
    file: IO[bytes], size: int, check: Callable[[], None], page: int | None = None
) -> Parts:
    """The parts of an open file of `size` bytes; all of it where nothing can be left out.

    Parameters
    ----------
    check : callable
        Called now and then; what it raises ends the search.
    page : int or None
        Which page or frame, counted from 0; None for the one that the file opens at.

    Raises
    ------
    PageError
        If there are fewer pages.
    ValueError
        If the file is damaged beyond what Pillow need be asked.
    """
    start = file.read(16)
    if tiff.begins(start):
        return tiff.parts(file, size, check, page)
    for moving in (png, gif, webp):
        if moving.begins(start):
            found: Parts = moving.parts(file, size, check, page or 0)
            return found
    for still in (jpeg, ppm):
        if still.begins(start):
            if page:
                raise PageError(page, 1)
            whole: Parts = still.parts(file, size, check)
            return whole
    # How many frames the others have, Pillow says.
    return Parts([(0, size)], page=page or 0)
