"""Rows of a large picture, a few at a time, so that what is made of them stays small."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image

STRIP_PIXELS = 1_000_000


def strips(picture: Image.Image) -> Iterator[tuple[int, int, Image.Image]]:
    """(top, bottom, the rows between) of a decoded picture, from above to below."""
    width, height = picture.size
    rows = max(1, STRIP_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        whole = (top, bottom) == (0, height)
        yield top, bottom, picture if whole else picture.crop((0, top, width, bottom))
