"""Commands about what lies over the photograph: opacity, palette, layer, class."""

from __future__ import annotations

from PySide6.QtCore import QObject

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.choices import LAYERS
from segviewer.app.state.store import Store
from segviewer.session import TARGET_LAYERS

OPACITY_STEP = 0.1


class OverlaySteps(QObject):
    """Turns keys, menus and the legend into changes of the session's overlay."""

    def __init__(self, window: MainWindow, store: Store):
        super().__init__(window)
        self.legend, self.store = window.legend, store
        window.toolbar.buttons["Palette"].clicked.connect(self._toggle_palette)
        window.legend.hidden_changed.connect(lambda ids: self.set(hidden=tuple(ids)))
        window.legend.class_chosen.connect(self._on_class_chosen)
        for name in ("comparison", "layer", "palette"):
            group = window.toolbar.groups[name]
            group.triggered.connect(lambda action, name=name: self.set(**{name: action.data()}))
        for name, slot in (
            ("overlay", self._toggle),
            ("fainter", lambda: self._step_opacity(-OPACITY_STEP)),
            ("stronger", lambda: self._step_opacity(OPACITY_STEP)),
            ("probability", lambda: self._toggle_layer("probability")),
            ("entropy", lambda: self._toggle_layer("entropy")),
            ("target", lambda: self._toggle_layer("target")),
            ("swipe_target", self._toggle_swipe),
            ("errors", lambda: self._toggle_layer("errors")),
            ("previous_layer", lambda: self._step_layer(-1)),
            ("next_layer", lambda: self._step_layer(1)),
        ):
            window.action(name).triggered.connect(lambda checked=False, slot=slot: slot())
        for number in range(1, 10):
            window.action(f"class_{number}").triggered.connect(
                lambda checked=False, n=number: self._choose_class(n - 1)
            )

    def set(self, finished: bool = True, **values: object) -> None:
        """Change settings of the overlay, as one step to undo."""
        if "layer" in values:
            values["activation"] = ""  # or it would lie over the layer that was asked for
        self.store.set("overlay", finished=finished, **values)

    def _toggle(self) -> None:
        self.set(visible=not self.store.session.overlay.visible)

    def _step_opacity(self, by: float) -> None:
        opacity = round(min(1.0, max(0.0, self.store.session.overlay.opacity + by)), 2)
        self.set(opacity=opacity, visible=True)

    def _toggle_palette(self) -> None:
        safe = self.store.session.overlay.palette == "colour-blind safe"
        self.set(palette="label set" if safe else "colour-blind safe")

    def _toggle_layer(self, layer: str) -> None:
        now = self.store.session.overlay.layer
        self.set(layer="labels" if now == layer else layer)

    def _toggle_swipe(self) -> None:
        overlay = self.store.session.overlay
        on = (overlay.layer, overlay.comparison) == ("target", "swipe")
        self.set(layer="labels" if on else "target", comparison="overlay" if on else "swipe")

    def _step_layer(self, by: int) -> None:
        session = self.store.session
        # Without a mask, its layers would show nothing.
        names = [name for name, _, _ in LAYERS if session.target or name not in TARGET_LAYERS]
        if session.overlay.layer not in names:
            self.set(layer=names[0])
            return
        place = (names.index(self.store.session.overlay.layer) + by) % len(names)
        self.set(layer=names[place])

    def _on_class_chosen(self, index: int) -> None:
        # Pointing at a class is not a step to undo.
        session = self.store.session
        overlay = session.overlay.changed(chosen_class=index)
        self.store.amend(session.changed(overlay=overlay))

    def _choose_class(self, index: int) -> None:
        if index < self.legend.count():
            self._on_class_chosen(index)
            self.legend.choose(index)
