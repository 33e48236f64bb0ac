"""The box of CRF presets: those that ship, a person's own, saving what is set, and tuning."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QComboBox, QInputDialog

from segviewer.app.state.background import Background
from segviewer.app.state.results import Results
from segviewer.app.state.store import Store
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.own_presets import load_presets, save_preset
from segviewer.crf.settings.presets import PRESETS, Preset
from segviewer.widgets.text.plain_text import plain_tip

if TYPE_CHECKING:
    from segviewer.app.panels.preset_dialog import PresetDialog
    from segviewer.app.tuning.tune_dialog import TuneDialog

FITTED = "Temperature {:.2f}, fitted for this network"
FITTED_TIP = (
    "Sets the temperature alone: how sure the network ought to be was fitted on pictures that it "
    "was not trained on. Its own labels do not change by it; those of the CRF do."
)
SAVE = "Save these as a preset…"
MANAGE = "Own presets…"
TUNE = "Tune…"


class CRFPresets(QObject):
    """Fills the box and does what is chosen in it.

    Signals
    -------
    failed(Exception)
        A preset could not be saved.
    noted(str)
        Something to say in passing.
    """

    failed = Signal(object)
    noted = Signal(str)

    def __init__(
        self, box: QComboBox, store: Store, background: Background, results: Results | None = None
    ):
        super().__init__(box)
        self.results = results
        self.box, self.store, self.background = box, store, background
        self._own: tuple[Preset, ...] = ()
        self.dialog: TuneDialog | None = None
        self.manager: PresetDialog | None = None
        self._fill()
        box.activated.connect(self._on_chosen)
        store.changed.connect(lambda old, new: self._show(new.crf))
        if results is not None:
            results.arrived.connect(self._on_arrived)
        self._read()

    def _read(self) -> None:
        self.background.run(load_presets, done=self._on_read, failed=lambda error: None)

    def _on_read(self, found: tuple[tuple[Preset, ...], tuple[str, ...]]) -> None:
        self._own, problems = found
        self._fill()
        if self.manager is not None:
            self.manager.set_presets(self._own)
        if problems:
            self.noted.emit(problems[0])

    def _on_arrived(self, stage: str, result: object) -> None:
        if stage == "network":
            self._fill()

    @property
    def _fitted(self) -> float | None:
        """The temperature that the card of the open network says."""
        opened = self.results.get("network") if self.results is not None else None
        card = opened.card if opened is not None else None
        return card.temperature if card is not None else None

    def _fill(self) -> None:
        self.box.clear()
        self.box.addItem("Presets…")
        for preset in (*PRESETS, *self._own):
            self.box.addItem(preset.title, preset)
            tip = preset.source or "Your own preset."
            self.box.setItemData(self.box.count() - 1, plain_tip(tip), Qt.ItemDataRole.ToolTipRole)
        self.box.insertSeparator(self.box.count())
        if self._fitted is not None:
            self.box.addItem(FITTED.format(self._fitted), FITTED)
            at = self.box.count() - 1
            self.box.setItemData(at, plain_tip(FITTED_TIP), Qt.ItemDataRole.ToolTipRole)
        self.box.addItem(SAVE, SAVE)
        self.box.addItem(MANAGE, MANAGE)
        tip = "Rename, delete, export and import presets of your own."
        self.box.setItemData(self.box.count() - 1, plain_tip(tip), Qt.ItemDataRole.ToolTipRole)
        self.box.addItem(TUNE, TUNE)
        tip = "Search the numbers on a folder of pictures with target masks."
        self.box.setItemData(self.box.count() - 1, plain_tip(tip), Qt.ItemDataRole.ToolTipRole)
        self._show(self.store.session.crf)

    def _show(self, crf: CRFSettings) -> None:
        """Name the preset whose numbers are set, also after a restart; else none."""
        set_now = crf.changed(enabled=True)
        known = (self.box.itemData(index) for index in range(self.box.count()))
        places = [
            index
            for index, preset in enumerate(known)
            if isinstance(preset, Preset) and preset.settings.changed(enabled=True) == set_now
        ]
        # Of two with the same numbers the one that was chosen stays.
        if self.box.currentIndex() not in places:
            self.box.setCurrentIndex(places[0] if places else 0)

    def _on_chosen(self, index: int) -> None:
        chosen = self.box.itemData(index)
        if chosen in (SAVE, MANAGE, TUNE, FITTED):
            self.box.setCurrentIndex(0)
            self._show(self.store.session.crf)
        if chosen == FITTED and self._fitted is not None:
            # Not switched on by it: what is on the screen changes only where the CRF is on.
            self.store.set("crf", temperature=round(self._fitted, 2))
            self.noted.emit(f"The CRF's temperature is {self._fitted:.2f}")
        if chosen == SAVE:
            self._save(self.store.session.crf, "")
        elif chosen == MANAGE:
            self.manage()
        elif chosen == TUNE:
            self.tune()
        elif chosen not in (None, FITTED):
            self._set(chosen.settings)

    def _set(self, crf: CRFSettings) -> None:
        self.store.update(self.store.session.changed(crf=crf.changed(enabled=True)))

    def _save(self, crf: CRFSettings, source: str) -> None:
        title, agreed = QInputDialog.getText(self.box, "Save preset", "Name of the preset")
        if agreed:
            self.background.run(
                save_preset, title, crf, source, done=self._on_saved, failed=self.failed.emit
            )

    def manage(self) -> None:
        """Open the list of own presets, or bring it to the front."""
        if self.manager is None:
            from segviewer.app.panels.preset_dialog import PresetDialog

            self.manager = PresetDialog(self._own, self.background, self.box.window())
            self.manager.changed.connect(self._read)
            self.manager.destroyed.connect(self._on_manager_gone)
        self.manager.show()
        self.manager.raise_()

    def _on_manager_gone(self) -> None:
        self.manager = None

    def tune(self) -> None:
        """Open the search for numbers, or bring it to the front."""
        if self.dialog is not None:
            self.dialog.raise_()
            self.dialog.activateWindow()
            return
        from segviewer.app.tuning.tune_dialog import TuneDialog
        from segviewer.imaging.datasets.naming import MASK_FOLDERS

        session = self.store.session
        target = Path(session.target).parent if session.target else None
        beside = target is not None and target.name.lower() in MASK_FOLDERS
        folder = str(target.parent) if target is not None and beside else ""
        network = self.results.shown.opened if self.results is not None else None
        title = network.title if network is not None else ""
        classes = network.classes if network is not None else ()
        self.dialog = TuneDialog(session, title, folder, self.box.window(), classes)
        self.dialog.used.connect(self._set)
        self.dialog.kept.connect(self._save)
        self.dialog.destroyed.connect(self._on_dialog_gone)
        self.dialog.show()

    def _on_dialog_gone(self) -> None:
        self.dialog = None

    def close(self) -> None:
        """End a search that runs."""
        if self.dialog is not None:
            self.dialog.close()

    def _on_saved(self, preset: Preset) -> None:
        self.noted.emit(f"Saved: {preset.title} (segviewer label … --crf {preset.name})")
        self._read()
