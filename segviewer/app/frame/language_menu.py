"""View ▸ Language: the languages that there are, and the system's."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication, QMenu

from segviewer.app.state.preferences import Preferences
from segviewer.widgets.language.first_language import legible_code
from segviewer.widgets.language.interface_language import interface_language
from segviewer.widgets.language.script_fonts import has_font
from segviewer.widgets.language.shown_texts import VERBATIM
from segviewer.widgets.language.word_catalogue import ENGLISH, SYSTEM, codes
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
        # Not before: a list of all fonts costs more than the rest of the menu.
        menu.aboutToShow.connect(self._note_fonts)

    def _note_fonts(self) -> None:
        for action in self.group.actions():
            code = action.data()
            if not action.isEnabled() or code == SYSTEM or has_font(code):
                continue
            action.setEnabled(False)
            action.setProperty(VERBATIM, False)
            action.setText(f"{_english_name(code)} (no font for it is installed)")
            action.setToolTip(plain_tip("Install one, as Noto Sans has it, and start again"))

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
        self._language.show(legible_code(choice))


def _own_name(code: str) -> str:
    """What a language calls itself; no catalogue is read for it."""
    # Qt says which English.
    return "English" if code == ENGLISH else QLocale(code).nativeLanguageName()


def _english_name(code: str) -> str:
    return QLocale.languageToString(QLocale(code).language())
