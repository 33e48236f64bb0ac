"""The log in a window of its own, beside the one that goes on being used."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from segviewer.widgets.text.plain_text import PlainLabel

SHOWN_BYTES = 200_000  # of the log's end; a megabyte would hold the window up


class LogView(QDialog):
    """Shows the end of the log, copies it, and opens the folder where all of it lies.

    Parameters
    ----------
    folder : Path
        Of the log.
    """

    def __init__(self, folder: Path, parent: QWidget | None = None):
        super().__init__(parent)
        self._folder = folder
        self.setWindowTitle("Log")
        self.setAccessibleName("Log")
        self.page = QPlainTextEdit()
        self.page.setAccessibleName("What was noted last")
        self.page.setReadOnly(True)
        self.page.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.page.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.said = PlainLabel("Reading the log …")
        self.said.setProperty("role", "muted")
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Copy all that is shown, for a report")
        self.copy_button.setEnabled(False)
        self.copy_button.clicked.connect(self._on_copy)
        self.folder_button = QPushButton("Show folder")
        self.folder_button.setToolTip("Open the folder in which the log lies")
        self.folder_button.clicked.connect(self._on_show_folder)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(self.said, 1)
        for button in (self.copy_button, self.folder_button, close):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(self.page, 1)
        layout.addLayout(buttons)
        room = (parent or self).screen().availableGeometry().size()
        self.resize(QSize(960, 560).boundedTo(room * 0.9))

    def show_text(self, text: str) -> None:
        """Show the log's end, the newest in sight."""
        self.page.setPlainText(text.rstrip("\n"))
        bar = self.page.verticalScrollBar()
        bar.setValue(bar.maximum())
        self.copy_button.setEnabled(bool(text))
        self.said.setText(
            "It holds no contents of files, and their names without folders."
            if text
            else "Nothing has been noted yet."
        )

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.page.toPlainText())
        self.said.setText("Copied")

    def _on_show_folder(self) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder))):
            self.said.setText(f"No program here shows folders. It is {self._folder}")
