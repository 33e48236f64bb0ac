"""The fields of a step's question: its text, the choices, the answer, what is said then."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QWidget

from segviewer.widgets.language.shown_texts import VERBATIM

FEWEST, MOST = 2, 6  # choices


class QuestionFields:
    """Fields for a form; all empty, they are no question."""

    def __init__(self) -> None:
        self.text = QLineEdit()
        self.text.setPlaceholderText("Nothing asked")
        self.choices = QPlainTextEdit()
        self.choices.setPlaceholderText(f"{FEWEST} to {MOST}, one a line")
        self.choices.setFixedHeight(72)
        self.choices.setTabChangesFocus(True)
        self.answer = QComboBox()
        self.answer.setProperty(VERBATIM, True)  # what the person has typed
        self.reveal = QLineEdit()
        self.choices.textChanged.connect(self._list_choices)
        self._list_choices()
        for text, field in self.rows():
            field.setAccessibleName(text)

    def rows(self) -> list[tuple[str, QWidget]]:
        """Name and field of each row."""
        return [
            ("Question", self.text),
            ("Choices", self.choices),
            ("Right one", self.answer),
            ("Said then", self.reveal),
        ]

    def fields(self) -> tuple[QLineEdit | QPlainTextEdit, ...]:
        """Those that are typed into."""
        return self.text, self.choices, self.reveal

    def _list_choices(self) -> None:
        before = self.answer.currentText()
        self.answer.clear()
        self.answer.addItems(self._choices())
        self.answer.setCurrentIndex(max(0, self.answer.findText(before)))
        self.answer.setEnabled(self.answer.count() > 0)

    def _choices(self) -> list[str]:
        lines = (line.strip() for line in self.choices.toPlainText().splitlines())
        return list(dict.fromkeys(line for line in lines if line))[:MOST]

    def is_complete(self) -> bool:
        """Whether it is a question, or none."""
        asked = bool(self.text.text().strip())
        choices = self._choices()
        return len(choices) >= FEWEST if asked else not choices

    def table(self) -> dict[str, Any] | None:
        """As a lesson's file has it; None where nothing is asked."""
        if not self.text.text().strip():
            return None
        return {
            "text": self.text.text().strip(),
            "choices": self._choices(),
            "answer": self.answer.currentText(),
            "reveal": self.reveal.text().strip(),
        }

    def typed(self) -> tuple[str, str, str, str]:
        """What stands in the fields."""
        choices = self.choices.toPlainText()
        return self.text.text(), choices, self.answer.currentText(), self.reveal.text()

    def go_on_with(self, typed: tuple[str, str, str, str]) -> None:
        """Put back what :meth:`typed` gave."""
        self.text.setText(typed[0])
        self.choices.setPlainText(typed[1])
        self.answer.setCurrentIndex(max(0, self.answer.findText(typed[2])))
        self.reveal.setText(typed[3])
