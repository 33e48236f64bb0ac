"""The catalogue of weights: what ships, what can be downloaded, and the download itself."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from segviewer.app.state.background import Background
from segviewer.checkpoints.published.catalogue import CatalogueEntry, checkpoint_folder, listing
from segviewer.checkpoints.published.download import download
from segviewer.errors import Cancelled, SegviewerError
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip

NEWS_MS = 50
COLUMNS = ("Weights", "Data set", "Size", "mIoU", "On this machine")


class _Download:
    """One download in a thread of its own, which knows nothing of Qt and is never waited for.

    The thread ends by itself soon after :meth:`cancel`; where even that is too late, as while a
    host's name is looked up, it ends with the program.
    """

    def __init__(self, entry: CatalogueEntry, folder: Path):
        self._entry, self._folder = entry, folder
        self._cancelled = threading.Event()
        self._said: queue.SimpleQueue = queue.SimpleQueue()
        threading.Thread(target=self._run, name="segviewer download", daemon=True).start()

    def cancel(self) -> None:
        """Stop as soon as possible; what has come is kept."""
        self._cancelled.set()

    def news(self) -> Iterator[tuple]:
        """What was said since: ("progress", bytes, total), then how it ended."""
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._said.get_nowait()

    def _run(self) -> None:
        try:
            path = download(
                self._entry,
                self._folder,
                lambda *bytes: self._said.put(("progress", *bytes)),
                self._cancelled.is_set,
            )
        except Cancelled:
            self._said.put(("stopped",))
        except Exception as error:
            self._said.put(("failed", error))
        else:
            self._said.put(("done", str(path)))


class CatalogueDialog(QDialog):
    """Choose weights; what is not here is downloaded first.

    Parameters
    ----------
    background : Background
        Reads the cards and looks for files.
    entries : tuple of CatalogueEntry, optional
        The catalogue by default; tests give their own.
    folder : Path, optional
        Where downloads go.

    Signals
    -------
    checkpoint_chosen(str)
        A reference that ``open_network`` takes.
    """

    checkpoint_chosen = Signal(str)

    def __init__(
        self,
        background: Background,
        parent: QWidget | None = None,
        entries: tuple[CatalogueEntry, ...] | None = None,
        folder: Path | None = None,
    ):
        super().__init__(parent)
        self.setWindowTitle("Catalogue of weights")
        self.resize(1000, 480)
        self._background, self._given = background, entries
        self.entries: tuple[CatalogueEntry, ...] = ()
        self._present: set[str] = set()  # names of those on this machine
        self.folder = folder or checkpoint_folder()
        self._download: _Download | None = None
        self._began = 0.0
        self._news = QTimer(self, interval=NEWS_MS)
        self._news.timeout.connect(self._on_news)
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setHorizontalHeaderLabels(COLUMNS)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setAccessibleName("Catalogue of weights")
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        # A long name, in a language with long words, goes on in a second line.
        lines = self.table.verticalHeader()
        lines.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.sectionResized.connect(self.table.resizeRowsToContents)
        self.notice = PlainLabel()
        self.notice.setWordWrap(True)
        self.message = PlainLabel()
        self.message.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.hide()
        self.open_button = QPushButton("Open")
        self.open_button.setDefault(True)
        self.cancel_button = QPushButton("Cancel download")
        self.cancel_button.hide()
        close = QPushButton("Close")
        buttons = QHBoxLayout()
        buttons.addWidget(self.bar, 1)
        buttons.addStretch(0)
        for button in (self.cancel_button, self.open_button, close):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        for widget in (self.table, self.notice, self.message):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        self.table.itemSelectionChanged.connect(self._on_selected)
        self.table.itemDoubleClicked.connect(lambda item: self._on_open())
        self.open_button.clicked.connect(self._on_open)
        self.cancel_button.clicked.connect(self._on_cancel)
        close.clicked.connect(self.reject)
        self.open_button.setEnabled(False)

    def start(self) -> None:
        """Show the catalogue as it is now; it is one dialog, opened as often as one likes."""
        if self._download is None:
            self.message.clear()
            self._read()
        self.open()
        self.raise_()

    def _read(self) -> None:
        """See what there is; what was there before stays until then."""
        if not self.entries:
            self.notice.setText("Reading the catalogue …")
        self._background.run(listing, self.folder, self._given, done=self._on_listed)

    def _on_listed(self, found: tuple[tuple[CatalogueEntry, bool], ...]) -> None:
        chosen = max(self.table.currentRow(), 0)
        self.entries = tuple(entry for entry, _ in found)
        self._present = {entry.name for entry, here in found if here}
        self.table.setRowCount(len(self.entries))
        self._fill()
        self.table.selectRow(min(chosen, len(self.entries) - 1))
        self.open_button.setEnabled(self._download is None)
        self._on_selected()

    def _fill(self) -> None:
        for row, entry in enumerate(self.entries):
            here = entry.name in self._present
            cells = (
                entry.title,
                entry.data_set,
                f"{entry.bytes / 1e6:.1f} MB",
                "–" if entry.miou is None else f"{entry.miou:.3f}",
                "ships" if not entry.url else "yes" if here else "download",
            )
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(plain_tip(entry.url or text))
                self.table.setItem(row, column, item)

    def _chosen(self) -> CatalogueEntry | None:
        row = self.table.currentRow()
        return self.entries[row] if 0 <= row < len(self.entries) else None

    def _on_selected(self) -> None:
        entry = self._chosen()
        if entry is not None:
            checked = f" A download is checked by its {entry.checked_by}." if entry.url else ""
            self.notice.setText(entry.notice + checked)
            self.open_button.setText("Open" if entry.name in self._present else "Download and open")

    def _on_open(self) -> None:
        entry = self._chosen()
        if entry is None or self._download is not None:
            return
        if entry.name in self._present:
            path = str(self.folder / entry.file_name) if entry.url else entry.reference
            self._finish(path)
            return
        self.message.clear()
        self._began = time.monotonic()
        self._download = _Download(entry, self.folder)
        self.bar.setRange(0, 0)
        self.bar.show()
        self.cancel_button.show()
        self.open_button.setEnabled(False)
        self._news.start()

    def _on_news(self) -> None:
        progress = None
        if self._download is None:
            return
        ends: dict[str, Callable[..., None]]
        ends = {"done": self._on_done, "failed": self._on_failed, "stopped": self._on_stopped}
        for kind, *values in self._download.news():
            if kind == "progress":
                progress = values
            else:
                ends[kind](*values)
                return
        if progress is not None:
            self._on_progressed(*progress)

    def _on_progressed(self, done: int, total: int) -> None:
        if total:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * done / total))
            passed = time.monotonic() - self._began
            left = passed * (total - done) / max(done, 1)
            self.bar.setFormat(f"{done / 1e6:.1f} of {total / 1e6:.1f} MB · {left:.0f} s left")

    def _on_cancel(self) -> None:
        if self._download is not None:
            self._download.cancel()

    def _end(self) -> None:
        self._news.stop()
        self._download = None
        self.bar.hide()
        self.cancel_button.hide()
        self.open_button.setEnabled(True)
        self._read()

    def _on_done(self, path: str) -> None:
        self._end()
        self._finish(path)

    def _on_failed(self, error: Exception) -> None:
        self._end()
        if not isinstance(error, SegviewerError):
            raise error  # a bug, for whoever handles those
        self.message.setText(error.sentence)

    def _on_stopped(self) -> None:
        self._end()
        self.message.setText("Stopped. What was downloaded is kept; the next try goes on from it.")

    def _finish(self, reference: str) -> None:
        self.accept()
        self.checkpoint_chosen.emit(reference)

    def done(self, result: int) -> None:
        """Close; a running download is stopped and what it has is kept."""
        if self._download is not None:
            self._download.cancel()
            self._end()
        super().done(result)
