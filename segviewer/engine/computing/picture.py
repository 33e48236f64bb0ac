"""Reading the photograph, and what the network and the eye see of its values."""

from __future__ import annotations

import time
from collections.abc import Callable

from segviewer.engine.executor import Work
from segviewer.engine.results import PictureResult, ToneFacts
from segviewer.engine.stages import stored_key
from segviewer.imaging.reading.live.newest_frame import let_cameras_go, read_camera
from segviewer.imaging.reading.picture_parts.progress import Progress
from segviewer.imaging.reading.read import pyramid, read_stored
from segviewer.imaging.reading.samples import picture_path
from segviewer.imaging.reading.stored import StoredPicture
from segviewer.imaging.reading.tone_settings import ToneSettings
from segviewer.references import Reference

PROGRESS_SECONDS = 0.1  # at least between two reports of how far a file was read


def read(work: Work) -> PictureResult:
    """The photograph as the network sees it, uint8 RGB, and its halves."""
    tones = work.session.tones
    result = _seen(work, tones.for_network())
    if tones.network == "as stretched":
        return result
    full = stored_picture(work).sampled.as_stored()
    note = f"the network sees it as stored: {full.low:,.5g} … {full.high:,.5g} as black … white"
    return PictureResult(
        result.levels, (*result.notes, note), result.void, result.header, result.tones
    )


def display(work: Work) -> PictureResult:
    """The photograph as it is shown, where that is not what the network sees."""
    return _seen(work, work.session.tones.for_eye())


def stored_picture(work: Work, progressed: Callable[[float], None] | None = None) -> StoredPicture:
    """The values of the file, read once however often they are shown otherwise.

    Parameters
    ----------
    work : Work
    progressed : callable, optional
        Called with how far reading is, seldom; default: the work's own.
    """

    def make() -> StoredPicture:
        if Reference.picture(work.session.image).kind == "camera":
            return read_camera(work.session.image, work.session.picture, work.check)
        let_cameras_go()
        return read_stored(
            picture_path(work.session.image),
            work.session.picture,
            allow_large=work.session.allow_large,
            check=work.check,
            progressed=progressed or seldom(work.progressed),
        )

    stored: StoredPicture = work.keep("stored", stored_key(work.session), make)
    return stored


def _seen(work: Work, tones: ToneSettings) -> PictureResult:
    progress = Progress(seldom(work.progressed))
    stored = stored_picture(work, progress.first)
    levels = stored.levels(tones)
    facts = ToneFacts(
        *stored.sampled.histogram(), levels.low, levels.high, stored.kind, stored.sample is not None
    )
    image = stored.image(tones, work.check, progress.second)
    return PictureResult(pyramid(image), stored.all_notes(tones), stored.void, stored.header, facts)


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
