"""Reading the photograph."""

from __future__ import annotations

import time
from collections.abc import Callable

from segviewer.engine.executor import Work
from segviewer.engine.results import PictureResult
from segviewer.imaging.reading.read import pyramid, read_picture
from segviewer.imaging.reading.samples import picture_path

PROGRESS_SECONDS = 0.1  # at least between two reports of how far a file was read


def read(work: Work) -> PictureResult:
    """The photograph, uint8 RGB, and its halves."""
    found = read_picture(
        picture_path(work.session.image),
        work.session.picture,
        allow_large=work.session.allow_large,
        check=work.check,
        progressed=seldom(work.progressed),
    )
    return PictureResult(pyramid(found.image), found.notes, found.void, found.header)


def seldom(progressed: Callable[[float], None]) -> Callable[[float], None]:
    """Pass progress on seldom enough that passing it on costs nothing."""
    passed = time.perf_counter()

    def pass_on(part: float) -> None:
        nonlocal passed
        now = time.perf_counter()
        if now - passed >= PROGRESS_SECONDS:
            passed = now
            progressed(part)

    return pass_on
