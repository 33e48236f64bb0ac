"""How far a stage is and how long it will still take, for the activity strip."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer

from segviewer.widgets.panels.activity_strip import ActivityStrip

TICK_MS = 100


class TimeLeft(QObject):
    """Feeds the activity strip from what the engine reports and from the last run's duration."""

    def __init__(self, strip: ActivityStrip):
        super().__init__(strip)
        self.strip = strip
        self._began = self._expected = 0.0
        self._reported: float | None = None
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._on_tick)

    def start(self, name: str, expected: float) -> None:
        """A stage began; `expected` seconds is how long it took last time, 0 if never."""
        self._began, self._expected, self._reported = time.monotonic(), expected, None
        self.strip.start(name)
        self._timer.start()

    def report(self, fraction: float) -> None:
        """The engine said that `fraction` of the stage is done."""
        self._reported = fraction
        passed = time.monotonic() - self._began
        left = passed * (1 - fraction) / fraction if fraction > 0 else None
        self.strip.set_progress(fraction, left)

    def finish(self) -> None:
        """Nothing runs any more."""
        self._timer.stop()
        self.strip.finish()

    def _on_tick(self) -> None:
        if self._reported is not None or self._expected <= 0:
            return
        passed = time.monotonic() - self._began
        # Never shown as done while it is not.
        fraction = min(passed / self._expected, 0.97)
        self.strip.set_progress(fraction, max(self._expected - passed, 0.0))
