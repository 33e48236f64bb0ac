"""A setting's tip and menu lead to the glossary, where that knows the setting."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QTimer
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QHelpEvent
from PySide6.QtWidgets import QApplication, QMenu, QToolTip, QWidget

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.settings import controls
from segviewer.widgets.controls.settings_form import SettingsForm


class Asked(QWidget):
    """Takes what a form inside it asks for, as the window does."""

    def __init__(self):
        super().__init__()
        self.asked = []
        self.form = SettingsForm(controls(CRFSettings), CRFSettings().model_dump(), self)

    def event(self, event):
        if event.type() == QEvent.Type.WhatsThisClicked:
            self.asked.append(event.href())
            return True
        return super().event(event)


@pytest.fixture
def window(qtbot):
    window = Asked()
    qtbot.addWidget(window)
    window.resize(280, 700)
    window.show()
    qtbot.waitExposed(window)
    yield window
    QToolTip.hideText()


def tip_of(row):
    """What is shown when the pointer rests on the row."""
    where = QPointF(3, 3)
    there = row.mapToGlobal(where)
    QApplication.sendEvent(row, QEnterEvent(where, where, there))
    help_event = QHelpEvent(QEvent.Type.ToolTip, where.toPoint(), there.toPoint())
    QApplication.sendEvent(row, help_event)
    assert QToolTip.text() == row.toolTip()
    return row.toolTip()


def test_the_tip_has_term_symbol_unit_and_the_key(window):
    tip = tip_of(window.form.row("appearance_xy_std"))
    for said in ("Appearance reach", "σα", "1 to 500 px", "F1: “Appearance reach” in the glossary"):
        assert said in tip


def test_where_the_glossary_has_nothing_the_tip_does_not_say_so(window):
    row = window.form.row("drop_classes")
    assert row.term() is None and "F1" not in tip_of(row)


def test_the_tip_still_says_why_a_setting_is_off(window):
    row = window.form.row("num_iterations")
    row.set_enabled(False, "The CRF is off.")
    tip = tip_of(row)
    assert "The CRF is off." in tip and "F1: “Iterations”" in tip


def menu_of(row):
    where = QPoint(3, 3)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(row, QContextMenuEvent(reason, where, row.mapToGlobal(where)))
    return row.findChildren(QMenu)[-1]


def test_the_menu_asks_for_the_entry(window):
    menu = menu_of(window.form.row("self_message"))
    assert [action.text().partition("\t")[0] for action in menu.actions()] == [
        "“Message to itself” in the glossary",
        "Back to on",
    ]
    menu.actions()[0].trigger()
    menu.close()
    assert window.asked == ["self_message"]


def test_the_menu_offers_no_entry_where_there_is_none_and_no_reset_at_the_norm(window):
    menu = menu_of(window.form.row("drop_classes"))
    (reset,) = menu.actions()
    assert not reset.isEnabled()
    menu.close()


def test_reset_from_the_menu_is_one_finished_edit(window, qtbot):
    row = window.form.row("num_iterations")
    row.set_value(9)
    menu = menu_of(row)
    with qtbot.waitSignal(window.form.edited) as edited:
        QTimer.singleShot(0, menu.actions()[-1].trigger)
    menu.close()
    assert edited.args == ["num_iterations", 5, True]
