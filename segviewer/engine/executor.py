"""Runs the stages of a session: a loop over the table, which remembers each stage's last value.

Executors that know of each other are peers: the present network's and that of the pinned one, and
those that compute ahead. Each takes from the others what one of them has.

This module is cheap to import; torch comes with the first stage that needs it.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache

from segviewer.engine.listener import Listener, listener_for_reference
from segviewer.engine.memory_budget import nothing_kept
from segviewer.engine.stages import STAGES, TABLE, Stage, depends_on, wanted_stages
from segviewer.session import Session

if TYPE_CHECKING:
    from segviewer.checkpoints.resident import ResidentNetworks

View = tuple[float, float, float, float]
"""Top, bottom, left and right of a part of a picture, 0 to 1."""

COMPUTING = "segviewer.engine.computing"


@dataclass
class Cached:
    """A stage's last value, its key, how long it took, and what is kept for its next run."""

    key: Hashable = None
    value: Any = None
    seconds: float = 0.0
    memory: dict[Any, Any] = field(default_factory=dict)


@dataclass
class Peers:
    """Executors that take from each other, and what they have together.

    Attributes
    ----------
    resident : ResidentNetworks or None
        The networks that are open; None before the first.
    kept : dict
        Costly parts of stages, by kind: going back to them costs nothing.
    reported : tuple of (Session, Stage), or None
        What one of them brings up to date.
    computing : list of (StageExecutor, Stage, key)
        What is being computed for it, the innermost last.
    """

    executors: list[StageExecutor] = field(default_factory=list)
    resident: ResidentNetworks | None = None
    kept: dict[str, LRUCache[Hashable, Any]] = field(default_factory=nothing_kept)
    reported: tuple[Session, Stage] | None = None
    computing: list[tuple[StageExecutor, Stage, Hashable]] = field(default_factory=list)

    def serve(self, session: Session, asked: frozenset[str] = frozenset()) -> bool:
        """Whether `session` needs what is being computed, and nothing that is shown before it.

        So no change of a setting takes from a stage that does not depend on it.
        """
        if self.reported is None or not self.computing:
            return False
        before, shown = self.reported
        executor, stage, key = self.computing[-1]
        its_session = session.of_reference() if executor.is_reference else session
        if its_session is None or stage.key(its_session) != key:
            return False
        if shown not in wanted_stages(session, asked):
            return False
        earlier = TABLE[: TABLE.index(shown)]
        return all(one.key(session) == one.key(before) for one in earlier if one.shown)


