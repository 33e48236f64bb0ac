"""Presenting: full screen, large text, a ring about the pointer, a key that blanks the screen."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from segviewer.app.lesson_view import LessonView
from segviewer.app.main_window import MainWindow
from segviewer.widgets.pointer_halo import BlankScreen, PointerHalo
from segviewer.widgets.typography import resized

TEXT_SCALE = 1.75
PANEL_SHARE = 0.26  # of the screen that a side panel takes at most
SCROLL_BAR = 12  # pixels
# Targets that a hand at a lectern hits.
TARGETS = """
QPushButton, QToolButton, QComboBox { min-height: 40px; }
QPushButton[role="segment"] { min-width: 40px; }
"""


class Presentation(QObject):
    """Presenter mode of the window.

    Attributes
    ----------
    on : bool
        Whether it presents.
    """

    def __init__(self, window: MainWindow, lessons: LessonView):
        super().__init__(window)
        self.window, self.lessons = window, lessons
        self.on = False
        self._font = QApplication.font()
        self._was_full_screen = self._was_maximised = False
        self._widths: list[tuple[int, int]] = []
        self.halo = PointerHalo(window)
        self.blank = BlankScreen(window)
        self.blank.clicked.connect(self.unblank)
        window.action("present").triggered.connect(lambda checked=False: self.toggle())
        window.action("blank").triggered.connect(lambda checked=False: self.toggle_blank())
        window.action("blank").setEnabled(False)
        for name in ("next_step", "previous_step", "restore_step"):
            window.action(name).triggered.connect(lambda checked=False: self.unblank())

    def toggle(self) -> None:
        """Begin to present, or end."""
        if self.on:
            self.leave()
        else:
            self._begin()

    def _begin(self) -> None:
        window = self.window
        self.on = True
        self._font = QApplication.font()
        self._was_full_screen, self._was_maximised = window.isFullScreen(), window.isMaximized()
        _set_text(resized(self._font, TEXT_SCALE), TARGETS)
        window.toolbar.hide()
        window.statusBar().hide()
        window.showFullScreen()
        window.action("blank").setEnabled(True)
        window.action("present").setChecked(True)
        self._widen_panels()
        # What the speaker reads is not for the audience.
        self.lessons.set_presenting(True, TEXT_SCALE)
        self.halo.show()
        window.canvas.setFocus()

    def leave(self) -> bool:
        """End presenting; False where nobody presents."""
        if not self.on:
            return False
        if not self.blank.isHidden():
            self.unblank()
            return True
        window = self.window
        self.on = False
        for panel, (least, most) in zip((window.left, window.right), self._widths, strict=True):
            panel.setMinimumWidth(least)
            panel.setMaximumWidth(most)
        self.halo.hide()
        _set_text(self._font, "")
        window.toolbar.show()
        window.statusBar().show()
        if not self._was_full_screen:
            if self._was_maximised:
                window.showMaximized()
            else:
                window.showNormal()
        window.action("blank").setEnabled(False)
        window.action("present").setChecked(False)
        self.lessons.set_presenting(False, 1.0)
        return True

    def _widen_panels(self) -> None:
        """Let nothing in the side panels be cut, as far as the picture leaves room."""
        panels = (self.window.left, self.window.right)
        self._widths = [(panel.minimumWidth(), panel.maximumWidth()) for panel in panels]
        for panel, (least, most) in zip(panels, self._widths, strict=True):
            wanted = panel.widget().minimumSizeHint().width() + SCROLL_BAR
            width = max(
                least, min(wanted, round(PANEL_SHARE * self.window.screen().size().width()))
            )
            panel.setMinimumWidth(width)
            panel.setMaximumWidth(max(most, width))

    def toggle_blank(self) -> None:
        """Make the screen black, or show it again."""
        if self.blank.isHidden():
            self.blank.cover()
        else:
            self.unblank()

    def unblank(self) -> None:
        """Show the screen again."""
        self.blank.hide()


def _set_text(font: QFont, targets: str) -> None:
    """Give the whole program a font, and its style sheet a supplement."""
    app = QApplication.instance()
    app.setFont(font)
    # A widget under a style sheet takes the font only when the sheet is set again.
    app.setStyleSheet(app.styleSheet().replace(TARGETS, "") + targets)
