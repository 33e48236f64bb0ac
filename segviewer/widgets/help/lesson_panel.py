"""A lesson beside the picture: its steps, the words of one, a question asked before it is answered.

A leaf: it receives words and sends what was clicked.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segviewer.widgets.controls.section import Section
from segviewer.widgets.help.question_box import QuestionBox, QuestionWords
from segviewer.widgets.text.equation_label import EquationLabel
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip
from segviewer.widgets.theme.typography import semibold

WIDTH = 336
ROWS = 8  # of the step list, that show without scrolling
FEW_ROWS = 3  # the same, where the words need the room


@dataclass(frozen=True)
class StepWords:
    """What the panel says of one step; `equation` has the markup of a formula, the
    others are plain.

    Attributes
    ----------
    said : tuple of str
        What must be known first, such as a picture that stands in for another.
    """

    title: str
    narration: str
    equation: str = ""
    paper: str = ""
    notes: str = ""
    question: QuestionWords | None = None
    said: tuple[str, ...] = ()


class LessonPanel(QWidget):
    """Step list, words, question and the way through.

    Signals
    -------
    step_chosen(int)
        A step of the list, or the one before, counted from 0.
    next_requested()
        The answer of a question that is open, or else the next step.
    restore_requested()
        Back to the state of this step.
    answered(bool)
        A choice was made; whether it was the right one.
    question_opened(bool)
        A question waits for its answer, or waits no more.
    closed()
        The person leaves the lesson.
    """

    step_chosen = Signal(int)
    next_requested = Signal()
    restore_requested = Signal()
    answered = Signal(bool)
    question_opened = Signal(bool)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("lesson panel")
        self._current = 0
        self._presenting = False
        self.title = _words("lesson title")
        self.title.setFont(semibold(self.title.font()))
        self.place = _words("lesson place")
        self.place.setProperty("role", "muted")
        self.close_button = QToolButton()
        self.close_button.setText("✕")
        self.close_button.setAccessibleName("Leave the lesson")
        self.close_button.setToolTip("Leave the lesson")
        self.close_button.setProperty("role", "quiet")
        self.steps = _StepList()
        self.said = _words("lesson stand-ins")
        self.narration = _words("lesson narration")
        self.equation = _words("lesson equation", EquationLabel())
        self.paper = _words("lesson paper")
        self.paper.setProperty("role", "muted")
        self.question = QuestionBox()
        self.notes = _words("speaker notes")
        self.notes_section = Section("Speaker notes", self.notes)
        self.notes_section.set_open(False)
        self.back_button = QPushButton("‹ Back")
        self.back_button.setToolTip("Previous step (PageUp)")
        self.next_button = QPushButton("Next ›")
        self.next_button.setToolTip("Next step (PageDown)")
        self.next_button.setDefault(True)
        self.restore_button = QPushButton("Back to this step")
        self.restore_button.setToolTip("Undo all you tried: the step as it was (Home)")
        self._lay_out()
        self.close_button.clicked.connect(lambda: self.closed.emit())
        self.back_button.clicked.connect(lambda: self.step_chosen.emit(self._current - 1))
        self.next_button.clicked.connect(lambda: self.next_requested.emit())
        self.restore_button.clicked.connect(lambda: self.restore_requested.emit())
        self.steps.chosen.connect(self.step_chosen)
        self.question.answered.connect(self.answered)
        self.question.opened.connect(self._on_question_opened)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        names = QVBoxLayout()
        names.setSpacing(8)
        names.addWidget(self.title)
        names.addWidget(self.place)
        head.addLayout(names, 1)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self._inside = inside = QWidget()
        self._words_layout = words = QVBoxLayout(inside)
        words.setContentsMargins(0, 0, 8, 0)
        words.setSpacing(12)
        for widget in (
            self.said,
            self.narration,
            self.equation,
            self.question,
            self.paper,
            self.notes_section,
        ):
            words.addWidget(widget)
        words.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(inside)
        way = QHBoxLayout()
        way.setSpacing(8)
        way.addWidget(self.back_button, 1)
        way.addWidget(self.next_button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.steps)
        layout.addWidget(self.area, 1)
        layout.addWidget(self.restore_button)
        layout.addLayout(way)
        self.setMinimumWidth(WIDTH - 56)

    def show_lesson(self, title: str, steps: tuple[str, ...]) -> None:
        """Begin another lesson."""
        self.title.setText(title)
        self.steps.fill(steps)

    def show_step(self, number: int, words: StepWords, revealed: bool = False) -> None:
        """Show the words of step `number`, counted from 0.

        A question begins unanswered, unless it was `revealed` before.
        """
        self._current = number
        self._say(number, words)
        self.question.ask(words.question)
        if revealed:
            self.question.reveal()
        self._on_question_opened(self.question.is_open)
        self.back_button.setEnabled(number > 0)
        self.set_changed(False)
        self.area.verticalScrollBar().setValue(0)
        QTimer.singleShot(0, self, self._fit_steps)

    def reword(self, number: int, words: StepWords) -> None:
        """Say the step on screen in another language; its question stays as far as it is."""
        self._say(number, words)
        self.question.reword(words.question)
        self.equation.setVisible(bool(words.equation) and not self.question.is_open)

    def _say(self, number: int, words: StepWords) -> None:
        self.place.setText(f"Step {number + 1} of {self.steps.count()}")
        self.steps.mark(number)
        self.said.setText("\n".join(f"⚠ {text}" for text in words.said))
        self.narration.setText(words.narration)
        self.equation.setText(words.equation)
        self.paper.setText(words.paper)
        self.notes.setText(words.notes)
        for label in (self.said, self.paper):
            label.setVisible(bool(label.text()))
        self.notes_section.setVisible(bool(words.notes))

    def _on_question_opened(self, waits: bool) -> None:
        """A formula that gives the answer comes after it."""
        self.equation.setVisible(bool(self.equation.text()) and not waits)
        # A question is last while it asks; its answer is to be read with what it explains.
        self.next_button.setText("Answer ›" if waits else "Next ›")
        self.next_button.setToolTip(plain_tip(f"{'Answer' if waits else 'Next step'} (PageDown)"))
        self.next_button.setEnabled(waits or self._current < self.steps.count() - 1)
        self.question_opened.emit(waits)
        if not waits and self.question.verdict.isVisible():
            # Once the words are laid out anew: large, the answer may lie below what is seen.
            QTimer.singleShot(0, self, self._show_verdict)

    def _show_verdict(self) -> None:
        self._bring(self.question.verdict)

    def _bring(self, widget: QWidget) -> None:
        """Scroll as far as `widget` wants, and no line is cut at the upper edge."""
        self.area.ensureWidgetVisible(widget, 0, 8)
        bar = self.area.verticalScrollBar()
        end = self._end_of_line(bar.value())
        if end <= bar.maximum():
            bar.setValue(end)

    def _end_of_line(self, top: int) -> int:
        """Where the line of words that `top` cuts ends; `top` itself where none does."""
        for button in self.question.buttons:
            first = button.mapTo(self._inside, QPoint(0, 0)).y()
            if first < top < first + button.height():
                return first + button.height()
        for label in self._inside.findChildren(QLabel):
            first, metrics = label.mapTo(self._inside, QPoint(0, 0)).y(), label.fontMetrics()
            if label.isVisible() and first < top < first + label.height():
                room = QRect(0, 0, label.width(), 10_000)
                words = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, label.text())
                first += max(0, label.height() - words.height()) // 2  # they stand in its middle
                return first - (first - top) // metrics.lineSpacing() * metrics.lineSpacing()
        return top

    def set_changed(self, changed: bool) -> None:
        """Say whether the state is no longer the step's own."""
        self.restore_button.setEnabled(changed)
        self.restore_button.setVisible(changed or not self._presenting)

    def set_presenting(self, on: bool) -> None:
        """Leave more of the height to the words, and nothing to what is the speaker's."""
        self._presenting = on
        self.set_notes_shown(not on)
        self.title.setVisible(not on)
        self.set_changed(self.restore_button.isEnabled())
        self._fit_steps()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._fit_steps)  # once the words have their width

    def _fit_steps(self) -> None:
        """On a stage the list is the step alone where its neighbours would push words away."""
        view = self.area.viewport()
        room = view.height() + self.steps.height() - self.steps.height_of(FEW_ROWS)
        whole = self._words_layout.heightForWidth(view.width()) <= room
        rows = (FEW_ROWS if whole else 1) if self._presenting else ROWS
        self.steps.set_rows(rows)
        if self._presenting and self.question.is_open:
            # What is asked is never below the edge: the audience would not know of it.
            QTimer.singleShot(0, self, lambda: self._bring(self.question))

    def set_notes_shown(self, shown: bool) -> None:
        """Whether the speaker's notes may be on this screen."""
        self.notes_section.setVisible(shown and bool(self.notes.text()))

    @property
    def current(self) -> int:
        """Step on screen, counted from 0."""
        return self._current


