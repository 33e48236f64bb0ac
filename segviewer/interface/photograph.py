"""Photographs as arrays, read as the program reads them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from segviewer.errors import PictureError, SettingsError, from_validation
from segviewer.imaging.reading.file_names import check_name
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.read import read_stored
from segviewer.imaging.reading.samples import picture_path
from segviewer.imaging.reading.tone_settings import ToneSettings
from segviewer.interface.names import image_reference
from segviewer.references import Reference


@dataclass(frozen=True, eq=False)
class Photograph:
    """A picture as a network sees it.

    ``numpy.asarray(photograph)`` is its pixels, so that it goes wherever an array does.

    Attributes
    ----------
    pixels : ndarray of uint8 (H, W, 3)
        RGB, upright.
    void : ndarray of bool (H, W) or None
        Where there is no picture (nodata, transparency): labels are 255 there.
    notes : tuple of str
        What a person would not assume of it: further pages, stretched values.
    name : str
        Of its file.
    """

    pixels: NDArray[np.uint8]
    void: NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()
    name: str = "picture"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The pixels."""
        if copy is None:
            return np.asarray(self.pixels, dtype)
        return np.array(self.pixels, dtype, copy=copy)

    @property
    def reference(self) -> str:
        """A name for what it holds: the same for the same pixels, another one for others."""
        found = blake2b(np.ascontiguousarray(self.pixels).data, digest_size=16)
        found.update(b"" if self.void is None else np.packbits(self.void).tobytes())
        return f"array:{found.hexdigest()}/{self.name}"


Image = Photograph | NDArray[np.uint8] | str | os.PathLike[str]
"""A photograph, an array uint8 (H, W, 3), a path, or ``sample:NAME``."""


def read_image(
    path: str | os.PathLike[str],
    *,
    page: int = 1,
    bands: Sequence[int] = (),
    tones: Mapping[str, Any] | None = None,
    allow_large: bool = False,
) -> Photograph:
    """Read a picture of any format that the program opens.

    Parameters
    ----------
    path : path-like or str
        A file, or ``sample:NAME``.
    page : int
        Page, slice or frame of the file, counted from 1.
    bands : sequence of int
        Of many bands, counted from 1: three for red, green and blue, or one for grey; empty
        for what the file says.
    tones : mapping, optional
        What is black and white, as ``segviewer label --tone`` has it:
        ``{"window": (300, 3200)}``, ``{"gamma": 1.4}``.
    allow_large : bool
        Read a picture above 50 megapixels, too.

    Returns
    -------
    Photograph

    Raises
    ------
    PictureError
        If it cannot be read.
    SettingsError
        If page, bands or tones are none.

    Examples
    --------
    >>> import segviewer as sv
    >>> photograph = sv.read_image("sample:campus_walkers")
    >>> photograph.pixels.shape
    (576, 768, 3)
    """
    text = os.fspath(path)
    check_name(text)
    try:
        settings = PictureSettings(page=page - 1, bands=tuple(bands))
        shown = ToneSettings.model_validate(dict(tones or {}))
    except ValidationError as error:
        raise from_validation(
            SettingsError,
            error,
            "The picture cannot be read with this {place}.",
            "Pages and bands are counted from 1; tones are as in segviewer label --help.",
        ) from None
    reference = image_reference(text)
    stored = read_stored(picture_path(reference), settings, allow_large=allow_large)
    seen = shown.for_network()
    return Photograph(
        stored.image(seen, lambda: None),
        stored.void,
        stored.all_notes(seen),
        Reference.picture(reference).file_name,
    )


def photograph_of(image: Image) -> Photograph:
    """What a function of the interface was given, as a photograph.

    Raises
    ------
    PictureError
        If it is a file that cannot be read, or an array that is no picture.
    """
    if isinstance(image, Photograph):
        return image
    if isinstance(image, str | os.PathLike):
        return read_image(image)
    pixels = np.asarray(image)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise PictureError(
            "This array is no photograph.",
            f"It is {pixels.dtype} {pixels.shape}, not uint8 (height, width, 3), RGB.",
            "Bring it into this form, or give read_image the file.",
        )
    return Photograph(np.ascontiguousarray(pixels))
