"""A question of a lesson: choices, a show of hands, and the answer when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from segviewer.widgets.controls.wrapped_button import WrappedButton
from segviewer.widgets.language.words import translated
from segviewer.widgets.text.plain_text import PlainLabel, plain_entry, plain_tip
from segviewer.widgets.theme.typography import semibold

MOST_BAR = 12  # hands that are drawn as a bar; more are a number


@dataclass(frozen=True)
class QuestionWords:
    """A question, its choices, which of them is right, and what is said then."""

    text: str
    choices: tuple[str, ...]
    answer: str
    reveal: str = ""


class QuestionBox(QWidget):
    """A question with a button for each choice; the answer comes when one asks for it.

    Signals
    -------
    answered(bool)
        A choice was made; whether it was the right one.
    opened(bool)
        The question waits for its answer, or waits no more.
    """

    answered = Signal(bool)
    opened = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.text = _words("question")
        self.text.setFont(semibold(self.text.font()))
        self.verdict = _words("answer")
        self.buttons: list[WrappedButton] = []
        self.hands: list[int] = []
        self._words: QuestionWords | None = None
        self._open = False
        self._chosen = ""
        self._choices = QVBoxLayout()
        self._choices.setSpacing(4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.text)
        layout.addLayout(self._choices)
        layout.addWidget(self.verdict)

    @property
    def is_open(self) -> bool:
        """Whether a question waits for its answer."""
        return self._open

    def ask(self, words: QuestionWords | None) -> None:
        """Ask; None puts the box away."""
        self._words, self._chosen = words, ""
        self.setVisible(words is not None)
        for button in self.buttons:
            self._choices.removeWidget(button)
            # Not only later: it would lie under the next question for a moment.
            button.setParent(None)
            button.deleteLater()
        self.buttons = []
        self.hands = [0] * (len(words.choices) if words else 0)
        self.verdict.hide()
        self._set_open(words is not None)
        if words is None:
            return
        self.text.setText(words.text)
        for number in range(1, len(words.choices) + 1):
            button = WrappedButton()
            button.setCheckable(True)
            button.setToolTip(
                plain_tip(f"Choose ({number}); one more hand for it (Shift+{number})")
            )
            button.clicked.connect(lambda checked=False, number=number: self._on_clicked(number))
            self._choices.addWidget(button)
            self.buttons.append(button)
        self._label()

    def reword(self, words: QuestionWords | None) -> None:
        """Ask the same in another language; hands stay counted, and an answer given."""
        if words is None or self._words is None or len(words.choices) != len(self.buttons):
            self.ask(words)
            return
        if self._chosen:
            self._chosen = words.choices[self._words.choices.index(self._chosen)]
        self._words = words
        self.text.setText(words.text)
        if self._open:
            self._label()
        else:
            self._show_answer()

    def choose(self, number: int) -> None:
        """Choose the answer `number`, counted from 1; beyond the last nothing happens."""
        if self._open and self._words is not None and 0 < number <= len(self._words.choices):
            self._on_chosen(self._words.choices[number - 1])

    def raise_hand(self, number: int) -> None:
        """Count one more hand for the answer `number`, counted from 1."""
        if self._open and 0 < number <= len(self.hands):
            self.hands[number - 1] += 1
            self._label()

    def reveal(self) -> None:
        """Give the answer though nobody chose."""
        if self._open:
            self._show_answer()

    def _on_clicked(self, number: int) -> None:
        """A click on another choice is seen to be right, too, once the answer is given."""
        assert self._words is not None  # the buttons are its choices
        self._on_chosen(self._words.choices[number - 1])

    def _on_chosen(self, choice: str) -> None:
        assert self._words is not None  # the buttons are its choices
        self._chosen = choice
        self._show_answer()
        self.answered.emit(choice == self._words.answer)

    def _show_answer(self) -> None:
        words = self._words
        assert words is not None  # it is asked
        verdict = f"{words.answer}."
        if self._chosen:
            # Its own words beside those of the lesson: no catalogue has them together.
            wrong = f"{translated('No:')} {words.answer}."
            verdict = translated("Yes.") if self._chosen == words.answer else wrong
        self.verdict.setText(f"{verdict} {words.reveal}".strip())
        self.verdict.show()
        self._set_open(False)
        self._label()

    def _label(self) -> None:
        words = self._words
        assert words is not None  # the buttons are its choices
        hands = sum(self.hands)
        for number, (button, text) in enumerate(zip(self.buttons, words.choices, strict=True)):
            mark = ""
            if not self._open:
                # A mark beside the colour: colour alone says nothing to some.
                mark = "✓ " if text == words.answer else "✗ " if text == self._chosen else ""
            count = self.hands[number]
            tally = f"   {'▮' * min(count, MOST_BAR)} {count}" if hands else ""
            # With its key before it: a choice may be a number itself.
            button.set_words(f"{mark}{number + 1})  {plain_entry(text)}{tally}")
            button.setAccessibleName(mark + text + (f", {count} hands" if hands else ""))
            button.setChecked(not self._open and text == (self._chosen or words.answer))
            button.setEnabled(self._open or text in (self._chosen, words.answer))

    def _set_open(self, waits: bool) -> None:
        if waits != self._open:
            self._open = waits
            self.opened.emit(waits)


def _words(name: str, label: QLabel | None = None) -> QLabel:
    label = label or PlainLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
