"""What a picture file is, found in its header before a single pixel is decoded."""

from __future__ import annotations

import os
import re
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError, features

from segviewer.errors import PictureError

LARGE_PIXELS = 50_000_000
"""Above this many pixels the person is asked once, with the memory it would take."""

MAX_PIXELS = 2 * 89_478_485
"""Above this many pixels (179 million) a picture is always refused.

It is where Pillow's own guard against decompression bombs stands, which is never moved.
"""

# Only formats that hold pixels and can be told by their first bytes. Pillow also knows EPS and
# the like, which would start another program on the file, and TGA, which fits random bytes.
# AVIF is missing from some builds of Pillow. (A phone's MPO opens as JPEG.)
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "JPEG2000") + (
    ("AVIF",) if features.check("avif") else ()
)

PICTURE_SUFFIXES = frozenset(
    [
        ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".gif", ".bmp", ".dib",
        ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".avif",
    ]
)  # fmt: skip

_ORIENTATION_TAG = 0x0112
_MOST_EXIF_BYTES = 1 << 20
# Bytes that one pixel takes in Pillow's memory; several bands always take four.
_BYTES_PER_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}


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
    orientation : int
        EXIF orientation 1..8 still to be applied to the decoded pixels; 1 is upright.
    """

    width: int
    height: int
    mode: str
    format: str
    frames: int = 1
    orientation: int = 1

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    @property
    def decoded_bytes(self) -> int:
        """Bytes of the uint8 RGB array."""
        return 3 * self.pixels

    @property
    def peak_bytes(self) -> int:
        """Bytes that reading takes at its highest: Pillow's own copy and the RGB array."""
        return (3 + _BYTES_PER_PIXEL.get(self.mode, 4)) * self.pixels


def inspect_picture(path: str | os.PathLike) -> PictureHeader:
    """Read a picture's header; nothing is decoded.

    Raises
    ------
    PictureError
        If the file is missing, empty, a folder, unreadable, not a picture, or over
        :data:`MAX_PIXELS`.
    """
    path = Path(path)
    with open_picture(path) as picture:
        return read_header(picture, path)


def read_header(picture: Image.Image, path: Path) -> PictureHeader:
    """The :class:`PictureHeader` of an open, not yet decoded Pillow image."""
    orientation = _orientation(picture, path)
    width, height = picture.size
    if orientation >= 5:
        width, height = height, width
    return PictureHeader(
        width=width,
        height=height,
        mode=picture.mode,
        format=picture.format or "unknown",
        # The further pictures of a phone's MPO are previews and gain maps, not frames.
        frames=1 if picture.format == "MPO" else getattr(picture, "n_frames", 1),
        orientation=orientation,
    )


def _orientation(picture: Image.Image, path: Path) -> int:
    if picture.format == "TIFF":
        # Pillow turns TIFF upright by itself, its size included.
        return 1
    try:
        if picture.format == "PNG":
            # Pillow's getexif would decode the whole PNG to look behind the pixels.
            exif = Image.Exif()
            exif.load(picture.info.get("exif") or _late_png_exif(path))
        else:
            exif = picture.getexif()
        orientation = exif.get(_ORIENTATION_TAG, 1)
    # Garbled metadata (any exception, see open_picture) is no reason to refuse the pixels.
    except Exception:
        return 1
    return orientation if orientation in range(1, 9) else 1


def _late_png_exif(path: Path) -> bytes:
    """EXIF data of a PNG wherever it stands in the file, b"" if there is none."""
    with path.open("rb") as file:
        file.seek(8)
        while len(chunk := file.read(8)) == 8:
            length = int.from_bytes(chunk[:4], "big")
            if chunk[4:] == b"eXIf":
                return b"Exif\0\0" + file.read(min(length, _MOST_EXIF_BYTES))
            # Behind each chunk stands a checksum of four bytes.
            file.seek(length + 4, 1)
    return b""


@contextmanager
def open_picture(path: Path) -> Iterator[Image.Image]:
    """Open `path` with Pillow and turn everything that goes wrong into a PictureError.

    What the body of the ``with`` raises while decoding is turned as well.

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
            with Image.open(path, formats=FORMATS) as picture:
                if picture.size[0] < 1 or picture.size[1] < 1:
                    raise PictureError(
                        f"{path.name} has no pixels.",
                        f"Its header gives a size of {picture.size[0]}×{picture.size[1]}.",
                        "Export the picture again, or choose another.",
                    )
                yield picture
    except PictureError:
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


def check_is_file(path: Path) -> None:
    """Refuse what is not a readable, non-empty regular file.

    Raises
    ------
    PictureError
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
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
    """Refuse a picture over :data:`LARGE_PIXELS` unless `allow_large`.

    Raises
    ------
    LargePictureError
    """
    if header.pixels > MAX_PIXELS:
        raise _too_large(path, f"{header.width}×{header.height}")
    if header.pixels > LARGE_PIXELS and not allow_large:
        raise LargePictureError(
            f"{path.name} is large: {header.width}×{header.height}, "
            f"{header.pixels / 1e6:.0f} megapixels.",
            f"Opening it takes about {memory_text(header.peak_bytes)} of memory.",
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
