"""The settings form, driven as a person would."""

import math
from typing import Literal

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.settings import Settings, control, controls
from segviewer.widgets.controls.settings_form import SettingsForm
from segviewer.widgets.controls.toggle_switch import ToggleSwitch
from segviewer.widgets.controls.value_slider import ValueSlider
from segviewer.widgets.text.plain_text import PlainLabel
from segviewer.widgets.theme.symbol_colours import symbol_colour


class Example(Settings):
    stride: Literal[8, 16, 32] = control(8, kind="geometry", label="Output stride", symbol="OS")
    backbone: Literal["resnet50", "resnet101", "mobilenet_v3_large", "efficientnet_lite0"] = (
        control("resnet50", kind="structure", label="Backbone")
    )
    rates: tuple[int, ...] = control(
        (12, 24, 36), kind="geometry", label="Atrous rates", symbol="r", unit="cells", ge=1, le=48
    )
    branches: tuple[bool, ...] = control(
        (True, True, False), kind="geometry", label="Branches", item_labels=("1×1", "r₁", "r₂")
    )
    pooling: bool = control(True, kind="geometry", label="Image pooling")
    weight: float = control(
        4.0, kind="crf", label="Appearance weight", symbol="θ1", ge=0, le=10, tip="Pulls pixels."
    )
    reach: float = control(
        10.0, kind="crf", label="Reach", symbol="σα", unit="px", ge=1, le=100, log=True, step=1
    )
    turns: int = control(10, kind="crf", label="Iterations", ge=1, le=50)
    title: str = control("street", kind="overlay", label="Title")
    secret: int = control(1, kind="crf", label="Secret", hidden=True)


LEFT = Qt.MouseButton.LeftButton
NOTHING = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def form(qtbot):
    widget = SettingsForm(controls(Example), {"title": "palace"})
    qtbot.addWidget(widget)
    widget.resize(248, 640)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.fixture
def edits(form):
    seen = []
    form.edited.connect(lambda name, value, finished: seen.append((name, value, finished)))
    return seen


def slider(form, name, index=0):
    return form.row(name).findChildren(ValueSlider)[index]


def spin(form, name, index=0):
    return form.row(name).findChildren(QDoubleSpinBox)[index]


def mouse(widget, kind, x, modifiers=NOTHING):
    point = QPointF(x, widget.height() / 2)
    moving = kind == QEvent.Type.MouseMove
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else LEFT
    button = Qt.MouseButton.NoButton if moving else LEFT
    event = QMouseEvent(kind, point, widget.mapToGlobal(point), button, held, modifiers)
    QApplication.sendEvent(widget, event)


def drag(widget, positions, modifiers=NOTHING):
    mouse(widget, QEvent.Type.MouseButtonPress, positions[0], modifiers)
    for x in positions[1:]:
        mouse(widget, QEvent.Type.MouseMove, x, modifiers)
    mouse(widget, QEvent.Type.MouseButtonRelease, positions[-1], modifiers)


