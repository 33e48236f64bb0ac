"""A language whose texts are 40 % longer than English has room on the smallest lecture screen.

Looked at are the real widgets, with all their texts: the window, menus, settings, dialogs, panels.
"""

import pytest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QMenu, QScrollArea, QToolBar

from segviewer.widgets.language.interface_language import interface_language
from segviewer.widgets.language.pseudo_language import PSEUDO
from tests.app.frame.whole_interface import dialogs, show_panels
from tests.app.lessons.drawn_text import Drawn, measure_widgets, watched

WIDE, TALL = 1280, 720


@pytest.fixture(params=PSEUDO)
def longer(qapp, request):
    language = interface_language(qapp)
    language.show(request.param)
    yield language
    language.show("en")


def faults(widget):
    """What of a widget's words is cut, elided, outside or one over another, and stays so."""
    for _ in range(3):  # what comes late is laid out a turn later
        found = faults_now(widget)
        if not found:
            break
    return found


def faults_now(widget):
    drawn = Drawn(smallest=1)
    widget.grab()
    QApplication.processEvents()  # what was shown late is laid out
    with watched(drawn):
        widget.grab()
    measure_widgets(widget, drawn)
    for area in widget.findChildren(QScrollArea):
        held = area.widget()
        if not area.isVisible() or held is None or area.horizontalScrollBar().isVisible():
            continue
        if held.width() > area.viewport().width():
            drawn.add("outside", f"{area.objectName()} {held.width()} of {area.viewport().width()}")
    for spin in widget.findChildren(QAbstractSpinBox):
        line = spin.lineEdit()
        wide = line.fontMetrics().horizontalAdvance(spin.text())
        if spin.isVisible() and wide > line.width():
            drawn.add("cut", f"number {spin.text()!r}")
    return sorted(set(drawn.faults))


@pytest.mark.slow
def test_window_menus_and_panels(opened, longer, themed):
    themed("light")
    window = opened.window
    window.resize(WIDE, TALL)
    window.reset_layout()
    opened.trigger("crf")
    opened.settled()
    QApplication.processEvents()
    window.grab()
    found = {"window": faults(window)}
    bar = window.findChild(QToolBar, "main toolbar")
    assert bar.sizeHint().width() <= WIDE, "no button hides behind the arrow"
    for menu in window.findChildren(QMenu):
        menu.aboutToShow.emit()
        if menu.sizeHint().width() > WIDE:
            found[menu.title()] = menu.sizeHint().width()
    show_panels(opened)
    QApplication.processEvents()
    window.grab()
    found["panels"] = faults(window)
    assert window.width() == WIDE
    assert found == {name: [] for name in found}


@pytest.mark.slow
def test_dialogs(opened, longer, themed):
    themed("light")
    opened.window.resize(WIDE, TALL)
    found = {}
    for name, dialog in dialogs(opened):
        dialog.grab()
        found[name] = faults(dialog)
        if name in ("glossary", "guide"):  # the page beside the list says the whole title
            found[name] = [fault for fault in found[name] if fault[0] != "elided"]
        least = dialog.minimumSizeHint()
        if least.width() > WIDE or least.height() > TALL:
            found[name].append(("large", f"{least.width()}×{least.height()}"))
    assert found == {name: [] for name in found}
