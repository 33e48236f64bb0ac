"""The legend: hiding, soloing, choosing, filtering."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from segviewer.widgets.panels.class_legend import ClassLegend
from segviewer.widgets.panels.class_model import share_text

NAMES = ("road", "building", "sky", "car", "tree")
COLOURS = np.array(
    [[128, 64, 128], [200, 0, 0], [90, 160, 230], [0, 0, 142], [60, 140, 40]], np.uint8
)
LEFT, ALT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def legend(qtbot):
    widget = ClassLegend()
    qtbot.addWidget(widget)
    widget.resize(248, 400)
    widget.set_classes(NAMES, COLOURS)
    # An earlier test may have left the cursor here, and a list under it is not resorted.
    QCursor.setPos(QGuiApplication.primaryScreen().geometry().bottomRight())
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def row_rect(legend, number):
    """Where the row of a class is, in the list's viewport."""
    ordered = legend.view().model()
    return legend.view().visualRect(ordered.mapFromSource(ordered.sourceModel().index(number)))


def click(qtbot, legend, number, modifier=Qt.KeyboardModifier.NoModifier):
    point = row_rect(legend, number).center()
    qtbot.mouseClick(legend.view().viewport(), LEFT, modifier, point)


def order(legend):
    model = legend.view().model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def pixel(legend, number, x):
    rect = row_rect(legend, number)
    image = legend.view().viewport().grab().toImage()
    return image.pixelColor(QPoint(x, rect.center().y())).getRgb()[:3]


def test_a_click_hides_and_another_shows(legend, qtbot):
    emitted = []
    legend.hidden_changed.connect(emitted.append)
    legend.class_chosen.connect(emitted.append)
    click(qtbot, legend, 2)
    assert emitted == [(2,), 2]
    click(qtbot, legend, 0)
    assert legend.hidden() == (0, 2)
    click(qtbot, legend, 2)
    assert legend.hidden() == (0,)


def test_alt_click_solos_and_again_brings_back_what_was_hidden(legend, qtbot):
    click(qtbot, legend, 4)
    click(qtbot, legend, 1, ALT)
    assert legend.hidden() == (0, 2, 3, 4)
    click(qtbot, legend, 1, ALT)
    assert legend.hidden() == (4,)


def test_soloing_one_after_another_still_comes_back(legend, qtbot):
    click(qtbot, legend, 4)
    click(qtbot, legend, 1, ALT)
    click(qtbot, legend, 2, ALT)
    assert legend.hidden() == (0, 1, 3, 4)
    click(qtbot, legend, 2, ALT)
    assert legend.hidden() == (4,)


def double_click(qtbot, legend, number):
    """As Qt sends it: press, release, double click, release."""
    view, point = legend.view().viewport(), row_rect(legend, number).center()
    qtbot.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, point)
    qtbot.mouseDClick(view, LEFT, Qt.KeyboardModifier.NoModifier, point)
    qtbot.mouseRelease(view, LEFT, Qt.KeyboardModifier.NoModifier, point)


def test_a_double_click_solos_and_again_brings_back_what_was_hidden(legend, qtbot):
    legend.set_hidden((4,))
    double_click(qtbot, legend, 2)
    assert legend.hidden() == (0, 1, 3, 4)
    double_click(qtbot, legend, 2)
    assert legend.hidden() == (4,)
    # The class itself may be the hidden one.
    double_click(qtbot, legend, 4)
    assert legend.hidden() == (0, 1, 2, 3)
    click(qtbot, legend, 0)
    assert legend.hidden() == (1, 2, 3)  # a plain click is one again


def test_the_menu_of_a_class_shows_it_alone_hides_it_and_shows_all(legend):
    legend.set_classes(("a & b", *NAMES[1:]), COLOURS)

    def entries(number):
        return {action.text(): action for action in legend.menu_of(number).actions()}

    assert list(entries(0)) == ["Show only a && b", "Hide a && b", "Show all"]
    assert not entries(0)["Show all"].isEnabled()
    entries(0)["Show only a && b"].trigger()
    assert legend.hidden() == (1, 2, 3, 4)
    entries(1)["Show building"].trigger()
    assert legend.hidden() == (2, 3, 4)
    entries(1)["Show all"].trigger()
    assert legend.hidden() == ()
    entries(1)["Show only building"].trigger()
    entries(1)["Show the others, too"].trigger()
    assert legend.hidden() == ()