def wheel(widget, delta=120):
    centre = QPointF(widget.rect().center())
    event = QWheelEvent(
        centre,
        widget.mapToGlobal(centre),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        NOTHING,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_every_control_is_drawn_but_the_hidden_one(form):
    assert form.names() == tuple(name for name in Example.model_fields if name != "secret")
    assert form.values() == {**Example(title="palace").model_dump(exclude={"secret"})}


def test_types_choose_their_controls(form):
    assert len(form.row("stride").findChildren(QPushButton)) == 3
    assert form.row("backbone").findChild(QComboBox) is not None
    assert len(form.row("rates").findChildren(ValueSlider)) == 3
    assert [b.text() for b in form.row("branches").findChildren(QPushButton)] == ["1×1", "r₁", "r₂"]
    assert form.row("pooling").findChild(ToggleSwitch) is not None
    assert form.row("title").findChild(QLineEdit).text() == "palace"


def test_one_drag_ends_with_one_finished_edit(form, edits):
    handle = slider(form, "weight")
    start = handle.handle_x()
    drag(handle, [start, start + 10, start + 20, start + 30])
    assert [finished for _, _, finished in edits] == [False, False, False, True]
    values = [value for _, value, _ in edits]
    assert values == sorted(values)
    assert values[-1] == values[-2] == form.values()["weight"] > 4.0


def test_a_drag_that_comes_back_to_nothing_still_ends(form, edits):
    handle = slider(form, "weight")
    start = handle.handle_x()
    drag(handle, [start, start + 20, start])
    assert edits[-1][2] is True
    assert edits[-1][1] == pytest.approx(4.0, abs=0.01)


def test_a_press_without_a_change_is_no_edit(form, edits):
    handle = slider(form, "weight")
    drag(handle, [handle.handle_x()])
    assert edits == []


def test_a_press_beside_the_handle_jumps_there(form, edits):
    handle = slider(form, "weight")
    drag(handle, [handle.width() / 2])
    assert form.values()["weight"] == pytest.approx(5.0, abs=0.1)
    assert [finished for _, _, finished in edits] == [False, True]


def test_shift_makes_a_drag_ten_times_finer(form):
    handle = slider(form, "weight")
    start = handle.handle_x()
    drag(handle, [start, start + 50])
    coarse = form.values()["weight"] - 4.0
    form.set_values({"weight": 4.0})
    drag(handle, [start, start + 50], SHIFT)
    assert form.values()["weight"] - 4.0 == pytest.approx(coarse / 10, abs=0.011)


def test_a_logarithmic_slider_has_the_geometric_mean_in_its_middle(form):
    assert slider(form, "reach").position() == pytest.approx(0.5)


def test_keys_move_a_slider_and_end_as_one_edit(form, edits, qtbot):
    handle = slider(form, "turns")
    handle.setFocus()
    with qtbot.waitSignal(
        form.edited, check_params_cb=lambda name, value, finished: finished, timeout=3000
    ) as emitted:
        for _ in range(3):
            qtbot.keyClick(handle, Qt.Key.Key_Right)
    assert emitted.args == ["turns", 13, True]
    assert edits == [
        ("turns", 11, False),
        ("turns", 12, False),
        ("turns", 13, False),
        ("turns", 13, True),
    ]


def test_an_arrow_key_always_changes_a_number_on_a_fine_scale(form, qtbot):
    handle = slider(form, "reach")
    form.set_values({"reach": 2.0})
    qtbot.keyClick(handle, Qt.Key.Key_Right)
    assert form.values()["reach"] > 2.0
    form.set_values({"reach": 2.0})
    qtbot.keyClick(handle, Qt.Key.Key_Left)
    assert form.values()["reach"] < 2.0


def test_typing_is_live_and_enter_ends_it(form, edits, qtbot):
    field = spin(form, "turns")
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "25")
    assert edits == [("turns", 2, False), ("turns", 25, False)]
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert edits[-1] == ("turns", 25, True)
    assert len(edits) == 3
    assert slider(form, "turns").position() == pytest.approx(24 / 49)


def test_a_typed_number_outside_the_range_is_not_taken(form, edits, qtbot):
    field = spin(form, "turns")
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "999")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert form.values()["turns"] <= 50
    assert all(1 <= value <= 50 for _, value, _ in edits)


@pytest.mark.parametrize("name", ["turns", "weight", "rates"])
def test_the_wheel_changes_nothing_without_focus(form, edits, name):
    QApplication.focusWidget() and QApplication.focusWidget().clearFocus()
    wheel(slider(form, name))
    wheel(spin(form, name))
    wheel(form.row("backbone").findChild(QComboBox), -120)
    assert edits == []
    assert form.values()["turns"] == 10


def test_the_wheel_works_with_focus(form, qtbot):
    field = spin(form, "turns")
    field.setFocus()
    wheel(field)
    assert form.values()["turns"] == 11


def test_a_double_click_on_slider_or_label_resets(form, edits, qtbot):
    form.set_values({"weight": 9.0})
    qtbot.mouseDClick(slider(form, "weight"), LEFT)
    assert edits == [("weight", 4.0, True)]
    form.set_values({"stride": 32})
    qtbot.mouseDClick(form.row("stride").findChildren(QLabel)[0], LEFT)
    assert edits[-1] == ("stride", 8, True)


def test_a_reset_of_one_rate_leaves_the_others(form, edits, qtbot):
    form.set_values({"rates": (1, 2, 3)})
    qtbot.mouseDClick(slider(form, "rates", 1), LEFT)
    assert edits == [("rates", (1, 24, 3), True)]


