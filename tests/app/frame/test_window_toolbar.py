"""The toolbar, also where the window is too narrow for all of it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.window_toolbar import WindowToolbar


def test_the_button_for_those_that_do_not_fit_has_a_name_and_is_reached_by_tab(qtbot):
    window = MainWindow()
    qtbot.addWidget(window)
    toolbar = window.findChild(WindowToolbar)
    more = toolbar.findChild(QToolButton, "qt_toolbar_ext_button")
    assert more.accessibleName() == "More buttons"
    assert more.focusPolicy() & Qt.FocusPolicy.TabFocus
