"""The fields of a step: its words, formula, question, panels and checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from segviewer.app.lessons.question_fields import QuestionFields

CONTROLS = {
    "pictures": "Pictures",
    "model": "Model",
    "classes": "Classes",
    "overlay": "Overlay",
    "crf": "CRF",
}


class StepFields:
    """Fields for a form, for a new step or one that is there."""

    def __init__(self) -> None:
        self.title = QLineEdit()
        self.narration = QPlainTextEdit()
        self.equation = QLineEdit()
        self.equation.setPlaceholderText("k<sub>e</sub> = k + (k − 1)(r − 1), or $LaTeX$")
        self.question = QuestionFields()
        self.controls = {name: QCheckBox(text) for name, text in CONTROLS.items()}
        self.notes = QPlainTextEdit()
        self.observations = QPlainTextEdit()
        self.observations.setToolTip("One statement a line; segviewer lessons --check tries them.")

    def add_to(self, layout: QFormLayout) -> None:
        """Put a row for each into a form."""
        shown = QWidget()
        boxes = QGridLayout(shown)
        boxes.setContentsMargins(0, 0, 0, 0)
        for number, box in enumerate(self.controls.values()):
            boxes.addWidget(box, *divmod(number, 3))
        for text, field, height in (
            ("Step", self.title, 0),
            ("Text for the audience", self.narration, 96),
            ("Formula", self.equation, 0),
            ("Panels that stay", shown, 0),
            *((text, part, 0) for text, part in self.question.rows()),
            ("Speaker notes", self.notes, 56),
            ("Checks", self.observations, 72),
        ):
            if height:
                field.setFixedHeight(height)
            if isinstance(field, QPlainTextEdit):
                field.setTabChangesFocus(True)
            if field is not shown:
                field.setAccessibleName(text)
            layout.addRow(text, field)

    def on_edited(self, call: Callable[[], None]) -> None:
        """Have `call()` called whenever something is typed or chosen."""
        for field in (self.title, self.narration, self.notes, self.observations, self.equation):
            field.textChanged.connect(lambda *said: call())
        for field in self.question.fields():
            field.textChanged.connect(lambda *said: call())
        for box in self.controls.values():
            box.toggled.connect(lambda on: call())
        self.question.answer.currentIndexChanged.connect(lambda index: call())

    def words(self) -> dict[str, Any]:
        """What stands in the fields, by the names of a lesson's file."""
        lines = self.observations.toPlainText().splitlines()
        return {
            "title": self.title.text().strip(),
            "narration": self.narration.toPlainText().strip(),
            "equation": self.equation.text().strip(),
            "speaker_notes": self.notes.toPlainText().strip(),
            "controls": [name for name, box in self.controls.items() if box.isChecked()],
            "question": self.question.table(),
            "observations": [line.strip() for line in lines if line.strip()],
        }

    def show_step(self, table: dict[str, Any]) -> None:
        """Put a step of a lesson's file into the fields."""
        self.title.setText(table.get("title", ""))
        self.narration.setPlainText(table.get("narration", "").strip())
        self.equation.setText(table.get("equation", ""))
        self.notes.setPlainText(table.get("speaker_notes", "").strip())
        for name, box in self.controls.items():
            box.setChecked(name in table.get("controls", ()))
        asked = table.get("question") or {}
        choices = "\n".join(asked.get("choices", ()))
        self.question.go_on_with(
            (asked.get("text", ""), choices, asked.get("answer", ""), asked.get("reveal", ""))
        )
        self.observations.setPlainText("\n".join(table.get("observations", ())))

    def lines(self) -> tuple[QLineEdit, ...]:
        """The fields of one line."""
        return self.title, self.equation, self.question.text, self.question.reveal

    def field(self, name: str) -> QWidget | None:
        """The widget of a field of a lesson's file."""
        return {
            "title": self.title,
            "narration": self.narration,
            "equation": self.equation,
            "speaker_notes": self.notes,
            "question": self.question.text,
            "observations": self.observations,
            "controls": next(iter(self.controls.values())),
        }.get(name)
