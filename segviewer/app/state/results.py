"""What came back from the engine: which of it is current, and what of it is on screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from segviewer.app.state.runner import Runner
from segviewer.app.state.shown import Compared, Detail, Screen, Shown, Side, is_same
from segviewer.app.state.store import Store
from segviewer.engine.listener import Collected
from segviewer.engine.stages import (
    STAGES,
    TABLE,
    Stage,
    depends_on,
    target_key,
    wanted_stages,
    weights_of,
)
from segviewer.export.shown_labels import shown_label_set
from segviewer.imaging.labels import MAX_CLASSES, LabelSet
from segviewer.labs import LABS
from segviewer.session import TARGET_LAYERS, Session

OF_NETWORK = ("network", "probs")  # what labs need that another network answers otherwise


class Results(QObject):
    """Keeps the engine's results, and makes of them one consistent set to show.

    Attributes
    ----------
    screen : Screen
        What is on screen, or will be when the panels have drawn it.

    Signals
    -------
    changed(old, new)
        Two screens: settings, results, or both are other ones.
    arrived(stage, result)
        After the panels have drawn it.
    """

    changed = Signal(object, object)
    arrived = Signal(str, object)

    def __init__(self, store: Store, runner: Runner, parent: QObject | None = None):
        super().__init__(parent)
        self.store, self.runner = store, runner
        self._collected = Collected()
        self.screen = self._drawn = Screen(store.session, Shown())
        self._drawing = False
        self._takes: dict[str, Callable[[Shown, Session, Any], Shown]] = {
            "image": self._with_picture,
            "network": lambda shown, session, result: shown.with_opened(session, result),
            "refined": lambda shown, session, result: replace(shown, idle=result.idle),
            "label_map": self._with_labels,
            "overlay_layer": lambda shown, session, result: _if_labelled(
                shown, overlay_layer=result
            ),
            "metrics": lambda shown, session, result: _if_labelled(shown, metrics=result),
        }
        store.changed.connect(self._on_session_changed)
        runner.stage_started.connect(lambda stage, expected: self._note_running())
        runner.stage_finished.connect(self._on_stage_finished)
        runner.run_finished.connect(self._on_run_finished)
        for ended in (runner.run_cancelled, runner.run_failed, runner.bug_found):
            ended.connect(lambda *_: self._note_running())

    # What there is

    @property
    def shown(self) -> Shown:
        """What of the results is on screen."""
        return self.screen.shown

    def get(self, stage: str) -> Any:
        """The last result of a stage, whatever it belongs to; None where there is none."""
        return self._collected.results.get(stage)

    def is_current(self, stage: str, session: Session | None = None) -> bool:
        """Whether the last result of a stage is that of `session`, usually the one on screen."""
        return self.runner.has(stage, session or self.store.session)

    def current(self, stage: str) -> Any:
        """The result of a stage, or None while there is none for the session on screen."""
        return self.get(stage) if self.is_current(stage) else None

    def missing(self) -> list[str]:
        """The stages that the session on screen wants and whose results are not here."""
        wanted = wanted_stages(self.store.session, frozenset(self.runner.asked))
        return [stage.name for stage in wanted if not self.is_current(stage.name)]

    @property
    def labelled(self) -> bool:
        """Whether the photograph has the labels that belong to the session on screen."""
        return all(self.current(stage) is not None for stage in ("image", "network", "label_map"))

    def kept(self) -> Collected:
        """The last results and how long they took, which nothing changes any more."""
        return Collected(dict(self._collected.results), dict(self._collected.seconds))

    def drop(self, stage: str) -> None:
        """Forget a result that belongs to what is no longer shown."""
        self._collected.results.pop(stage, None)
        self.runner.forget(stage)

    def note_waiting(self, waiting: bool) -> None:
        """Note whether the session waits for somebody to say Run."""
        self._draw(replace(self.screen, waiting=waiting))

    def note_detail(self, detail: Detail) -> None:
        """Note what there is of a huge photograph beside its overview."""
        self._draw(replace(self.screen, detail=detail))

    # What comes in

    def _on_session_changed(self, old: Session, new: Session) -> None:
        shown = self.shown
        if shown.image and not new.image:
            for stage in TABLE:
                if stage.name == "image" or _is_of_picture(stage, old):
                    self.drop(stage.name)
            shown = shown.without_photograph()
        otherwise_read = new.target_mapping != old.target_mapping
        if shown.metrics is not None and (new.target != shown.target or otherwise_read):
            self.drop("metrics")  # to be sent again, should the target come back
            shown = replace(shown, metrics=None)
        layer = shown.overlay_layer
        if (
            layer is not None
            and layer.layer in TARGET_LAYERS
            and target_key(old) != target_key(new)
        ):
            self.drop("overlay_layer")
            shown = replace(shown, overlay_layer=None)
        if new.photograph == shown.photograph:
            shown = replace(shown, target=new.target)
        self._show(shown, new)

    def _on_stage_finished(self, stage: str, result: Any, seconds: float) -> None:
        if self._comes_before_its_photograph(stage):
            self.runner.forget(stage)
            return
        self._collected.results[stage] = result
        self._collected.seconds[stage] = seconds
        session, shown, take = self.store.session, self.shown, self._takes.get(stage)
        self._show(shown if take is None else take(shown, session, result), session)
        self.arrived.emit(stage, result)

    def _comes_before_its_photograph(self, stage: str) -> bool:
        """Whether it was asked for before its photograph was closed, and is open again.

        The photograph itself is on its way a second time, and what is of it is asked for with it.
        """
        found = STAGES.get(stage)
        if found is None or stage == "image" or self.shown.picture is not None:
            return False
        return depends_on(found, "image", self.store.session)

    def _on_run_finished(self, seconds: dict[str, float]) -> None:
        self._collected.seconds.update(seconds)  # exported, they are those of the strip
        crf = seconds["refined"] if self.store.session.crf.enabled else 0.0
        labelled, probs = self.shown.labelled, self.shown.probs
        if (
            labelled is not None
            and probs is not None
            and labelled.refined_at == "full resolution"
            and labelled.label_map.shape != probs.probs.shape[1:]
        ):
            crf += seconds.get("slicing", 0.0)
        self._show(_if_labelled(self.shown, seconds=(seconds["probs"], crf)), self.store.session)

    def _note_running(self) -> None:
        self._show(self.shown, self.store.session)

    def _with_picture(self, shown: Shown, session: Session, result: Any) -> Shown:
        if shown.photograph != session.photograph:
            # The old labels must not lie over the new photograph for a moment.
            for stage in TABLE:
                if _is_of_picture(stage, session):
                    self.drop(stage.name)
        return shown.pictured(session, result)

    def _with_labels(self, shown: Shown, session: Session, result: Any) -> Shown:
        if shown.labelled is not None and not shown.is_of(session):
            self.drop("metrics")
            lab = LABS.get(session.lab.name)
            if lab is not None and lab.needs in OF_NETWORK:
                self.drop("lab")
        return shown.labelled_by(session, result, self.get("refined") if result.complete else None)

    # What goes out

    def _show(self, shown: Shown, session: Session) -> None:
        shown = replace(
            shown,
            labels=self._labels(shown, session),
            display=self._display(shown, session),
            card=self.get("card"),
            card_is_current=self.is_current("card"),
            lab=self._lab(session),
            compared=self._compared(shown, session),
            **self._activation(shown, session),
        )
        if is_same(shown, self.shown):
            shown = self.shown
        computing = self.runner.running and shown.labelled is None
        screen = self.screen
        self._draw(Screen(session, shown, computing, screen.waiting, screen.detail))

    def _draw(self, screen: Screen) -> None:
        """Have the panels draw it; what changes while they do, they draw after that."""
        self.screen = screen
        if self._drawing:
            return
        self._drawing = True
        try:
            while not is_same(self._drawn, self.screen):
                old, self._drawn = self._drawn, self.screen
                self.changed.emit(old, self._drawn)
        finally:
            self._drawing = False

    def _labels(self, shown: Shown, session: Session) -> LabelSet | None:
        network, before = shown.network, self.screen
        if network is None or len(network.classes) > MAX_CLASSES:
            # Of very many classes the few to list come with the first labels.
            return None
        palette = session.overlay.palette
        same = network is before.shown.network and palette == before.session.overlay.palette
        if same and before.shown.labels is not None:
            return before.shown.labels
        return shown_label_set(network.label_set, network.classes, palette, network.colours)

    def _display(self, shown: Shown, session: Session) -> Any:
        """The photograph as it is shown, of the same page; a moment ago perhaps otherwise."""
        if session.tones.network == "as stretched" or shown.picture is None:
            return None
        if self.is_current("display"):
            return self.get("display")
        return shown.display

    def _activation(self, shown: Shown, session: Session) -> dict[str, Any]:
        overlay, found = session.overlay, self.get("activation")
        wanted = (*session.photograph, *weights_of(session), overlay.activation, overlay.channel)
        if overlay.activation and found is not None:
            if self.is_current("activation"):
                return {"activation": found, "activation_of": wanted}
            if shown.activation_of == wanted:
                return {}
        return {"activation": None, "activation_of": ()}

    def _lab(self, session: Session) -> Any:
        found = self.get("lab")
        return found if found is not None and found.name == session.lab.name else None

    def _compared(self, shown: Shown, session: Session) -> Compared | None:
        if session.reference is None:
            return None
        names = ("network", "label_map", "overlay_layer", "metrics", "figures")
        first, second = (
            Side(*(self.current(prefix + name) for name in names)) for prefix in ("reference_", "")
        )
        compared = Compared(first, second, self.current("disagreement"))
        return shown.compared if is_same(compared, shown.compared) else compared


def _if_labelled(shown: Shown, **parts: Any) -> Shown:
    """With something that is said of labels, if there are any."""
    return replace(shown, **parts) if shown.labelled is not None else shown


def _is_of_picture(stage: Stage, session: Session) -> bool:
    """Whether a result is nothing beside another photograph; the card is, of the same size."""
    if stage.name in ("image", "card"):
        return False
    return stage.name == "lab" or depends_on(stage, "image", session)