def test_keys_walk_hide_and_solo(legend, qtbot):
    legend.choose(0)
    view = legend.view()
    view.setFocus()
    with qtbot.waitSignal(legend.class_chosen) as emitted:
        qtbot.keyClick(view, Qt.Key.Key_Down)
    assert emitted.args == [1]
    with qtbot.waitSignal(legend.hidden_changed) as emitted:
        qtbot.keyClick(view, Qt.Key.Key_Space)
    assert emitted.args == [(1,)]
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert legend.chosen() == 0
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert legend.hidden() == (1, 2, 3, 4)


def wants_space(view, key=Qt.Key.Key_Space):
    """Whether the list takes Space before the window's shortcut does."""
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    QApplication.sendEvent(view, event)
    return event.isAccepted()


def test_space_is_the_windows_after_a_click_and_the_lists_after_a_key(legend, qtbot):
    view = legend.view()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    assert wants_space(view)
    click(qtbot, legend, 1)
    assert not wants_space(view)  # held, it shows the photograph
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert wants_space(view)


def test_space_that_is_held_ticks_once(legend, qtbot):
    legend.choose(0)
    view = legend.view()
    view.setFocus()
    for repeated in (False, True, True):
        key = QKeyEvent(
            QEvent.Type.KeyPress, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", repeated
        )
        QApplication.sendEvent(view, key)
    assert legend.hidden() == (0,)


def test_setting_from_outside_is_silent(legend, qtbot):
    with qtbot.assertNotEmitted(legend.hidden_changed), qtbot.assertNotEmitted(legend.class_chosen):
        legend.set_hidden((1, 3))
        legend.choose(2)
    assert legend.hidden() == (1, 3)
    assert legend.chosen() == 2


def test_show_all_appears_when_something_is_hidden(legend, qtbot):
    button = next(b for b in legend.findChildren(QPushButton) if b.text() == "Show all")
    assert not button.isVisible()
    legend.set_hidden((1,))
    assert button.isVisible()
    with qtbot.waitSignal(legend.hidden_changed) as emitted:
        qtbot.mouseClick(button, LEFT)
    assert emitted.args == [()]


def test_swatches_have_the_class_colour_and_hidden_ones_only_an_outline(legend):
    assert pixel(legend, 1, 15) == (200, 0, 0)
    legend.set_hidden((1,))
    assert pixel(legend, 1, 15) != (200, 0, 0)
    legend.set_colours(COLOURS[::-1])
    assert pixel(legend, 0, 15) == (60, 140, 40)


def test_by_share_lists_the_largest_first_and_back(legend, qtbot):
    legend.set_shares(np.array([0.2, 0.5, 0.0, 0.3, 0.0]))
    assert order(legend) == list(NAMES)
    legend._order.setChecked(True)
    assert order(legend) == ["building", "car", "road", "sky", "tree"]
    legend.set_shares(np.array([0.9, 0.05, 0.05, 0.0, 0.0]))
    assert order(legend)[0] == "road"
    click(qtbot, legend, 0)
    assert legend.hidden() == (0,)
    legend._order.setChecked(False)
    assert order(legend) == list(NAMES)


