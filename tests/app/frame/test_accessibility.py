"""A walk through the window as a screen reader goes: names, roles and values of every control."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLabel, QWidget

from segviewer.widgets.theme.theme import contrast, lent_scheme
from tests.app.frame.whole_interface import dialogs

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


def controls(window):
    """What can be worked with in a window, with what a screen reader says of it."""
    for one in walk(QAccessible.queryAccessibleInterface(window)):
        state, role = one.state(), one.role()
        if state.focusable and not state.invisible and role not in (*ROWS, Role.PageTabList):
            yield one


def test_every_control_of_every_dialog_says_its_name_and_role(opened):
    nameless, untitled, seen = [], [], 0
    for name, dialog in dialogs(opened):
        if not QAccessible.queryAccessibleInterface(dialog).text(Text.Name):
            untitled.append(name)
        for one in controls(dialog):
            seen += 1
            if not one.text(Text.Name) or one.role() in (Role.NoRole, Role.Client):
                nameless.append((name, one.role(), type(one.object()).__name__))
    assert untitled == []
    assert nameless == []
    assert seen > 80


def test_tab_reaches_every_control_of_every_dialog_from_top_to_bottom(opened):
    problems = []
    for name, dialog in dialogs(opened):
        wanted = {
            widget
            for widget in dialog.findChildren(QWidget)
            if widget.isVisible()
            and widget.isEnabled()
            and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and widget.focusProxy() is None
        }
        reached, widget = [], dialog
        for _ in range(2000):
            widget = widget.nextInFocusChain()
            if widget in wanted:
                reached.append(widget)
            if widget is dialog:
                break
        if set(reached) != wanted or len(reached) != len(wanted):
            problems.append((name, [type(one).__name__ for one in wanted - set(reached)]))
        # The buttons that end a dialog come after what it asks.
        ends = [at for at, one in enumerate(reached) if isinstance(one.parent(), QDialogButtonBox)]
        if ends and ends != list(range(len(reached) - len(ends), len(reached))):
            problems.append((name, "its buttons come in the middle"))
    assert problems == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_text_of_window_and_dialogs_stands_out_in_both_themes(opened, scheme):
    with lent_scheme(QApplication.instance(), scheme):
        faint = [("window", *found) for found in faint_labels(opened.window)]
        for name, dialog in dialogs(opened):
            faint += [(name, *found) for found in faint_labels(dialog)]
    assert faint == []


def faint_labels(window):
    """Labels whose letters stand out less than 4.5 : 1 from what is behind them."""
    found = []
    for label in window.findChildren(QLabel):
        text = label.text()
        if not (label.isVisible() and label.isEnabled() and len(text) > 3 and text.isascii()):
            continue
        if label.visibleRegion().boundingRect() != label.rect():
            continue  # scrolled away, in part
        image = window.grab(QRect(label.mapTo(window, QPoint()), label.size())).toImage()
        counts = {}
        for y in range(image.height()):
            for x in range(image.width()):
                colour = image.pixelColor(x, y).name()
                counts[colour] = counts.get(colour, 0) + 1
        if len(counts) < 2:
            continue
        ground = max(counts, key=counts.get)
        most = max(contrast(ground, colour) for colour in counts)
        if most < 4.5:
            found.append((text[:40], ground, round(most, 2)))
    return found
