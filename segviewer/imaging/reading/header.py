"""What a picture file is, found in its header before a single pixel is decoded."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, cast

from PIL import Image
from PIL.ImageFile import ImageFile

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.reading.faults import (
    FORMATS,
    MAX_PIXELS,
    LargePictureError,
    memory_text,
    picture_faults,
    too_large,
)
from segviewer.imaging.reading.picture_parts import PageError, Parts, PictureStream, parts_of
from segviewer.imaging.reading.suffixes import PACKED_SUFFIX, PICTURE_SUFFIXES

LARGE_PIXELS = 50_000_000
"""Above this many pixels the person is asked once, with the memory it would take."""

LARGE_BYTES = 1_000_000_000
"""Above this much memory the person is asked, too, however many pixels it is."""

UNSTOPPABLE_PIXELS = 16_000_000
"""Above this many pixels of a JPEG 2000, which is slow and decoded in one call."""

_ORIENTATION_TAG = 0x0112
# Bytes that one pixel takes in Pillow's memory; several bands always take four.
_BYTES_PER_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
# What decoders keep beside it, measured: whole frames, coefficients, numbers of 32 bits.
DEEP_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
_DECODER_BYTES_PER_PIXEL = {"WEBP": 10, "AVIF": 4, "JPEG": 3, "JPEG2000": 14}
_BESIDE_FRAME = 8  # bytes a pixel: the frame before, and what lies under it
_ONE_CALL_BYTES = 1 << 30  # largest file of a format that Pillow reads whole before all else
_BUFFER = 1 << 18


@dataclass(frozen=True)
class PictureHeader:
    """What the header of a picture file says.

    Attributes
    ----------
    width, height : int
        Size in pixels, upright: after the turn that the orientation tag asks for.
    mode : str
        Pillow's colour mode, e.g. ``RGB``, ``L``, ``P``, ``CMYK``, ``I;16``.
    format : str
        File format found from the content, e.g. ``JPEG``; the extension is not asked.
    frames : int
        Number of frames or pages; more than 1 means that another can be chosen.
    more_frames : bool
        Whether there are more than `frames`: nobody counts 200,000 to show one.
    orientation : int
        EXIF orientation 1..8 still to be applied to the decoded pixels; 1 is upright.
    whole_bytes : int
        Bytes of the file where they are all in memory while it is decoded.
    page : int
        Which page or slice is meant, counted from 0.
    in_middle : bool
        Whether that page is shown because it is the middle one, and nobody has chosen.
    page_word : str
        What pages are called: ``page``, ``slice``, ``frame``.
    bands : int
        Of how many bands three or one are chosen; 0 where there is no choice.
    fps : float
        Frames a second of a film, else 0.
    live : bool
        Whether it is a camera, whose next page is a newer frame.
    stored_bytes : int
        Bytes of one pixel as it is kept, where that is another number than its mode says.
    overview_of : (int, int)
        Where this is an overview: width and height of the whole; else zeros.
    """

    width: int
    height: int
    mode: str
    format: str
    frames: int = 1
    more_frames: bool = False
    orientation: int = 1
    whole_bytes: int = 0
    page: int = 0
    in_middle: bool = False
    page_word: str = "page"
    bands: int = 0
    stored_bytes: int = 0
    fps: float = 0.0
    live: bool = False
    overview_of: tuple[int, int] = (0, 0)

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    @property
    def size_in_file(self) -> tuple[int, int]:
        """Width and height, pixels; of an overview those of the whole."""
        return (self.width, self.height) if self.overview_of == (0, 0) else self.overview_of

    @property
    def peak_bytes(self) -> int:
        """Bytes that reading takes at its highest: Pillow's own copy and the RGB array.

        And what the decoder keeps, and the file where it has to be there as a whole.
        """
        if self.stored_bytes:
            return (3 + self.stored_bytes) * self.pixels + self.whole_bytes
        each = 3 + _BYTES_PER_PIXEL.get(self.mode, 4) + _DECODER_BYTES_PER_PIXEL.get(self.format, 0)
        if self.format == "TIFF" and self.orientation != 1:
            each += _BYTES_PER_PIXEL.get(self.mode, 4)
        if self.mode in DEEP_MODES:
            each += _BYTES_PER_PIXEL.get(self.mode, 4)  # the values, beside Pillow's own
        if self.page and self.format != "TIFF":
            each += _BESIDE_FRAME
        return each * self.pixels + self.whole_bytes

    @property
    def frames_note(self) -> str:
        """What a person has to know of further frames, or empty."""
        if self.frames < 2:
            return ""
        of = f"of {'more than ' if self.more_frames else ''}{self.frames:,}"
        middle = ", the middle" if self.in_middle else ""
        return f"{self.page_word} {self.page + 1:,} {of}{middle}"


def _header(picture: Image.Image, parts: Parts, size: int) -> PictureHeader:
    orientation = _orientation(picture)
    width, height = picture.size
    if orientation >= 5:
        width, height = height, width
    frames = getattr(picture, "n_frames", 1) if parts.frames is None else parts.frames
    if parts.page >= frames:
        raise PageError(parts.page, frames)
    return PictureHeader(
        width=width,
        height=height,
        mode=picture.mode,
        format=picture.format or "unknown",
        frames=frames,
        more_frames=parts.more_frames,
        orientation=orientation,
        whole_bytes=size if _is_read_whole(picture) else 0,
        page=parts.page,
        in_middle=parts.in_middle,
        page_word="page" if picture.format == "TIFF" else "frame",
        fps=1 / parts.seconds if frames > 1 and parts.seconds else 0.0,
    )


def _is_read_whole(picture: Image.Image) -> bool:
    """Whether Pillow needs the bytes of the file all at once."""
    if picture.format == "TIFF":
        return picture.info.get("compression") != "raw"
    return picture.format in ("WEBP", "AVIF", "JPEG2000")


def _orientation(picture: Image.Image) -> int:
    if picture.format == "TIFF":
        # Pillow turns TIFF upright by itself, its size included.
        return 1
    try:
        if picture.format == "PNG":
            # Pillow's getexif would decode the whole PNG to look behind the pixels.
            exif = Image.Exif()
            exif.load(picture.info.get("exif", b""))
        else:
            exif = picture.getexif()
        orientation = exif.get(_ORIENTATION_TAG, 1)
    # Garbled metadata (any exception, see open_picture) is no reason to refuse the pixels.
    except Exception:
        return 1
    return orientation if orientation in range(1, 9) else 1


def has_picture_name(path: PurePath) -> bool:
    """Whether a file is a picture by its name alone."""
    return path.suffix.lower() in PICTURE_SUFFIXES or path.name.lower().endswith(PACKED_SUFFIX)


def nothing(*args: object) -> None:
    """For those who neither stop reading nor want to know how far it is."""


def time_limit(path: Path, seconds: float) -> Callable[[], None]:
    """A `check` that gives up after so long; for previews and guesses, never for the picture.

    Raises
    ------
    PictureError
        From the function that is returned.
    """
    end = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > end:
            raise PictureError(
                f"{path.name} takes long to read.",
                f"It was given up after {seconds:g} seconds, since it was only looked at.",
                "Open it by itself: that may take as long as it likes, and can be stopped.",
            )

    return check


@contextmanager
def open_picture(
    path: Path,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
    page: int | None = None,
) -> Iterator[tuple[ImageFile, PictureHeader]]:
    """Open `path` with Pillow and turn everything that goes wrong into a PictureError.

    What the body of the ``with`` raises while decoding is turned as well.

    Parameters
    ----------
    check : callable
        Called at every read; what it raises (:class:`segviewer.errors.Cancelled`) comes through.
    progressed : callable
        Called with how much of the file was read, 0 to 1.
    page : int or None
        Counted from 0; None for the one that it opens at. Of an animation Pillow stands at the
        first, and can go to that one and no further.

    Raises
    ------
    PictureError
        Also for a truncated or damaged file; what else, says
        :func:`segviewer.imaging.reading.read.inspect_picture`.
    """
    with (
        picture_faults(path),
        open_regular(path) as file,
        _opened(path, file, check, progressed, page) as (picture, header),
    ):
        if picture.size[0] < 1 or picture.size[1] < 1:
            raise PictureError(
                f"{path.name} has no pixels.",
                f"Its header gives a size of {picture.size[0]}×{picture.size[1]}.",
                "Export the picture again, or choose another.",
            )
        yield picture, header


@contextmanager
def _opened(
    path: Path,
    file: IO[bytes],
    check: Callable[[], None],
    progressed: Callable[[float], None],
    page: int | None,
) -> Iterator[tuple[ImageFile, PictureHeader]]:
    size = os.fstat(file.fileno()).st_size
    parts = parts_of(file, size, check, page)
    stream = PictureStream(file, parts, check, progressed)
    if size > _ONE_CALL_BYTES and parts.pieces == [(0, size)]:
        raise PictureError(
            f"{path.name} is too large: {memory_text(size)}.",
            f"Files of its kind over {memory_text(_ONE_CALL_BYTES)} would be read into memory "
            "as a whole before anything of them is known.",
            "Save it as PNG or JPEG from a picture program.",
        )
    # A buffer would put the scans of a JPEG together again.
    buffered = io.BufferedReader(stream, _BUFFER) if parts.scans_from is None else stream
    source = cast(IO[bytes], buffered)  # to Pillow it is one, for it reads and seeks
    with Image.open(source, formats=FORMATS) as picture:
        yield picture, _header(picture, parts, size)


def check_size(path: Path, header: PictureHeader, allow_large: bool) -> None:
    """Refuse a picture that is large, or takes much memory, unless `allow_large`.

    Parameters
    ----------
    path : Path
    header : PictureHeader
    allow_large : bool

    Raises
    ------
    LargePictureError
    """
    if header.pixels > MAX_PIXELS:
        raise too_large(path, f"{header.width}×{header.height}")
    slow = header.format == "JPEG2000" and header.pixels > UNSTOPPABLE_PIXELS
    large = header.pixels > LARGE_PIXELS or header.peak_bytes > LARGE_BYTES
    if (slow or large) and not allow_large:
        memory = f"Opening it takes about {memory_text(header.peak_bytes)} of memory"
        raise LargePictureError(
            f"{path.name} is large: {header.width}×{header.height}, "
            f"{header.pixels / 1e6:.0f} megapixels.",
            f"{memory}, and as a JPEG 2000 it cannot be stopped meanwhile."
            if slow
            else f"{memory}.",
            "Open it anyway, or scale it down first.",
        )
