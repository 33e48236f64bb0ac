"""Save scores and maps…: what of the result is taken away, of this picture or of all."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from segviewer.app.figures.take_away_process import TakeAwayProcess
from segviewer.errors import SegviewerError
from segviewer.session import Session
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip

ABOUT = (
    "Probabilities, entropy and margin have the size at which the network ran; the labels that of "
    "the photograph."
)
ITEMS = {
    "index": ("Labels", "Index PNG with the label set's colours"),
    "overlay": ("Overlay", "Labels over the photograph, PNG"),
    "probabilities": ("Probabilities, refined", "After the CRF: NPZ with probs and classes"),
    "unrefined": ("Probabilities, unrefined", "Before the CRF: NPZ with probs and classes"),
    "entropy": ("Entropy", "PNG of 8 bits: 255 is log K"),
    "margin": ("Margin", "Largest less second largest probability, PNG of 8 bits: 255 is 1"),
    "script": ("pydensecrf script", "This CRF by pydensecrf, with its PROBS.npy beside it"),
}
USUAL = ("index", "probabilities", "unrefined")


class TakeAwayDialog(QDialog):
    """What, of which pictures, into which folder; and how far it is."""

    def __init__(self, session: Session, pictures: list[str], parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Save scores and maps")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.session, self.pictures = session, pictures
        self.process: TakeAwayProcess | None = None
        about = PlainLabel(ABOUT)
        about.setWordWrap(True)
        about.setProperty("role", "muted")
        self.items: dict[str, QCheckBox] = {}
        listed = QVBoxLayout()
        listed.setSpacing(4)
        for name, (words, tip) in ITEMS.items():
            box = self.items[name] = QCheckBox(words)
            box.setToolTip(plain_tip(tip))
            box.setChecked(name in USUAL)
            box.toggled.connect(self._show_state)
            listed.addWidget(box)
        self.precision = QComboBox()
        self.precision.addItem("half precision", 16)
        self.precision.addItem("single precision", 32)
        self.scope = QComboBox()
        self.scope.addItem("This picture", False)
        if len(pictures) > 1:
            self.scope.addItem(f"All {len(pictures)} pictures of the filmstrip", True)
        self.folder = QLineEdit()
        self.folder.setPlaceholderText("Folder")
        self.folder.setAccessibleName("Folder")
        self.folder.textChanged.connect(self._show_state)
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._on_choose)
        place = QHBoxLayout()
        place.addWidget(self.folder, 1)
        place.addWidget(choose)
        form = QFormLayout()
        form.addRow("Save", listed)
        form.addRow("Probabilities with", self.precision)
        form.addRow("Of", self.scope)
        form.addRow("Into", place)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.message = PlainLabel()
        self.message.setWordWrap(True)
        self.start_button = QPushButton("Save")
        self.start_button.setDefault(True)
        self.start_button.clicked.connect(self._on_start)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.start_button)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(about)
        layout.addLayout(form)
        layout.addWidget(self.bar)
        layout.addWidget(self.message)
        layout.addLayout(buttons)
        self.resize(520, self.sizeHint().height())
        self._show_state()

    @property
    def chosen(self) -> tuple[str, ...]:
        """What is to be saved, by its names in :data:`segviewer.export.exporting.SAVED`."""
        return tuple(name for name, box in self.items.items() if box.isChecked())

    @property
    def running(self) -> bool:
        """Whether something is being saved."""
        return self.process is not None

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.process is not None:
            self.process.stop()
            self.process = None
        super().closeEvent(event)

    def _show_state(self) -> None:
        ready = bool(self.chosen and self.folder.text().strip())
        self.start_button.setText("Stop" if self.running else "Save")
        self.start_button.setEnabled(self.running or ready)
        for widget in (*self.items.values(), self.precision, self.scope, self.folder):
            widget.setEnabled(not self.running)

    def _on_choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Save into", self.folder.text())
        if folder:
            self.folder.setText(folder)

    def _on_start(self) -> None:
        from segviewer.export.exporting import Writing

        if self.process is not None:
            self.process.stop()
            self._end("Stopped; what was written is whole.")
            return
        images = self.pictures if self.scope.currentData() else [self.session.image]
        writing = Writing(self.chosen, precision=self.precision.currentData())
        self.message.setText("")
        self.bar.setRange(0, 0)
        out = Path(self.folder.text().strip())
        self.process = TakeAwayProcess(self.session, images, out, writing, self)
        self.process.advanced.connect(self._on_advanced)
        self.process.noted.connect(self.message.setText)
        self.process.done.connect(self._on_done)
        self.process.failed.connect(self._on_failed)
        self._show_state()

    def _on_advanced(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def _on_done(self, count: int, failures: list[tuple[str, str]]) -> None:
        words = "1 picture" if count == 1 else f"{count} pictures"
        said = f"{words} written into {self.folder.text().strip()}."
        if failures:
            file, why = failures[0]
            said += f" {len(failures)} failed; {Path(file).name}: {why}"
        self._end(said)

    def _on_failed(self, error: SegviewerError) -> None:
        self._end(error.sentence)

    def _end(self, said: str) -> None:
        self.process = None
        self.bar.setRange(0, 1)
        self.bar.reset()
        self.message.setText(said)
        self._show_state()
