"""Frames of an animation, each of which lies on those before it.

Whoever steps on, or plays, wants the next one: the picture that was composed last stays open, and
goes on from where it is. One alone is kept, and given back once another file is read.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from PIL.ImageFile import ImageFile

from segviewer.imaging.reading.faults import picture_faults
from segviewer.imaging.reading.header import PictureHeader, check_size, nothing, open_picture

KEPT_PIXELS = 16_000_000
"""Frames over so many pixels are composed anew each time, and not kept."""

Check = Callable[[], None]
Progress = Callable[[float], None]


class _Relay:
    """Passes on to whoever reads at the moment."""

    def __init__(self) -> None:
        self.check: Check = nothing
        self.progressed: Progress = nothing


@dataclass
class _Composed:
    """An animation that stands at a frame.

    Attributes
    ----------
    path : Path
    state : tuple
        What says that the file is still the same.
    picture : ImageFile
    header : PictureHeader
        Of its last frame.
    frame : int
        Where it stands.
    relay : _Relay
    opened : ExitStack
    """

    path: Path
    state: tuple[int, ...]
    picture: ImageFile
    header: PictureHeader
    frame: int
    relay: _Relay
    opened: ExitStack


_lock = threading.Lock()
_kept: _Composed | None = None


@contextmanager
def composed(
    path: Path, page: int, allow_large: bool, check: Check, progressed: Progress
) -> Iterator[tuple[ImageFile, PictureHeader]]:
    """The animation of `path` with frame `page` loaded, and the header of that frame.

    Parameters
    ----------
    path : Path
    page : int
        Counted from 0.
    allow_large : bool
        As with :func:`segviewer.imaging.reading.header.check_size`.
    check, progressed : callable
        As with :func:`segviewer.imaging.reading.header.open_picture`.

    Raises
    ------
    PictureError
    """
    found = _take(path, page) or _opened(path, page, allow_large, check)
    with ExitStack() as unless_kept, picture_faults(path):
        unless_kept.callback(found.opened.close)
        found.relay.check, found.relay.progressed = check, progressed
        while found.frame < page:
            check()
            found.frame += 1
            found.picture.seek(found.frame)
            if found.header.format == "WEBP":
                found.picture.load()  # where one is asked for after many, nobody can stop it
        found.picture.load()
        yield found.picture, replace(found.header, page=page)
        found.relay.check, found.relay.progressed = nothing, nothing
        if found.header.pixels <= KEPT_PIXELS:
            _keep(found)
            unless_kept.pop_all()


def let_go() -> None:
    """Close the animation that was kept."""
    _take(None, 0)


def _opened(path: Path, page: int, allow_large: bool, check: Check) -> _Composed:
    state = _state(path)
    with open_picture(path, check, page=page) as (_, header):
        check_size(path, header, allow_large)
    relay = _Relay()
    relay.check = check
    with ExitStack() as opened:
        picture, last = opened.enter_context(
            open_picture(
                path, lambda: relay.check(), lambda part: relay.progressed(part), header.frames - 1
            )
        )
        return _Composed(path, state, picture, last, 0, relay, opened.pop_all())


def _state(path: Path) -> tuple[int, ...]:
    with picture_faults(path):
        found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _take(path: Path | None, page: int) -> _Composed | None:
    """What is kept, where it can go on to `page` of `path`; else it is closed."""
    global _kept
    with _lock:
        found, _kept = _kept, None
    if found is None:
        return None
    reaches = found.frame <= page < found.header.frames
    if path == found.path and reaches and _state(path) == found.state:
        return found
    found.opened.close()
    return None


def _keep(found: _Composed) -> None:
    global _kept
    with _lock:
        before, _kept = _kept, found
    if before is not None:
        before.opened.close()


atexit.register(let_go)
