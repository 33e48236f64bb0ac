"""Bars of classes: the one under the pointer, and words."""

from PySide6.QtCore import QPoint, QPointF

from segviewer.labs.results.class_bars import ClassBar, ClassBars


def test_the_bar_under_the_pointer_says_its_figures(qtbot):
    bars = ClassBars()
    qtbot.addWidget(bars)
    bars.resize(300, 120)
    bars.set_bars([ClassBar("road", 97.5, 98.6, "PSPNet"), ClassBar("pole", 47.0, 47.0, "FCN")])
    bars.show()
    qtbot.waitExposed(bars)
    qtbot.mouseMove(bars, QPoint(220, 100))
    said = bars.toolTip().replace("\N{NO-BREAK SPACE}", " ")
    assert said == "pole: 47 %, best 47 % (FCN)"
    assert bars.accessibleName() == "road 97.5; pole 47"
    bars.set_bars([])
    assert bars.reading(QPointF(10, 10)) == ""
