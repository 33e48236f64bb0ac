"""View ▸ Language: the languages that there are, and the system's."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication, QMenu

from segviewer.app.state.preferences import Preferences
from segviewer.widgets.language.interface_language import interface_language
from segviewer.widgets.language.shown_texts import VERBATIM
from segviewer.widgets.language.word_catalogue import ENGLISH, SYSTEM, chosen_code, codes
from segviewer.widgets.text.plain_text import plain_tip


class LanguageMenu(QObject):
    """Fills the menu; a choice counts at once and is remembered."""

    def __init__(self, menu: QMenu, preferences: Preferences, parent: QObject):
        super().__init__(parent)
        self.preferences = preferences
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._language = interface_language(app)
        self.group = QActionGroup(self)
        menu.setToolTipsVisible(True)
        self._add(menu, SYSTEM, "System").setToolTip(
            plain_tip("The system's language where it is translated in full, else English")
        )
        for code in codes():
            # Each by its own name, whichever language is shown.
            self._add(menu, code, _own_name(code)).setProperty(VERBATIM, True)
        self.group.triggered.connect(self._on_chosen)

    def _add(self, menu: QMenu, choice: str, text: str) -> QAction:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setData(choice)
        action.setChecked(choice == self.preferences.language())
        self.group.addAction(action)
        return action

    def _on_chosen(self, action: QAction) -> None:
        choice = action.data()
        self.preferences.save_language(choice)
        self._language.show(chosen_code(choice, QLocale.system().name()))


def _own_name(code: str) -> str:
    """What a language calls itself; no catalogue is read for it."""
    # Qt says which English.
    return "English" if code == ENGLISH else QLocale(code).nativeLanguageName()