class StageExecutor:
    """Brings the stages of a session up to date.

    Parameters
    ----------
    listener : Listener, optional
    peers : Peers, optional
    partner : StageExecutor, optional
        B's, for the one that computes A.

    Attributes
    ----------
    listener : Listener
    peers : Peers
    partner : StageExecutor or None
        The other one's while a network is pinned: A's for B, and B's for A.
    cache : dict
        Stage → what it last gave.
    view : View or None
        Which part of the photograph is looked at; None for all. It decides what comes first, and
        no result.
    """

    def __init__(
        self,
        listener: Listener | None = None,
        peers: Peers | None = None,
        partner: StageExecutor | None = None,
    ):
        self.listener = listener or Listener()
        self.peers = peers or Peers()
        self.peers.executors.append(self)
        self.partner = partner
        self.is_reference = partner is not None
        self.cache = {name: Cached() for name in (*STAGES, "features", "slicing")}
        self.view: View | None = None

    def run(
        self,
        session: Session,
        have: dict[str, Hashable] | None = None,
        asked: frozenset[str] = frozenset(),
        draft: bool = False,
    ) -> None:
        """Compute what `session` wants and report the results that the caller lacks.

        Parameters
        ----------
        have : dict
            Stage → key of the results the caller already shows.
        asked : frozenset of str
            Stages that are computed only for a caller that wants them.
        draft : bool
            Whether the session changes still, so that something quick will do.

        Raises
        ------
        SegviewerError
            For everything the user can cause.
        Cancelled
            From the listener's ``check``.
        """
        have, drafted = have or {}, ""
        known: dict[str, Any] = {}  # so that each stage is looked after once
        if session.reference is None and not self.is_reference:
            self._drop_partner()
        for stage in wanted_stages(session, asked):
            if drafted and depends_on(stage, drafted, session):
                continue
            if have.get(stage.name) == stage.key(session):
                continue
            self.peers.reported = session, stage
            if draft and stage.draft and self._draft(stage, session, known):
                drafted = stage.name
            elif stage.of:
                self._report_reference(stage, session)
            else:
                self._report(stage, session, known)

    def value(self, name: str, session: Session, known: dict[str, Any] | None = None) -> Any:
        """The value of a stage for `session`, computed where it is not in the cache.

        Parameters
        ----------
        name : str
        session : Session
        known : dict, optional
            Values of this run so far; those that are found go into it.
        """
        known = {} if known is None else known
        if name not in known:
            known[name] = self._bring_up_to_date(STAGES[name], session, known)
        return known[name]

    def _bring_up_to_date(self, stage: Stage, session: Session, known: dict[str, Any]) -> Any:
        if stage.of:
            return self._reference().value(stage.of, _pinned(session))
        self._take_from_peers(stage, session)
        cached = self.cache[stage.name]
        if cached.key is None or cached.key != stage.key(session):
            self._compute(stage, session, self._inputs(stage, session, known))
        return cached.value

    def _inputs(self, stage: Stage, session: Session, known: dict[str, Any]) -> list[Any]:
        return [self.value(needed, session, known) for needed in stage.needs(session)]

    def detach(self) -> None:
        """Let go of this executor: nobody takes from it any more."""
        self._drop_partner()
        self.peers.executors.remove(self)

    def _compute(self, stage: Stage, session: Session, inputs: list[Any]) -> None:
        cached, key = self.cache[stage.name], stage.key(session)
        self.peers.computing.append((self, stage, key))
        try:
            self.listener.check()
            self.listener.started(stage.name, cached.seconds)
            began = time.perf_counter()
            value = named(stage.compute)(Work(self, session, stage), *inputs)
            if isinstance(value, Iterator):
                growing, value = value, None
                for value in growing:
                    if not value.complete:
                        self.listener.finished(stage.name, key, value, time.perf_counter() - began)
                    self.listener.check()
        finally:
            self.peers.computing.pop()
        cached.key, cached.value = key, value
        cached.seconds = time.perf_counter() - began

    def _report(self, stage: Stage, session: Session, known: dict[str, Any]) -> None:
        result = self.value(stage.name, session, known)
        if stage.result:
            inputs = self._inputs(stage, session, known)
            result = named(stage.result)(Work(self, session, stage), result, *inputs)
        seconds = self.cache[stage.name].seconds
        self.listener.finished(stage.name, stage.key(session), result, seconds)

    def _report_reference(self, stage: Stage, session: Session) -> None:
        """Have A's executor report under the stage's own name, which its listener gives it."""
        self._reference()._report(STAGES[stage.of], _pinned(session), {})

    def _draft(self, stage: Stage, session: Session, known: dict[str, Any]) -> bool:
        """Show something quick instead of `stage`; False where there is no need or no way."""
        if self.cache[stage.name].key == stage.key(session):
            return False
        inputs = self._inputs(stage, session, known)
        self.listener.check()
        return bool(named(stage.draft)(Work(self, session, stage), *inputs))

    def _reference(self) -> StageExecutor:
        if self.partner is None:
            listener = listener_for_reference(self.listener)
            self.partner = StageExecutor(listener, self.peers, self)
        return self.partner

    def _drop_partner(self) -> None:
        if self.partner is not None:
            self.peers.executors.remove(self.partner)
            self.partner = None

    def _take_from_peers(self, stage: Stage, session: Session) -> None:
        """Use what a peer computed for the same key, and what it was made of.

        So the decoded photograph is shared, a checkpoint is opened once for all, pinning costs
        nothing, and what was computed ahead is there.
        """
        key = stage.key(session)
        if key is None or self.cache[stage.name].key == key:
            return
        for other in self.peers.executors:
            if other.cache[stage.name].key == key:
                self.cache[stage.name] = replace(other.cache[stage.name])
                for needed in stage.needs(session):
                    if not STAGES[needed].of:
                        self._take_from_peers(STAGES[needed], session)
                return


