"""Presenting: full screen, large text, a ring about the pointer, a key that blanks the screen."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from segviewer.app.lesson_view import LessonView
from segviewer.app.main_window import MainWindow
from segviewer.widgets.pointer_halo import BlankScreen, PointerHalo
from segviewer.widgets.typography import resized

TEXT_SCALE = 1.75


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
        QApplication.setFont(resized(self._font, TEXT_SCALE))
        window.toolbar.hide()
        window.statusBar().hide()
        window.showFullScreen()
        window.action("blank").setEnabled(True)
        window.action("present").setChecked(True)
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
        self.halo.hide()
        QApplication.setFont(self._font)
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

    def toggle_blank(self) -> None:
        """Make the screen black, or show it again."""
        if self.blank.isHidden():
            self.blank.cover()
        else:
            self.unblank()

    def unblank(self) -> None:
        """Show the screen again."""
        self.blank.hide()
