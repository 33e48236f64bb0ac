"""How the lab “Copy as …” is drawn."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from segviewer.labs.crf_studio.copy import Copies
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip

kinds = {
    "script": ("pydensecrf script", "A Python program that gives the same labels"),
    "command": ("Command line", "segviewer label with these numbers"),
    "latex": ("LaTeX row", "A row of a table, under a head that names the columns"),
}


class CopyView(QWidget):
    """What a button copied stands beside it.

    Signals
    -------
    copied(str)
        The text.
    wanted(str)
        The window's action that writes the script and its PROBS.npy.
    """

    copied = Signal(str)
    wanted = Signal(str)

    def __init__(self):
        super().__init__()
        self._shown: Copies | None = None
        self._kind = "script"
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName("Text to copy")
        self.said = PlainLabel()
        self.said.setWordWrap(True)
        self.said.setProperty("role", "muted")
        self.buttons: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        column = QVBoxLayout()
        column.setSpacing(8)
        for kind, (words, tip) in kinds.items():
            button = QPushButton(words)
            button.setToolTip(plain_tip(f"{tip}: show and copy it"))
            button.setCheckable(True)
            button.setChecked(kind == self._kind)
            button.clicked.connect(lambda checked=False, kind=kind: self._copy(kind))
            group.addButton(button)
            column.addWidget(button)
            self.buttons[kind] = button
        self.write_button = QPushButton("Write with PROBS.npy…")
        self.write_button.setToolTip(
            "The script, and beside it the probabilities it is called with"
        )
        self.write_button.clicked.connect(lambda: self.wanted.emit("save_script"))
        column.addWidget(self.write_button)
        column.addWidget(self.said)
        column.addStretch(1)
        left = QWidget()
        left.setLayout(column)
        column.setContentsMargins(0, 0, 0, 0)
        # As wide as its longest button, whatever the size of the text.
        left.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(left)
        layout.addWidget(self.text, 1)
        self._fit()
        self.show_result(None)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        """Letters of one width, as large as the others."""
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        if self.font().pointSizeF() > 0:
            fixed.setPointSizeF(self.font().pointSizeF())
        else:
            fixed.setPixelSize(self.font().pixelSize())
        self.text.document().setDefaultFont(fixed)

    def show_result(self, shown: Copies | None) -> None:
        if shown != self._shown:
            self.said.setText("A button copies its text")
        self._shown = shown
        for button in self.buttons.values():
            button.setEnabled(shown is not None)
        self.write_button.setEnabled(shown is not None and not shown.script_missing)
        self._show()

    def _show(self) -> None:
        shown = self._shown
        text = getattr(shown, self._kind) if shown is not None else ""
        if shown is not None and self._kind == "script" and shown.script_missing:
            text = f"# {shown.script_missing}"
        if text != self.text.toPlainText():
            self.text.setPlainText(text)

    def _copy(self, kind: str) -> None:
        self._kind = kind
        self._show()
        text = getattr(self._shown, kind)
        if not text:
            self.said.setText("Nothing was copied: read why beside")
            return
        QGuiApplication.clipboard().setText(text)
        self.said.setText(f"{kinds[kind][0]} copied")
        self.copied.emit(text)
