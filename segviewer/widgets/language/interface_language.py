"""Switches the language of all that is on screen, and of what comes to it.

Qt's own words (Cancel, Open, names of keys in menus) come from Qt's own catalogue through a
``QTranslator``. All others are put in where Qt is about to show them: while the language is not
English this object looks at the events by which a text comes to the screen. In English it looks at
nothing, and costs nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLibraryInfo, QLocale, QObject, QTranslator, Signal
from PySide6.QtGui import QActionEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QListWidget,
    QTabBar,
    QTableWidget,
    QWidget,
)

from segviewer.widgets.language.shown_texts import VERBATIM, show_in, show_slot, written_slots
from segviewer.widgets.language.word_catalogue import ENGLISH, Catalogue, read_catalogue
from segviewer.widgets.language.words import show_catalogue, shown_catalogue
from segviewer.widgets.language.written_numbers import number_locale

_KIND = QEvent.Type
_ALL_TEXTS = frozenset(
    {_KIND.Polish, _KIND.Show, _KIND.FocusIn, _KIND.ToolTipChange, _KIND.WindowTitleChange}
)
_ACTION = frozenset({_KIND.ActionAdded, _KIND.ActionChanged})
_WATCHED = _ALL_TEXTS | _ACTION | {_KIND.Paint, _KIND.LayoutRequest, _KIND.ToolTip}
_WRITTEN = (QLabel, QAbstractButton)


class InterfaceLanguage(QObject):
    """The language of the interface; one for an application, a child of it.

    Signals
    -------
    changed(str)
        Another language is shown; its code.
    """

    changed = Signal(str)

    def __init__(self, app: QApplication):
        super().__init__(app)
        self._app = app
        self._qt: QTranslator | None = None
        self._write_numbers(self.code)

    @property
    def code(self) -> str:
        """Code of the language now shown."""
        return shown_catalogue().code

    def show(self, code: str) -> None:
        """Show the interface in the language `code`, at once, in every window that is open."""
        if code != self.code:
            self.show_catalogue(read_catalogue(code))

    def show_catalogue(self, now: Catalogue) -> None:
        """The same with a catalogue at hand."""
        before = shown_catalogue()
        self._app.removeEventFilter(self)
        show_catalogue(now)
        self._translate_qt(now.code)
        self._write_numbers(now.code)
        # What draws itself mirrors what stands in lines, never a photograph or a drawing.
        self._app.setLayoutDirection(QLocale(now.code).textDirection())
        for widget in self._app.allWidgets():
            for thing in (widget, *widget.actions()):
                show_in(thing, before, now)
            widget.update()
        # What draws or lays out its own words does so anew.
        QApplication.sendEvent(self._app, QEvent(_KIND.LanguageChange))
        if now.code != ENGLISH:
            self._app.installEventFilter(self)
        self.changed.emit(now.code)

    def _write_numbers(self, code: str) -> None:
        """Have fields of numbers, those on screen and those to come, read and write them so."""
        locale = number_locale(code)
        QLocale.setDefault(locale)
        for widget in self._app.topLevelWidgets():
            widget.setLocale(locale)

    def _translate_qt(self, code: str) -> None:
        if self._qt is not None:
            self._app.removeTranslator(self._qt)
            self._qt = None
        if code != ENGLISH:
            translator = QTranslator(self)
            folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
            if translator.load(f"qtbase_{code}", folder):
                self._app.installTranslator(translator)
                self._qt = translator

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        kind = event.type()
        if kind in _WATCHED and isinstance(watched, QWidget):
            now = shown_catalogue()
            if kind == _KIND.Paint:
                self._before_paint(watched, now)
            elif kind == _KIND.LayoutRequest:
                for child in watched.children():
                    if isinstance(child, _WRITTEN):
                        show_in(child, now, now)
            elif kind in _ACTION:
                assert isinstance(event, QActionEvent)
                show_in(event.action(), now, now)
            else:
                show_in(watched, now, now)
                if kind == _KIND.Polish and watched.isWindow():
                    for child in watched.findChildren(QWidget):
                        show_in(child, now, now)
        return False

    def _before_paint(self, watched: QWidget, now: Catalogue) -> None:
        if isinstance(watched, _WRITTEN) and not watched.property(VERBATIM):
            for slot in written_slots(watched):
                show_slot(watched, slot, now, now)
        elif isinstance(watched, (QComboBox, QTabBar)):
            show_in(watched, now, now)
        else:
            view = watched.parent()
            if isinstance(view, (QListWidget, QTableWidget)) and view.viewport() is watched:
                show_in(view, now, now)


def interface_language(app: QApplication) -> InterfaceLanguage:
    """The one of an application, made where there is none yet."""
    return app.findChild(InterfaceLanguage) or InterfaceLanguage(app)
