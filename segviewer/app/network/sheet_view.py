"""Opens the model sheet, and turns what is said in it into the session and into a card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.network.sheet_dialog import SheetDialog
from segviewer.app.network.sheet_fields import (
    SheetFields,
    changed_sheet,
    classes_text,
    fields_of,
    numbers_text,
    preprocessing_of,
)
from segviewer.app.state.background import Background
from segviewer.app.state.requests import Requests
from segviewer.app.state.results import Results
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.checkpoints.card_files import forget_sheet, keep_sheet
from segviewer.engine.results import NetworkResult, TriedPreprocessing
from segviewer.errors import SegviewerError
from segviewer.export.shown_labels import shown_label_set
from segviewer.imaging.class_list import (
    ClassList,
    known_class_lists,
    named_class_list,
    read_class_list,
)
from segviewer.imaging.overlay import colour_table
from segviewer.session import Session
from segviewer.widgets.grids.picture_tiles import Tile

STAGE = "preprocessings"
FILTERS = "Class names (*.json *.csv *.tsv *.txt);;All files (*)"
HINT = (
    "Entropy: 0 % is sure of every pixel. A sure network may still be wrong, so look at the "
    "labels; click one to take it."
)


class SheetView(QObject):
    """The sheet of the open network.

    Attributes
    ----------
    dialog : SheetDialog or None
        The one on screen.
    """

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        results: Results,
        requests: Requests,
        background: Background,
    ):
        super().__init__(window)
        self.window, self.store, self.results = window, store, results
        self.requests, self.background = requests, background
        self.dialog: SheetDialog | None = None
        self._network: NetworkResult | None = None
        self._before = SheetFields()
        self._tried: tuple[TriedPreprocessing, ...] = ()
        window.action("edit_model").triggered.connect(lambda checked=False: self.open())
        results.arrived.connect(self._on_arrived)

    def open(self) -> None:
        """Open the sheet, or bring it to the front."""
        network = self.results.shown.opened
        if network is None or network.card is None:
            self.window.statusBar().showMessage("No network is open yet", 4000)
            return
        if self.dialog is None:
            dialog = self.dialog = SheetDialog(known_class_lists(_count(network)), self.window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.finished.connect(self._on_closed)
            dialog.applied.connect(self._on_applied)
            dialog.kept.connect(self._on_kept)
            dialog.forgotten.connect(self._on_forgotten)
            dialog.tries_wanted.connect(self._on_tries_wanted)
            dialog.taken.connect(self._on_taken)
            dialog.file_wanted.connect(self._on_file_wanted)
            dialog.set_chosen.connect(lambda name: self._show_list(named_class_list(name)))
            dialog.threshold_edited.connect(self._on_threshold_edited)
            self._fill(network)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show the network that is open now."""
        if self.dialog is None:
            return
        network = new.shown.opened
        if network is not None and network is not self._network:
            self._fill(network)
        if old is None or old.session.inference.threshold != new.session.inference.threshold:
            self.dialog.show_threshold(new.session.inference.threshold)

    def _fill(self, network: NetworkResult) -> None:
        dialog = self.dialog
        assert dialog is not None and network.card is not None
        self._network = network
        self._before = fields_of(network.card, _count(network))
        dialog.fill(self._before, _count(network) == 1)
        dialog.show_threshold(self.store.session.inference.threshold)

    # What a person does

    def _said(self) -> Session | None:
        """The session with what stands in the fields; None, and said, where it cannot be read."""
        dialog, network = self.dialog, self._network
        if dialog is None or network is None:
            return None
        session = self.store.session
        try:
            sheet = changed_sheet(session.sheet, self._before, dialog.fields(), _count(network))
        except SegviewerError as error:
            dialog.said.setText(error.sentence)
            return None
        dialog.said.clear()
        return session.changed(sheet=sheet)

    def _on_applied(self) -> None:
        session = self._said()
        if session is not None and session != self.store.session:
            self.store.update(session)

    def _on_kept(self) -> None:
        session = self._said()
        if session is None or self.dialog is None:
            return
        if session != self.store.session:
            self.store.update(session)
        dialog = self.dialog
        self.background.run(
            keep_sheet,
            session.checkpoint,
            session.sheet,
            done=lambda path: self._say(dialog, f"Kept in {path}"),
            failed=lambda error: self._say(dialog, _why(error)),
        )

    def _on_forgotten(self) -> None:
        dialog, session = self.dialog, self.store.session
        if dialog is None:
            return
        self.background.run(
            forget_sheet,
            session.checkpoint,
            done=lambda path: self._say(
                dialog,
                f"{path} is gone; the next opening goes by the file"
                if path
                else "Nothing was kept",
            ),
            failed=lambda error: self._say(dialog, _why(error)),
        )

    def _on_threshold_edited(self, value: float, finished: bool) -> None:
        self.store.set("inference", finished=finished, threshold=value)

    def _on_file_wanted(self) -> None:
        dialog = self.dialog
        file, _ = QFileDialog.getOpenFileName(dialog, "Load class names", "", FILTERS)
        if file:
            self.background.run(
                read_class_list,
                Path(file),
                done=self._show_list,
                failed=lambda error: self._say(dialog, _why(error)),
            )

    def _show_list(self, found: ClassList) -> None:
        if self.dialog is None or self._network is None:
            return
        self.dialog.classes.setPlainText(classes_text(found))
        count = _count(self._network)
        fits = len(found[0]) == count
        self.dialog.said.setText("" if fits else f"{len(found[0])} names, {count} classes")

    # Other preprocessing

    def _on_tries_wanted(self, wanted: bool) -> None:
        self.requests.ask_for(STAGE, wanted)
        if self.dialog is not None:
            if not wanted:
                self.dialog.show_tries(None)
            elif self.results.is_current(STAGE):
                self._show_tries(self.results.get(STAGE))
            elif self.results.shown.picture is None:
                self.dialog.show_tries((), hint="Open a picture first.")
            else:
                self.dialog.show_tries((), hint="Running …")

    def _on_arrived(self, stage: str, result: Any) -> None:
        if stage == STAGE and self.dialog is not None and self.dialog.tries.isChecked():
            self._show_tries(result)

    def _show_tries(self, tried: tuple[TriedPreprocessing, ...]) -> None:
        network, dialog = self._network, self.dialog
        if network is None or dialog is None:
            return
        self._tried = tried
        labels = shown_label_set(network.label_set, network.classes, "label set", network.colours)
        table = colour_table(labels)[:, :3]
        tiles = tuple(
            Tile(
                one.name,
                one.name,
                f"entropy {one.entropy:.0%}\ntop class {one.top_probability:.0%}",
                np.ascontiguousarray(table[one.label_map]),
                f"mean {numbers_text(one.preprocessing.mean)}, "
                f"standard deviation {numbers_text(one.preprocessing.std)}",
            )
            for one in tried
        )
        now = next((one.name for one in tried if one.is_set), "")
        dialog.show_tries(tiles, now, HINT)

    def _on_taken(self, name: str) -> None:
        one = next((one for one in self._tried if one.name == name), None)
        if one is None or self.dialog is None:
            return
        self.dialog.fill_preprocessing(one.preprocessing)
        try:
            if preprocessing_of(self.dialog.fields()) == preprocessing_of(self._before):
                return
        except SegviewerError:
            return
        self._on_applied()

    def _say(self, dialog: SheetDialog | None, text: str) -> None:
        if dialog is not None and dialog is self.dialog:
            dialog.said.setText(text)

    def _on_closed(self) -> None:
        self.requests.ask_for(STAGE, on=False)
        self.dialog = self._network = None


def _count(network: NetworkResult) -> int:
    """Scores of the network; of very many classes what its card lists."""
    return int(network.trained.get("num_classes", len(network.classes)))


def _why(error: Exception) -> str:
    return error.sentence if isinstance(error, SegviewerError) else str(error)
