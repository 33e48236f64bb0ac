"""The model sheet: what a person says of the open network, while the picture shows it."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segviewer.app.network.sheet_fields import SheetFields, numbers_text
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.session import InferenceSettings
from segviewer.settings import controls
from segviewer.widgets.controls.settings_form import SettingsForm
from segviewer.widgets.grids.picture_tiles import PictureTiles, Tile
from segviewer.widgets.text.plain_text import PlainLabel

ORDERS = (("RGB", "RGB"), ("BGR", "BGR"), ("grey in all three", "grey"))
SCALES = (("0 to 1", "unit"), ("0 to 255", "byte"))
ONE_CLASS = (("sigmoid: foreground or not", "sigmoid"),)
CLASSES = (
    ("softmax: one class a pixel", "softmax"),
    ("multi-label: a sigmoid for each class", "multi-label"),
)
TILES = 190  # pixels of height


class _Swatches(QSyntaxHighlighter):
    """Shows each ``#rrggbb`` on its colour."""

    def highlightBlock(self, text: str) -> None:  # noqa: N802 (Qt's name)
        for found in re.finditer(r"#[0-9a-fA-F]{6}\b", text):
            colour = QColor(found[0])
            style = QTextCharFormat()
            style.setBackground(colour)
            style.setForeground(QColor("black" if colour.lightnessF() > 0.55 else "white"))
            self.setFormat(found.start(), len(found[0]), style)


