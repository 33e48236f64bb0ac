"""Each lab in the window: it opens, draws something, can be used without a mouse, and closes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from segviewer.labs import LABS

OPERATED = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
)


def operated(parent: QWidget) -> list[QWidget]:
    """What a person can work with, parts of other widgets left out."""
    return [
        widget
        for widget in parent.findChildren(QWidget)
        if isinstance(widget, OPERATED)
        and not isinstance(widget, QScrollBar)
        and not (isinstance(widget, QLineEdit) and isinstance(widget.parent(), QAbstractSpinBox))
        and not isinstance(widget.parent(), QAbstractItemView | QComboBox)
        # Qt's own in a dock's title; the menu and G do the same.
        and not widget.objectName().startswith("qt_dockwidget")
        and widget.isVisible()
    ]


def words(widget: QWidget) -> str:
    name = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    return widget.accessibleName() or name


def without_name(parent: QWidget) -> list[str]:
    return [
        f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}"
        for widget in operated(parent)
        if not words(widget)
    ]


def without_key(parent: QWidget) -> list[str]:
    """Whatever is switched on and cannot be reached by Tab."""
    return [
        f"{type(widget).__name__} {words(widget)!r} in {type(widget.parent()).__name__}"
        for widget in operated(parent)
        if widget.isEnabled() and not widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def colours(widget: QWidget) -> int:
    image = widget.grab().toImage()
    step = max(1, image.width() // 300)
    return len(
        {
            image.pixel(x, y)
            for x in range(0, image.width(), step)
            for y in range(0, image.height(), 2)
        }
    )


@pytest.mark.slow
def test_the_window_can_be_used_without_a_mouse(opened):
    opened.trigger("crf")
    opened.settled()
    assert not without_name(opened.window)
    assert not without_key(opened.window)


@pytest.mark.slow
def test_each_opens_draws_and_closes(opened):
    labs, problems = opened.presenter.labs, []
    for name in LABS:
        labs.open(name)
        opened.settled("lab")
        drawer = labs.drawer
        assert drawer.isVisible(), name
        if not drawer.caption.text():
            problems.append(f"{name}: no caption")
        if colours(drawer.views.currentWidget()) < 8:
            problems.append(f"{name}: a blank picture")
        problems += [f"{name}: no name: {what}" for what in without_name(drawer)]
        problems += [f"{name}: no key: {what}" for what in without_key(drawer)]
        drawer.close()
        assert opened.session.lab.name == "", name
    assert not problems, "\n".join(problems)