def test_marks_tick_the_slider_and_show_a_dot_that_resets(form, edits, qtbot):
    form.set_marks({"weight": 6.0, "rates": (6, 12, 18)})
    row = form.row("weight")
    assert row.changed()
    dot = row._dot
    assert dot.isVisible()
    assert "6" in dot.toolTip()
    qtbot.mouseClick(dot, LEFT)
    assert edits == [("weight", 6.0, True)]
    assert not dot.isVisible()
    assert form.row("rates").changed()
    form.set_marks({})
    assert not form.row("rates").changed()


def test_setting_values_is_silent_and_passes_over_unknown_names(form, edits):
    form.set_values(
        {
            "stride": 16,
            "backbone": "mobilenet_v3_large",
            "rates": (1, 2, 3),
            "branches": (False, True, True),
            "pooling": False,
            "weight": 1.5,
            "title": "x",
            "nothing": 3,
        }
    )
    assert edits == []
    shown = form.values()
    assert shown["stride"] == 16
    assert shown["backbone"] == "mobilenet_v3_large"
    assert shown["rates"] == (1, 2, 3)
    assert shown["branches"] == (False, True, True)
    assert shown["pooling"] is False
    assert shown["weight"] == 1.5


def test_an_undo_while_an_edit_by_keys_is_open_takes_it_back(form, edits, qtbot):
    handle = slider(form, "turns")
    qtbot.keyClick(handle, Qt.Key.Key_Right)
    assert edits == [("turns", 11, False)]
    form.set_values({"turns": 10})
    assert form.values()["turns"] == 10
    with qtbot.assertNotEmitted(form.edited, wait=700):
        pass


def test_an_echo_while_typing_leaves_the_text_alone(form, qtbot):
    form.edited.connect(lambda name, value, finished: form.set_values({name: value}))
    field = spin(form, "weight")
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "2.5")
    assert field.lineEdit().text() == "2.5"
    assert form.values()["weight"] == 2.5


def test_a_row_in_hand_is_not_overwritten(form):
    handle = slider(form, "weight")
    start = handle.handle_x()
    mouse(handle, QEvent.Type.MouseButtonPress, start)
    mouse(handle, QEvent.Type.MouseMove, start + 30)
    value = form.values()["weight"]
    form.set_values({"weight": 4.0})
    assert form.values()["weight"] == value
    mouse(handle, QEvent.Type.MouseButtonRelease, start + 30)
    form.set_values({"weight": 4.0})
    assert form.values()["weight"] == 4.0


def test_clicks_on_switches_and_buttons_are_finished_edits(form, edits, qtbot):
    qtbot.mouseClick(form.row("pooling").findChild(ToggleSwitch), LEFT)
    qtbot.mouseClick(form.row("stride").findChildren(QPushButton)[2], LEFT)
    qtbot.mouseClick(form.row("branches").findChildren(QPushButton)[2], LEFT)
    assert edits == [
        ("pooling", False, True),
        ("stride", 32, True),
        ("branches", (True, True, True), True),
    ]


def test_text_is_live_and_ends_with_enter(form, edits, qtbot):
    field = form.row("title").findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, "ab")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert edits == [("title", "a", False), ("title", "ab", False), ("title", "ab", True)]


def test_switching_off_says_why_and_takes_no_edits(form, edits, qtbot):
    form.set_enabled(False, "pydensecrf is not installed.")
    shown = [label for label in form.findChildren(QLabel) if "pydensecrf" in label.text()]
    assert shown and shown[0].isVisible()
    drag(slider(form, "weight"), [slider(form, "weight").width() / 2])
    qtbot.mouseClick(form.row("pooling").findChild(ToggleSwitch), LEFT)
    assert edits == []
    assert "pydensecrf" in form.row("weight").toolTip()
    form.set_enabled(True)
    assert not shown[0].isVisible()


def test_tooltips_say_label_symbol_range_unit_and_tip(form):
    text = form.row("reach").toolTip()
    for part in ("Reach", "σα", "1 to 100 px"):
        assert part in text
    assert "Pulls pixels." in form.row("weight").toolTip()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_symbols_have_their_colour_in_label_and_slider(form, themed, scheme):
    themed("light" if scheme == "dark" else "dark")
    themed(scheme)
    colour = symbol_colour("σα", scheme == "dark")
    assert colour in form.row("reach").findChildren(QLabel)[0].text()
    assert slider(form, "reach")._colour.name() == colour


