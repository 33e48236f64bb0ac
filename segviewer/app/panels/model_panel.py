"""The model panel: what is open, its live settings, how it is shown the photograph, and where."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.engine.results import NetworkResult
from segviewer.imaging.working_size import smallest_long_side
from segviewer.references import Reference
from segviewer.session import InferenceSettings, Session
from segviewer.settings import controls
from segviewer.widgets.controls.settings_form import SettingsForm

AVERAGED = ("multi_scale", "flip")
"""Inference settings that run a network several times, which scores from a file lack."""


class ModelPanel(QObject):
    """Fills the panel from the network and the session, and turns edits into the session.

    Attributes
    ----------
    form : SettingsForm or None
        Of the open network.
    """

    def __init__(self, window: MainWindow, store: Store):
        super().__init__(window)
        self.store = store
        self._title, self._note = window.model_title, window.model_note
        self._notes = window.model_notes
        layout = window.model_box.layout()
        assert isinstance(layout, QVBoxLayout)
        self._forms, self._reset = layout, window.action("reset_network")
        toolbar = window.toolbar
        self._device_menu, self._device_group = toolbar.device_menu, toolbar.device_group
        self._device_button = toolbar.buttons["Device"]
        self.form: SettingsForm | None = None
        self._placed: SettingsForm | None = None  # the form that is seen
        # To make a form and to lay it out takes half of a frame's time each.
        self._placing = QTimer(self, interval=0, singleShot=True)
        self._placing.timeout.connect(self._place)
        self._network: NetworkResult | None = None
        self._idle: Collection[str] = ()  # settings that do nothing as the network is set
        self._only: frozenset[str] | None = None  # settings that are wanted; None: all
        self.rest = QPushButton("All settings")
        self.rest.setToolTip("Show the settings that this step does not need, too")
        self.rest.setProperty("role", "link")
        self.rest.hide()
        self.rest.clicked.connect(lambda checked=False: self.show_only(None))
        self._of_file = False  # whether scores from a file take its place
        inference = store.session.inference
        self.inference_form = SettingsForm(controls(InferenceSettings), inference.model_dump())
        self.inference_form.set_idle(("threshold", "half", "channels_last"))
        self._forms.addWidget(self.inference_form)
        self._forms.addWidget(self.rest)
        self.inference_form.edited.connect(self._on_inference_edited)
        # A slider that was let go below what is done shows what is done.
        store.drag_finished.connect(lambda: QTimer.singleShot(0, self, self._show_inference))
        for name, slot in (
            ("random", self._open_untrained),
            ("reset_network", lambda: store.update(store.session.changed(network=()))),
        ):
            window.action(name).triggered.connect(lambda checked=False, slot=slot: slot())

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        session, network = new.session, new.shown.opened
        before = old.session if old is not None else None
        if network is not None and network is not self._network:
            self._show_network(network, session)
        elif before is not None and before.inference.device != session.inference.device:
            self._show_device(session.inference.device)
            if self._network is not None:
                self._show_idle(session.inference.device)
        if before is None or before.inference != session.inference:
            self._show_inference()
        if before is None or before.network != session.network:
            self._reset.setEnabled(bool(session.network))
            if self.form is not None and self._network is not None:
                self.form.set_values({**self._network.trained, **dict(session.network)})
        if self.form is not None and (old is None or old.shown.idle != new.shown.idle):
            self._idle = new.shown.idle
            self._show_wanted()

    def show_only(self, names: frozenset[str] | None) -> None:
        """Show the settings `names` of network and inference; None shows all.

        A network that has none of them is shown whole.
        """
        self._only = names
        if self._network is not None:
            self._show_idle(self.store.session.inference.device)
            self._show_wanted()

    def _show_wanted(self) -> None:
        """Put away what does nothing as the network is set now, and what is not wanted."""
        if self.form is not None:
            self.form.set_idle((*self._idle, *self._unwanted(self.form)))

    def _unwanted(self, form: SettingsForm) -> tuple[str, ...]:
        only = self._only
        known = () if self.form is None else (*self.form.names(), *self.inference_form.names())
        limited = only is not None and bool(only & set(known))
        self.rest.setVisible(limited)
        return tuple(n for n in form.names() if limited and n not in (only or ()))

    def _show_inference(self) -> None:
        self.inference_form.set_values(self.store.session.inference.model_dump())

    def _show_network(self, result: NetworkResult, session: Session) -> None:
        """Say what was opened, and offer its settings and devices."""
        self._network = result
        self._title.setText(result.title)
        said = [f"{len(result.classes)} classes"]
        if result.parameters:  # scores from a file have none
            said.insert(0, f"{result.parameters / 1e6:.1f} M parameters")
        if result.trained_on:
            said.insert(0, f"trained on {result.trained_on}")
        test = result.results.get("test", {}).get("miou")
        if test is not None:
            said.append(f"test mIoU {test:.3f}")
        self._note.setText(" · ".join(said))
        self._notes.set_notes(result.notes)
        if self.form is not None:
            self.form.edited.disconnect(self._on_geometry_edited)
            if self.form is not self._placed:
                self.form.deleteLater()
        values = {**result.trained, **dict(session.network)}
        # Of its parent nothing is seen that has no place in the layout.
        self.form = SettingsForm(result.controls, values, self._forms.parentWidget())
        self.form.set_marks(result.trained)
        self.form.edited.connect(self._on_geometry_edited)
        self._placing.start()
        self._of_file = Reference.checkpoint(session.checkpoint).scores
        self._show_idle(session.inference.device)
        self._show_wanted()
        self._fill_devices(result.devices, session.inference.device)

    def _place(self) -> None:
        """Put the form in the place of the one before."""
        if self._placed is not None:
            self._forms.removeWidget(self._placed)
            self._placed.deleteLater()
        assert self.form is not None
        self._placed = self.form
        self._forms.insertWidget(0, self.form)

    def _show_idle(self, device: str) -> None:
        """Put away what does nothing for this network, or on this device."""
        network = self._network
        assert network is not None
        found = next((d for d in network.devices if d.startswith("cuda")), "cpu")
        idle = ["threshold"] if network.labels == "softmax" else []
        if not (found if device == "auto" else device).startswith("cuda"):
            idle += ["half", "channels_last"]
        if self._of_file:
            idle += AVERAGED
        self.inference_form.set_idle((*idle, *self._unwanted(self.inference_form)))

    def _fill_devices(self, devices: tuple[str, ...], chosen: str) -> None:
        self._device_menu.clear()
        for name in ("auto", *devices):
            action = self._device_menu.addAction(name)
            action.setData(name)
            action.setCheckable(True)
            action.triggered.connect(
                lambda checked=False, name=name: self._on_inference_edited("device", name)
            )
            self._device_group.addAction(action)
        self._show_device(chosen)

    def _show_device(self, chosen: str) -> None:
        for action in self._device_menu.actions():
            action.setChecked(action.data() == chosen)
        if self._network is not None:
            best = self._network.devices[-1] if chosen == "auto" else chosen
            self._device_button.setText(best)

    def _on_inference_edited(self, name: str, value: Any, finished: bool = True) -> None:
        network = self._network
        if name == "long_side" and value and network is not None and network.weights != "random":
            # The session holds what is done: below this the network would run at this.
            value = max(value, smallest_long_side(network.long_side))
        self.store.set("inference", finished=finished, **{name: value})

    def _on_geometry_edited(self, name: str, value: Any, finished: bool) -> None:
        assert self._network is not None  # whose form this is
        trained = self._network.trained[name]
        value = tuple(value) if isinstance(value, list) else value
        session = self.store.session.with_network(name, value, trained)
        self.store.update(session, finished=finished)

    def _open_untrained(self) -> None:
        """Open the network on screen with random weights, its geometry as it is set."""
        session = self.store.session
        checkpoint = Reference.checkpoint(session.checkpoint)
        if session.checkpoint and not checkpoint.has_random_weights:
            self.store.update(session.changed(checkpoint=str(checkpoint.without_training())))
