"""Asked before a state becomes a step of one's own lesson: which lesson, and the words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from segviewer.app.lessons.step_fields import StepFields
from segviewer.app.state.recovery_file import UnsavedStep
from segviewer.lessons.reading import LessonFile


class StepDialog(QDialog):
    """Lesson, words, formula, question and controls of a new step.

    Parameters
    ----------
    files : list of LessonFile
        The person's own lessons.
    here : LessonFile or None
        The one that is open, which is chosen first.
    statements : tuple of str
        Observations that hold now; the person may change them.
    typed : UnsavedStep or None
        What was typed before and not saved, to go on with.

    Signals
    -------
    edited()
        Something was typed or chosen.
    """

    edited = Signal()

    def __init__(
        self,
        files: list[LessonFile],
        here: LessonFile | None,
        statements: tuple[str, ...],
        parent: QWidget,
        typed: UnsavedStep | None = None,
    ):
        super().__init__(parent)
        self.setWindowTitle("Add this state as a step")
        self.setMinimumWidth(480)
        self.lesson_box = QComboBox()
        for file in files:
            self.lesson_box.addItem(file.lesson.title, file.path)
        self.lesson_box.addItem("New lesson", None)
        if here is not None:
            self.lesson_box.setCurrentIndex(self.lesson_box.findData(here.path))
        self.new_title = QLineEdit()
        self.fields = fields = StepFields()
        fields.observations.setPlainText("\n".join(statements))
        self.title, self.narration, self.equation = fields.title, fields.narration, fields.equation
        self.question, self.controls = fields.question, fields.controls
        self.notes, self.observations = fields.notes, fields.observations
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        inside = QWidget()
        layout = QFormLayout(inside)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for text, field in (("Lesson", self.lesson_box), ("Lesson title", self.new_title)):
            field.setAccessibleName(text)
            layout.addRow(text, field)
        fields.add_to(layout)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields have it
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        bar = area.verticalScrollBar().sizeHint().width()
        area.setMinimumWidth(inside.minimumSizeHint().width() + bar)
        whole = QVBoxLayout(self)
        whole.addWidget(area, 1)
        whole.addWidget(self.buttons)
        self.resize(620, min(760, round(0.85 * self.screen().availableGeometry().height())))
        self._form = layout
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        if typed is not None:
            self._go_on_with(typed)
        self.lesson_box.currentIndexChanged.connect(lambda index: self._on_edited())
        self.new_title.textChanged.connect(lambda said: self._on_edited())
        fields.on_edited(self._on_edited)
        self._show_what_is_needed()

    def words(self) -> dict[str, Any]:
        """What :func:`segviewer.lessons.writing.add_step` takes."""
        path: Path | None = self.lesson_box.currentData()
        lesson = self.new_title.text().strip() if path is None else path
        return {"lesson": lesson, **self.fields.words()}

    def typed(self) -> UnsavedStep:
        """What stands in the fields, as it was typed."""
        path: Path | None = self.lesson_box.currentData()
        return UnsavedStep(
            lesson="" if path is None else str(path),
            new_title=self.new_title.text(),
            title=self.title.text(),
            narration=self.narration.toPlainText(),
            notes=self.notes.toPlainText(),
            equation=self.equation.text(),
            controls=tuple(name for name, box in self.controls.items() if box.isChecked()),
            question=self.question.typed(),
            observations=self.observations.toPlainText(),
        )

    def _go_on_with(self, typed: UnsavedStep) -> None:
        if typed.lesson:
            # A lesson that is gone leaves the choice as it is.
            place = self.lesson_box.findData(Path(typed.lesson))
            if place >= 0:
                self.lesson_box.setCurrentIndex(place)
        else:
            self.lesson_box.setCurrentIndex(self.lesson_box.count() - 1)
        self.new_title.setText(typed.new_title)
        self.title.setText(typed.title)
        self.narration.setPlainText(typed.narration)
        self.notes.setPlainText(typed.notes)
        self.equation.setText(typed.equation)
        for name, box in self.controls.items():
            box.setChecked(name in typed.controls)
        self.question.go_on_with(typed.question)
        self.observations.setPlainText(typed.observations)

    def _on_edited(self) -> None:
        self._show_what_is_needed()
        self.edited.emit()

    def _show_what_is_needed(self) -> None:
        new = self.lesson_box.currentData() is None
        self._form.setRowVisible(self.new_title, new)
        words = self.words()
        complete = all(words[name] for name in ("lesson", "title", "narration", "observations"))
        complete = complete and self.question.is_complete()
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(complete)
