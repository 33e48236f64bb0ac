"""The texts of a widget or action, each with a way to read and set it, and their English kept.

English is kept with the object itself, as a property, so that a text which the program sets anew
in the meantime is seen as new.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QDoubleSpinBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QSpinBox,
    QTabBar,
    QTableWidget,
    QTextEdit,
    QToolButton,
    QWidget,
)

from segviewer.widgets.language.word_catalogue import Catalogue
from segviewer.widgets.text.plain_text import plain_tip

VERBATIM = "verbatim"
"""Property of a widget whose texts, or items, are a person's or a file's: never translated."""
_WITH_ITEMS = (QComboBox, QTabBar, QListWidget, QTableWidget)
_ENTITY = re.compile(r"&#?\w+;")  # of markup that has no tag
ENGLISH_ROLE = 0x0E9715  # of an item: beyond Qt's and this program's own roles


@dataclass(frozen=True)
class TextSlot:
    """One text of an object: its name, and how it is read and set."""

    name: str
    read: Callable[[], str]
    set: Callable[[str], object]


def slots_of(thing: QObject) -> Iterator[TextSlot]:
    """The texts of one widget or action; its children's are their own."""
    if isinstance(thing, QAction):
        # The tip first: one that was not set is made of the text.
        yield TextSlot("tip", thing.toolTip, thing.setToolTip)
        yield TextSlot("text", thing.text, thing.setText)
        return
    if not isinstance(thing, QWidget):
        return
    if isinstance(thing, QToolButton) and thing.defaultAction() is not None:
        yield TextSlot("name", thing.accessibleName, thing.setAccessibleName)
        return  # all else is its action's
    yield from written_slots(thing)
    yield TextSlot("tip", thing.toolTip, thing.setToolTip)
    yield TextSlot("name", thing.accessibleName, thing.setAccessibleName)
    yield TextSlot("description", thing.accessibleDescription, thing.setAccessibleDescription)
    if thing.isWindow() or isinstance(thing, QDockWidget):
        yield TextSlot("title", thing.windowTitle, thing.setWindowTitle)


def written_slots(widget: QWidget) -> Iterator[TextSlot]:
    """Of them those that are seen without pointing at the widget."""
    if isinstance(widget, QToolButton) and widget.defaultAction() is not None:
        return
    if isinstance(widget, (QLabel, QAbstractButton)):
        yield TextSlot("text", widget.text, widget.setText)
    elif isinstance(widget, (QLineEdit, QPlainTextEdit, QTextEdit)):
        yield TextSlot("hint", widget.placeholderText, widget.setPlaceholderText)
    elif isinstance(widget, QGroupBox):  # a menu's title is its action's text
        yield TextSlot("title", widget.title, widget.setTitle)
    elif isinstance(widget, (QSpinBox, QDoubleSpinBox)):
        yield TextSlot("suffix", widget.suffix, widget.setSuffix)
        yield TextSlot("prefix", widget.prefix, widget.setPrefix)
    if isinstance(widget, QAbstractSpinBox):
        yield TextSlot("least", widget.specialValueText, widget.setSpecialValueText)


def show_in(thing: QObject, before: Catalogue, now: Catalogue) -> None:
    """Show the texts of one object, which are of `before` or new, in the language of `now`."""
    verbatim, has_items = bool(thing.property(VERBATIM)), isinstance(thing, _WITH_ITEMS)
    if verbatim and not has_items:
        return
    for slot in slots_of(thing):
        show_slot(thing, slot, before, now)
    if isinstance(thing, QAction) and (before.short or now.short):
        english = thing.property("english_text") or thing.text()
        thing.setIconText(now.short.get(english, ""))
    if has_items and not verbatim:
        assert isinstance(thing, QWidget)
        _show_items(thing, before, now)


def show_slot(thing: QObject, slot: TextSlot, before: Catalogue, now: Catalogue) -> None:
    """Show one text of `thing`."""
    current = slot.read()
    if not current:
        return
    key = f"english_{slot.name}"
    kept = thing.property(key)
    english = _english(current, kept, before, now)
    wanted = _in(now, english)
    if slot.name == "tip" and not GuiQt.mightBeRichText(english):
        wanted = plain_tip(wanted)
    if wanted != english and kept != english:
        thing.setProperty(key, english)
    if wanted != current:
        slot.set(wanted)


def _english(current: str, kept: object, before: Catalogue, now: Catalogue) -> str:
    """The English of a text that is shown: what was kept of it, unless it was set anew since."""
    if isinstance(kept, str) and current in (_in(before, kept), _in(now, kept)):
        return kept
    return before.english(current)


def _in(catalogue: Catalogue, english: str) -> str:
    if GuiQt.mightBeRichText(english) or _ENTITY.search(english):
        return catalogue.translate_markup(english)
    return catalogue.translate(english)


def _show_items(widget: QWidget, before: Catalogue, now: Catalogue) -> None:
    for current, kept, put, keep in _items(widget):
        if not isinstance(current, str) or not current:
            continue
        english = _english(current, kept, before, now)
        wanted = _in(now, english)
        if wanted != english and kept != english:
            keep(english)
        if wanted != current:
            put(wanted)


def _items(widget: QWidget) -> Iterator[tuple]:
    """(text, English kept of it, how to set it, how to keep its English) of each item."""
    shown = Qt.ItemDataRole.DisplayRole
    if isinstance(widget, QTabBar):
        for place in range(widget.count()):
            yield (
                widget.tabText(place),
                widget.property(f"english_tab_{place}"),
                lambda text, place=place: widget.setTabText(place, text),
                lambda text, place=place: widget.setProperty(f"english_tab_{place}", text),
            )
            yield (
                widget.tabToolTip(place),
                widget.property(f"english_tab_tip_{place}"),
                lambda text, place=place: widget.setTabToolTip(place, plain_tip(text)),
                lambda text, place=place: widget.setProperty(f"english_tab_tip_{place}", text),
            )
    elif isinstance(widget, QComboBox):
        for place in range(widget.count()):
            for which, role in enumerate((shown, Qt.ItemDataRole.ToolTipRole)):
                yield (
                    widget.itemData(place, role),
                    widget.itemData(place, ENGLISH_ROLE + which),
                    lambda text, place=place, role=role: widget.setItemData(place, text, role),
                    lambda text, place=place, which=which: widget.setItemData(
                        place, text, ENGLISH_ROLE + which
                    ),
                )
    elif isinstance(widget, (QListWidget, QTableWidget)):
        for item in _own_items(widget):
            for which, role in enumerate((shown, Qt.ItemDataRole.ToolTipRole)):
                yield (
                    item.data(role),
                    item.data(ENGLISH_ROLE + which),
                    lambda text, item=item, role=role: item.setData(role, text),
                    lambda text, item=item, which=which: item.setData(ENGLISH_ROLE + which, text),
                )


def _own_items(widget: QListWidget | QTableWidget) -> Iterator:
    if isinstance(widget, QListWidget):
        yield from (widget.item(row) for row in range(widget.count()))
        return
    columns, rows = range(widget.columnCount()), range(widget.rowCount())
    heads = [widget.horizontalHeaderItem(column) for column in columns]
    heads += [widget.verticalHeaderItem(row) for row in rows]
    cells = [widget.item(row, column) for row in rows for column in columns]
    yield from (item for item in heads + cells if item is not None)
