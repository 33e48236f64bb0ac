"""The drawing of a lab for paper: whole, without what can only be pressed."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QSlider, QWidget

from segviewer.app.figures.lab_figure import MARGIN, lab_picture
from segviewer.widgets.text.equation_label import EquationLabel

RED, BLUE = (255, 0, 0), (0, 0, 255)


class Drawn(QWidget):
    """Blue all over, with a red button at its top and a slider."""

    def __init__(self):
        super().__init__()
        self.resize(200, 100)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet("Drawn { background: #0000ff } QPushButton { background: #ff0000 }")
        self.button = QPushButton("press", self)
        self.button.setGeometry(0, 0, 80, 30)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setGeometry(100, 0, 80, 30)


def test_buttons_and_sliders_stay_on_the_screen(qtbot):
    view = Drawn()
    qtbot.addWidget(view)
    view.show()
    picture = lab_picture(view, "", "", scale=1).astype(int)
    inside = picture[MARGIN:-MARGIN, MARGIN:-MARGIN]
    assert inside.shape == (100, 200, 3)
    assert (np.abs(inside[40:] - BLUE).sum(2) < 10).all()  # the drawing, where it was
    assert not (np.abs(picture - RED).sum(2) < 60).any()
    ground = picture[2, 2]
    assert (inside[2:28, 2:78] == ground).all() and (inside[2:28, 102:178] == ground).all()


def test_the_formula_below_is_typeset(qtbot):
    view, label = Drawn(), EquationLabel()
    qtbot.addWidget(view)
    qtbot.addWidget(label)
    view.show()
    plain = lab_picture(view, "Words.", "")
    label.setText("y = a / b + 61")  # as the drawer shows it
    qtbot.waitUntil(lambda: label._shown is not None, timeout=20_000)
    typeset = lab_picture(view, "Words.", "y = a / b + 61")
    assert typeset.shape[0] > plain.shape[0] + 40  # a fraction, twice as sharp
    assert np.ptp(typeset[plain.shape[0] - MARGIN :]) > 100
