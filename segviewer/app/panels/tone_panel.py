"""Window and level of the photograph: histogram, sliders, and what the network sees."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.engine.results import ToneFacts
from segviewer.imaging.reading.tone_settings import ToneSettings
from segviewer.settings import controls
from segviewer.widgets.charts.tone_histogram import ToneHistogram
from segviewer.widgets.controls.settings_form import SettingsForm


class TonePanel:
    """Shows what is black and white, and turns edits into the session.

    The section unfolds by itself for a photograph whose values are more than 8 bits, and folds
    again for the next plain one.
    """

    def __init__(self, window: MainWindow, store: Store):
        self.store, self.section = store, window.photograph_section
        layout = window.tone_box.layout()
        assert isinstance(layout, QVBoxLayout)  # which the window gives every box
        self.values_label = window.tone_label
        self.histogram = ToneHistogram()
        self.histogram.ends_moved.connect(self._on_ends_moved)
        self.histogram.reset_requested.connect(self._on_reset)
        layout.insertWidget(0, self.histogram)
        self._of: object = None
        self._unfolded = False
        self.form = SettingsForm(controls(ToneSettings), store.session.tones.model_dump())
        self.form.edited.connect(self._on_edited)
        layout.addWidget(self.form)
        self.section.toggled.connect(self._on_toggled)
        self._facts: ToneFacts | None = None

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        if old is None or old.session.tones != new.session.tones:
            self.form.set_values(new.session.tones.model_dump())
        seen = new.shown.seen
        self.section.setVisible(seen is not None)
        facts = seen.tones if seen is not None else None
        if facts is not self._facts:
            self._facts = facts
            self._show_facts()
        if facts is not None and new.shown.photograph != self._of:
            self._of = new.shown.photograph
            header = seen.header if seen is not None else None
            self._fold(facts.deep or (header is not None and header.bands > 1))

    def _fold(self, useful: bool) -> None:
        """Unfold for what needs it; fold what was unfolded only for that."""
        if useful and not self.section.is_open():
            self.section.set_open(True)
            self._unfolded = True  # by the program, and not by the person
        elif not useful and self._unfolded:
            self.section.set_open(False)

    def _on_toggled(self, is_open: bool) -> None:
        self._unfolded = False
        if is_open:
            self._show_facts()

    def _show_facts(self) -> None:
        facts = self._facts
        if facts is None or not self.section.is_open():
            return
        self.histogram.set_values(facts.counts, facts.low, facts.high)
        self.histogram.set_ends(facts.black, facts.white)
        self.values_label.setText(
            f"black {facts.black:,.5g} · white {facts.white:,.5g} · {facts.kind}".replace("-", "−")
        )

    def _on_edited(self, name: str, value: object, finished: bool) -> None:
        self.store.set("tones", finished=finished, **{name: value})

    def _on_ends_moved(self, black: float, white: float, finished: bool) -> None:
        self.store.set("tones", finished=finished, window=(black, white))

    def _on_reset(self) -> None:
        network = self.store.session.tones.network
        self.store.update(self.store.session.changed(tones=ToneSettings(network=network)))
