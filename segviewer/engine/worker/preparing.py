"""Sessions that may be wanted next, computed while nobody waits, such as a lesson's next step."""

from __future__ import annotations

from collections.abc import Callable

from segviewer.engine.listener import Listener
from segviewer.engine.pipeline import Pipeline
from segviewer.errors import Cancelled
from segviewer.session import Session


class Ahead:
    """Computes sessions in pipelines of their own, from which `pipeline` takes.

    Parameters
    ----------
    pipeline : Pipeline
        That of the session on screen.
    check : callable
        Raises :class:`segviewer.errors.Cancelled` once somebody waits for something else.
    """

    def __init__(self, pipeline: Pipeline, check: Callable[[], None]):
        self._pipeline, self._check = pipeline, check
        self._waiting: list[Session] = []
        self._pipelines: dict[Session, Pipeline] = {}

    @property
    def waits(self) -> bool:
        """Whether there is something to compute."""
        return bool(self._waiting)

    def expect(self, sessions: tuple[Session, ...]) -> None:
        """Compute `sessions`, in this order, and forget all others that were expected."""
        for session in [one for one in self._pipelines if one not in sessions]:
            self._pipelines.pop(session).leave_circle()
        done = [one for one in self._pipelines if one not in self._waiting]
        self._waiting = [one for one in sessions if one not in done]

    def compute_one(self) -> None:
        """Compute the next session.

        Raises
        ------
        Cancelled
            If somebody waits. What was reached is kept, and it goes on from there another time.
        """
        session = self._waiting[0]
        if session not in self._pipelines:
            own = Pipeline(Listener(self._check), circle=self._pipeline.circle)
            own.compute_lab = self._pipeline.compute_lab
            self._pipelines[session] = own
        try:
            self._pipelines[session].run(session)
        except Cancelled:
            raise
        except Exception:
            pass  # told when somebody asks for this session
        # An expectation that came meanwhile has a list of its own.
        if session in self._waiting:
            self._waiting.remove(session)
