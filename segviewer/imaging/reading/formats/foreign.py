"""Files that are not read as photographs: named for what they are, with the way on."""

from __future__ import annotations

from pathlib import Path

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular

_START = 512  # bytes by which a file is known
_AS_PNG = "Save it as PNG in the program that made it."

# How a file begins; what it is; why it is not read; what helps.
_BEGINNINGS: tuple[tuple[tuple[bytes, ...], str, str, str], ...] = (
    (
        (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"),
        "a JPEG XL picture",
        "Nothing here decodes it.",
        "Turn it into a PNG: djxl {name} picture.png",
    ),
    ((b"8BPS",), "a Photoshop document", "It holds layers, not one picture.", _AS_PNG),
    (
        (b"v/1\x01", b"#?RADIANCE", b"#?RGBE"),
        "a picture of a scene's light (OpenEXR or Radiance)",
        "Its numbers have no black and white of their own.",
        "Save it as PNG, or as a TIFF of floating-point numbers to choose them here.",
    ),
    (
        (b"<svg", b"%!PS", b"\xc5\xd0\xd3\xc6"),
        "a drawing of lines (SVG or PostScript)",
        "It has no pixels until a program draws it.",
        _AS_PNG,
    ),
    (
        (b"%PDF",),
        "a PDF document",
        "It has pages, not one picture.",
        "Turn its pages into pictures: pdftoppm -png {name} page",
    ),
    (
        (b"\0\0\1\0", b"DDS ", b"\x01\xda\x00", b"\x01\xda\x01"),
        "an icon or texture (ICO, DDS or SGI)",
        "Photographs are seldom kept so.",
        _AS_PNG,
    ),
    (
        (b"<!doctype html", b"<html"),
        "a web page, whatever its name says",
        "A download probably gave the page around the picture, or an error.",
        "Open it in a browser to see what it says, and download the picture itself.",
    ),
    (
        (b"version https://git-lfs",),
        "a pointer of Git LFS",
        "The picture itself was not fetched with the repository.",
        "Run git lfs pull in the repository.",
    ),
    (
        (b"\x93NUMPY",),
        "an array of numpy",
        "Arrays are opened as target masks and as scores, never as photographs.",
        "Save it as PNG or TIFF: PIL.Image.fromarray(array).save('picture.png')",
    ),
    (
        (b"PK\3\4", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!"),
        "an archive",
        "Files inside archives are not opened.",
        "Unpack it and open what was inside.",
    ),
)


def foreign_picture(path: Path) -> PictureError | None:
    """What to say of a file known by its beginning; None where it does not.

    Parameters
    ----------
    path : Path
        A file that no reader knew.
    """
    try:
        with open_regular(path) as file:
            start = file.read(_START)
    except OSError:
        return None
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<?xml") and b"<svg" in text:
        text = b"<svg"
    for beginnings, what, why, step in _BEGINNINGS:
        if start.startswith(beginnings) or text.lower().startswith(beginnings):
            return PictureError(
                f"{path.name} is {what}.", why, step.replace("{name}", path.name), str(path)
            )
    return None
