"""The forms of overlay and CRF: from the session, and back into it."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.session import OverlaySettings
from segviewer.settings import Control, Settings, controls
from segviewer.widgets.controls.settings_form import SettingsForm


class SettingsPanels:
    """Keeps the forms of the right-hand panel up to date, and turns edits into the session."""

    def __init__(self, window: MainWindow, store: Store):
        self.store, self._switch = store, window.crf_switch
        self._groups = {
            name: window.toolbar.groups[name] for name in ("comparison", "layer", "palette")
        }
        overlay, crf = store.session.overlay, store.session.crf
        self.overlay_form = _form(controls(OverlaySettings), overlay, window.overlay_box)
        self.crf_form, self.crf_more_form = (
            _form(tuple(c for c in controls(CRFSettings) if c.kind == kind), crf, box)
            for kind, box in (("crf", window.crf_box), ("crf_more", window.crf_more_box))
        )
        for form, part in (
            (self.overlay_form, "overlay"),
            (self.crf_form, "crf"),
            (self.crf_more_form, "crf"),
        ):
            form.edited.connect(partial(self._on_edited, part))
        self._switch.clicked.connect(lambda on: store.set("crf", enabled=on))

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        overlay, crf = new.session.overlay, new.session.crf
        if old is None or old.session.overlay != overlay:
            self.overlay_form.set_values(overlay.model_dump())
            for name, group in self._groups.items():
                for action in group.actions():
                    action.setChecked(action.data() == getattr(overlay, name))
        if old is None or old.session.crf != crf:
            values = crf.model_dump()
            self.crf_form.set_values(values)
            self.crf_more_form.set_values(values)
            self._switch.setChecked(crf.enabled)

    def _on_edited(self, part: str, name: str, value: object, finished: bool) -> None:
        self.store.set(part, finished=finished, **{name: value})


def _form(items: tuple[Control, ...], settings: Settings, box: QWidget) -> SettingsForm:
    form = SettingsForm(items, settings.model_dump())
    layout = box.layout()
    assert layout is not None  # which the window gives every box
    layout.addWidget(form)
    return form
