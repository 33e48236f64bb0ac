"""A walk through the window as a screen reader goes: names, roles and values of every control."""

import pytest
from PySide6.QtGui import QAccessible

# Opens a window and waits for its engine.
pytestmark = pytest.mark.slow

Role, Text = QAccessible.Role, QAccessible.Text
ROWS = (Role.Cell, Role.ListItem)  # of lists, whose models say them


def walk(one):
    yield one
    for place in range(one.childCount()):
        child = one.child(place)
        if child is not None and child.isValid():
            yield from walk(child)


def test_every_control_says_its_name_and_what_it_is_set_to(opened):
    seen, nameless, values = set(), [], {}
    for one in walk(QAccessible.queryAccessibleInterface(opened.window)):
        state, role = one.state(), one.role()
        if not state.focusable or state.invisible or role in ROWS:
            continue
        if role == Role.PageTabList:  # Qt's own, of drawers in one place; its tabs have names
            continue
        seen.add(role)
        name = one.text(Text.Name)
        if not name:
            nameless.append((role, type(one.object()).__name__, one.object().objectName()))
        if role == Role.Slider:
            values[name] = one.text(Text.Description)
    assert nameless == []
    assert seen >= {Role.Slider, Role.SpinBox, Role.CheckBox, Role.ComboBox, Role.List}
    crf = opened.session.crf
    assert values["Appearance reach"] == f"{crf.appearance_xy_std:.1f} px"
    assert values["Iterations"] == str(crf.num_iterations)
    assert values["Inference size"] == "as trained"
    # After a change it says the new one.
    opened.store.set("crf", appearance_xy_std=41.0)
    (slider,) = (
        one
        for one in walk(QAccessible.queryAccessibleInterface(opened.window))
        if one.role() == Role.Slider and one.text(Text.Name) == "Appearance reach"
    )
    assert slider.text(Text.Description) == "41.0 px"
