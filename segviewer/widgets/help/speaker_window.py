"""What the speaker sees and the audience does not: notes, the next step, the answer, the time.

A leaf: it receives words and sends what was clicked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, QTime, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QFont, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from segviewer.widgets.help.lesson_panel import StepWords
from segviewer.widgets.text.plain_text import PlainLabel
from segviewer.widgets.theme.typography import resized, section_head, semibold, tabular

TICK_MS = 250  # a second is shown for no longer than a quarter more
FIRST_WORDS = 30  # of the next step
WIDE, LETTERS_A_WORD = "\u2e80", 2  # Chinese signs come after it, and make words of about two
NEXT_WIDTH = 320  # pixels of its picture, at the usual size
LARGE, LARGER, LARGEST = 1.3, 1.7, 2.2  # times the program's own text
USUAL = QSize(1120, 760)
MOST = 1.75  # times as large again, in a window so much larger than usual


@dataclass(frozen=True)
class SpeakerWords:
    """Where the lesson stands.

    Attributes
    ----------
    lesson : str
        Its title.
    number, count : int
        Step on screen, counted from 0, of how many.
    step : StepWords
    following : StepWords or None
        The step after it; None at the last one.
    """

    lesson: str
    number: int
    count: int
    step: StepWords
    following: StepWords | None = None


class SpeakerWindow(QWidget):
    """A window of its own, for the screen that only the speaker sees.

    Parameters
    ----------
    font : QFont
        The program's own text; what is here is a multiple of it, whatever size the audience's
        text has.
    started : float
        When the talk began, as :func:`time.monotonic` counts.
    clock : callable
        Gives seconds as :func:`time.monotonic` does.

    Signals
    -------
    next_requested(), back_requested()
    swap_requested()
        This window and the audience's are to change screens.
    reset()
        The time is to count from now.
    closed()
    """

    next_requested = Signal()
    back_requested = Signal()
    swap_requested = Signal()
    reset = Signal()
    closed = Signal()

    def __init__(
        self, font: QFont, started: float | None = None, clock: Callable[[], float] = time.monotonic
    ):
        super().__init__()
        self.setObjectName("speaker window")
        self.setWindowTitle("Speaker – segviewer")
        # The program ends with its own window, not with this one.
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self._clock = clock
        self._started = clock() if started is None else started
        self._dressed_for = 1.0
        self._make_widgets()
        self._lay_out()
        self.set_base_font(font)
        self.resize(USUAL)
        self.setMinimumSize(560, 420)
        # Not “Restart”, which Space would press.
        self.next_button.setFocus()
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        self._tick()

    def _make_widgets(self) -> None:
        self.place = _words("speaker place")
        self.lesson = _words("speaker lesson", "muted")
        self.elapsed = _words("elapsed time")
        self.elapsed.setAccessibleName("Elapsed time")
        self.clock = _words("clock", "muted")
        self.clock.setAccessibleName("Clock")
        self.reset_button = QPushButton("Restart")
        self.reset_button.setToolTip("Count the time from now")
        self.reset_button.setAccessibleName("Restart the time")
        self.blank_words = PlainLabel(
            "The audience sees a black screen. B shows the picture again."
        )
        self.blank_words.setWordWrap(True)
        self.blank_note = QFrame()
        self.blank_note.setObjectName("message_bar")
        self.blank_note.setProperty("tone", "warning")
        QHBoxLayout(self.blank_note).addWidget(self.blank_words)
        self.blank_note.hide()
        self.title = _words("speaker title")
        self.said = _words("speaker stand-ins")
        self.notes = _words("notes")
        self.narration_head = _head("On the audience's screen")
        self.narration = _words("narration")
        self.question_head = _head("Question")
        self.question = _words("speaker question")
        self.answer = _words("speaker answer")
        self.next_head = _head("Next")
        self.next_title = _words("next title")
        self.next_words = _words("next words")
        self.next_picture = PlainLabel()
        self.next_picture.setAccessibleName("The next step, small")
        self.next_picture.hide()
        self.swap_button = QPushButton("Swap screens")
        self.swap_button.setToolTip("Show this where the picture is, and the picture here")
        self.swap_button.hide()
        self.back_button = QPushButton("‹ Back")
        self.back_button.setToolTip("Previous step (PageUp)")
        self.next_button = QPushButton("Next ›")
        self.next_button.setToolTip("Next step (PageDown)")
        self.next_button.setDefault(True)
        for button, signal in (
            (self.next_button, self.next_requested),
            (self.back_button, self.back_requested),
            (self.swap_button, self.swap_requested),
        ):
            button.clicked.connect(lambda checked=False, signal=signal: signal.emit())
        self.reset_button.clicked.connect(self.restart)

    def _lay_out(self) -> None:
        head = QGridLayout()
        head.setHorizontalSpacing(16)
        head.setVerticalSpacing(2)
        head.addWidget(self.place, 0, 0)
        head.addWidget(self.lesson, 1, 0)
        head.setColumnStretch(0, 1)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        head.addWidget(self.elapsed, 0, 1, right)
        head.addWidget(self.clock, 1, 1, right)
        head.addWidget(self.reset_button, 0, 2, 2, 1)
        for label in (self.elapsed, self.clock):
            label.setWordWrap(False)
        here = _column(
            0, self.title, self.said, self.notes, 20, self.narration_head, self.narration
        )
        self.question_box = _column(0, self.question_head, self.question, self.answer, 20)
        following = (self.next_head, self.next_title, self.next_picture, self.next_words)
        beside = _column(20, self.question_box, *following)
        self.here, self.beside = _scrolled(here), _scrolled(beside)
        body = QSplitter(Qt.Orientation.Horizontal)
        body.setHandleWidth(1)
        body.setChildrenCollapsible(False)
        for place, (area, share) in enumerate(((self.here, 3), (self.beside, 2))):
            body.addWidget(area)
            body.setStretchFactor(place, share)
        body.setSizes([3000, 2000])  # a ratio, which is what Qt makes of too many pixels
        way = QHBoxLayout()
        way.setSpacing(8)
        way.addWidget(self.swap_button)
        way.addStretch(1)
        way.addWidget(self.back_button)
        way.addWidget(self.next_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 20)
        layout.setSpacing(16)
        layout.addLayout(head)
        layout.addWidget(self.blank_note)
        layout.addWidget(body, 1)
        layout.addLayout(way)

    # Words

    def show_next_picture(self, picture: QPixmap | None) -> None:
        """Show what the next step is about; None where there is no picture of it."""
        self.next_picture.setVisible(picture is not None)
        if picture is not None:
            wide = min(round(NEXT_WIDTH * self._dressed_for), 2 * picture.width())
            self.next_picture.setPixmap(
                picture.scaledToWidth(wide, Qt.TransformationMode.SmoothTransformation)
            )

    def show_step(self, words: SpeakerWords) -> None:
        """Show the notes of a step, and what comes after it."""
        step, following = words.step, words.following
        self.place.setText(f"Step {words.number + 1} of {words.count}")
        self.lesson.setText(words.lesson)
        self.title.setText(step.title)
        self.said.setText("\n".join(f"⚠ {text}" for text in step.said))
        self.said.setVisible(bool(step.said))
        self.notes.setText(step.notes or "No notes for this step.")
        self.narration.setText(step.narration)
        question = step.question
        if question is not None:
            choices = [f"{number})  {one}" for number, one in enumerate(question.choices, 1)]
            self.question.setText("\n".join([question.text, *choices]))
            self.answer.setText(f"→ {question.answer}\n{question.reveal}".strip())
        self.question_box.setVisible(question is not None)
        if following is None:
            self.next_title.setText("This is the last step.")
            self.next_words.setText("")
        else:
            self.next_title.setText(following.title)
            self.next_words.setText(first_words(following.narration))
        self.next_words.setVisible(following is not None)
        self.back_button.setEnabled(words.number > 0)
        self.next_button.setEnabled(following is not None)
        for area in (self.here, self.beside):
            area.verticalScrollBar().setValue(0)

    def set_blank(self, blank: bool) -> None:
        """Say that the audience sees a black screen."""
        self.blank_note.setVisible(blank)

    def set_two_screens(self, two: bool) -> None:
        """Offer to swap screens."""
        self.swap_button.setVisible(two)

    # Time

    def restart(self) -> None:
        """Count the elapsed time from now."""
        self._started = self._clock()
        self._tick()
        self.reset.emit()

    def _tick(self) -> None:
        self.elapsed.setText(elapsed_words(self._clock() - self._started))
        self.clock.setText(QTime.currentTime().toString("HH:mm"))

    # Text size

    def set_base_font(self, font: QFont) -> None:
        """Take the program's own text, of which everything here is a multiple."""
        self._base = QFont(font)
        self._dress()

    def _dress(self) -> None:
        """Give every text its size; a larger window is read from further away."""
        self._dressed_for = self._magnification()
        font = resized(self._base, self._dressed_for)
        own = resized(font, LARGE)
        self.setFont(own)
        for label, made in (
            (self.place, semibold(resized(font, LARGER))),
            (self.lesson, own),
            (self.elapsed, tabular(semibold(resized(font, LARGEST)))),
            (self.clock, tabular(own)),
            (self.blank_words, own),
            (self.title, semibold(resized(font, LARGEST))),
            (self.said, own),
            (self.notes, resized(font, LARGEST)),
            (self.narration, own),
            (self.question, semibold(resized(font, LARGER))),
            (self.answer, resized(font, LARGER)),
            (self.next_title, semibold(resized(font, LARGER))),
            (self.next_words, own),
        ):
            label.setFont(made)
        for label in (self.narration_head, self.question_head, self.next_head):
            label.setFont(section_head(own))
        for button in (self.reset_button, self.swap_button, self.back_button, self.next_button):
            button.setFont(own)
            button.setMinimumHeight(round(1.9 * self.fontMetrics().height()))

    def _magnification(self) -> float:
        grown = min(self.width() / USUAL.width(), self.height() / USUAL.height())
        # In steps: not every pixel of dragging an edge is worth laying out anew.
        return round(8 * min(max(grown, 1.0), MOST)) / 8

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        if self._magnification() != self._dressed_for:
            self._dress()

    def sizeHint(self) -> QSize:  # noqa: N802
        return USUAL

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self._timer.stop()
        super().closeEvent(event)
        self.closed.emit()


def elapsed_words(seconds: float) -> str:
    """Minutes and seconds, with hours once there are any: 4:05, 1:04:05."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    tail = f"{whole % 60:02d}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def first_words(text: str, count: int = FIRST_WORDS) -> str:
    """The first `count` words of `text`, with … where there are more."""
    words = text.split()
    if any(letter > WIDE for letter in text):  # there are no spaces between words
        most = LETTERS_A_WORD * count
        return text[:most].rstrip() + (" …" if len(text) > most else "")
    return " ".join(words[:count]) + (" …" if len(words) > count else "")


def _words(name: str, role: str = "") -> QLabel:
    label = PlainLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    return label


def _head(text: str) -> QLabel:
    head = PlainLabel(text)
    head.setProperty("role", "muted")
    return head


def _column(left: int, *parts: QWidget | int) -> QWidget:
    """Widgets below one another, `left` from the edge, with gaps of so many pixels between."""
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(left, 0, 20, 0)
    layout.setSpacing(8)
    for part in parts:
        if isinstance(part, int):
            layout.addSpacing(part)
        else:
            layout.addWidget(part)
    layout.addStretch(1)
    return column


def _scrolled(inside: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    return area
