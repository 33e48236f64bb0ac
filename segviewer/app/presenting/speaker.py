"""The speaker's window beside a lesson: opened, kept in step, put on the other screen, closed."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QFont, QGuiApplication, QImage, QPixmap, QScreen
from PySide6.QtWidgets import QWidget

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.window_actions import DIGITS_OF_ANSWER
from segviewer.app.lessons.lesson_view import LessonView
from segviewer.app.lessons.step_thumbnail import step_thumbnail
from segviewer.widgets.help.speaker_window import SpeakerWindow, SpeakerWords

# What works in the speaker's window as it does in the audience's.
SHARED_KEYS = (
    "next_step",
    "previous_step",
    "restore_step",
    "present",
    "blank",
    "speaker",
    "cancel",
    "larger_text",
    "smaller_text",
    *(f"answer_{digit}" for digit in DIGITS_OF_ANSWER),
)

TITLE_AND_EDGES = QSize(16, 48)  # pixels that a window has around it on its screen


class SpeakerView(QObject):
    """Opens the speaker's window and sends it where the lesson is.

    Attributes
    ----------
    shown : SpeakerWindow or None

    Parameters
    ----------
    own_font : callable
        Gives the program's own text, not that of presenting.

    Signals
    -------
    swap_requested()
        The two windows are to change screens.
    """

    swap_requested = Signal()

    def __init__(self, window: MainWindow, lessons: LessonView, own_font: Callable[[], QFont]):
        super().__init__(window)
        self.window, self.lessons, self._own_font = window, lessons, own_font
        self.shown: SpeakerWindow | None = None
        self._started: float | None = None  # of the talk, whether or not the window is open
        self._blank = False
        action = window.action("speaker")
        action.setEnabled(False)
        action.triggered.connect(lambda checked=False: self.toggle())
        lessons.step_shown.connect(self._on_step_shown)
        lessons.words_changed.connect(self._on_words_changed)
        lessons.ended.connect(self._on_ended)
        window.close_requested.connect(self.close)
        screens = QGuiApplication.instance()
        assert isinstance(screens, QGuiApplication)
        screens.screenAdded.connect(self._on_screens_changed)
        screens.screenRemoved.connect(self._on_screens_changed)

    def toggle(self) -> None:
        """Open the window, or close it."""
        if self.shown is None:
            self.open()
            if self.shown is not None:
                self.shown.activateWindow()
        else:
            self.close()

    def open(self) -> None:
        """Open the window, on another screen than the audience's where there is one."""
        if self.shown is not None or self.lessons.opened is None:
            return
        self.start_time()
        self.shown = shown = SpeakerWindow(self._own_font(), self._started)
        shown.addActions([self.window.action(name) for name in SHARED_KEYS])
        shown.next_requested.connect(self.lessons.forward)
        shown.back_requested.connect(self.lessons.back)
        shown.swap_requested.connect(self.swap_requested)
        shown.reset.connect(self._on_reset)
        shown.closed.connect(self._on_closed)
        shown.set_blank(self._blank)
        self._show_words()
        other = other_screen(self.window)
        shown.set_two_screens(other is not None)
        self.window.action("speaker").setChecked(True)
        if other is None:
            # Its buttons are at the bottom, which a small screen would cut.
            room = self.window.screen().availableGeometry().size() - TITLE_AND_EDGES
            shown.resize(shown.size().boundedTo(room))
            shown.show()
        else:
            fill_screen(shown, other)

    def close(self) -> None:
        """Close the window."""
        if self.shown is not None:
            self.shown.close()

    def start_time(self) -> None:
        """Let the talk begin, if it has not begun."""
        if self._started is None:
            self._started = time.monotonic()

    def set_blank(self, blank: bool) -> None:
        """Say whether the audience sees a black screen."""
        self._blank = blank
        if self.shown is not None:
            self.shown.set_blank(blank)

    def keep_text(self) -> None:
        """Stay at the program's own text, after that of the audience has changed."""
        if self.shown is not None:
            self.shown.set_base_font(self._own_font())

    def leave(self) -> bool:
        """Close the window if the person is in it; False where there is nothing to close."""
        if self.shown is None or not self.shown.isActiveWindow():
            return False
        self.close()
        return True

    def _show_words(self) -> None:
        lessons, opened = self.lessons, self.lessons.opened
        assert opened is not None and self.shown is not None
        number, count = lessons.panel.current, len(opened.sessions)
        following = lessons.words(number + 1) if number + 1 < count else None
        self.shown.show_step(
            SpeakerWords(
                lessons.lesson_shown().title, number, count, lessons.words(number), following
            )
        )

        self.shown.show_next_picture(None)
        if number + 1 < count:
            self.lessons.background.run(
                step_thumbnail,
                opened.sessions[number + 1],
                done=lambda picture: self._on_thumbnail(number, picture),
            )

    def _on_thumbnail(self, number: int, picture: np.ndarray | None) -> None:
        """Show it, unless the lesson has gone on meanwhile."""
        if self.shown is None or picture is None or number != self.lessons.panel.current:
            return
        height, width = picture.shape[:2]
        content = np.ascontiguousarray(picture)
        image = QImage(content.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self.shown.show_next_picture(QPixmap.fromImage(image))

    def _on_step_shown(self, number: int) -> None:
        self.window.action("speaker").setEnabled(True)
        if self.shown is not None:
            self._show_words()

    def _on_words_changed(self) -> None:
        if self.shown is not None:
            self._show_words()

    def _on_ended(self) -> None:
        self.window.action("speaker").setEnabled(False)
        self._started = None
        self.close()

    def _on_reset(self) -> None:
        self._started = time.monotonic()

    def _on_screens_changed(self) -> None:
        if self.shown is not None:
            self.shown.set_two_screens(other_screen(self.window) is not None)

    def _on_closed(self) -> None:
        shown, self.shown = self.shown, None
        self.window.action("speaker").setChecked(False)
        if shown is not None:
            shown.deleteLater()


def other_screen(window: QWidget) -> QScreen | None:
    """A screen that `window` is not on; None where there is only one."""
    return next((s for s in QGuiApplication.screens() if s != window.screen()), None)


def fill_screen(window: QWidget, screen: QScreen) -> None:
    """Show `window` maximised on `screen`."""
    window.setScreen(screen)
    window.setGeometry(screen.availableGeometry())
    window.showMaximized()
