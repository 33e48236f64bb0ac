"""What the pixels of a TIFF are, and whether Pillow reads them rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tifffile import TiffPage

WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _, _CMYK, _YCBCR, _LAB = 0, 1, 2, 3, 4, 5, 6, 8


def bits_of(page: TiffPage) -> tuple[int, ...]:
    bits = page.bitspersample
    return tuple(bits) if isinstance(bits, tuple) else (int(bits),)


def alpha_sample(page: TiffPage) -> int | None:
    """Which sample says how opaque a pixel is; None for none."""
    first = page.samplesperpixel - len(page.extrasamples)
    for place, meaning in enumerate(page.extrasamples):
        if int(meaning) in (1, 2):
            return first + place
    return None


def band_count(page: TiffPage) -> int:
    """How many samples are bands of the picture."""
    return int(page.samplesperpixel) - (alpha_sample(page) is not None)


def is_colour(page: TiffPage) -> bool:
    """Whether it is plain colour, of which nobody chooses bands."""
    return page.photometric in (_PALETTE, _CMYK, _YCBCR, _LAB)


def is_plain_rgb(page: TiffPage) -> bool:
    """Whether its bands are red, green and blue, and no others."""
    return page.photometric == _RGB and band_count(page) == 3


def is_pillows(page: TiffPage) -> bool:
    """Whether Pillow reads it, and rightly."""
    bits, samples = set(bits_of(page)), int(page.samplesperpixel)
    unsigned = int(page.sampleformat) == 1
    extra = tuple(int(one) for one in page.extrasamples)
    has_alpha = len(extra) == 1 and extra[0] in (1, 2)
    if not unsigned and int(page.sampleformat) not in (2, 3, 4):
        return False
    if samples == 1:
        if page.photometric == WHITE_IS_ZERO:
            return unsigned and max(bits) <= 8
        if int(page.sampleformat) == 3:
            return bits == {32}
        if int(page.sampleformat) == 2:
            return bits in ({16}, {32})
        return bits <= {1, 2, 4, 8, 12, 16}
    if not unsigned or not (not extra or has_alpha):
        return False
    if page.photometric == _RGB:
        deep = bits == {16} and page.planarconfig == 1
        return samples == 3 + has_alpha and (bits == {8} or deep)
    if is_colour(page):
        return True
    return page.photometric == _BLACK_IS_ZERO and samples == 2 and has_alpha and bits == {8}


def full_value(page: TiffPage) -> float:
    """The largest value of the format."""
    if page.dtype is not None and page.dtype.kind == "f":
        return 1.0
    # Of 32 and 64 bits nobody fills the range: as of 16.
    return float(2 ** min(16, max(bits_of(page))) - 1)


def kind_name(page: TiffPage) -> str:
    if page.dtype is not None and page.dtype.kind == "f":
        return "floating point"
    return f"{max(bits_of(page))} bits"
