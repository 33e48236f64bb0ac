"""The box of CRF presets: those that ship, a person's own, and saving what is set now."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QComboBox, QInputDialog

from segviewer.app.background import Background
from segviewer.app.store import Store
from segviewer.crf.own_presets import load_presets, save_preset
from segviewer.crf.presets import PRESETS, Preset

SAVE = "Save these as a preset…"


class CRFPresets(QObject):
    """Fills the box and does what is chosen in it.

    Signals
    -------
    failed(Exception)
        A preset could not be saved.
    told(str)
        Something to say in passing.
    """

    failed = Signal(object)
    told = Signal(str)

    def __init__(self, box: QComboBox, store: Store, background: Background):
        super().__init__(box)
        self.box, self.store, self.background = box, store, background
        self._own: tuple[Preset, ...] = ()
        self._fill()
        box.activated.connect(self._on_chosen)
        self._read()

    def _read(self) -> None:
        self.background.run(load_presets, done=self._on_read, failed=lambda error: None)

    def _on_read(self, found: tuple[tuple[Preset, ...], tuple[str, ...]]) -> None:
        self._own, problems = found
        self._fill()
        if problems:
            self.told.emit(problems[0])

    def _fill(self) -> None:
        self.box.clear()
        self.box.addItem("Presets…")
        for preset in (*PRESETS, *self._own):
            self.box.addItem(preset.title, preset)
            tip = preset.source or "Your own preset."
            self.box.setItemData(self.box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.box.insertSeparator(self.box.count())
        self.box.addItem(SAVE, SAVE)

    def _on_chosen(self, index: int) -> None:
        chosen = self.box.itemData(index)
        if chosen == SAVE:
            self.box.setCurrentIndex(0)
            title, agreed = QInputDialog.getText(self.box, "Save preset", "Name of the preset")
            if agreed:
                self.background.run(
                    save_preset, title, self.store.session.crf,
                    done=self._on_saved, failed=self.failed.emit,
                )  # fmt: skip
        elif chosen is not None:
            self.store.update(self.store.session.changed(crf=chosen.settings.changed(enabled=True)))

    def _on_saved(self, preset: Preset) -> None:
        self.told.emit(f"Saved: {preset.title} (segviewer label … --crf {preset.name})")
        self._read()
