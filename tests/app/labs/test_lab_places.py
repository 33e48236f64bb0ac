"""A lab stands below the photograph, beside it or alone, where the person wants it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication

from segviewer.widgets.theme.theme import apply_theme

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow

BOTTOM, RIGHT = Qt.DockWidgetArea.BottomDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea


def settle():
    for _ in range(4):
        QApplication.processEvents()


def stands(explorer):
    window, drawer = explorer.window, explorer.presenter.labs.drawer
    settle()
    return window.dockWidgetArea(drawer), window.splitter.isVisible()


def test_a_key_leads_through_the_places_and_each_lab_keeps_its_own(opened):
    labs, window = opened.presenter.labs, opened.window
    window.resize(1600, 900)
    labs.open("valid_weights")
    assert stands(opened) == (BOTTOM, True)
    opened.press(Qt.Key.Key_W)
    assert stands(opened) == (RIGHT, True)
    drawer = labs.drawer

    def shared() -> tuple[float, float]:
        whole = window.splitter.width() + drawer.width()
        return drawer.width() / whole, window.splitter.width() / whole

    # Qt lays docks out again once their contents have said how small they may be.
    opened.bot.waitUntil(lambda: shared()[0] >= 0.45 and shared()[1] >= 0.3)
    # Width is scarce there: the drawing has all of it, and the settings stand under it.
    opened.bot.waitUntil(
        lambda: (
            drawer.results.width() >= 0.9 * drawer.width()
            and drawer.beside.y() >= drawer.results.geometry().bottom()
        )
    )
    opened.press(Qt.Key.Key_W)
    assert stands(opened) == (BOTTOM, False)
    assert drawer.height() >= 0.6 * window.height()
    # The drawing has the whole width, and the settings stand whole under it.
    assert drawer.results.width() >= 0.95 * drawer.width()
    assert drawer.beside.y() >= drawer.results.geometry().bottom()
    form = drawer.form_area
    assert form.viewport().height() >= form.widget().sizeHint().height()
    labs.open("gridding")
    assert stands(opened) == (BOTTOM, True)
    assert drawer.beside.geometry().right() < drawer.results.x()
    labs.open("valid_weights")
    assert stands(opened) == (BOTTOM, False)
    labs.leave()
    assert window.splitter.isVisible() and window.canvas.isVisible()


def test_in_a_narrow_window_nothing_lies_over_the_photograph(opened):
    """At 960 pixels the left panel stood over it, and the right one left the window."""
    labs, window = opened.presenter.labs, opened.window
    apply_theme(QApplication.instance(), "dark")
    window.resize(960, 640)
    settle()
    before = window.splitter.sizes()

    def apart() -> bool:
        seen = (window.left, window.canvas.parentWidget(), window.right)
        pairs = zip(seen, window.splitter.sizes(), strict=True)
        shown = [one.geometry() for one, size in pairs if size]
        ends = zip(shown, shown[1:], strict=False)
        return all(left.right() < right.left() for left, right in ends) and (
            shown[-1].right() <= window.splitter.width()
        )

    labs.open("valid_weights")
    settle()
    opened.press(Qt.Key.Key_W)
    opened.bot.waitUntil(lambda: window.splitter.sizes()[0] == 0 and apart())
    opened.press(Qt.Key.Key_F5)
    settle()
    opened.press(Qt.Key.Key_Escape)
    opened.bot.waitUntil(lambda: window.splitter.sizes()[0] == 0 and apart())
    labs.leave()
    opened.bot.waitUntil(lambda: window.splitter.sizes() == before and apart())


def test_a_button_for_each_place_in_the_drawer(opened):
    labs = opened.presenter.labs
    labs.open("valid_weights")
    beside = labs.drawer.places.buttons()[1]
    opened.bot.mouseClick(beside, Qt.MouseButton.LeftButton)
    assert stands(opened) == (RIGHT, True)
    assert opened.preferences.lab_place("valid_weights") == "beside"


def test_presenting_gives_the_stage_to_labs_that_need_no_photograph(opened):
    labs = opened.presenter.labs
    labs.open("valid_weights")
    settle()
    before = labs.drawer.height()
    opened.press(Qt.Key.Key_F5)
    assert stands(opened) == (BOTTOM, False)
    labs.open("receptive_field")  # which is about the photograph
    assert stands(opened) == (BOTTOM, True)
    # Few settings stand under the drawing, which has the whole width then.
    opened.window.showNormal()
    opened.window.resize(1920, 1080)
    under = {}
    for name in ("compatibility", "cascade"):
        labs.open(name)
        settle()
        drawer = labs.drawer
        under[name] = drawer.beside.y() >= drawer.results.geometry().bottom()
    assert under == {"compatibility": True, "cascade": False}
    labs.open("valid_weights")
    assert stands(opened) == (BOTTOM, False)
    opened.settled("lab")
    opened.press(Qt.Key.Key_Escape)
    assert stands(opened) == (BOTTOM, True)
    opened.bot.waitUntil(lambda: abs(labs.drawer.height() - before) <= 2, timeout=2000)
    assert opened.preferences.lab_place("valid_weights") == ""  # nobody chose


def test_on_the_stage_the_photograph_is_an_inset_where_the_lab_is_about_it(opened):
    labs, drawer = opened.presenter.labs, opened.presenter.labs.drawer
    labs.open("striding")
    opened.bot.waitUntil(lambda: opened.presenter.results.shown.lab is not None, timeout=30_000)
    settle()
    assert drawer.inset.isHidden()
    opened.window.action("lab_place").trigger()
    settle()
    opened.window.action("lab_place").trigger()
    opened.bot.waitUntil(lambda: drawer.inset.isVisible(), timeout=10_000)
    settle()
    # Whole beside the settings, under the drawing.
    assert drawer.inset.width() > 40 and drawer.inset.y() >= 0
    assert drawer.inset.height() <= drawer.beside.height() <= 0.4 * drawer.height()
    assert drawer.beside.y() >= drawer.results.geometry().bottom()
    labs.open("valid_weights")
    opened.window.action("lab_place").trigger()
    settle()
    opened.window.action("lab_place").trigger()
    settle()
    assert drawer.inset.isHidden()


def test_alone_a_lab_takes_all_the_text_that_is_asked_for(opened):
    labs, presentation = opened.presenter.labs, opened.presenter.presentation
    opened.window.resize(1600, 900)
    labs.open("receptive_field")
    opened.press(Qt.Key.Key_F5)
    opened.window.showNormal()
    opened.window.resize(1600, 900)
    presentation.set_text(250)
    settle()
    drawn = labs.drawer.results.font  # of the lab; the program's own stays as it is
    below = QFontInfo(drawn()).pixelSize()
    labs.open("valid_weights")
    settle()
    assert QFontInfo(drawn()).pixelSize() >= 1.2 * below
    labs.open("receptive_field")
    settle()
    assert QFontInfo(drawn()).pixelSize() == below
    opened.press(Qt.Key.Key_Escape)


@pytest.mark.parametrize("name", ["atrous_2d", "pyramid", "multi_grid"])
def test_a_lab_that_draws_the_photograph_itself_is_presented_alone(opened, name):
    opened.presenter.labs.open(name)
    assert stands(opened) == (BOTTOM, True)
    opened.press(Qt.Key.Key_F5)
    assert stands(opened) == (BOTTOM, False)
    opened.settled("lab")  # or else Esc stops what is computed
    opened.press(Qt.Key.Key_Escape)
    assert stands(opened) == (BOTTOM, True)
