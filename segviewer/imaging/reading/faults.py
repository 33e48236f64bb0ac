"""What can go wrong with a picture's file, in sentences."""

from __future__ import annotations

import logging
import re
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, UnidentifiedImageError, features

from segviewer.errors import Cancelled, PictureError
from segviewer.files.regular_files import status_of
from segviewer.imaging.reading.formats.foreign import foreign_picture
from segviewer.imaging.reading.picture_parts import PageError

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


class LargePictureError(PictureError):
    """A picture that can be opened, but only after asking, because of the memory it takes."""


_TALKATIVE = ("tifffile", "pydicom", "nibabel", "nibabel.global")  # of damaged files, at length
_SILENT = logging.CRITICAL + 1


@contextmanager
def picture_faults(path: Path) -> Iterator[None]:
    """Turn everything that goes wrong while `path` is read into a PictureError."""
    check_is_file(path)
    try:
        # Libraries warn about odd metadata; the file is drawn or refused, nothing between.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in _TALKATIVE:
                if logging.getLogger(name).level != _SILENT:  # setting it takes time
                    logging.getLogger(name).setLevel(_SILENT)
            yield
    except (PictureError, Cancelled):
        raise
    except PageError as error:
        raise no_such_page(path, error) from error
    except Image.DecompressionBombError as error:
        raise too_large(path, str(error)) from error
    except UnidentifiedImageError as error:
        if (foreign := foreign_picture(path)) is not None:
            raise foreign from error
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
        raise damaged(path, error) from error
    # Decoders answer damaged data with nearly any exception
    # (struct.error, SyntaxError, ValueError, IndexError, zlib.error …).
    except Exception as error:
        raise damaged(path, error) from error


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


def damaged(path: Path, error: Exception) -> PictureError:
    """The PictureError for a file that cannot be decoded."""
    return PictureError(
        f"{path.name} is damaged or cut off.",
        f"Decoding it stopped with: {error}.",
        "Copy or download it again, or save it anew from a picture program.",
        details=f"{path}\n{error!r}",
    )


def no_such_page(path: Path, error: PageError) -> PictureError:
    """The PictureError for a page beyond the last one."""
    return PictureError(
        f"{path.name} has no such page.",
        f"Of it {error.pages:,} can be shown; asked for was number {error.page + 1:,}.",
        "Choose another page.",
    )


def too_large(path: Path, detail: str) -> PictureError:
    """The PictureError for what is over :data:`MAX_PIXELS`."""
    found = re.search(r"\((\d+) pixels\)", detail)
    size = f"{int(found[1]) / 1e6:,.0f} megapixels" if found else detail
    return PictureError(
        f"{path.name} is too large: {size}.",
        f"Pictures over {MAX_PIXELS / 1e6:.0f} megapixels are refused before decoding, "
        "because such a file can be made to fill the memory.",
        "Scale the picture down, or cut out the part you need.",
        details=f"{path}\n{detail}",
    )
