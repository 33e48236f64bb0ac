"""View ▸ Theme: the system's colours, dark or light."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication, QMenu

from segviewer.app.state.preferences import Preferences
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.theme import ThemeFollower, apply_theme

TITLES = {
    "system": ("As the system", "Dark or light as the desktop is, and with it when it changes"),
    "dark": ("Dark", "Dark, whatever the desktop is"),
    "light": ("Light", "Light, whatever the desktop is: for a bright room"),
}


class ThemeMenu(QObject):
    """Fills the menu; a choice counts at once and is remembered."""

    def __init__(self, menu: QMenu, preferences: Preferences, parent: QObject):
        super().__init__(parent)
        self.preferences = preferences
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._app = app
        follower = app.findChild(ThemeFollower)
        # What this start was asked for, which is not always what is remembered.
        now = "system" if follower is None else follower.scheme
        self.group = QActionGroup(self)
        menu.setToolTipsVisible(True)
        for scheme, (title, tip) in TITLES.items():
            action = menu.addAction(title)
            action.setToolTip(plain_tip(tip))
            action.setCheckable(True)
            action.setData(scheme)
            action.setChecked(scheme == now)
            self.group.addAction(action)
        self.group.triggered.connect(self._on_chosen)

    def _on_chosen(self, action: QAction) -> None:
        scheme = action.data()
        self.preferences.save_theme(scheme)
        apply_theme(self._app, scheme)
