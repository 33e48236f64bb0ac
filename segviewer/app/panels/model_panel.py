"""The model panel: what is open, its live settings, how it is shown the photograph, and where."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.store import Store
from segviewer.checkpoints.published.catalogue import RANDOM, UNTRAINED
from segviewer.engine.results import NetworkResult
from segviewer.imaging.working_size import smallest_long_side
from segviewer.session import InferenceSettings, Session
from segviewer.settings import controls
from segviewer.widgets.controls.settings_form import SettingsForm


class ModelPanel(QObject):
    """Fills the panel from the network and the session, and turns edits into the session.

    Attributes
    ----------
    form : SettingsForm or None
        Of the open network.
    """

    def __init__(self, window: MainWindow, store: Store):
        super().__init__(window)
        self.window, self.store = window, store
        self.form: SettingsForm | None = None
        self._network: NetworkResult | None = None
        inference = store.session.inference
        self.inference_form = SettingsForm(controls(InferenceSettings), inference.model_dump())
        self.inference_form.set_idle(("threshold",))
        window.model_box.layout().addWidget(self.inference_form)
        self.inference_form.edited.connect(self._on_inference_edited)
        for name, slot in (
            ("random", self._open_untrained),
            ("reset_network", lambda: store.update(store.session.changed(network=()))),
        ):
            window.action(name).triggered.connect(lambda checked=False, slot=slot: slot())

    def show(self, session: Session) -> None:
        """Bring the forms up to date with the session."""
        self.inference_form.set_values(session.inference.model_dump())
        if self.form is not None:
            self.form.set_values({**self._network.trained, **dict(session.network)})
        self.window.action("reset_network").setEnabled(bool(session.network))

    def set_idle(self, names: tuple[str, ...]) -> None:
        """Put away settings that do nothing as the network is set now."""
        if self.form is not None:
            self.form.set_idle(names)

    def show_network(self, result: NetworkResult, session: Session) -> None:
        """Say what was opened, and offer its settings and devices."""
        self._network = result
        window = self.window
        window.model_title.setText(result.title)
        said = [f"{result.parameters / 1e6:.1f} M parameters", f"{len(result.classes)} classes"]
        if result.trained_on:
            said.insert(0, f"trained on {result.trained_on}")
        test = result.results.get("test", {}).get("miou")
        if test is not None:
            said.append(f"test mIoU {test:.3f}")
        window.model_note.setText(" · ".join([*said, *result.notes]))
        if self.form is not None:
            window.model_box.layout().removeWidget(self.form)
            self.form.deleteLater()
        self.form = SettingsForm(result.controls, {**result.trained, **dict(session.network)})
        self.form.set_marks(result.trained)
        self.form.edited.connect(self._on_geometry_edited)
        window.model_box.layout().insertWidget(0, self.form)
        one_class = result.trained.get("num_classes") == 1
        self.inference_form.set_idle(() if one_class else ("threshold",))
        self._fill_devices(result.devices)

    def _fill_devices(self, devices: tuple[str, ...]) -> None:
        window = self.window
        window.device_menu.clear()
        for name in ("auto", *devices):
            action = window.device_menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(name == self.store.session.inference.device)
            action.triggered.connect(
                lambda checked=False, name=name: self._on_inference_edited("device", name)
            )
            window.device_group.addAction(action)
        best = (
            devices[-1]
            if self.store.session.inference.device == "auto"
            else (self.store.session.inference.device)
        )
        window.device_button.setText(best)

    def _on_inference_edited(self, name: str, value: object, finished: bool = True) -> None:
        session, network = self.store.session, self._network
        if name == "long_side" and value and network is not None and network.weights != "random":
            # The session holds what is done: below this the network would run at this.
            value = max(value, smallest_long_side(network.long_side))
        inference = session.inference.changed(**{name: value})
        self.store.update(session.changed(inference=inference), finished=finished)

    def _on_geometry_edited(self, name: str, value: Any, finished: bool) -> None:
        trained = self._network.trained[name]
        value = tuple(value) if isinstance(value, list) else value
        session = self.store.session.with_network(name, value, trained)
        self.store.update(session, finished=finished)

    def _open_untrained(self) -> None:
        """Open the network on screen with random weights, its geometry as it is set."""
        session = self.store.session
        if session.checkpoint and not session.checkpoint.startswith((RANDOM, UNTRAINED)):
            self.store.update(session.changed(checkpoint=UNTRAINED + session.checkpoint))
