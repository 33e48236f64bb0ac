"""An inline bar that says what happened, why, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from segviewer.errors import SegviewerError
from segviewer.widgets.text.plain_text import PlainLabel, plain_entry
from segviewer.widgets.theme.theme import Tokens, tokens
from segviewer.widgets.theme.typography import semibold

Tone = Literal["error", "warning", "info"]


class MessageBar(QFrame):
    """Stands between the tool bar and the picture, never over it; hidden when it has no message.

    Signals
    -------
    closed()
        The person closed it, or an action did.
    """

    closed = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("message_bar")
        self.setAccessibleName("Message")
        self._tone: Tone = "info"
        self._details = self._about = ""
        self._sign = _Sign()
        self._what = PlainLabel()
        self._what.setFont(semibold(self.font()))
        self._more = PlainLabel()
        for label in (self._what, self._more):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setMinimumWidth(120)
        self._copy = QPushButton("Copy details")
        self._copy.clicked.connect(self._on_copy)
        self._close = QPushButton("✕")
        self._close.setProperty("role", "close")
        self._close.setFixedSize(28, 28)
        self._close.setAccessibleName("Close message")
        self._close.setToolTip("Close")
        self._close.clicked.connect(self.clear)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(8)
        self._buttons: list[QPushButton] = []

        text = QVBoxLayout()
        text.setSpacing(2)
        text.addWidget(self._what)
        text.addWidget(self._more)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addLayout(self._actions)
        below.addWidget(self._copy)
        below.addStretch()
        text.addSpacing(4)
        text.addLayout(below)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        layout.setSpacing(12)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(text, 1)
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.hide()

    def show_error(
        self, error: SegviewerError, actions: Sequence[tuple[str, Callable]] = ()
    ) -> None:
        """Show a SegviewerError: its what, why, next_step and details."""
        self.show_message(
            error.what, error.why, error.next_step, details=error.details, actions=actions
        )

    def show_message(
        self,
        what: str,
        why: str = "",
        next_step: str = "",
        tone: Tone = "error",
        details: str = "",
        actions: Sequence[tuple[str, Callable[[], None]]] = (),
        about: str = "",
    ) -> None:
        """Show a message instead of the one before.

        Parameters
        ----------
        what, why, next_step : str
            What happened, the reason, and what to do now.
        tone : {"error", "warning", "info"}
        details : str
            Goes to the clipboard with the rest by "Copy details".
        actions : sequence of (text, callable)
            Buttons; pressing one closes the bar and calls it.
        about : str
            What the message is about; :meth:`settle` with the same word closes it.
        """
        self._about = about
        self._tone = tone
        self._what.setText(what)
        self._more.setText(" ".join(part for part in (why, next_step) if part))
        self._more.setVisible(bool(why or next_step))
        self._details = "\n".join(part for part in (what, why, next_step, details) if part)
        self._copy.setVisible(tone != "info" or bool(details))
        for button in self._buttons:
            self._actions.removeWidget(button)
            # Not only later: it belongs to the message before, and could still be clicked.
            button.hide()
            button.deleteLater()
        self._buttons = []
        for label, call in actions:
            button = QPushButton(plain_entry(label))
            button.clicked.connect(lambda _=False, call=call: self._on_action(call))
            self._actions.addWidget(button)
            self._buttons.append(button)
        self.setProperty("tone", tone)
        self._sign.set_tone(tone)
        # A style sheet reads properties only when it is asked to.
        for widget in (self, *self.findChildren(QWidget)):
            widget.style().unpolish(widget)
            widget.style().polish(widget)
        self.setAccessibleDescription(self._details)
        self.show()
        self.updateGeometry()

    def message(self) -> str:
        """The text of the message shown, or an empty one."""
        return self._details if not self.isHidden() else ""

    def tone(self) -> Tone:
        """Tone of the last message."""
        return self._tone

    def clear(self) -> None:
        """Close the bar."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def settle(self, *subjects: str) -> None:
        """Close a message about one of `subjects`, because its cause is gone."""
        if self._about and self._about in subjects:
            self.clear()

    def copy_details(self) -> None:
        """Put the whole message with its details on the clipboard."""
        QGuiApplication.clipboard().setText(self._details)

    def _on_copy(self) -> None:
        self.copy_details()
        self._copy.setText("Copied")

    def _on_action(self, call: Callable[[], None]) -> None:
        self.clear()
        call()

    def hideEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().hideEvent(event)
        self._copy.setText("Copy details")


class _Sign(QWidget):
    """A drawn sign for the tone, so that colour is not the only difference."""

    def __init__(self) -> None:
        super().__init__()
        self._tone: Tone = "info"
        self.setFixedSize(QSize(20, 22))

    def set_tone(self, tone: Tone) -> None:
        self._tone = tone
        self.update()

    def paintEvent(self, event) -> None:  # noqa: N802
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(_on(colours, self._tone)), 1.75)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        x, y = 10.0, 11.0
        if self._tone == "warning":
            painter.drawPolygon([QPointF(x, 3), QPointF(18, 18), QPointF(2, 18)])
            painter.drawLine(QPointF(x, 8.5), QPointF(x, 12.5))
            painter.drawPoint(QPointF(x, 15.4))
            return
        painter.drawEllipse(QPointF(x, y), 8, 8)
        top, dot = (6.8, 15.0) if self._tone == "error" else (15.0, 7.2)
        painter.drawLine(QPointF(x, top), QPointF(x, 11.8 if self._tone == "error" else 10.8))
        painter.drawPoint(QPointF(x, dot))


def _on(colours: Tokens, tone: Tone) -> str:
    return {"error": colours.on_error, "warning": colours.on_warning, "info": colours.on_info}[tone]
