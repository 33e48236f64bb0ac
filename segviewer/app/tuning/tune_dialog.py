"""Tune…: search the CRF's numbers on a folder of pictures with masks; see what they are worth."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from segviewer.app.tuning.tuning_process import TuningProcess
from segviewer.crf.search.tuning import Trial, Tuning
from segviewer.crf.settings.setting_text import crf_text
from segviewer.errors import SegviewerError
from segviewer.session import Session
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.tables.figure_table import FigureTable
from segviewer.widgets.text.plain_text import PlainLabel, plain_entry, plain_tip

ABOUT = (
    "Every second picture is searched on, the others are held out: what the numbers are worth "
    "stands in the held-out row. The network runs on each picture once. For a single photograph "
    "there is the lab Landscape, with its mask or one that you paint (M)."
)


class TuneDialog(QDialog):
    """Search, history, both halves, and what to do with the best.

    Parameters
    ----------
    session : Session
    network, folder : str
        What they are at first.
    parent : QWidget, optional
    classes : sequence of str
        Of the network, by one of which may be searched.

    Signals
    -------
    used(CRFSettings)
        The best numbers shall be set.
    kept(CRFSettings, str)
        They shall become a preset; what they were measured to be worth.
    """

    used = Signal(object)
    kept = Signal(object, str)

    def __init__(
        self,
        session: Session,
        network: str,
        folder: str,
        parent: QWidget | None = None,
        classes: Sequence[str] = (),
    ):
        super().__init__(parent)
        self.setWindowTitle("Tune the CRF")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 560)
        self.session = session
        self.found: Tuning | None = None
        self._process: TuningProcess | None = None
        self._trials: list[Trial] = []
        self._notes: list[str] = []
        self._began = 0.0
        about = PlainLabel(ABOUT)
        about.setWordWrap(True)
        about.setProperty("role", "muted")
        self.folder = QLineEdit(folder)
        self.folder.setPlaceholderText("Folder that holds images and labels")
        self.folder.setAccessibleName("Folder")
        self.choose = QPushButton("Choose…")
        self.trials = _count(40, 1, 1000, "How many settings are tried")
        self.frames = _count(16, 2, 1000, "Spread evenly over the folder")
        self.measure = QComboBox()
        self.measure.setAccessibleName("Measure")
        self.measure.setMinimumHeight(28)
        for title, by, tip in (
            ("mIoU", "miou", "Mean IoU over the classes that the masks have"),
            ("Boundary IoU", "boundary", "Mean IoU in a band along the outlines alone"),
            *(
                (f"IoU of {plain_entry(name)}", f"class:{number}", "Of this class alone")
                for number, name in enumerate(classes)
            ),
        ):
            self.measure.addItem(title, by)
            last = self.measure.count() - 1
            self.measure.setItemData(last, plain_tip(tip), Qt.ItemDataRole.ToolTipRole)
        self.start_button = QPushButton("Search")
        self.start_button.setDefault(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.progress = PlainLabel()
        self.progress.setProperty("role", "muted")
        self.message = PlainLabel()
        self.message.setWordWrap(True)
        self.plot = Plot("trial", "mIoU, searched half", whole_x=True)
        self.plot.setMinimumHeight(180)
        self.table = FigureTable(("mIoU at working size", "no CRF", "best", "gain"), "Both halves")
        self.table.setFixedHeight(3 * (self.table.fontMetrics().height() + 12))
        self.use_button = QPushButton("Use these numbers")
        self.keep_button = QPushButton("Save as a preset…")
        self._lay_out(about, network)
        self.choose.clicked.connect(self._on_choose)
        self.start_button.clicked.connect(self._on_start)
        self.folder.textChanged.connect(self._show_state)
        self.use_button.clicked.connect(self._on_use)
        self.keep_button.clicked.connect(self._on_keep)
        self._show_state()

    def _lay_out(self, about: QLabel, network: str) -> None:
        place = QHBoxLayout()
        place.addWidget(self.folder, 1)
        place.addWidget(self.choose)
        numbers = QHBoxLayout()
        numbers.addWidget(self.trials)
        numbers.addSpacing(16)
        numbers.addWidget(PlainLabel("Pictures at most"))
        numbers.addWidget(self.frames)
        numbers.addStretch(1)
        numbers.addWidget(self.start_button)
        named = PlainLabel(network)
        named.setWordWrap(True)
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.addRow("Network", named)
        form.addRow("Folder", place)
        form.addRow("Search by", self.measure)
        form.addRow("Trials", numbers)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.keep_button, self.use_button, close):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(about)
        layout.addLayout(form)
        layout.addWidget(self.bar)
        layout.addWidget(self.progress)
        layout.addWidget(self.message)
        layout.addWidget(self.plot, 1)
        layout.addStretch()
        layout.addWidget(self.table)
        layout.addLayout(buttons)

    @property
    def running(self) -> bool:
        """Whether a search is under way."""
        return self._process is not None

    def _show_state(self) -> None:
        self.start_button.setText("Stop" if self.running else "Search")
        self.start_button.setEnabled(self.running or bool(self.folder.text().strip()))
        for widget in (self.folder, self.choose, self.measure, self.trials, self.frames):
            widget.setEnabled(not self.running)
        for button in (self.use_button, self.keep_button):
            button.setEnabled(self.found is not None)
        # Axes of nothing would have numbers of their own.
        self.plot.setVisible(bool(self._trials))
        self.table.setVisible(self.found is not None)
        self.bar.setVisible(self.running)
        self.progress.setVisible(self.running)
        self.message.setVisible(bool(self.message.text()))

    def _on_choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self, "Folder that holds images and labels", self.folder.text()
        )
        if folder:
            self.folder.setText(folder)

    def _on_start(self) -> None:
        if self.running:
            self._end()
            self.message.setText("Stopped.")
            self._show_state()
            return
        self.found = None
        self._trials = []
        self.plot.set_curves(())
        self.message.clear()
        self._notes.clear()
        self._began = time.monotonic()
        self.bar.setRange(0, 0)
        self.progress.setText("Opening the network")
        self._process = TuningProcess(
            self.session,
            self.folder.text().strip(),
            self.trials.value(),
            self.frames.value(),
            parent=self,
            by=self.measure.currentData(),
        )
        called = self.measure.currentText()
        self.plot.set_labels("trial", f"{called}, searched half")
        self.table.set_heads((f"{called} at working size", "no CRF", "best", "gain"))
        self._process.prepared.connect(self._on_prepared)
        self._process.noted.connect(self._on_noted)
        self._process.tried.connect(self._on_tried)
        self._process.done.connect(self._on_done)
        self._process.failed.connect(self._on_failed)
        self._show_state()

    def _on_prepared(self, done: int, total: int) -> None:
        self._say_how_far(done, total, "picture", "pictures through the network")
        if done == total:
            self._began = time.monotonic()

    def _on_noted(self, sentence: str) -> None:
        if sentence not in self._notes:
            self._notes.append(sentence)
            self._say("")

    def _say(self, text: str) -> None:
        """Show `text` and below it what was left out or assumed, which stands to the end."""
        self.message.setText("\n".join([*([text] if text else []), *self._notes]))
        self._show_state()

    def _on_tried(self, trial: Trial) -> None:
        self._trials.append(trial)
        self.plot.show()
        self._say_how_far(len(self._trials), self.trials.value(), "trial", "trials")
        self._draw()

    def _say_how_far(self, done: int, total: int, one: str, many: str) -> None:
        left = ""
        if done:
            seconds = (time.monotonic() - self._began) * (total - done) / done
            left = f" · {seconds:.0f} s left" if seconds >= 1 else ""
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.progress.setText(f"{done} of {total} {one if total == 1 else many}{left}")

    def _draw(self) -> None:
        at = np.arange(1, len(self._trials) + 1)
        scores = np.array([trial.score for trial in self._trials])
        # A gap after each: trials are points, and no line leads from one to the next.
        x, y = np.repeat(at, 2), np.full(2 * len(at), np.nan)
        y[::2] = scores
        curves = [
            Curve(x, y, "a trial", points=True),
            Curve(at, np.maximum.accumulate(scores), "best so far"),
        ]
        if self.found is not None:
            none = np.full(len(at), self.found.before[0])
            curves.append(Curve(at, none, "no CRF", dashed=True))
        self.plot.set_curves(curves)

    def _on_done(self, found: Tuning) -> None:
        self.found = found
        self._end()
        self._draw()
        rows = []
        halves = (("searched on", found.tuned_on), ("held out", found.held_out))
        for number, (name, pictures) in enumerate(halves):
            before, after = found.before[number], found.after[number]
            rows.append(
                (
                    f"{name}, {len(pictures)} pictures",
                    _figure(before),
                    _figure(after),
                    _figure(after - before, "+").replace("-", "−"),
                )
            )
        self.table.set_rows(rows)
        said = f"Best, trial {found.best.number + 1}: {crf_text(found.best.settings)}"
        if np.isnan(found.after[1]):
            said += (
                "\nNo mask of the half held out has this class: what they are worth is not known."
            )
        elif not found.helps:
            said += (
                "\nOn the half held out the CRF does not help: leave it off, or search on more "
                "pictures."
            )
        self._say(said)

    def _on_failed(self, error: SegviewerError) -> None:
        self._end()
        self.message.setText(error.sentence)
        self._show_state()

    def _on_keep(self) -> None:
        from segviewer.batch.tune import source_of

        # What was random, assumed or left out belongs to the figures, here as there.
        assert self.found is not None  # the button is off without
        said = " ".join([source_of(self.found), *self._notes])
        self.kept.emit(self.found.best.settings, said)

    def _on_use(self) -> None:
        if self.found is not None:
            self.used.emit(self.found.best.settings)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.stop()
            process.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        """Close; a running search ends."""
        self._end()
        super().closeEvent(event)

    def reject(self) -> None:
        """Esc stops a search first, and closes only then."""
        if self.running:
            self._on_start()
        else:
            super().reject()


def _figure(value: float, sign: str = "") -> str:
    return "–" if np.isnan(value) else f"{value:{sign}.4f}"


def _count(value: int, least: int, most: int, tip: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(least, most)
    box.setValue(value)
    box.setToolTip(plain_tip(tip))
    box.setAccessibleName(tip)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setMinimumSize(72, 28)
    return box
