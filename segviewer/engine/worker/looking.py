"""What is looked at of a huge picture, computed while nothing else is asked for.

First its own pixels, then the labels of the windows in view, from the middle outwards, each as soon
as it was labelled and once more when its neighbours are blended in; then those of all others, as
many as the window keeps.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segviewer.engine import memory_budget
from segviewer.engine.detail_keys import detail_key, seen_picture_key
from segviewer.engine.executor import StageExecutor, View, Work
from segviewer.engine.stages import STAGES, stage_key
from segviewer.engine.worker.messages import DetailFound, LookAt
from segviewer.errors import Cancelled, SegviewerError

if TYPE_CHECKING:
    from segviewer.checkpoints.opening import OpenedNetwork
    from segviewer.inference.blended_windows import BlendedWindows

logger = logging.getLogger(__name__)


@dataclass
class _Labelling:
    """How far a picture's windows are labelled, with one setting of everything."""

    key: Hashable
    blended: BlendedWindows
    places: list[View]  # of the middles
    voids: dict[int, NDArray[np.bool_]] = field(default_factory=dict)
    turns: dict[int, int] = field(default_factory=dict)  # of every middle, when its turn comes
    queue: list[int] = field(default_factory=list)  # middles to be done, in this order
    in_view: set[int] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)  # of those in view, which show something already
    done: set[int] = field(default_factory=set)  # which the window has

    def next_window(self) -> int:
        """The window to be labelled now.

        First those in view themselves, so that something is seen of each, then what overlaps them,
        then all others.
        """
        unseen = (n for n in self.queue if n in self.in_view and n not in self.seen)
        found = next(unseen, None)
        return self.blended.missing(self.queue[0])[0] if found is None else found

    def turn(self, number: int) -> int | None:
        """When the turn of a middle comes; None where it is done."""
        return None if number in self.done else self.turns[number]


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
        self._labelling: _Labelling | None = None
        self._is_planned = False

    @property
    def waits(self) -> bool:
        """Whether there is something to compute, and what it needs is there."""
        asked = self._asked
        if asked is None or not self._has("image", asked):
            return False
        if asked.wants_picture and not self._sees_picture:
            return True
        if asked.have is None or (self._is_planned and not self._queue):
            return False
        return self._has("network", asked)

    def look_at(self, asked: LookAt) -> None:
        """Forget what was looked at before."""
        self._asked = asked if asked.session.image else None
        self._sees_picture = self._is_planned = False
        if self._asked is None:
            self._labelling = None

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

    @property
    def _queue(self) -> list[int]:
        return self._labelling.queue if self._labelling is not None else []

    def _label_one(self, asked: LookAt) -> None:
        from segviewer.engine.computing import details

        opened = self._executor.value("network", asked.session)
        header = self._executor.cache["image"].value.header
        width, height = header.overview_of
        if not (width and details.is_labelled_in_parts(asked.session, opened)):
            self._labelling, self._is_planned = None, True
            return
        labelling = self._begun(asked, opened, (height, width))
        if not self._is_planned:
            self._plan(asked, labelling)
            self._is_planned = True
            for middle in [n for n in labelling.queue if not labelling.blended.missing(n)]:
                self._send_part(asked, labelling, opened, middle, blended=True)
            if not labelling.queue:
                return
        number = labelling.next_window()
        window, counts = labelling.blended.cut[number]
        probs, void = details.window_of_picture(self._work(asked), opened, window)
        complete = labelling.blended.add(number, probs, labelling.turn)
        if void is not None and void.any():
            labelling.voids[number] = np.ascontiguousarray(
                void[
                    counts[0] - window[0] : counts[1] - window[0],
                    counts[2] - window[2] : counts[3] - window[2],
                ]
            )
        labelling.seen.add(number)
        if number in labelling.queue and number not in complete:
            self._send_part(asked, labelling, opened, number, blended=False)
        for middle in complete:
            if middle in labelling.queue:
                self._send_part(asked, labelling, opened, middle, blended=True)

    def _begun(self, asked: LookAt, opened: OpenedNetwork, size: tuple[int, int]) -> _Labelling:
        """What was labelled already with the same settings goes on."""
        from segviewer.engine.computing.details import windows_of
        from segviewer.inference.blended_windows import BlendedWindows

        key, windows = detail_key(asked.session), windows_of(asked.session, opened, size)
        found = self._labelling
        if found is None or found.key != key or found.blended.windows != windows:
            blended = BlendedWindows(windows, memory_budget.WINDOW_SUMS)
            height, width = size
            places = [
                (t / height, b / height, le / width, r / width) for _, (t, b, le, r) in blended.cut
            ]
            found = self._labelling = _Labelling(key, blended, places)
        return found

    def _send_part(
        self,
        asked: LookAt,
        labelling: _Labelling,
        opened: OpenedNetwork,
        number: int,
        blended: bool,
    ) -> None:
        from segviewer.engine.computing.details import label_part

        sums, void = labelling.blended, labelling.voids.get(number)
        probs = sums.take(number) if blended else sums.mean(number)
        where = labelling.places[number]
        part = label_part(asked.session, opened, probs, void, where, blended)
        if blended:
            labelling.voids.pop(number, None)
            labelling.done.add(number)
            labelling.queue.remove(number)
            labelling.in_view.discard(number)
        left = len(labelling.in_view), len(labelling.queue)
        self._send(DetailFound(labelling.key, part, number, len(sums.cut), *left))

    def _plan(self, asked: LookAt, labelling: _Labelling) -> None:
        """Order the middles: those in view first, each from where one looks outwards."""
        assert asked.have is not None  # or nothing would be labelled
        top, bottom, left, right = asked.view
        y, x = (top + bottom) / 2, (left + right) / 2
        places = labelling.places

        def distance(number: int) -> float:
            t, b, le, r = places[number]
            return float(((t + b) / 2 - y) ** 2 + ((le + r) / 2 - x) ** 2)

        nearest = sorted(range(len(places)), key=distance)
        seen = {
            number
            for number, (t, b, le, r) in enumerate(places)
            if t < bottom and b > top and le < right and r > left
        }
        kept = [n for n in nearest if n in seen] + [n for n in nearest if n not in seen]
        labelling.turns = {number: turn for turn, number in enumerate(kept)}
        labelling.done = set(asked.have)
        most = asked.most_bytes // labelling.blended.windows.side**2
        if len(seen) > most:
            # From so far away there is nothing to be seen of single pixels.
            labelling.queue, labelling.in_view = [], set()
            return
        labelling.queue = [number for number in kept[:most] if number not in asked.have]
        labelling.in_view = seen.intersection(labelling.queue)
        labelling.seen = {n for n in labelling.in_view if labelling.blended.missing(n)[0] != n}

    def _fail(self, asked: LookAt, said: str) -> None:
        self._asked = None
        self._send(DetailFound(detail_key(asked.session), said))