@dataclass(frozen=True)
class Work:
    """What the function that computes a stage may use."""

    executor: StageExecutor
    session: Session
    stage: Stage

    @property
    def memory(self) -> dict[Any, Any]:
        """Whatever the stage keeps for its next run."""
        return self.executor.cache[self.stage.name].memory

    @property
    def is_reference(self) -> bool:
        """Whether it is for the network pinned as A."""
        return self.executor.is_reference

    @property
    def peers(self) -> Peers:
        return self.executor.peers

    @property
    def view(self) -> View | None:
        """Which part of the photograph is looked at; None for all."""
        return self.executor.view

    def check(self) -> None:
        """Raise :class:`segviewer.errors.Cancelled` where the work is no longer wanted."""
        self.executor.listener.check()

    def progressed(self, part: float) -> None:
        """Say that the stage is `part` done, 0 to 1."""
        self.executor.listener.progressed(self.stage.name, part)

    def seconds(self, name: str) -> float:
        """How long stage `name` took when it was last computed."""
        return self.executor.cache[name].seconds

    def step(self, name: str) -> None:
        """Say that a step of the stage, or the stage again, begins."""
        self.executor.listener.started(name, self.executor.cache.get(name, Cached()).seconds)

    def step_progressed(self, name: str, part: float) -> None:
        self.executor.listener.progressed(name, part)

    def step_took(self, name: str, seconds: float) -> None:
        """Note how long a step took, which is what is expected of it the next time."""
        self.executor.cache[name].seconds = seconds

    def show_early(self, name: str, result: Any, began: float) -> None:
        """Show an incomplete result of stage `name` before it is computed.

        Parameters
        ----------
        name : str
        result : object
            Of the stage, marked as incomplete.
        began : float
            When the work began, seconds of ``time.perf_counter``.
        """
        seconds = time.perf_counter() - began
        self.executor.listener.finished(name, STAGES[name].key(self.session), result, seconds)

    def keep(self, kind: str, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once for `key` and kept among others of its `kind`.

        Parameters
        ----------
        kind : str
            A key of :func:`segviewer.engine.memory_budget.nothing_kept`.
        key : hashable
        make : callable
        """
        kept = self.peers.kept[kind]
        if key not in kept:
            kept[key] = make()
        return kept[key]

    def find(self, kind: str, key: Hashable, default: Any = None) -> Any:
        """What was kept for `key`, or `default`.

        Parameters
        ----------
        kind : str
            A key of :func:`segviewer.engine.memory_budget.nothing_kept`.
        key : hashable
        default
        """
        return self.peers.kept[kind].get(key, default)

    def forget(self, kind: str) -> None:
        """Drop everything kept of a kind, for its memory."""
        self.peers.kept[kind].clear()


def _pinned(session: Session) -> Session:
    """What A runs with; a stage of A is wanted only while one is pinned."""
    pinned = session.of_reference()
    assert pinned is not None, "no network is pinned as A"
    return pinned


def named(name: str) -> Callable[..., Any]:
    """The function that the table calls ``module:function``."""
    module, _, function = name.partition(":")
    found: Callable[..., Any]
    found = getattr(importlib.import_module(f"{COMPUTING}.{module}"), function)
    return found