def test_nothing_is_cut_in_a_side_panel(form, themed):
    themed("dark")
    form.resize(248, form.sizeHint().height())
    QApplication.processEvents()
    assert form.minimumSizeHint().width() <= 248
    for label in form.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.width() >= label.sizeHint().width(), label.text()
    for field in form.findChildren(QDoubleSpinBox):
        text = field.fontMetrics().horizontalAdvance(field.text())
        assert field.lineEdit().width() >= text, field.text()
        assert form.rect().contains(field.mapTo(form, field.rect().bottomRight()))
    for button in form.findChildren(QPushButton):
        assert button.width() >= button.fontMetrics().horizontalAdvance(button.text()) + 8
    for handle in form.findChildren(ValueSlider):
        assert handle.width() >= 140, handle.accessibleName()


def test_every_control_has_a_name_and_can_be_reached_by_tab(form):
    for kind in (ValueSlider, QDoubleSpinBox, QComboBox, ToggleSwitch):
        for widget in form.findChildren(kind):
            assert widget.accessibleName()
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_form_leaves_no_window_of_its_own(form):
    assert all(w.parent() is not None for w in form.findChildren(QWidget))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stride", 7),
        ("stride", "8"),
        ("stride", (8,)),
        ("rates", (1, 2)),
        ("rates", 3),
        ("rates", (1, 2, "x")),
        ("rates", (1, 2, 49)),
        ("branches", (1, 2, 3)),
        ("pooling", "yes"),
        ("weight", "much"),
        ("weight", 11.0),
        ("weight", float("nan")),
        ("turns", 10**30),
        ("turns", 2.5),
        ("turns", True),
        ("title", 3),
        ("backbone", None),
    ],
)
def test_a_value_that_the_control_does_not_have_changes_nothing(form, qtbot, name, value):
    """A lesson or session may ask for it; ``tuple.index`` raised in the window."""
    before = form.values()
    form.set_values({name: value})
    assert form.values() == before
    other = SettingsForm(controls(Example), {name: value})
    qtbot.addWidget(other)
    assert other.values()[name] == {c.name: c.default for c in controls(Example)}[name]


class Wide(Settings):
    reach: float = control(20.0, kind="crf", label="Reach", log=True, ge=1, le=500, slider_to=200)


def wide_form(qtbot):
    form = SettingsForm(controls(Wide), Wide().model_dump())
    qtbot.addWidget(form)
    form.show()
    return form, form.findChild(QDoubleSpinBox), form.findChild(ValueSlider)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape])
def test_a_number_field_gives_the_keys_back(qtbot, key):
    form, field, _ = wide_form(qtbot)
    emitted = []
    form.edited.connect(lambda name, value, finished: emitted.append(value))
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "42")
    qtbot.keyClick(field, key)
    assert not field.hasFocus()
    # Esc goes back to what it was before.
    assert field.value() == emitted[-1] == (20.0 if key == Qt.Key.Key_Escape else 42.0)


def test_esc_is_the_fields_while_it_is_edited(qtbot):
    _, field, _ = wide_form(qtbot)
    override = QKeyEvent(
        QEvent.Type.ShortcutOverride, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier
    )
    override.ignore()
    assert field.event(override) and override.isAccepted()


def test_more_can_be_typed_than_the_slider_reaches(qtbot):
    _, field, slider = wide_form(qtbot)
    assert field.maximum() == 500 and "500" in field.toolTip()
    before = slider.position()
    assert before == pytest.approx(math.log(20) / math.log(200))
    field.setValue(450)
    assert slider.position() == 1.0 and field.value() == 450
    slider.set_position(1.0)
    slider._move_to(0.999)
    assert 190 < field.value() < 200


def test_a_head_stands_above_the_settings_it_is_of(qtbot):
    form = SettingsForm(controls(CRFSettings)[1:7], {})
    qtbot.addWidget(form)
    form.show()
    heads = {label.text(): label for label in form.findChildren(PlainLabel)}
    order = ["Appearance", "appearance_weight", "appearance_rgb_std"]
    order += ["Smoothness", "smoothness_weight", "Mean field", "num_iterations"]
    tops = [heads[name].y() if name in heads else form.row(name).y() for name in order]
    assert tops == sorted(tops) and len(set(tops)) == len(tops)
