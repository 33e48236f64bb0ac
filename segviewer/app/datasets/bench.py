"""The bench: measures the open data set, and leads from its figures to its pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QFileDialog

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.openings import Openings
from segviewer.app.state.background import Background
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.errors import SegviewerError
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.session import TARGET_LAYERS, Session

if TYPE_CHECKING:
    # Nothing of the bench is needed before a data set is measured.
    from segviewer.app.datasets.bench_drawer import BenchDrawer
    from segviewer.app.datasets.bench_model import Focus
    from segviewer.app.datasets.bench_process import BenchProcess, Measured, Opened
    from segviewer.batch.picture_row import PictureRow, Total

DRAW_MS = 300  # between two drawings of what is growing
HEIGHT, LARGEST_SHARE = 380, 0.5  # of the window, that the drawer takes by itself
_OF_EVERY_MASK = ("as stored", "counted from 1", "cityscapes ids", "foreground")


class Bench(QObject):
    """Runs, shows, and opens pictures in the order of its table.

    Attributes
    ----------
    drawer : BenchDrawer or None
        None until it is first opened.
    found : Pairing or None
        The data set that was opened last.
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
        self._name = ""
        self._process: BenchProcess | None = None
        self._opened: Opened | None = None
        self._run: tuple[Session, Session | None, Pairing] | None = None
        self._whole: Pairing | None = None  # of which that is a sample
        self._waiting: list[tuple[PictureRow, PictureRow | None]] = []
        self._total: Total | None = None
        self._total_of_a: Total | None = None
        self._notes: list[str] = []
        self._done = self._fresh = 0
        self._began = self._seconds = 0.0
        self._wanted = self._layered = False
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
            return
        self._show_drawer()

    def measure(self) -> None:
        """Show the bench and measure the open data set."""
        if self.found is not None:
            self._show_drawer()
            self.start()

    def start(self) -> None:
        """Measure with the present settings; what was measured with them before is known."""
        from segviewer.app.datasets.bench_process import BenchProcess
        from segviewer.batch.measuring import measured, sampled
        from segviewer.batch.row_store import store_path

        if self.running or self.found is None or not self.store.session.checkpoint:
            return
        session, drawer = self.store.session, self.drawer
        beside = session.of_reference() if drawer.compare.isChecked() else None
        self._whole = self._of_split(drawer.split_box.currentData())
        found = sampled(self._whole, drawer.most.value())
        self._run = measured(session), None if beside is None else measured(beside), found
        self._opened, self._waiting, self._notes = None, [], []
        self._done = self._fresh = 0
        self._began, self._layered = time.monotonic(), False
        drawer.table.pictures.clear()
        drawer.model.start((), False)
        self._process = BenchProcess(*self._run, store_path(), self)
        self._process.opened.connect(self._on_opened)
        self._process.measured.connect(self._on_measured)
        self._process.noted.connect(self._on_noted)
        self._process.done.connect(self._end)
        self._process.failed.connect(self._on_failed)
        drawer.figures.setText("")
        drawer.show_note(())
        drawer.show_running(True)
        drawer.show_progress(0, 0, "Opening the network")

    def stop(self) -> None:
        """Stop; what was measured stays, and the next run goes on from there."""
        if self.running:
            self._end()

    def _of_split(self, split: str | None) -> Pairing:
        found = self.found
        if not split:
            return found
        kept = [place for place, its in enumerate(found.split_by_pair) if its == split]
        pairs = tuple(found.pairs[place] for place in kept)
        return replace(found, pairs=pairs, split_by_pair=(split,) * len(pairs))

    # The drawer

    def _show_drawer(self) -> None:
        if self.drawer is None:
            self._make_drawer()
        drawer = self.drawer
        first = not drawer.isVisible()
        drawer.show()
        drawer.raise_()
        if first:
            height = min(HEIGHT, round(LARGEST_SHARE * self.window.height()))
            self.window.resizeDocks([drawer], [height], Qt.Orientation.Vertical)
        self._show_state()

    def _make_drawer(self) -> None:
        from segviewer.app.datasets.bench_drawer import BenchDrawer

        self.drawer = drawer = BenchDrawer(self.window)
        beside = self.window.findChild(QDockWidget, "lab drawer")
        self.window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, drawer)
        if beside is not None:
            self.window.tabifyDockWidget(beside, drawer)
        drawer.started.connect(self.start)
        drawer.stopped.connect(self.stop)
        drawer.focused.connect(self._on_focused)
        drawer.export_requested.connect(self._on_export)
        drawer.table.picture_chosen.connect(self._on_picture_chosen)
        drawer.body.setSizes([560, 480])
        self._show_dataset()

    def _on_dataset(self, folder: str, found: Pairing) -> None:
        self.stop()
        self.found, self._name = found, Path(folder).name or folder
        self._run = self._opened = None
        if self.drawer is not None:
            self.drawer.model.start((), False)
            self._show_dataset()
        if self._wanted:
            self._wanted = False
            self._show_drawer()

    def _show_dataset(self) -> None:
        drawer, found = self.drawer, self.found
        drawer.title.setText(f"{self._name} · {len(found.pairs):,} pictures with masks")
        drawer.figures.setText("")
        drawer.show_splits(found.splits)
        self._show_state()

    def _show_state(self) -> None:
        drawer = self.drawer
        if drawer is None:
            return
        session = self.store.session
        drawer.compare.setVisible(session.reference is not None)
        if self.running:
            drawer.show_running(True)
            return
        left = self._run is not None and self._done < len(self._run[2].pairs)
        drawer.show_running(
            False,
            bool(session.checkpoint),
            goes_on=bool(left and self._done and self._is_current()),
        )
        drawer.show_note(self._said())

    def _is_current(self) -> bool:
        from segviewer.batch.measuring import measured

        if self._run is None:
            return False
        session = measured(self.store.session)
        if session.target_mapping == self._mapping_name():
            # It was found for all masks, and set when one of them was opened.
            session = session.changed(target_mapping=self._run[0].target_mapping)
        return session == self._run[0]

    def _mapping_name(self) -> str:
        """What all masks' numbers were taken for; empty where that is not one thing."""
        return getattr(self._opened.mapping, "name", "") if self._opened is not None else ""

    def _said(self) -> list[str]:
        if self._run is None:
            return ["Every picture goes once through the network; the worst then come first."]
        changed = [] if self._is_current() else ["The settings have changed since: measure again."]
        return [*changed, *self._notes]

    # From the process

    def _on_opened(self, opened: Opened) -> None:
        from segviewer.batch.picture_row import Total

        self._opened = opened
        drawer, classes = self.drawer, opened.network.classes
        self._total, self._total_of_a = Total(len(classes)), None
        if opened.reference is not None:
            self._total_of_a = Total(len(opened.reference.classes))
        drawer.model.start(classes, opened.reference is not None)
        drawer.show_classes(classes)
        drawer.show_progress(0, len(self._run[2].pairs), "")
        self._began = time.monotonic()

    def _on_measured(self, measured: Measured) -> None:
        self._waiting += measured.rows
        self._done += len(measured.rows)
        self._fresh += sum(not row.known for row, _ in measured.rows)
        total = len(self._run[2].pairs)
        said = f"{self._done:,} of {total:,} pictures"
        if self._fresh:
            passed = time.monotonic() - self._began
            said += f" · {time_text(passed * (total - self._done) / self._fresh)} left"
        self.drawer.show_progress(self._done, total, said)
        if not self._timer.isActive():
            self._timer.start()

    def _on_noted(self, sentence: str) -> None:
        if sentence not in self._notes:
            self._notes.append(sentence)
            self.drawer.show_note(self._notes)

    def _on_failed(self, error: SegviewerError) -> None:
        self._end()
        self._failed(error)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.stop()
            process.deleteLater()
        self._seconds = time.monotonic() - self._began
        self._draw()
        self._show_state()

    def _draw(self) -> None:
        """Show what has come since the last time."""
        self._timer.stop()
        if self._opened is None or self.drawer is None or not self._waiting:
            return
        rows, self._waiting = self._waiting, []
        began, drawer = time.monotonic(), self.drawer
        bar = drawer.table.verticalScrollBar()
        place = bar.value()
        drawer.model.add(rows)
        for row, other in rows:
            self._total.add(row)
            if other is not None:
                self._total_of_a.add(other)
        bar.setValue(place)
        drawer.table.mark(self.store.session.image)
        self._draw_total()
        drawer.show_running(self.running)
        # However many pictures there are, the window is drawn a tenth of the time at most.
        self._timer.setInterval(max(DRAW_MS, round(10_000 * (time.monotonic() - began))))

    def _draw_total(self) -> None:
        from segviewer.app.datasets.class_spread_view import ClassSpread
        from segviewer.batch.picture_row import mean, spreads

        drawer, classes = self.drawer, self._opened.network.classes
        rows, total, of_a = drawer.model.rows(), self._total, self._total_of_a
        figures = [
            ("mIoU", total.confusion.miou),
            ("accuracy", total.confusion.pixel_accuracy),
            ("boundary IoU", mean(total.boundary_iou)),
            ("calibration error", total.reliability.error),
        ]
        said = [f"{name} {value:.3f}" for name, value in figures if not np.isnan(value)]
        if of_a is not None and said:
            said[0] += f" (A {of_a.confusion.miou:.3f})"
        failed = sum(bool(row.reason) for row in rows)
        if failed:
            said.append(f"{failed:,} not measured")
        drawer.figures.setText("  ·  ".join(said))
        drawer.confusion.set_matrix(total.confusion.counts, classes)
        iou, bands = total.confusion.iou, total.boundary_iou
        iou_of_a = np.full(len(classes), np.nan)
        if of_a is not None and of_a.confusion.num_classes == len(classes):
            iou_of_a = of_a.confusion.iou
        drawer.spread.set_classes(
            [
                ClassSpread(name, iou[k], bands[k], quartiles, iou_of_a[k])
                for k, (name, quartiles) in enumerate(
                    zip(classes, spreads(rows, len(classes)), strict=True)
                )
            ]
        )
        drawer.show_reliability(total.reliability)
        drawer.show_focus(drawer.model.focus, classes)

    # From figures to pictures

    def _on_focused(self, focus: Focus) -> None:
        self._layered = False
        self.drawer.model.set_focus(focus)
        self.drawer.table.verticalScrollBar().setValue(0)
        self.drawer.show_focus(focus, self._opened.network.classes)

    def _on_picture_chosen(self, row: PictureRow) -> None:
        """Show the picture with its mask and where it is wrong; the others follow in this order."""
        order = [one.picture for one in self.drawer.model.listed()]
        if self.openings.pictures != order:
            self.openings.list_pictures(order)
        changes = {"target": row.target}
        mapping = self._mapping_name()
        if not self.store.session.target_mapping and mapping in _OF_EVERY_MASK:
            # One mask alone may not give away what all of them mean.
            changes["target_mapping"] = mapping
        if not self._layered:
            # Once: whoever chooses another layer then goes through the pictures with that.
            self._layered = True
            changes["overlay"] = self._overlay()
        self.openings.open_picture(row.picture, **changes)

    def _overlay(self):
        overlay, focus = self.store.session.overlay, self.drawer.model.focus
        comparison = "overlay" if overlay.comparison in ("photo", "difference") else None
        changes = {"comparison": comparison} if comparison else {}
        changes |= {"visible": True, "activation": ""}
        if focus.target >= 0:
            return overlay.changed(layer="class errors", chosen_class=focus.target, **changes)
        layer = overlay.layer if overlay.layer in TARGET_LAYERS[:2] else "errors"
        return overlay.changed(layer=layer, **changes)

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
        name, _ = QFileDialog.getSaveFileName(
            self.window, "Export", f"{self._name}.{kind}", filters[kind]
        )
        if not name:
            return
        path = Path(name)
        path = path if path.suffix else path.with_suffix(f".{kind}")
        session, found = self._run[0], self._whole
        rows = tuple(self.drawer.model.rows())
        self.background.run(
            _export,
            (kind, path, session, self._opened, found, rows, self._seconds),
            done=lambda _: self.window.statusBar().showMessage(f"Saved {path.name}", 6000),
            failed=self._on_export_failed,
        )

    def _on_export_failed(self, error: Exception) -> None:
        if not isinstance(error, SegviewerError):
            raise error
        self._failed(error)

    def close(self) -> None:
        """End a run, and what small pictures are being made."""
        self.stop()
        if self.drawer is not None:
            self.drawer.table.pictures.stop()


def time_text(seconds: float) -> str:
    """A duration in one unit: ``40 s``, ``3 min``, ``2 h``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{round(minutes / 60)} h"


def _export(order: tuple) -> None:
    """Write a report, off Qt's thread."""
    from segviewer.batch.evaluate import Evaluation, csv_rows, report_of
    from segviewer.batch.failures import Failures
    from segviewer.batch.html_report import write_html
    from segviewer.batch.picture_row import worst_first
    from segviewer.imaging.export.writing import write_csv, write_json

    kind, path, session, opened, found, rows, seconds = order
    done = Evaluation(
        session, opened.network, found, opened.mapping, tuple(worst_first(rows)), seconds
    )
    if kind == "html":
        write_html(path, done)
    elif kind == "csv":
        write_csv(path, csv_rows(done))
    else:
        failures = Failures()
        for row in rows:
            if row.reason:
                failures.add(row.picture, row.reason)
        write_json(path, report_of(done, failures, per_picture=True), overwrite=True)
