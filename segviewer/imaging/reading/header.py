"""What a picture file is, found in its header before a single pixel is decoded."""

from __future__ import annotations

import io
import os
import re
import stat
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from PIL import Image, UnidentifiedImageError, features
from PIL.ImageFile import ImageFile

from segviewer.errors import Cancelled, PictureError
from segviewer.files.regular_files import open_regular, status_of
from segviewer.imaging.reading.picture_parts import Parts, PictureStream, parts_of

LARGE_PIXELS = 50_000_000
"""Above this many pixels the person is asked once, with the memory it would take."""

LARGE_BYTES = 1_000_000_000
"""Above this much memory the person is asked, too, however many pixels it is."""

UNSTOPPABLE_PIXELS = 16_000_000
"""Above this many pixels of a JPEG 2000, which is slow and decoded in one call."""

MAX_PIXELS = 2 * 89_478_485
"""Above this many pixels (179 million) a picture is always refused.

It is where Pillow's own guard against decompression bombs stands, which is never moved.
"""

# Only formats that hold pixels and are known by their first bytes. Pillow also knows EPS and
# the like, which would start another program on the file, and TGA, which fits random bytes.
# AVIF is missing from some builds of Pillow. (A phone's MPO opens as JPEG.)
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "JPEG2000") + (
    ("AVIF",) if features.check("avif") else ()
)

_PICTURE_SUFFIXES_TEXT = (
    ".png .jpg .jpeg .jpe .jfif .mpo .webp .gif .bmp .dib .tif .tiff .ppm .pgm .pbm .pnm .jp2 "
    ".j2k .avif"
)
PICTURE_SUFFIXES = frozenset(_PICTURE_SUFFIXES_TEXT.split())

_ORIENTATION_TAG = 0x0112
# Bytes that one pixel takes in Pillow's memory; several bands always take four.
_BYTES_PER_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
# What decoders keep beside it, measured: whole frames, coefficients, numbers of 32 bits.
_DECODER_BYTES_PER_PIXEL = {"WEBP": 10, "AVIF": 4, "JPEG": 3, "JPEG2000": 14}
_ONE_CALL_BYTES = 1 << 30  # largest file of a format that Pillow reads whole before all else
_BUFFER = 1 << 18


