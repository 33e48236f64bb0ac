"""View ▸ Less motion: drawers appear at once, and nothing moves by itself."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QStyle

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.preferences import Preferences

EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)


def desktop_wants_less() -> bool:
    """Whether the desktop asks for less motion, as far as Qt says: its animations last no time.

    On KDE, Windows and macOS Qt hands this on; of GNOME it says nothing, so there is the menu.
    """
    hint = QStyle.StyleHint.SH_Widget_Animation_Duration
    return QApplication.style().styleHint(hint) == 0


class Motion(QObject):
    """What a person chose, else what the desktop wants."""

    def __init__(self, window: MainWindow, preferences: Preferences):
        super().__init__(window)
        self.window, self.preferences = window, preferences
        self.action = window.action("less_motion")
        self.action.setChecked(self.less())
        self.action.toggled.connect(self._on_toggled)
        self._apply()

    def less(self) -> bool:
        """Whether there is to be less motion."""
        chosen = self.preferences.less_motion()
        return desktop_wants_less() if chosen is None else chosen

    def _on_toggled(self, on: bool) -> None:
        self.preferences.save_less_motion(on)
        self._apply()

    def _apply(self) -> None:
        less = self.less()
        self.window.setAnimated(not less)
        self.window.activity.set_still(less)
        if less:
            for effect in EFFECTS:
                QApplication.setEffectEnabled(effect, False)
