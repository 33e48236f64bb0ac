"""A person's own CRF presets: renamed, deleted, exported, imported."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from segviewer.app.panels.crf_tried import short_text
from segviewer.app.state.background import Background
from segviewer.crf.settings.own_presets import (
    delete_preset,
    export_preset,
    import_preset,
    rename_preset,
)
from segviewer.crf.settings.presets import Preset
from segviewer.errors import SegviewerError
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip

FILES = "Presets (*.json)"
NONE_YET = "There is none yet: “Save these as a preset…” keeps what is set, “Import…” a file."


class PresetDialog(QDialog):
    """A list, and a button for each thing that can be done with the chosen one.

    Signals
    -------
    changed()
        The files have changed.
    """

    changed = Signal()

    def __init__(
        self, presets: tuple[Preset, ...], background: Background, parent: QWidget | None = None
    ):
        super().__init__(parent)
        self._none_yet = False  # whether the message says so
        self.setWindowTitle("Own CRF presets")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.background, self._presets = background, presets
        self.list = QListWidget()
        self.list.setAccessibleName("Own presets")
        self.list.currentRowChanged.connect(lambda row: self._show_state())
        self.message = PlainLabel()
        self.message.setWordWrap(True)
        self.buttons: dict[str, QPushButton] = {}
        column = QVBoxLayout()
        slots: dict[str, Callable[[], None]] = {
            "Rename…": self._rename,
            "Delete": self._delete,
            "Export…": self._export,
            "Import…": self._import,
            "Close": self.close_now,
        }
        for words, slot in slots.items():
            button = self.buttons[words] = QPushButton(words)
            button.clicked.connect(lambda checked=False, slot=slot: slot())
            button.setAutoDefault(False)
            if words == "Close":
                column.addStretch(1)
            column.addWidget(button)
        beside = QHBoxLayout()
        beside.addWidget(self.list, 1)
        beside.addLayout(column)
        layout = QVBoxLayout(self)
        layout.addLayout(beside, 1)
        layout.addWidget(self.message)
        self.resize(460, 300)
        self.set_presets(presets)

    def set_presets(self, presets: tuple[Preset, ...]) -> None:
        """List these; the row that was chosen stays chosen."""
        row = max(0, self.list.currentRow())
        self._presets = presets
        self.list.clear()
        for preset in presets:
            self.list.addItem(preset.title)
            tip = f"{short_text(preset.settings)}\n{preset.source}".strip()
            self.list.item(self.list.count() - 1).setToolTip(plain_tip(tip))
        self.list.setCurrentRow(min(row, len(presets) - 1))
        self._show_state()

    def close_now(self) -> None:
        """Close; nothing is lost, since everything is done at once."""
        self.close()

    @property
    def chosen(self) -> Preset | None:
        """The preset of the current row."""
        row = self.list.currentRow()
        return self._presets[row] if 0 <= row < len(self._presets) else None

    def _show_state(self) -> None:
        for words in ("Rename…", "Delete", "Export…"):
            self.buttons[words].setEnabled(self.chosen is not None)
        if not self._presets:
            self.message.setText(NONE_YET)
        elif self._none_yet:
            self.message.setText("")
        self._none_yet = not self._presets

    def _run(self, said: str, function: Callable[..., Any], *arguments: Any) -> None:
        self.background.run(
            partial(function, *arguments),
            done=lambda found: self._on_done(said),
            failed=self._on_failed,
        )

    def _on_done(self, said: str) -> None:
        self.message.setText(said)
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self.message.setText(error.sentence if isinstance(error, SegviewerError) else str(error))

    def _rename(self) -> None:
        preset = self.chosen
        if preset is None:
            return
        title, agreed = QInputDialog.getText(
            self, "Rename preset", "Name of the preset", text=preset.title
        )
        if agreed:
            self._run(f"Renamed: {title.strip()}", rename_preset, preset, title)

    def _delete(self) -> None:
        preset = self.chosen
        if preset is not None:
            self._run(f"Deleted: {preset.title}", delete_preset, preset.name)

    def _export(self) -> None:
        preset = self.chosen
        if preset is None:
            return
        file, _ = QFileDialog.getSaveFileName(self, "Export preset", f"{preset.name}.json", FILES)
        if file:
            self._run(f"Written: {Path(file).name}", export_preset, preset, Path(file))

    def _import(self) -> None:
        file, _ = QFileDialog.getOpenFileName(self, "Import preset", "", FILES)
        if file:
            self._run(f"Imported: {Path(file).name}", import_preset, Path(file))