class _StepList(QListWidget):
    """Titles by number; one click, or Return, goes to a step."""

    chosen = Signal(int)

    def __init__(self):
        super().__init__()
        self.setAccessibleName("Steps of the lesson")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setWordWrap(True)
        self._rows = ROWS
        self.itemClicked.connect(lambda item: self.chosen.emit(self.row(item)))

    def set_rows(self, rows: int) -> None:
        """Take as much room as `rows` steps of one line do."""
        if rows != self._rows:
            self._rows = rows
            self._fit()

    def fill(self, titles: tuple[str, ...]) -> None:
        """List the steps."""
        self.clear()
        for number, title in enumerate(titles, 1):
            item = QListWidgetItem(f"{number}  {title}")
            item.setToolTip(plain_tip(title))
            self.addItem(item)
        self._fit()

    def mark(self, number: int) -> None:
        """Select the step on screen."""
        self.setCurrentRow(number)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self.chosen.emit(self.currentRow())
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def height_of(self, rows: int) -> int:
        """How tall the list is where it may take as much room as `rows` steps of one line."""
        heights, (first, last) = self._shown(rows)
        return (sum(heights[first:last]) or self._tall("1")) + 2

    def _shown(self, rows: int) -> tuple[list[int], tuple[int, int]]:
        """Heights of all steps; the first that is shown, and the one behind the last."""
        heights = [self._tall(self.item(place).text()) for place in range(self.count())]
        return heights, _whole_rows(heights, max(0, self.currentRow()), rows * self._tall("1"))

    def _tall(self, words: str) -> int:
        room = QRect(0, 0, max(40, self.viewport().width() - 12), 10_000)
        wrapped = Qt.TextFlag.TextWordWrap
        return self.fontMetrics().boundingRect(room, wrapped, words).height() + 10

    def _fit(self) -> None:
        """As tall as the steps that fit into the room whole: the current one and those about it."""
        heights, (first, _) = self._shown(self._rows)
        for place, height in enumerate(heights):
            self.item(place).setSizeHint(QSize(0, height))
        self.setFixedHeight(self.height_of(self._rows))
        if heights:
            self.scrollToItem(self.item(first), QAbstractItemView.ScrollHint.PositionAtTop)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()


def _whole_rows(heights: list[int], current: int, room: int) -> tuple[int, int]:
    """First row, and the one behind the last, of those about `current` that fit into `room`."""
    first, last = current, min(current + 1, len(heights))
    while True:
        left = room - sum(heights[first:last])
        # The next before the last, then the other way, so that the current one is in the middle.
        after = last < len(heights) and heights[last] <= left
        before = first > 0 and heights[first - 1] <= left
        if after and (last - current <= current - first + 1 or not before):
            last += 1
        elif before:
            first -= 1
        else:
            return first, last


def _words(name: str, label: QLabel | None = None) -> QLabel:
    label = label or PlainLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
