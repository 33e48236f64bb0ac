"""The zoom lens of a lecture: over the photograph, and over a lab's drawing."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.preferences import Preferences
from segviewer.widgets.canvas.zoom_lens import ZoomLens
from segviewer.widgets.diagrams.drawing_lens import DrawingLens


class Lenses(QObject):
    """Both have one switch and one power, which is remembered; the pointer says which is seen.

    Signals
    -------
    appeared()
        One has come in sight, or gone.
    """

    appeared = Signal()

    def __init__(self, window: MainWindow, drawing: QWidget, preferences: Preferences):
        super().__init__(window)
        self.window = window
        self.picture, self.lab = ZoomLens(window.canvas), DrawingLens(window, drawing)
        kept = preferences.presenting("lens_power")
        for lens in (self.picture, self.lab):
            lens.set_power(int(kept) if kept.isdecimal() else lens.power)
            lens.appeared.connect(lambda there: self.appeared.emit())
        self.picture.power_changed.connect(self.lab.set_power)
        self.picture.power_changed.connect(
            lambda power: preferences.save_presenting("lens_power", str(power))
        )
        window.action("lens").triggered.connect(lambda checked=False: self.toggle())
        window.action("lens_power").triggered.connect(
            lambda checked=False: self.picture.next_power()
        )
        window.action("lens_power").setEnabled(False)

    @property
    def seen(self) -> bool:
        """Whether one of them is in sight."""
        return not (self.picture.isHidden() and self.lab.isHidden())

    def toggle(self) -> None:
        """Take the lens out, or put it away."""
        on = not self.picture.on
        for lens in (self.picture, self.lab):
            lens.set_on(on)
        self.window.action("lens").setChecked(on)
        self.window.action("lens_power").setEnabled(on)
