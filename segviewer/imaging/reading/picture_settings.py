"""Which part of a picture's file is looked at."""

from __future__ import annotations

from pydantic import Field, field_validator

from segviewer.imaging.reading.picture_parts.stream import PageError
from segviewer.settings import Settings

MOST_BANDS = 65_535


class PictureSettings(Settings):
    """What of a file is the photograph.

    Attributes
    ----------
    page : int or None
        Page, slice or frame, counted from 0; None for the one that a file of its kind opens at:
        the middle slice of a volume, else the first.
    bands : tuple of int
        Counted from 1: three for red, green and blue, or one for grey; empty for what the file
        itself says, or its first three.
    """

    page: int | None = Field(None, ge=0, le=10_000_000)
    bands: tuple[int, ...] = ()

    @field_validator("bands")
    @classmethod
    def _one_or_three(cls, bands: tuple[int, ...]) -> tuple[int, ...]:
        if len(bands) not in (0, 1, 3):
            raise ValueError("one band is shown as grey, three as red, green and blue")
        if not all(1 <= band <= MOST_BANDS for band in bands):
            raise ValueError("bands are counted from 1")
        return bands

    def for_next_file(self) -> PictureSettings:
        """The same without the page."""
        return self.model_copy(update={"page": None})

    def page_of(self, pages: int, opens_at: int = 0) -> int:
        """The page that is meant of a file that has so many.

        Parameters
        ----------
        pages : int
        opens_at : int
            The one that is shown where nobody has chosen.

        Raises
        ------
        PageError
            If there are fewer.
        """
        page = opens_at if self.page is None else self.page
        if page >= pages:
            raise PageError(page, pages)
        return page
