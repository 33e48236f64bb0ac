"""What the program is working on: stage, progress, time left, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from segviewer.widgets.text.plain_text import PlainLabel
from segviewer.widgets.theme.typography import tabular

APPEARS_AFTER_MS = 300


class ActivityStrip(QWidget):
    """Lives in the status bar; shows itself only for work that takes longer than 300 ms.

    It keeps its place while hidden, so nothing beside it moves.

    Signals
    -------
    cancel_requested()
        The person pressed Cancel.
    """

    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName("Activity")
        self._stage = ""
        self._still = False
        self._text = PlainLabel()
        self._text.setFont(tabular(self.font()))
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._text.setMinimumWidth(
            self.fontMetrics().horizontalAdvance("Network · 100 % · 10 min left")
        )
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(96)
        self._bar.setRange(0, 1000)
        self._cancel = QPushButton("Cancel")
        self._cancel.setProperty("role", "quiet")
        self._cancel.setToolTip("Stop (Esc)")
        self._cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._cancel.clicked.connect(self.cancel_requested)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._text)
        layout.addWidget(self._bar)
        layout.addWidget(self._cancel)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(APPEARS_AFTER_MS)
        self._delay.timeout.connect(self.show)
        self.hide()

    def start(self, stage: str) -> None:
        """Say that `stage` has begun, its length unknown for now."""
        running = self.active()
        self.set_progress(None, stage=stage)
        if not running:
            self._delay.start()

    def set_progress(
        self, fraction: float | None, seconds_left: float | None = None, stage: str | None = None
    ) -> None:
        """Show how far the work is.

        Parameters
        ----------
        fraction : float or None
            0 to 1; None where it is not known.
        seconds_left : float or None
        stage : str, optional
            New stage name.
        """
        if stage is not None:
            self._stage = stage
        if fraction is None and self._still:
            self._bar.setRange(0, 1000)
            self._bar.setValue(0)
        elif fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(1000 * min(max(fraction, 0.0), 1.0)))
        parts = [self._stage]
        if fraction is not None:
            parts.append(f"{100 * fraction:.0f} %")
        if seconds_left is not None:
            parts.append(f"{time_text(seconds_left)} left")
        self._text.setText(" · ".join(parts))

    def set_still(self, still: bool) -> None:
        """Whether work of unknown length is shown by an empty bar, not by a moving one."""
        self._still = still

    def finish(self) -> None:
        """The work is over, by itself or not."""
        self._delay.stop()
        self.hide()
        # An endless bar goes on animating, and waking the program, while hidden.
        self._bar.setRange(0, 1000)
        self._bar.setValue(0)

    def active(self) -> bool:
        """Whether work is under way, shown or not yet."""
        return self._delay.isActive() or not self.isHidden()

    def text(self) -> str:
        """What the strip says."""
        return self._text.text()


def time_text(seconds: float) -> str:
    """Write a time left in the largest unit that suits it."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
