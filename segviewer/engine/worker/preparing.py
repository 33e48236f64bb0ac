"""Sessions that may be wanted next, computed while nobody waits, such as a lesson's next step."""

from __future__ import annotations

import logging
from collections.abc import Callable

from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Listener
from segviewer.errors import Cancelled
from segviewer.session import Session

logger = logging.getLogger(__name__)


class Ahead:
    """Computes sessions in executors of their own, peers of `executor`, which takes from them.

    Parameters
    ----------
    executor : StageExecutor
        That of the session on screen.
    check : callable
        Raises :class:`segviewer.errors.Cancelled` once somebody waits for something else.
    """

    def __init__(self, executor: StageExecutor, check: Callable[[], None]):
        self._executor, self._check = executor, check
        self._waiting: list[Session] = []
        self._executors: dict[Session, StageExecutor] = {}

    @property
    def waits(self) -> bool:
        """Whether there is something to compute."""
        return bool(self._waiting)

    def expect(self, sessions: tuple[Session, ...]) -> None:
        """Compute `sessions`, in this order, and forget all others that were expected."""
        for session in [one for one in self._executors if one not in sessions]:
            self._executors.pop(session).detach()
        done = [one for one in self._executors if one not in self._waiting]
        self._waiting = [one for one in sessions if one not in done]

    def compute_one(self) -> None:
        """Compute the next session.

        Raises
        ------
        Cancelled
            If somebody waits. What was reached is kept, and it goes on from there another time.
        """
        session = self._waiting[0]
        if session not in self._executors:
            self._executors[session] = StageExecutor(Listener(self._check), self._executor.peers)
        try:
            self._executors[session].run(session)
        except Cancelled:
            raise
        except Exception:
            # Nobody asked for it yet, and whoever does is shown what is wrong then.
            logger.info("a session could not be computed ahead", exc_info=True)
        # An expectation that came meanwhile has a list of its own.
        if session in self._waiting:
            self._waiting.remove(session)
