"""The toolbar, also where the window is too narrow for all of it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.window_toolbar import WindowToolbar
from segviewer.widgets.theme.typography import resized


def test_the_button_for_those_that_do_not_fit_has_a_name_and_is_reached_by_tab(qtbot):
    window = MainWindow()
    qtbot.addWidget(window)
    toolbar = window.findChild(WindowToolbar)
    more = toolbar.findChild(QToolButton, "qt_toolbar_ext_button")
    assert more.accessibleName() == "More buttons"
    assert more.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_after_large_letters_it_is_as_before(qtbot, themed):
    themed("dark")
    window = MainWindow()
    qtbot.addWidget(window)
    toolbar = window.findChild(WindowToolbar)
    window.resize(2400, 700)
    with qtbot.waitExposed(window):
        window.show()
    window.resize(toolbar.sizeHint().width() + 40, 700)
    for _ in range(5):
        QApplication.processEvents()
    assert not toolbar.property("tight")
    height, first = toolbar.height(), toolbar.buttons["Open"].geometry()
    app, font = QApplication.instance(), QApplication.font()
    try:
        # As presenting does: the style sheet is set again, so that every widget takes the font.
        app.setFont(resized(font, 1.75))
        app.setStyleSheet(app.styleSheet())
        qtbot.waitUntil(lambda: bool(toolbar.property("tight")))
    finally:
        app.setFont(font)
        app.setStyleSheet(app.styleSheet())
    qtbot.waitUntil(lambda: not toolbar.property("tight"))
    qtbot.waitUntil(
        lambda: (toolbar.height(), toolbar.buttons["Open"].geometry()) == (height, first)
    )


def test_a_button_is_not_lit_for_good_when_its_menu_closes(qtbot):
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    button = window.toolbar.buttons["Save"]
    menu = button.menu()
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)  # as while it was pressed
    menu.popup(window.mapToGlobal(window.rect().center()))
    menu.close()
    assert not button.testAttribute(Qt.WidgetAttribute.WA_UnderMouse)
