"""The steps of a lesson that is there, to be changed, moved, copied, taken out and added to.

What is done here is a text of its own until it is saved; every change can be undone.
"""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from segviewer.app.lessons.step_fields import StepFields
from segviewer.errors import SegviewerError
from segviewer.lessons.editing import LessonText
from segviewer.widgets.language.shown_texts import VERBATIM
from segviewer.widgets.panels.message_bar import MessageBar
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip

MOST_UNDONE = 200  # changes that can be undone
_STEP = re.compile(r"steps\.(\d+)(?:\.(\w+))?")
_BUTTONS = (
    ("add", "Add this state", "A new step after this one, with what the window shows now", ""),
    ("duplicate", "Duplicate", "The same step once more, after it", "Ctrl+D"),
    ("delete", "Delete", "Take the step out of the lesson", ""),
    ("up", "Move up", "Before the step above", "Alt+Up"),
    ("down", "Move down", "After the step below", "Alt+Down"),
    ("undo", "Undo", "The lesson as it was before the last change", "Ctrl+Z"),
    ("redo", "Redo", "The change once more", "Ctrl+Shift+Z"),
)


class LessonEditor(QDialog):
    """Steps on the left, the fields of one on the right.

    Parameters
    ----------
    text : LessonText
    path : Path
        The lesson's file.
    shipped : bool
        Whether it ships with the program, and can be saved as a copy alone.

    Attributes
    ----------
    text : LessonText
        The lesson as it is edited.
    current : int
        The step whose fields are shown, counted from 0.

    Signals
    -------
    state_wanted(int)
        The state of a step is to be shown in the window.
    state_given(int)
        The state of the window is to be that of a step.
    step_wanted(int)
        A step with the state of the window is to be put in, before the one that has this number.
    save_wanted(bool)
        The lesson is to be written; whether as a copy.
    """

    state_wanted = Signal(int)
    state_given = Signal(int)
    step_wanted = Signal(int)
    save_wanted = Signal(bool)

    def __init__(self, text: LessonText, path: Path, shipped: bool, parent: QWidget):
        super().__init__(parent)
        self.text, self.path, self.shipped = text, path, shipped
        self.current = 0
        self._saved = text
        self._undo: list[tuple[LessonText, int]] = []
        self._redo: list[tuple[LessonText, int]] = []
        self._typing: tuple[int, str] | None = None  # where letter after letter is one change
        self._filling = self._leaves = False  # its fields; it closes when it is saved
        self.bar = MessageBar()
        self.lesson_title, self.sentence = QLineEdit(), QLineEdit()
        self.steps = QListWidget()
        self.steps.setAccessibleName("Steps")
        self.steps.setProperty(VERBATIM, True)
        self.steps.setSpacing(2)
        self.steps.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.fields = StepFields()
        self._shown: dict = {}  # the fields as they were when they were filled
        self.buttons: dict[str, QPushButton] = {}
        self.here = PlainLabel()
        self.here.setProperty("role", "secondary")
        self._lay_out()
        self._connect()
        self._fill(0)

    def _lay_out(self) -> None:
        for name, words, tip, key in _BUTTONS:
            button = self.buttons[name] = QPushButton(words)
            button.setToolTip(plain_tip(f"{tip} ({key})" if key else tip))
            button.setAutoDefault(False)
        for name, words, tip in (
            ("show", "Show in the window", "Go to this step's state, as it is edited"),
            ("take", "Take the window's state", "This step shows what the window shows now"),
            ("save", "Save", "Write the lesson's file (Ctrl+S)"),
            ("copy", "Save a copy", "Write it as another lesson of your own"),
            ("close", "Close", ""),
        ):
            button = self.buttons[name] = QPushButton(words)
            button.setToolTip(plain_tip(tip))
            button.setAutoDefault(False)
        about = QFormLayout()
        for words, field in (("Lesson title", self.lesson_title), ("Sentence", self.sentence)):
            field.setAccessibleName(words)
            about.addRow(words, field)
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, name in enumerate(("up", "down", "duplicate", "delete", "undo", "redo")):
            grid.addWidget(self.buttons[name], *divmod(place, 2))
        grid.addWidget(self.buttons["add"], 3, 0, 1, 2)
        left = QVBoxLayout()
        left.addWidget(self.steps, 1)
        left.addLayout(grid)
        inside = QWidget()
        form = QFormLayout(inside)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.fields.add_to(form)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields have it
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        bar = area.verticalScrollBar().sizeHint().width()
        area.setMinimumWidth(inside.minimumSizeHint().width() + bar)
        state = QHBoxLayout()
        state.addWidget(self.buttons["show"])
        state.addWidget(self.buttons["take"])
        state.addStretch()
        right = QVBoxLayout()
        right.addLayout(state)
        right.addWidget(area, 1)
        both = QHBoxLayout()
        both.setSpacing(16)
        both.addLayout(left, 2)
        both.addLayout(right, 3)
        below = QHBoxLayout()
        below.addWidget(self.here, 1)
        for name in ("save", "copy", "close"):
            below.addWidget(self.buttons[name])
        whole = QVBoxLayout(self)
        whole.setSpacing(12)
        whole.addWidget(self.bar)
        whole.addLayout(about)
        whole.addLayout(both, 1)
        whole.addLayout(below)
        room = self.screen().availableGeometry()
        self.resize(min(920, round(0.95 * room.width())), min(760, round(0.85 * room.height())))

    def _connect(self) -> None:
        slots = {
            "add": lambda: self.step_wanted.emit(self.current + 1),
            "duplicate": lambda: self._edit(self.text.duplicated(self.current), self.current + 1),
            "delete": lambda: self._edit(
                self.text.without(self.current), min(self.current, len(self.text.steps) - 2)
            ),
            "up": lambda: self._move(-1),
            "down": lambda: self._move(1),
            "undo": self.undo,
            "redo": self.redo,
            "show": lambda: self.state_wanted.emit(self.current),
            "take": lambda: self.state_given.emit(self.current),
            "save": lambda: self.save_wanted.emit(self.shipped),
            "copy": lambda: self.save_wanted.emit(True),
            "close": self.close,
        }
        for name, slot in slots.items():
            self.buttons[name].clicked.connect(lambda checked=False, slot=slot: slot())
        keys = {name: key for name, _, _, key in _BUTTONS if key} | {"save": "Ctrl+S"}
        for name, key in keys.items():
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.activated.connect(self.buttons[name].click)
        self.steps.currentRowChanged.connect(self._on_row)
        self.fields.on_edited(self._on_typed)
        for field, name in ((self.lesson_title, "title"), (self.sentence, "sentence")):
            field.textEdited.connect(lambda said, name=name: self._on_word(name, said))

    # Changes

    def _edit(self, text: LessonText, number: int, typing: tuple[int, str] | None = None) -> None:
        """Take a change that can be undone, and show a step of what it makes."""
        if text == self.text:
            return
        if typing is None or typing != self._typing:
            self._undo = [*self._undo[1 - MOST_UNDONE :], (self.text, self.current)]
        self._typing = typing
        self._redo.clear()
        self.text = text
        if typing is None:
            self._fill(number)
        else:
            self._list()

    def put_in(self, text: LessonText, number: int) -> None:
        """Take a lesson with a step or a state that was made elsewhere, and show that step."""
        self._edit(text, number)

    def undo(self) -> None:
        """Take the last change back."""
        self._go_through(self._undo, self._redo)

    def redo(self) -> None:
        """Make the change once more that was taken back last."""
        self._go_through(self._redo, self._undo)

    def _go_through(
        self, taken: list[tuple[LessonText, int]], kept: list[tuple[LessonText, int]]
    ) -> None:
        if taken:
            kept.append((self.text, self.current))
            self.text, number = taken.pop()
            self._typing = None
            self._fill(number)

    def _move(self, by: int) -> None:
        to = self.current + by
        if 0 <= to < len(self.text.steps):
            self._edit(self.text.moved(self.current, by), to)

    def _on_typed(self) -> None:
        if self._filling:
            return
        said, number = self.fields.words(), self.current
        text = self.text
        edited = [name for name in said if said[name] != self._shown[name]]
        for name in edited:
            value = said[name]
            if name == "question" and value is not None:
                # What the fields do not show, as the rings of an answer, stays.
                before = self.text.table(number).get("question", {})
                value = {k: v for k, v in {**before, **value}.items() if v != ""}
            text = text.with_field(number, name, value)
        self._shown = said
        self._edit(text, number, (number, " ".join(edited)))

    def _on_word(self, name: str, said: str) -> None:
        self._edit(self.text.with_word(name, said.strip()), self.current, (-1, name))

    # What is shown

    def _on_row(self, row: int) -> None:
        if row >= 0 and row != self.current:
            self._typing = None
            self._fill(row)

    def _fill(self, number: int) -> None:
        """Show everything, and the fields of one step."""
        self.current = max(0, min(number, len(self.text.steps) - 1))
        about = self.text.about()
        self.lesson_title.setText(str(about.get("title", "")))
        self.sentence.setText(str(about.get("sentence", "")))
        fields = self.fields
        self._filling = True
        fields.show_step(self.text.table(self.current))
        self._filling = False
        for line in (self.lesson_title, self.sentence, *fields.lines()):
            line.setCursorPosition(0)  # the beginning of what is longer than its field
        self._shown = fields.words()
        self._list()

    def _list(self) -> None:
        """List the steps, and what can be done."""
        count = len(self.text.steps)
        with QSignalBlocker(self.steps):
            titles = [self.text.table(i).get("title", "") for i in range(count)]
            words = [f"{i + 1}   {' '.join(str(t).split())}" for i, t in enumerate(titles)]
            if [self.steps.item(i).text() for i in range(self.steps.count())] != words:
                self.steps.clear()
                self.steps.addItems(words)
            self.steps.setCurrentRow(self.current)
        enabled = {
            "delete": count > 1,
            "up": self.current > 0,
            "down": self.current < count - 1,
            "undo": bool(self._undo),
            "redo": bool(self._redo),
            "save": self.is_edited or self.shipped,
        }
        for name, on in enabled.items():
            self.buttons[name].setEnabled(on)
        self.buttons["save"].setVisible(not self.shipped)
        self.here.setText(
            "Ships with the program: a copy becomes your own." if self.shipped else self.path.name
        )
        self.setWindowTitle("Edit lesson[*]")
        self.setWindowModified(self.is_edited)

    @property
    def is_edited(self) -> bool:
        """Whether there is something to save."""
        return self.text != self._saved

    # Saving and closing

    def set_saved(self, text: LessonText, path: Path) -> None:
        """It is written: `text` stands in the file `path`, one's own from now on."""
        self.path, self.shipped, self._saved = path, False, text
        self.bar.clear()
        self._list()
        if self._leaves:
            self.close()

    def show_error(self, error: Exception) -> None:
        """Say what is wrong, and go to the field that it is about."""
        self._leaves = False
        if not isinstance(error, SegviewerError):
            raise error
        self.bar.show_error(error)
        found = _STEP.search(error.why)
        if found is None:
            return
        number = int(found[1]) - 1
        if number < len(self.text.steps) and number != self.current:
            self._typing = None
            self._fill(number)
        field = self.fields.field(found[2] or "title")
        if field is not None:
            field.setFocus()

    def _save_and_close(self) -> None:
        self._leaves = True
        self.save_wanted.emit(self.shipped)

    def discard(self) -> None:
        """Close without saving."""
        self.text = self._saved
        self.close()

    def event(self, event: QEvent) -> bool:
        """Esc and closing ask first, where something would be lost."""
        if event.type() == QEvent.Type.Close and not self.may_close():
            event.ignore()
            return True
        return super().event(event)

    def reject(self) -> None:
        """Esc closes, where nothing would be lost."""
        if self.may_close():
            super().reject()

    def may_close(self) -> bool:
        """Whether nothing would be lost; otherwise it is asked what to do."""
        if not self.is_edited:
            return True
        self._leaves = False
        self.bar.show_message(
            "The changes are not saved.",
            tone="warning",
            actions=[("Save", self._save_and_close), ("Close without saving", self.discard)],
        )
        self.raise_()
        self.activateWindow()
        return False