class LargePictureError(PictureError):
    """A picture that can be opened, but only after asking, because of the memory it takes."""


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
        Number of frames or pages; more than 1 means that only the first is shown.
    more_frames : bool
        Whether there are more than `frames`: nobody counts 200,000 to show one.
    orientation : int
        EXIF orientation 1..8 still to be applied to the decoded pixels; 1 is upright.
    whole_bytes : int
        Bytes of the file where they are all in memory while it is decoded.
    """

    width: int
    height: int
    mode: str
    format: str
    frames: int = 1
    more_frames: bool = False
    orientation: int = 1
    whole_bytes: int = 0

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    @property
    def peak_bytes(self) -> int:
        """Bytes that reading takes at its highest: Pillow's own copy and the RGB array.

        And what the decoder keeps, and the file where it has to be there as a whole.
        """
        each = 3 + _BYTES_PER_PIXEL.get(self.mode, 4) + _DECODER_BYTES_PER_PIXEL.get(self.format, 0)
        if self.format == "TIFF" and self.orientation != 1:
            each += _BYTES_PER_PIXEL.get(self.mode, 4)
        return each * self.pixels + self.whole_bytes

    @property
    def frames_note(self) -> str:
        """What a person has to know of further frames, or empty."""
        if self.frames < 2:
            return ""
        return f"first of {'more than ' if self.more_frames else ''}{self.frames} frames"


def inspect_picture(path: str | os.PathLike[str]) -> PictureHeader:
    """Read a picture's header; nothing is decoded.

    Raises
    ------
    PictureError
        If the file is missing, empty, a folder, unreadable, not a picture, or over
        :data:`MAX_PIXELS`.
    """
    path = Path(path)
    with open_picture(path) as (_, header):
        return header


def _header(picture: Image.Image, parts: Parts, size: int) -> PictureHeader:
    orientation = _orientation(picture)
    width, height = picture.size
    if orientation >= 5:
        width, height = height, width
    return PictureHeader(
        width=width,
        height=height,
        mode=picture.mode,
        format=picture.format or "unknown",
        frames=getattr(picture, "n_frames", 1) if parts.frames is None else parts.frames,
        more_frames=parts.more_frames,
        orientation=orientation,
        whole_bytes=size if _is_read_whole(picture) else 0,
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
    path: Path, check: Callable[[], None] = nothing, progressed: Callable[[float], None] = nothing
) -> Iterator[tuple[ImageFile, PictureHeader]]:
    """Open `path` with Pillow and turn everything that goes wrong into a PictureError.

    What the body of the ``with`` raises while decoding is turned as well.

    Parameters
    ----------
    check : callable
        Called at every read; what it raises (:class:`segviewer.errors.Cancelled`) comes through.
    progressed : callable
        Told how much of the file was read, 0 to 1.

    Raises
    ------
    PictureError
        See :func:`inspect_picture`; also for a truncated or damaged file.
    """
    check_is_file(path)
    try:
        # Pillow warns about odd metadata; the file is drawn or refused, nothing between.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with (
                open_regular(path) as file,
                _opened(path, file, check, progressed) as (picture, header),
            ):
                if picture.size[0] < 1 or picture.size[1] < 1:
                    raise PictureError(
                        f"{path.name} has no pixels.",
                        f"Its header gives a size of {picture.size[0]}×{picture.size[1]}.",
                        "Export the picture again, or choose another.",
                    )
                yield picture, header
    except (PictureError, Cancelled):
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(path, str(error)) from error
    except UnidentifiedImageError as error:
        raise PictureError(
            f"{path.name} is not a picture this program can read.",
            "Its content matches no known format "
            f"({', '.join(f for f in FORMATS if f != 'DIB')}), or is damaged.",
            "Open it in a picture program and save it as PNG or JPEG.",
            details=str(path),
        ) from error
    except MemoryError as error:
        raise PictureError(
            f"{path.name} does not fit into memory.",
            "The system gave no more memory while decoding it.",
            "Close other programs, or scale the picture down first.",
        ) from error
    except OSError as error:
        if error.errno is not None:
            raise file_error(path, error) from error
        raise _damaged(path, error) from error
    # Pillow's decoders answer damaged data with nearly any exception
    # (struct.error, SyntaxError, ValueError, IndexError, zlib.error …).
    except Exception as error:
        raise _damaged(path, error) from error


@contextmanager
def _opened(
    path: Path, file: IO[bytes], check: Callable[[], None], progressed: Callable[[float], None]
) -> Iterator[tuple[ImageFile, PictureHeader]]:
    size = os.fstat(file.fileno()).st_size
    parts = parts_of(file, size, check)
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


def check_is_file(path: Path) -> None:
    """Refuse what is not a readable, non-empty regular file.

    Raises
    ------
    PictureError
    """
    try:
        status = status_of(path)
    except OSError as error:
        raise file_error(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise PictureError(
            f"{path.name or path} is a folder.",
            "A single picture was asked for.",
            "Open it as a folder, or choose a file inside it.",
        )
    if not stat.S_ISREG(status.st_mode):
        raise PictureError(
            f"{path.name} is not a file.",
            "It is a device, a pipe or a socket.",
            "Choose a picture file.",
        )
    if status.st_size == 0:
        raise PictureError(
            f"{path.name} is empty.",
            "The file has no bytes: a copy or download probably stopped early.",
            "Copy or download it again.",
        )


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
        raise _too_large(path, f"{header.width}×{header.height}")
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


def memory_text(size: int) -> str:
    """Number of bytes as a person says it: ``"640 MB"``, ``"1.8 GB"``."""
    if size < 1e9:
        return f"{max(1, round(size / 1e6))} MB"
    return f"{size / 1e9:.1f} GB"


def file_error(path: Path, error: Exception) -> PictureError:
    """The PictureError for a file the system does not hand out."""
    name = path.name or str(path)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return PictureError(
            f"{name} is not there.",
            "The file was moved, renamed or deleted.",
            "Check the place, or open another picture.",
            details=str(path),
        )
    if isinstance(error, PermissionError):
        return PictureError(
            f"{name} may not be read.",
            "You have no permission for this file.",
            "Ask its owner, or copy it to a folder of your own.",
            details=str(path),
        )
    return PictureError(
        f"{name} cannot be read.",
        f"The system says: {getattr(error, 'strerror', None) or error}.",
        "Check the drive and the path, then try again.",
        details=f"{path}\n{error!r}",
    )


def _damaged(path: Path, error: Exception) -> PictureError:
    return PictureError(
        f"{path.name} is damaged or cut off.",
        f"Decoding it stopped with: {error}.",
        "Copy or download it again, or save it anew from a picture program.",
        details=f"{path}\n{error!r}",
    )


def _too_large(path: Path, detail: str) -> PictureError:
    found = re.search(r"\((\d+) pixels\)", detail)
    size = f"{int(found[1]) / 1e6:,.0f} megapixels" if found else detail
    return PictureError(
        f"{path.name} is too large: {size}.",
        f"Pictures over {MAX_PIXELS / 1e6:.0f} megapixels are refused before decoding, "
        "because such a file can be made to fill the memory.",
        "Scale the picture down, or cut out the part you need.",
        details=f"{path}\n{detail}",
    )