def test_bars_are_as_long_as_the_share(legend):
    legend.set_shares(np.array([1.0, 0.5, 0.0, 0.0, 0.0]))
    image = legend.view().viewport().grab().toImage()
    ground = image.pixelColor(5, row_rect(legend, 2).top() + 5)

    def end(number):
        y = row_rect(legend, number).top() + 4
        return max(
            (x for x in range(30, image.width()) if image.pixelColor(x, y) != ground), default=26
        )

    width = row_rect(legend, 0).width() - 30
    assert end(0) - 26 == pytest.approx(width, abs=4)
    assert end(1) - 26 == pytest.approx(width / 2, abs=4)
    assert end(2) == 26


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "–"),
        (float("nan"), "–"),
        (0.0004, "<0.1 %"),
        (0.0123, "1.2 %"),
        (0.414, "41 %"),
        (1.0, "100 %"),
        (0.0996, "10 %"),
    ],
)
def test_shares_are_short(share, text):
    assert share_text(share) == text


def test_iou_can_be_shown(legend):
    before = legend.grab().toImage()
    legend.set_iou(np.array([0.9, 0.5, np.nan, 0.1, 0.0]))
    assert legend.grab().toImage() != before


def test_many_classes_get_a_filter_and_few_do_not(legend, qtbot):
    field = legend.findChild(QLineEdit)
    assert not field.isVisible()
    names = [f"thing {i}" for i in range(181)] + ["traffic light"]
    legend.set_classes(names, np.zeros((182, 3), np.uint8))
    assert field.isVisible()
    qtbot.keyClicks(field, "TRAFFIC")
    assert order(legend) == ["traffic light"]
    click(qtbot, legend, 181)
    assert legend.hidden() == (181,)
    legend.set_classes(NAMES, COLOURS)
    assert not field.isVisible()
    assert order(legend) == list(NAMES)
    assert legend.hidden() == ()


def test_rows_speak_their_share_and_whether_they_are_hidden(legend):
    legend.set_shares(np.array([0.414, 0, 0, 0, 0]))
    legend.set_hidden((0,))
    index = legend.view().model().index(0, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "road, 41 %, hidden"


def test_colours_must_match_the_names(legend):
    with pytest.raises(ValueError, match="5 names"):
        legend.set_classes(NAMES, COLOURS[:3])


def test_a_usual_label_set_shows_whole_and_a_large_one_scrolls(legend):
    view = legend.view()
    assert view.minimumSizeHint().height() == 5 * 28
    legend.set_classes([f"thing {i}" for i in range(182)], np.zeros((182, 3), np.uint8))
    assert view.minimumSizeHint().height() == 12 * 28


def listed(legend):
    ordered = legend.view().model()
    return [ordered.index(row, 0).data() for row in range(ordered.rowCount())]


def test_of_many_classes_those_present_come_first_unless_chosen_otherwise(legend):
    names = tuple(f"class {number}" for number in range(30))
    shares = np.zeros(30)
    shares[[7, 20]] = 0.25, 0.75
    legend.set_classes(names, np.zeros((30, 3), np.uint8))
    legend.set_shares(shares)
    assert listed(legend)[:3] == ["class 20", "class 7", "class 0"]
    legend._order.click()  # somebody wants them by number
    assert listed(legend)[:2] == ["class 0", "class 1"]
    legend.set_classes(names[:26], np.zeros((26, 3), np.uint8))
    legend.set_shares(shares[:26])
    assert listed(legend)[0] == "class 0"


def test_there_is_room_for_names_beside_their_numbers(legend):
    """“sign/symbol” was cut while presenting, beside a column with room to grow."""
    metrics = legend.view().fontMetrics()
    few = legend.view().minimumSizeHint().width()
    legend.set_classes(("sign/symbol", "sky"), COLOURS[:2])
    long = legend.view().minimumSizeHint().width()
    room = long - 54 - metrics.horizontalAdvance("<0.1 %")
    assert room >= metrics.horizontalAdvance("sign/symbol") and long >= few
    legend.set_iou(np.array([0.5, 0.25]))
    assert legend.view().minimumSizeHint().width() > long + metrics.horizontalAdvance("0.00")
    legend.set_iou(None)
    assert legend.view().minimumSizeHint().width() == long
    # A name of a line does not take the window.
    legend.set_classes(("m" * 300, "sky"), COLOURS[:2])
    assert legend.view().minimumSizeHint().width() < few + 20 * metrics.averageCharWidth()
