"""What is looked at of a huge picture, computed while nothing else is asked for.

First its own pixels, then the labels of the windows in view, from the middle outwards, then those
of all others, as many as the window keeps.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from segviewer.engine.detail_keys import detail_key, seen_picture_key
from segviewer.engine.executor import StageExecutor, View, Work
from segviewer.engine.stages import STAGES, stage_key
from segviewer.engine.worker.messages import DetailFound, LookAt
from segviewer.errors import Cancelled, SegviewerError

logger = logging.getLogger(__name__)


class Looking:
    """Answers the newest :class:`LookAt`, a little at a time.

    Parameters
    ----------
    executor : StageExecutor
        That of the session on screen, whose photograph and network are used.
    send : callable
        Given what was found.
    """

    def __init__(self, executor: StageExecutor, send: Callable[[DetailFound], None]):
        self._executor, self._send = executor, send
        self._asked: LookAt | None = None
        self._sees_picture = False
        self._queue: list[int] | None = None  # windows to be labelled; None until they are known
        self._in_view: set[int] = set()

    @property
    def waits(self) -> bool:
        """Whether there is something to compute, and what it needs is there."""
        asked = self._asked
        if asked is None or not self._has("image", asked):
            return False
        if asked.wants_picture and not self._sees_picture:
            return True
        if asked.have is None or self._queue == []:
            return False
        return self._has("network", asked)

    def look_at(self, asked: LookAt) -> None:
        """Forget what was looked at before."""
        self._asked = asked if asked.session.image else None
        self._sees_picture, self._queue = False, None

    def stop(self) -> None:
        """Compute nothing until somebody looks elsewhere."""
        self._asked = None

    def compute_one(self) -> None:
        """Compute the next part.

        Raises
        ------
        Cancelled
            If somebody waits for something else; it begins again another time.
        """
        asked = self._asked
        assert asked is not None  # something waits
        try:
            if asked.wants_picture and not self._sees_picture:
                self._see(asked)
            else:
                self._label_one(asked)
        except Cancelled:
            raise
        except SegviewerError as error:
            self._fail(asked, error.sentence)
        except Exception as error:
            logger.exception("a part of a huge picture could not be computed")
            self._fail(asked, f"Something unexpected: {type(error).__name__}.")

    def _has(self, stage: str, asked: LookAt) -> bool:
        return self._executor.cache[stage].key == stage_key(asked.session, stage)

    def _work(self, asked: LookAt) -> Work:
        return Work(self._executor, asked.session, STAGES["image"])

    def _see(self, asked: LookAt) -> None:
        from segviewer.engine.computing.details import picture_part

        part = picture_part(self._work(asked), asked.view, asked.across)
        self._sees_picture = True
        if part is not None:
            self._send(DetailFound(seen_picture_key(asked.session), part))

    def _label_one(self, asked: LookAt) -> None:
        from segviewer.engine.computing import details

        opened = self._executor.value("network", asked.session)
        header = self._executor.cache["image"].value.header
        width, height = header.overview_of
        if not (width and details.is_labelled_in_parts(asked.session, opened)):
            self._queue = []
            return
        windows = details.windows_of(asked.session, opened, (height, width))
        cut = windows.middles()
        if self._queue is None:
            most = asked.most_bytes // windows.side**2
            places = [(t / height, b / height, le / width, r / width) for _, (t, b, le, r) in cut]
            self._plan(asked, places, most)
            if not self._queue:
                return
        number = self._queue[0]
        part = details.label_part(self._work(asked), opened, *cut[number])
        if self._queue and self._asked is asked:  # else somebody looks elsewhere since
            self._queue.pop(0)
            self._in_view.discard(number)
        key = detail_key(asked.session)
        left = len(self._in_view), len(self._queue or ())
        self._send(DetailFound(key, part, number, len(cut), *left))

    def _plan(self, asked: LookAt, places: list[View], most: int) -> None:
        """Order the windows: those in view first, each from its middle outwards."""
        assert asked.have is not None  # or nothing would be labelled
        top, bottom, left, right = asked.view
        y, x = (top + bottom) / 2, (left + right) / 2

        def distance(number: int) -> float:
            t, b, le, r = places[number]
            return float(((t + b) / 2 - y) ** 2 + ((le + r) / 2 - x) ** 2)

        nearest = sorted(range(len(places)), key=distance)
        seen = {
            number
            for number, (t, b, le, r) in enumerate(places)
            if t < bottom and b > top and le < right and r > left
        }
        if len(seen) > most:
            # From so far away there is nothing to be seen of single pixels.
            self._queue, self._in_view = [], set()
            return
        kept = [n for n in nearest if n in seen] + [n for n in nearest if n not in seen]
        wanted = [number for number in kept[:most] if number not in asked.have]
        self._queue, self._in_view = wanted, seen.intersection(wanted)

    def _fail(self, asked: LookAt, said: str) -> None:
        self._asked = None
        self._send(DetailFound(detail_key(asked.session), said))
