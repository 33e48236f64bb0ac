"""The drawer of the bench: table on the left, what the pictures say together on the right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segviewer.analysis.evaluation.calibration import NUM_BINS, Reliability
from segviewer.app.datasets.bench_model import BenchModel, Focus
from segviewer.app.datasets.bench_table import BenchTable
from segviewer.app.datasets.class_spread_view import ClassSpreadView
from segviewer.app.datasets.confusion_view import MODES, ConfusionView
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.controls.segmented import SegmentedButtons
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip
from segviewer.widgets.theme.typography import semibold, tabular

VIEWS = ("Confusion", "Classes", "Calibration")
_MOST_PICTURES = 1_000_000
_EXPORTS = (
    ("html", "HTML report…", "One file to look at and to send; it needs no network"),
    ("csv", "CSV…", "A line for each picture"),
    ("png", "PNG overlays…", "Each picture listed, with its errors and a legend, into a folder"),
    ("json", "JSON…", "All numbers, with the confusion matrix"),
)


class BenchDrawer(QDockWidget):
    """Widgets of the bench.

    Signals
    -------
    started()
        Measure, or go on.
    stopped()
    part_chosen()
        Another split, or another number of pictures.
    focused(Focus)
        A class or a confusion was chosen; ``Focus()`` for all pictures.
    export_requested(str)
        ``html``, ``csv``, ``png`` or ``json``.
    closed()
    """

    started = Signal()
    stopped = Signal()
    part_chosen = Signal()
    focused = Signal(object)
    export_requested = Signal(str)
    closed = Signal()

    def __init__(self, window: QWidget):
        super().__init__("Data set", window)
        self.setObjectName("bench drawer")
        self.setAllowedAreas(
            Qt.DockWidgetArea.BottomDockWidgetArea | Qt.DockWidgetArea.TopDockWidgetArea
        )
        self.running = False
        self.model = BenchModel(self)
        self.table = BenchTable(self.model)
        self._make_head()
        self._make_views()
        self._lay_out()

    def _make_head(self) -> None:
        self.title = PlainLabel()
        self.title.setFont(semibold(self.font()))
        self.figures = PlainLabel()
        self.figures.setFont(tabular(self.font()))
        self.figures.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (self.title, self.figures):
            label.setMinimumWidth(1)  # a long line is cut before the window grows
        self.note = PlainLabel()
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        self.progress = PlainLabel()
        self.progress.setProperty("role", "muted")
        self.progress.setFont(tabular(self.font()))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Pictures measured")
        self.split_box = QComboBox()
        self.split_box.setAccessibleName("Split")
        self.split_box.setToolTip("Which part of the data set is measured")
        self.most = QSpinBox()
        self.most.setRange(0, _MOST_PICTURES)
        self.most.setSpecialValueText("all")
        self.most.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.most.setMinimumSize(64, 28)
        self.most.setAccessibleName("Pictures at most")
        self.most.setToolTip("Measure at most so many pictures, spread evenly; 0 for all")
        self.split_box.currentIndexChanged.connect(lambda index: self.part_chosen.emit())
        self.most.valueChanged.connect(lambda value: self.part_chosen.emit())
        self.compare = QCheckBox("beside A")
        self.compare.setToolTip("Measure the network pinned as A on the same pictures, too")
        self.button = QPushButton("Measure")
        self.button.setMinimumWidth(96)
        self.button.clicked.connect(self._on_button)
        self.export_button = QToolButton()
        self.export_button.setText("Export")
        self.export_button.setToolTip("Save what was measured")
        self.export_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.export_button)
        menu.setToolTipsVisible(True)
        for kind, text, tip in _EXPORTS:
            action = menu.addAction(text)
            action.setToolTip(plain_tip(tip))
            action.triggered.connect(
                lambda checked=False, kind=kind: self.export_requested.emit(kind)
            )
        self.export_button.setMenu(menu)

    def _make_views(self) -> None:
        self.confusion = ConfusionView()
        self.confusion.cell_chosen.connect(
            lambda target, predicted: self._focus(Focus(target, predicted))
        )
        self.class_box = QComboBox()
        self.class_box.setAccessibleName("Pictures with the class")
        self.class_box.setToolTip("List the pictures of one class, worst first")
        self.class_box.activated.connect(self._on_class_box)
        self.which = PlainLabel()
        self.which.setProperty("role", "muted")
        self.which.setMinimumWidth(1)
        self.view_buttons = SegmentedButtons(VIEWS, exclusive=True)
        self.view_buttons.set_checked(0)
        self.view_buttons.toggled.connect(lambda index, on: self.show_view(index))
        self.mode_box = QComboBox()
        self.mode_box.setAccessibleName("What the confusion matrix says")
        for text in ("pixels", "% of the row", "% of the column"):
            self.mode_box.addItem(text)
        self.mode_box.setCurrentIndex(1)
        self.mode_box.activated.connect(lambda place: self.confusion.set_mode(MODES[place]))
        self.spread = ClassSpreadView()
        self.spread.class_chosen.connect(lambda label: self._focus(Focus(label)))
        self.reliability = Plot("confidence of the label", "share that is right")
        self.calibration_note = PlainLabel()
        self.calibration_note.setProperty("role", "muted")
        self.calibration_note.setWordWrap(True)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addSpacing(8)
        head.addWidget(self.figures, 1)
        for widget in (self.split_box, PlainLabel("Pictures"), self.most, self.compare):
            if isinstance(widget, QLabel):
                widget.setProperty("role", "muted")
            head.addWidget(widget)
        head.addWidget(self.button)
        head.addWidget(self.export_button)
        self.moving = QWidget()
        moving = QHBoxLayout(self.moving)
        moving.setContentsMargins(0, 0, 0, 0)
        moving.setSpacing(12)
        moving.addWidget(self.bar, 1)
        moving.addWidget(self.progress)
        filters = QHBoxLayout()
        filters.setSpacing(8)
        filters.addWidget(self.class_box)
        filters.addWidget(self.which, 1)
        left = QWidget()
        layout = QVBoxLayout(left)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(4)
        layout.addLayout(filters)
        layout.addWidget(self.table, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(self.spread)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        calibration = QWidget()
        layout = QVBoxLayout(calibration)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.reliability, 1)
        layout.addWidget(self.calibration_note)
        self.views = QStackedWidget()
        for view in (self.confusion, area, calibration):
            self.views.addWidget(view)
        choice = QHBoxLayout()
        choice.setSpacing(8)
        choice.addWidget(self.view_buttons)
        choice.addStretch(1)
        choice.addWidget(self.mode_box)
        right = QWidget()
        layout = QVBoxLayout(right)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(choice)
        layout.addWidget(self.views, 1)
        self.body = QSplitter(Qt.Orientation.Horizontal)
        self.body.setHandleWidth(1)
        self.body.addWidget(left)
        self.body.addWidget(right)
        self.body.setStretchFactor(0, 3)
        self.body.setStretchFactor(1, 2)
        self.body.setChildrenCollapsible(False)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(12, 4, 12, 8)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.moving)
        layout.addWidget(self.note)
        layout.addWidget(self.body, 1)
        self.setWidget(inside)

    # What is shown

    def show_running(self, running: bool, can_start: bool = True, goes_on: bool = False) -> None:
        """Show whether pictures are being measured."""
        self.running = running
        self.button.setText("Stop" if running else "Go on" if goes_on else "Measure")
        self.button.setEnabled(running or can_start)
        self.moving.setVisible(running)
        for widget in (self.split_box, self.most, self.compare):
            widget.setEnabled(not running)
        measured = bool(self.model.rows())
        self.export_button.setEnabled(measured)
        self.body.setVisible(measured)

    def show_progress(self, done: int, total: int, said: str) -> None:
        """Show how far a run is; `total` 0 while that is not known."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.progress.setText(said)

    def part(self) -> tuple[str, int]:
        """The split that is chosen, empty for all, and how many pictures at most, 0 for all."""
        return self.split_box.currentData() or "", self.most.value()

    def show_splits(self, splits: Sequence[str]) -> None:
        """Offer the parts of the data set."""
        with QSignalBlocker(self.split_box):
            self.split_box.clear()
            self.split_box.addItem("all splits", "")
            for name in splits:
                self.split_box.addItem(name, name)
        self.split_box.setVisible(len(splits) > 1)

    def show_classes(self, classes: Sequence[str]) -> None:
        """Offer the classes to list pictures of."""
        with QSignalBlocker(self.class_box):
            self.class_box.clear()
            self.class_box.addItem("All classes", -1)
            for label, name in enumerate(classes):
                self.class_box.addItem(name, label)

    def show_focus(self, focus: Focus, classes: Sequence[str]) -> None:
        """Mark the class or confusion whose pictures are listed."""
        with QSignalBlocker(self.class_box):
            self.class_box.setCurrentIndex(max(0, self.class_box.findData(focus.target)))
        self.confusion.set_chosen(
            *((focus.target, focus.predicted) if focus.is_confusion else (-1, -1))
        )
        self.spread.set_chosen(-1 if focus.is_confusion else focus.target)
        count = f"{self.model.rowCount():,} pictures, "
        if focus.is_confusion:
            names = f"{classes[focus.target]} taken for {classes[focus.predicted]}"
            self.which.setText(f"{count}by pixels of {names}")
        elif focus.target >= 0:
            self.which.setText(f"{count}by the IoU of {classes[focus.target]}")
        else:
            self.which.setText("")

    def show_reliability(self, found: Reliability) -> None:
        """Draw the reliability diagram."""
        edges = np.linspace(0, 1, NUM_BINS + 1)
        along = np.linspace(0, 1, 21)  # in steps, so that its name finds room beside it
        curves = [Curve(along, along, "as often as said", dashed=True)]
        held = np.flatnonzero(found.pixels)
        if len(held):
            # No bar where no label has such a confidence.
            first, last = held[0], held[-1] + 1
            accuracy = np.nan_to_num(found.accuracy[first:last])
            curves.insert(0, Curve(edges[first : last + 1], accuracy, steps=True))
        self.reliability.set_curves(curves)
        error = found.error
        said = "–" if np.isnan(error) else f"{error:.3f}"
        self.calibration_note.setText(
            f"Expected calibration error {said}, {NUM_BINS} bins, counted where the network ran."
        )

    def show_view(self, index: int) -> None:
        """Show the confusion matrix, the classes or the calibration."""
        self.view_buttons.set_checked(index)
        self.views.setCurrentIndex(index)
        self.mode_box.setVisible(index == 0)

    def show_note(self, lines: Sequence[str]) -> None:
        """Say what must be said beside the figures; all of it in the tip."""
        text = " ".join(lines)
        self.note.setText(text if len(text) <= 240 else f"{text[:240]} …")
        self.note.setToolTip(plain_tip("\n".join(lines)))
        self.note.setVisible(bool(text))

    # What a person does

    def _on_button(self) -> None:
        (self.stopped if self.running else self.started).emit()

    def _on_class_box(self, place: int) -> None:
        self._focus(Focus(self.class_box.itemData(place)))

    def _focus(self, focus: Focus) -> None:
        self.focused.emit(focus)

    def closeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().closeEvent(event)
        self.closed.emit()
