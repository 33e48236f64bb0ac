"""The ring about the pointer is seen on every picture."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from segviewer.widgets.canvas.pointer_halo import PointerHalo
from segviewer.widgets.theme.theme import contrast

GROUNDS = ("#000000", "#ffffff", "#808080", "#ffd640", "#c02020", "#2040c0", "#d9d9db", "#2b2b2d")


@pytest.mark.parametrize("ground", GROUNDS)
def test_the_ring_stands_out(qtbot, ground):
    """WCAG asks of what is not text a contrast of 3 to what it lies on."""

    class Ground(QWidget):
        def paintEvent(self, event):  # noqa: N802 (Qt's name)
            from PySide6.QtGui import QPainter

            QPainter(self).fillRect(self.rect(), QColor(ground))

    window = Ground()
    qtbot.addWidget(window)
    window.resize(200, 200)
    halo = PointerHalo(window)
    window.show()
    halo.show()
    halo.follow(QPoint(100, 100))
    image = window.grab().toImage()
    best = max(contrast(image.pixelColor(100, y).name(), ground) for y in range(50, 75))
    assert best >= 3
    # What it is about is still seen as it is.
    assert contrast(image.pixelColor(100, 100).name(), ground) < 1.6
