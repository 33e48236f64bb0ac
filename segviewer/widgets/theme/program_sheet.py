"""The program's style sheet and font, set so that Qt polishes each widget as seldom as it can."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QWidget


def set_program_sheet(app: QApplication, sheet: str, font: QFont | None = None) -> None:
    """Put `sheet` in the place of the program's style sheet.

    Where one is replaced by another, Qt polishes each widget once for itself and once more for
    each widget around it, about nine times in all. The old one is taken away before the new one is
    set, which polishes each widget twice; and so are the sheets of single widgets for the moment,
    since Qt would set each of them anew for every widget within.

    Parameters
    ----------
    app : QApplication
    sheet : str
        In Qt's own language.
    font : QFont, optional
        That the program has from now on; without it that stays as it is.
    """
    with _nothing_collected(), _rules_remembered() as keeper:
        others = (widget for widget in app.allWidgets() if widget is not keeper)
        own = [(widget, text) for widget in others if (text := widget.styleSheet())]
        for widget, _ in own:
            widget.setStyleSheet("")
        if font is not None:
            app.setFont(font)
        if app.styleSheet():
            app.setStyleSheet("")
        app.setStyleSheet(sheet)
        if font is not None:
            _hand_down_fonts(app)
        for widget, text in own:
            widget.setStyleSheet(text)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Have Python delete no widget in the meantime that is part of a cycle.

    Qt goes through a list of all widgets, and has Python called for many of them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _rules_remembered() -> Iterator[QWidget]:
    """Keep one style sheet in use, that of the widget given, so that Qt goes on with its records.

    With the last sheet Qt drops its rules, and with them the connection by which it learns that a
    widget is gone. A hidden widget that has asked its style for a size counts as connected all
    the same: it is entered again with the next sheet, stays entered when it is deleted, and the
    sheet after that goes through its memory. Seen with Qt 6.11.
    """
    keeper = QWidget()
    keeper.setStyleSheet("QWidget {}")
    yield keeper
    keeper.setStyleSheet("")


def _hand_down_fonts(app: QApplication) -> None:
    """Under a style sheet a widget takes its font from the one around it when it is polished.

    Qt has just polished them in no order.
    """
    polished = Qt.WidgetAttribute.WA_WState_Polished
    widgets = [widget for widget in app.allWidgets() if widget.testAttribute(polished)]
    for widget in sorted(widgets, key=_depth):
        widget.style().polish(widget)


def _depth(widget: QWidget) -> int:
    """In how many others a widget lies."""
    depth, around = 0, widget.parentWidget()
    while around is not None:
        depth, around = depth + 1, around.parentWidget()
    return depth
