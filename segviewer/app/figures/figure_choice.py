"""Asked where more than one figure can be saved: which one."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from segviewer.widgets.text.plain_text import PlainLabel
from segviewer.widgets.theme.theme import tokens


@dataclass(frozen=True)
class Choice:
    """One figure that can be saved.

    Attributes
    ----------
    kind : {"canvas", "legend", "drawing", "plot", "animation"}
    title, sentence : str
        What it is, and what is in it.
    suffix : str
        Of its file, which says the format.
    """

    kind: str
    title: str
    sentence: str
    suffix: str


class FigureDialog(QDialog):
    """A radio button for each figure, the first one chosen."""

    def __init__(self, choices: list[Choice], parent: QWidget):
        super().__init__(parent)
        self.setWindowTitle("Save figure")
        self.setMinimumWidth(480)
        self.choices = choices
        self.group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setSpacing(2)
        for place, choice in enumerate(choices):
            button = QRadioButton(f"{choice.title} ({choice.suffix.lstrip('.').upper()})")
            button.setChecked(not place)
            button.setAccessibleDescription(choice.sentence)
            self.group.addButton(button, place)
            sentence = PlainLabel(choice.sentence)
            sentence.setWordWrap(True)
            sentence.setProperty("role", "secondary")
            sentence.setIndent(20)
            layout.addWidget(button)
            layout.addWidget(sentence)
            layout.addSpacing(8)
        self.light = QCheckBox("Drawings on a light ground, as for paper")
        # In a light window they are.
        self.light.setVisible(
            tokens().dark and any(choice.kind in ("drawing", "plot") for choice in choices)
        )
        layout.addWidget(self.light)
        note = PlainLabel("Dropped on the window, the figure brings all its settings back.")
        note.setProperty("role", "muted")
        note.setWordWrap(True)
        layout.addWidget(note)
        layout.addSpacing(4)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setText("Save…")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout.addWidget(self.buttons)

    def on_light_ground(self) -> bool:
        """Whether a lab's drawing is to be on a light ground."""
        return self.light.isChecked()

    def chosen(self) -> Choice:
        """The figure whose button is on."""
        return self.choices[self.group.checkedId()]
