"""Files dragged over the canvas: what dropping them would do, and which they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QFont, QPainter, QPen

from segviewer.widgets.language.words import translated
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import resized, semibold


class FileDrops:
    """The files that hang over a widget.

    Attributes
    ----------
    text : str or None
        What dropping them would do; None while nothing hangs there.
    """

    def __init__(self) -> None:
        self.text: str | None = None

    def enter(self, event: QDragEnterEvent, hint: Callable[[list[Path]], str]) -> None:
        """Accept files that `hint` has a text for."""
        paths = _local_paths(event.mimeData())
        text = hint(paths) if paths else ""
        if not text:
            event.ignore()
            return
        self.text = text
        event.acceptProposedAction()

    def leave(self) -> None:
        """The files went elsewhere."""
        self.text = None

    def drop(self, event: QDropEvent) -> list[Path]:
        """The paths that were let go, accepted where there are any."""
        self.text = None
        paths = _local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
        return paths

    def draw(self, painter: QPainter, area: QRectF, font: QFont) -> None:
        """Lay the target and its text over the widget while files hang over it."""
        if self.text is None:
            return
        colours = tokens()
        accent, veil = QColor(colours.accent), QColor(colours.surround)
        veil.setAlphaF(0.82)
        painter.save()
        painter.fillRect(area, veil)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(accent, 2, Qt.PenStyle.DashLine))
        accent.setAlphaF(0.10)
        painter.setBrush(accent)
        painter.drawRoundedRect(area.adjusted(24, 24, -24, -24), 12, 12)
        painter.setPen(QColor(colours.text))
        painter.setFont(semibold(resized(font, 1.5)))
        painter.drawText(
            area.adjusted(48, 48, -48, -48),
            int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
            translated(self.text),
        )
        painter.restore()


def opening_hint(paths: list[Path]) -> str:
    """Say that dropping these files would open them."""
    return f"Open {paths[0].name}" if len(paths) == 1 else f"Open {len(paths)} files"


def _local_paths(mime: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
