"""Which part of a picture's file is looked at."""

from __future__ import annotations

from pydantic import Field, field_validator

from segviewer.settings import Settings

MOST_BANDS = 65_535


class PictureSettings(Settings):
    """What of a file is the photograph.

    Attributes
    ----------
    page : int
        Page, slice or frame, counted from 0.
    bands : tuple of int
        Counted from 1: three for red, green and blue, or one for grey; empty for what the file
        itself says, or its first three.
    """

    page: int = Field(0, ge=0, le=10_000_000)
    bands: tuple[int, ...] = ()

    @field_validator("bands")
    @classmethod
    def _one_or_three(cls, bands: tuple[int, ...]) -> tuple[int, ...]:
        if len(bands) not in (0, 1, 3):
            raise ValueError("one band is shown as grey, three as red, green and blue")
        if not all(1 <= band <= MOST_BANDS for band in bands):
            raise ValueError("bands are counted from 1")
        return bands

    def at_first_page(self) -> PictureSettings:
        """The same for the next file."""
        return self.model_copy(update={"page": 0})
