"""What the names of pictures end in; apart from their headers, whose library loads with those."""

from __future__ import annotations

from segviewer.imaging.reading.formats import SUFFIXES

_PICTURE_SUFFIXES_TEXT = (
    ".png .jpg .jpeg .jpe .jfif .mpo .webp .gif .bmp .dib .tif .tiff .ppm .pgm .pbm .pnm .jp2 "
    ".j2k .avif"
)
PICTURE_SUFFIXES = frozenset(_PICTURE_SUFFIXES_TEXT.split()) | SUFFIXES

PACKED_SUFFIX = ".nii.gz"
