"""The bench: measures the open data set, and leads from its figures to its pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QFileDialog

from segviewer.app.datasets.bench_export import export_overlays, export_report
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.openings import Openings
from segviewer.app.state.background import Background
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.errors import SegviewerError
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.session import OF_CLASS, TARGET_LAYERS, OverlaySettings

OF_ALL_CLASSES = tuple(layer for layer in TARGET_LAYERS if layer not in OF_CLASS)

if TYPE_CHECKING:
    # Nothing of the bench is needed before a data set is measured.
    from segviewer.app.datasets.bench_drawer import BenchDrawer
    from segviewer.app.datasets.bench_model import Focus
    from segviewer.app.datasets.bench_process import BenchProcess, Measured, Opened
    from segviewer.app.datasets.bench_run import BenchRun
    from segviewer.batch.picture_row import PictureRow

DRAW_MS = 300  # between two drawings of what is growing
HEIGHT, LARGEST_SHARE = 380, 0.5  # of the window, that the drawer takes by itself
CHANGED = "The settings have changed since: measure again."
OTHER_PART = "This is of another split, or of another number of pictures: measure again."
_OF_EVERY_MASK = ("as stored", "counted from 1", "cityscapes ids", "foreground")


class Bench(QObject):
    """Runs, shows, and opens pictures in the order of its table.

    Attributes
    ----------
    drawer : BenchDrawer or None
        None until it is first opened.
    found : Pairing or None
        The data set that was opened last.
    run : BenchRun or None
        The last run over it.
    """

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        openings: Openings,
        background: Background,
        failed: Callable[[SegviewerError], None],
    ):
        super().__init__(window)
        self.window, self.store, self.openings = window, store, openings
        self.background, self._failed = background, failed
        self.drawer: BenchDrawer | None = None
        self.found: Pairing | None = None
        self.run: BenchRun | None = None
        self._name = ""
        self._process: BenchProcess | None = None
        self._wanted = self._layered = False
        self._part: tuple[str, int] = ("", 0)  # split, and how many pictures at most, of the run
        self._timer = QTimer(self, interval=DRAW_MS, singleShot=True)
        self._timer.timeout.connect(self._draw)
        window.action("dataset").triggered.connect(lambda checked=False: self.open())
        openings.dataset_opened.connect(self._on_dataset)

    @property
    def running(self) -> bool:
        """Whether pictures are being measured."""
        return self._process is not None

    # What a person does

    def open(self) -> None:
        """Show the bench; without a data set, ask for its folder first."""
        if self.found is None:
            folder = QFileDialog.getExistingDirectory(
                self.window, "Folder with pictures and their target masks"
            )
            self._wanted = bool(folder)
            self.openings.open_paths([folder] if folder else [])
        else:
            self._show_drawer(self.found)

    def measure(self) -> None:
        """Show the bench and measure the open data set, unless a split is to be chosen first."""
        if self.found is not None:
            self._show_drawer(self.found)
            if len(self.found.splits) < 2:
                self.start()

    def start(self) -> None:
        """Measure with the present settings; what was measured with them before is known."""
        from segviewer.app.datasets.bench_process import BenchProcess
        from segviewer.app.datasets.bench_run import BenchRun
        from segviewer.batch.measuring import measured, sampled
        from segviewer.batch.row_store import store_path

        session, drawer, found = self.store.session, self.drawer, self.found
        if self.running or drawer is None or found is None or not session.checkpoint:
            return
        beside = session.of_reference() if drawer.compare.isChecked() else None
        self._part = split, most = drawer.part()
        whole = _of_split(found, split)
        self.run = run = BenchRun(
            measured(session),
            None if beside is None else measured(beside),
            whole,
            sampled(whole, most),
        )
        self._layered = False
        drawer.table.pictures.clear()
        drawer.model.start((), False)
        self._process = process = BenchProcess(
            run.session, run.reference, run.sample, store_path(), self
        )
        process.opened.connect(self._on_opened)
        process.measured.connect(self._on_measured)
        process.noted.connect(self._on_noted)
        process.done.connect(self._on_done)
        process.failed.connect(self._on_failed)
        drawer.figures.setText("")
        drawer.show_note(())
        drawer.show_running(True)
        drawer.show_progress(0, 0, "Opening the network")

    def stop(self) -> None:
        """Stop; what was measured stays, and the next run goes on from there."""
        process, self._process = self._process, None
        if process is None:
            return
        process.stop()
        process.deleteLater()
        if self.run is not None:
            self.run.seconds = time.monotonic() - self.run.began
        self._draw()
        self._show_state()

    # The drawer

    def _show_drawer(self, found: Pairing) -> None:
        drawer = self.drawer or self._made_drawer(found)
        first = not drawer.isVisible()
        drawer.show()
        drawer.raise_()
        if first:
            height = min(HEIGHT, round(LARGEST_SHARE * self.window.height()))
            self.window.resizeDocks([drawer], [height], Qt.Orientation.Vertical)
        self._show_state()

    def _made_drawer(self, found: Pairing) -> BenchDrawer:
        from segviewer.app.datasets.bench_drawer import BenchDrawer

        self.drawer = drawer = BenchDrawer(self.window)
        beside = self.window.findChild(QDockWidget, "lab drawer")
        self.window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, drawer)
        if isinstance(beside, QDockWidget):
            self.window.tabifyDockWidget(beside, drawer)
        drawer.started.connect(self.start)
        drawer.part_chosen.connect(self._show_state)
        drawer.stopped.connect(self.stop)
        drawer.closed.connect(self.stop)
        drawer.focused.connect(self._on_focused)
        drawer.export_requested.connect(self._on_export)
        drawer.table.picture_chosen.connect(self._on_picture_chosen)
        drawer.body.setSizes([560, 480])
        self._show_dataset(drawer, found)
        return drawer

    def _on_dataset(self, folder: str, found: Pairing) -> None:
        self.stop()
        self.found, self._name = found, Path(folder).name or folder
        self.run = None
        if self.drawer is not None:
            self.drawer.model.start((), False)
            self._show_dataset(self.drawer, found)
        if self._wanted:
            self._wanted = False
            self._show_drawer(found)

    def _show_dataset(self, drawer: BenchDrawer, found: Pairing) -> None:
        drawer.title.setText(f"{self._name} · {len(found.pairs):,} pictures with masks")
        drawer.figures.setText("")
        drawer.show_splits(found.splits)
        self._show_state()

    def _show_state(self) -> None:
        drawer, run, session = self.drawer, self.run, self.store.session
        if drawer is None:
            return
        drawer.compare.setVisible(session.reference is not None)
        if self.running:
            drawer.show_running(True)
            return
        current = run is not None and run.is_of(session) and drawer.part() == self._part
        goes_on = run is not None and current and run.done > 0 and not run.is_whole
        drawer.show_running(False, bool(session.checkpoint), goes_on)
        if run is None:
            said = ["Every picture goes once through the network; the worst then come first."]
        else:
            changed = [] if current else [OTHER_PART if run.is_of(session) else CHANGED]
            said = [*changed, *run.notes]
        drawer.show_note(said)

    # From the process

    def _running(self) -> tuple[BenchDrawer, BenchRun] | None:
        """Drawer and run that a signal is for; None for one that an ended process still sent."""
        if self.sender() is not self._process or self.drawer is None or self.run is None:
            return None
        return self.drawer, self.run

    def _on_opened(self, opened: Opened) -> None:
        if (there := self._running()) is None:
            return
        drawer, run = there
        run.begin(opened)
        drawer.model.start(run.classes, opened.reference is not None)
        drawer.show_classes(run.classes)
        drawer.show_progress(0, len(run.sample.pairs), "")

    def _on_measured(self, came: Measured) -> None:
        if (there := self._running()) is None:
            return
        drawer, run = there
        said = run.take(came)
        drawer.show_progress(run.done, len(run.sample.pairs), said)
        if not self._timer.isActive():
            self._timer.start()

    def _on_noted(self, sentence: str) -> None:
        if (there := self._running()) is None:
            return
        drawer, run = there
        if sentence not in run.notes:
            run.notes.append(sentence)
            drawer.show_note(run.notes)

    def _on_done(self) -> None:
        if self._running() is not None:
            self.stop()

    def _on_failed(self, error: SegviewerError) -> None:
        if self._running() is not None:
            self.stop()
            self._failed(error)

    def _draw(self) -> None:
        """Show what has come since the last time."""
        self._timer.stop()
        drawer, run = self.drawer, self.run
        if drawer is None or run is None or not run.waiting:
            return
        began = time.monotonic()
        bar = drawer.table.verticalScrollBar()
        place = bar.value()
        drawer.model.add(run.count())
        bar.setValue(place)
        drawer.table.mark(self.store.session.image)
        rows = drawer.model.rows()
        drawer.figures.setText(run.figures(sum(bool(row.reason) for row in rows)))
        drawer.confusion.set_matrix(run.total.confusion.counts, run.classes)
        drawer.spread.set_classes(run.class_spreads(rows))
        drawer.show_reliability(run.total.reliability)
        drawer.show_focus(drawer.model.focus, run.classes)
        drawer.show_running(self.running)
        # However many pictures there are, the window is drawn a tenth of the time at most.
        self._timer.setInterval(max(DRAW_MS, round(10_000 * (time.monotonic() - began))))

    # From figures to pictures

    def _on_focused(self, focus: Focus) -> None:
        drawer, run = self.drawer, self.run
        if drawer is None or run is None:
            return
        self._layered = False
        drawer.model.set_focus(focus)
        drawer.table.verticalScrollBar().setValue(0)
        drawer.show_focus(focus, run.classes)

    def _on_picture_chosen(self, row: PictureRow) -> None:
        """Show the picture with its mask and where it is wrong; the others follow in this order."""
        drawer, run = self.drawer, self.run
        if drawer is None or run is None:
            return
        order = [one.picture for one in drawer.model.listed()]
        if self.openings.pictures != order:
            self.openings.list_pictures(order)
        changes: dict[str, Any] = {"target": row.target}
        if not self.store.session.target_mapping and run.mapping_name in _OF_EVERY_MASK:
            # One mask alone may not give away what all of them mean.
            changes["target_mapping"] = run.mapping_name
        if not self._layered:
            # Once: whoever chooses another layer then goes through the pictures with that.
            self._layered = True
            changes["overlay"] = self._overlay(drawer.model.focus)
        self.openings.open_picture(row.picture, **changes)

    def _overlay(self, focus: Focus) -> OverlaySettings:
        overlay = self.store.session.overlay.changed(visible=True, activation="")
        if overlay.comparison in ("photo", "difference"):
            overlay = overlay.changed(comparison="overlay")
        if focus.target >= 0:
            return overlay.changed(layer="class errors", chosen_class=focus.target)
        layer = overlay.layer if overlay.layer in OF_ALL_CLASSES else "errors"
        return overlay.changed(layer=layer)

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Mark the picture that is shown; say where settings have changed since the run."""
        if self.drawer is None or old is None or old.session == new.session:
            return
        if old.session.image != new.session.image:
            self.drawer.table.mark(new.session.image)
        self._show_state()

    # Saving

    def _on_export(self, kind: str) -> None:
        filters = {"html": "HTML (*.html)", "csv": "CSV (*.csv)", "json": "JSON (*.json)"}
        drawer, run = self.drawer, self.run
        if drawer is None or run is None or run.opened is None:
            return
        if kind == "png":
            self._export_overlays(run.classes)
            return
        name, _ = QFileDialog.getSaveFileName(
            self.window, "Export", f"{self._name}.{kind}", filters[kind]
        )
        if not name:
            return
        path = Path(name)
        path = path if path.suffix else path.with_suffix(f".{kind}")
        self.background.run(
            export_report,
            kind,
            path,
            run,
            run.opened,
            tuple(drawer.model.rows()),
            done=lambda _: self.window.statusBar().showMessage(f"Saved {path.name}", 6000),
            failed=self._on_export_failed,
        )

    def _export_overlays(self, classes: tuple[str, ...]) -> None:
        """Write the pictures as they are listed, of one class or confusion alone where asked."""
        assert self.drawer is not None
        name = QFileDialog.getExistingDirectory(self.window, "Folder for the overlays")
        if name:
            self.background.run(
                export_overlays,
                Path(name),
                list(self.drawer.model.listed()),
                classes,
                done=self._on_overlays_written,
                failed=self._on_export_failed,
            )

    def _on_overlays_written(self, written: tuple[Path, int, list[str]]) -> None:
        folder, count, left_out = written
        self.window.statusBar().showMessage(f"Saved {count:,} overlays in {folder.name}", 6000)
        if left_out and self.drawer is not None:
            self.drawer.show_note([f"{len(left_out):,} pictures were left out.", *left_out])

    def _on_export_failed(self, error: Exception) -> None:
        if not isinstance(error, SegviewerError):
            raise error
        self._failed(error)

    def close(self) -> None:
        """End a run, and what small pictures are being made."""
        self.stop()
        if self.drawer is not None:
            self.drawer.table.pictures.stop()


def _of_split(found: Pairing, split: str) -> Pairing:
    """The pictures of a split; all where none is named."""
    if not split:
        return found
    kept = [place for place, its in enumerate(found.split_by_pair) if its == split]
    return found.picked(kept)