class SheetDialog(QDialog):
    """The fields, and the picture as other networks would be shown it.

    Signals
    -------
    applied(), kept(), forgotten()
        A button was pressed: use it now; keep it, too; drop what was kept.
    tries_wanted(bool)
        Whether other preprocessing is to be tried.
    taken(str)
        Name of the preprocessing that was clicked.
    file_wanted()
        Class names are to be loaded from a file.
    set_chosen(str)
        ... from a label set of this name.
    threshold_edited(float, bool)
        A new threshold, and whether the edit is finished.
    """

    applied, kept, forgotten, file_wanted = Signal(), Signal(), Signal(), Signal()
    tries_wanted = Signal(bool)
    taken, set_chosen = Signal(str), Signal(str)
    threshold_edited = Signal(float, bool)

    def __init__(self, label_sets: tuple[tuple[str, str], ...], parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Model sheet")
        self.setAccessibleName("Model sheet")
        self.title = QLineEdit()
        self.classes = QPlainTextEdit()
        self.classes.setFont(QFont("monospace"))
        self.classes.setTabChangesFocus(True)
        self.classes.setPlaceholderText("road #804080, a line for each class; paste any list")
        self.swatches = _Swatches(self.classes.document())
        self.load = QToolButton()
        self.load.setText("Load…")
        self.load.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.order, self.scale = _choice(ORDERS), _choice(SCALES)
        self.mean, self.std = QLineEdit(), QLineEdit()
        self.long_side = _number(0, 1 << 20, "not said", " px")
        self.enlarges = QCheckBox("are enlarged to it")
        self.enlarges.setEnabled(False)
        self.enlarges.setToolTip(
            "For a network that was trained on enlarged pictures; others see a smaller picture "
            "at its own size"
        )
        self.divisor = _number(0, 1024, "any size")
        self.ignore = _number(-1, 255, "only 255")
        self.activation = QComboBox()
        threshold = tuple(c for c in controls(InferenceSettings) if c.name == "threshold")
        self.threshold = SettingsForm(threshold, {})
        self.tries = QPushButton("Try others")
        self.tries.setCheckable(True)
        self.tries.setToolTip("Run the open picture with the usual kinds of preprocessing")
        self.tiles = PictureTiles()
        self.tiles.setFixedHeight(TILES)
        self.hint = PlainLabel()
        self.said = PlainLabel()
        self.apply_button, self.keep_button = QPushButton("Apply"), QPushButton("Keep")
        self.forget_button, close = QPushButton("Forget"), QPushButton("Close")
        self._lay_out(close)
        self._connect(close)
        self.fill_label_sets(label_sets)
        self.show_tries(None)
        room = (parent or self).screen().availableGeometry().size()
        self.resize(QSize(620, 760).boundedTo(room * 0.9))

    def _lay_out(self, close: QPushButton) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        listed = QHBoxLayout()
        listed.addWidget(self.classes, 1)
        listed.addWidget(self.load)
        order = QHBoxLayout()
        for widget in (self.order, self.scale, self.tries):
            order.addWidget(widget)
        order.addStretch()
        size = QHBoxLayout()
        size.addWidget(self.long_side)
        size.addWidget(PlainLabel("sides are multiples of"))
        size.addWidget(self.divisor)
        size.addStretch()
        rows: tuple[tuple[str, QWidget, QWidget | QHBoxLayout], ...] = (
            ("Name", self.title, self.title),
            ("Classes", self.classes, listed),
            ("Channels, values", self.order, order),
            ("Mean", self.mean, self.mean),
            ("Standard deviation", self.std, self.std),
            ("Long side", self.long_side, size),
            ("Smaller pictures", self.enlarges, self.enlarges),
            ("Void in masks", self.ignore, self.ignore),
            ("Probabilities", self.activation, self.activation),
        )
        for text, named, field in rows:
            label = PlainLabel(text)
            label.setBuddy(named)
            named.setAccessibleName(text)
            form.addRow(label, field)
        self.scale.setAccessibleName("Range of the values")
        self.divisor.setAccessibleName("Divisor of the sides")
        form.addRow(PlainLabel(""), self.threshold)
        for label in (self.hint, self.said):
            label.setWordWrap(True)
            label.setProperty("role", "muted")
        buttons = QHBoxLayout()
        buttons.addWidget(self.forget_button)
        buttons.addStretch()
        for button in (self.apply_button, self.keep_button, close):
            buttons.addWidget(button)
            button.setAutoDefault(False)
        self.forget_button.setAutoDefault(False)
        self.tries.setAutoDefault(False)
        self.apply_button.setToolTip("Use it now; undo takes it back")
        self.keep_button.setToolTip(
            "Use it now and at every opening of this file; Forget takes it back"
        )
        self.forget_button.setToolTip("Drop what was kept for this file")
        layout = QVBoxLayout(self)
        layout.addLayout(form, 1)
        layout.addWidget(self.tiles)
        layout.addWidget(self.hint)
        layout.addWidget(self.said)
        layout.addLayout(buttons)

    def _connect(self, close: QPushButton) -> None:
        self.apply_button.clicked.connect(self.applied)
        self.keep_button.clicked.connect(self.kept)
        self.forget_button.clicked.connect(self.forgotten)
        close.clicked.connect(self.close)
        self.long_side.valueChanged.connect(lambda side: self.enlarges.setEnabled(side > 0))
        self.tries.toggled.connect(self.tries_wanted)
        self.tiles.chosen.connect(self.taken)
        self.threshold.edited.connect(
            lambda name, value, finished: self.threshold_edited.emit(value, finished)
        )

    def fill_label_sets(self, label_sets: tuple[tuple[str, str], ...]) -> None:
        """Offer a file and these label sets (name, title) to load class names from."""
        menu = QMenu(self.load)
        menu.addAction("From a file…").triggered.connect(
            lambda checked=False: self.file_wanted.emit()
        )
        menu.addSeparator()
        for name, title in label_sets:
            action = menu.addAction(title)
            action.triggered.connect(lambda checked=False, name=name: self.set_chosen.emit(name))
        self.load.setMenu(menu)

    # What stands in the fields

    def fields(self) -> SheetFields:
        """What stands in the fields now."""
        return SheetFields(
            title=self.title.text(),
            classes=self.classes.toPlainText(),
            mean=self.mean.text(),
            std=self.std.text(),
            channel_order=self.order.currentData(),
            scale=self.scale.currentData(),
            activation=self.activation.currentData(),
            long_side=self.long_side.value(),
            enlarges=self.enlarges.isChecked(),
            divisor=self.divisor.value(),
            ignore_index=self.ignore.value(),
        )

    def fill(self, fields: SheetFields, one_class: bool) -> None:
        """Show `fields` of a network, which may have one class."""
        self.activation.clear()
        for text, value in ONE_CLASS if one_class else CLASSES:
            self.activation.addItem(text, value)
        self.title.setText(fields.title)
        if self.classes.toPlainText() != fields.classes:
            self.classes.setPlainText(fields.classes)
        self.mean.setText(fields.mean)
        self.std.setText(fields.std)
        _choose(self.order, fields.channel_order)
        _choose(self.scale, fields.scale)
        _choose(self.activation, fields.activation)
        self.long_side.setValue(fields.long_side)
        self.enlarges.setChecked(fields.enlarges)
        self.divisor.setValue(fields.divisor)
        self.ignore.setValue(fields.ignore_index)
        self.threshold.set_idle(("threshold",) if fields.activation == "softmax" else ())

    def fill_preprocessing(self, preprocessing: Preprocessing) -> None:
        """Put one into the fields."""
        _choose(self.order, preprocessing.channel_order)
        _choose(self.scale, preprocessing.scale)
        self.mean.setText(numbers_text(preprocessing.mean))
        self.std.setText(numbers_text(preprocessing.std))

    def show_threshold(self, threshold: float) -> None:
        """Show the session's threshold."""
        self.threshold.set_values({"threshold": threshold})

    def show_tries(self, tiles: tuple[Tile, ...] | None, current: str = "", hint: str = "") -> None:
        """Show the picture in each way of preprocessing; None: nothing was asked for."""
        self.tiles.setVisible(tiles is not None)
        self.hint.setVisible(tiles is not None)
        self.hint.setText(hint)
        if tiles is not None:
            self.tiles.set_tiles(tiles, current)


def _choice(entries: tuple[tuple[str, str], ...]) -> QComboBox:
    box = QComboBox()
    for text, value in entries:
        box.addItem(text, value)
    return box


def _choose(box: QComboBox, value: str) -> None:
    box.setCurrentIndex(max(0, box.findData(value)))


def _number(least: int, most: int, least_text: str, suffix: str = "") -> QSpinBox:
    box = QSpinBox()
    box.setRange(least, most)
    box.setSpecialValueText(least_text)
    box.setSuffix(suffix)
    return box
