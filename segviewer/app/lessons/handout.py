"""A lesson on paper: its steps, their pictures and questions, and the answers on the last page."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMarginsF, QRectF
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextDocument,
)

from segviewer.errors import ExportError
from segviewer.lessons.lesson import Lesson, Step
from segviewer.widgets.language.words import translated
from segviewer.widgets.text.equation import equation_html
from segviewer.widgets.text.formula_layout import FormulaLayout
from segviewer.widgets.text.typesetter import typesetter
from segviewer.widgets.theme.theme import LIGHT, palette

DPI = 96
MARGIN = 18.0  # millimetres
GAP = 10.0
TALLEST = 0.36  # of a page that a picture takes
PATIENCE = 20.0  # seconds for a formula to be typeset
LETTERS = "ABCDEF"


@dataclass(frozen=True)
class StepPicture:
    """What a step shows, and the words below it."""

    image: QImage
    caption: str = ""


def write_handout(
    path: Path, lesson: Lesson, pictures: Sequence[StepPicture | None], font: QFont | None = None
) -> None:
    """Write a lesson as PDF, on white whatever the window's colours are.

    Parameters
    ----------
    pictures : sequence of StepPicture or None
        One for each step.

    Raises
    ------
    ExportError
        If the file cannot be written.
    """
    writer = QPdfWriter(str(path))
    writer.setResolution(DPI)
    writer.setTitle(lesson.title)
    writer.setCreator("segviewer")
    margins = QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            margins,
            QPageLayout.Unit.Millimeter,
        )
    )
    painter = QPainter()
    if not painter.begin(writer):
        raise ExportError(
            f"{path.name} was not written.",
            "The folder cannot be written, or the file is open elsewhere.",
            "Choose another folder and save again.",
            details=str(path),
        )
    page = _Page(writer, painter, font or QFont())
    page.words(f"<h1>{escape(lesson.title)}</h1><p>{escape(lesson.sentence)}</p>")
    if lesson.source:
        page.words(f'<p style="color:{LIGHT.muted}">{escape(lesson.source)}</p>')
    for number, (step, picture) in enumerate(zip(lesson.steps, pictures, strict=True), 1):
        page.step(number, step, picture)
    page.answers(lesson, pictures)
    painter.end()


class _Page:
    """Puts blocks below each other, and begins a page where one does not fit."""

    def __init__(self, writer: QPdfWriter, painter: QPainter, font: QFont):
        self.writer, self.painter, self.font = writer, painter, font
        area = writer.pageLayout().paintRectPixels(DPI)
        self.width, self.height = float(area.width()), float(area.height())
        self.y = 0.0
        self.number = 1
        self._foot()

    def _foot(self) -> None:
        document = self._document(f'<p align="right" style="color:{LIGHT.muted}">{self.number}</p>')
        tall = document.size().height()
        self.painter.save()
        self.painter.translate(0, self.height - tall)
        document.drawContents(self.painter)
        self.painter.restore()
        self.room = self.height - tall - GAP

    def turn(self) -> None:
        """Begin a page."""
        self.writer.newPage()
        self.number += 1
        self.y = 0.0
        self._foot()

    def _put(self, height: float, draw: Callable[[], None]) -> None:
        if self.y and self.y + height > self.room:
            self.turn()
        self.painter.save()
        self.painter.translate(0, self.y)
        draw()
        self.painter.restore()
        self.y += height + GAP

    def _document(self, html: str) -> QTextDocument:
        document = QTextDocument()
        document.documentLayout().setPaintDevice(self.writer)
        document.setDocumentMargin(0)
        document.setDefaultFont(self.font)
        document.setHtml(html)
        document.setTextWidth(self.width)
        return document

    def words(self, html: str) -> None:
        """A block of text."""
        document = self._document(html)
        context = QAbstractTextDocumentLayout.PaintContext()
        colours = palette(LIGHT)
        colours.setColor(QPalette.ColorRole.Text, colours.color(QPalette.ColorRole.WindowText))
        context.palette = colours
        self._put(
            document.size().height(), lambda: document.documentLayout().draw(self.painter, context)
        )

    def formula(self, text: str) -> None:
        """A formula, typeset where it can be."""
        layout = _settled(text, self.font)
        if not layout.ready:
            self.words(f"<p>{equation_html(text.replace('$', ''))}</p>")
            return
        size = layout.size(self.width)
        self._put(
            size.height(),
            lambda: layout.paint(self.painter, QRectF(0, 0, self.width, size.height())),
        )

    def picture(self, picture: StepPicture) -> None:
        """A picture as wide as the page, but no taller than its share of it."""
        image = picture.image
        share = min(self.width / image.width(), TALLEST * self.height / image.height())
        width, height = share * image.width(), share * image.height()
        self._put(height, lambda: self.painter.drawImage(QRectF(0, 0, width, height), image))
        if picture.caption:
            self.words(f'<p style="color:{LIGHT.muted}">{escape(translated(picture.caption))}</p>')

    def step(self, number: int, step: Step, picture: StepPicture | None) -> None:
        """One step; its answer, and what gives the answer, come at the end."""
        if self.y > 0.6 * self.room:
            self.turn()  # a heading is not left alone at the foot of a page
        self.words(f"<h3>{number}. {escape(step.title)}</h3>")
        if step.question is None:
            self._evidence(step, picture)
        self.words(f"<p>{escape(' '.join(step.narration.split()))}</p>")
        if step.question is not None:
            asked = step.question
            rows = "".join(
                f"<br>&nbsp;&nbsp;{LETTERS[i]}&nbsp;&nbsp;{escape(choice)}"
                for i, choice in enumerate(asked.choices)
            )
            self.words(f"<p><b>{escape(asked.text)}</b>{rows}</p>")
        if step.paper:
            self.words(f'<p style="color:{LIGHT.muted}">{escape(step.paper)}</p>')

    def _evidence(self, step: Step, picture: StepPicture | None) -> None:
        if picture is not None:
            self.picture(picture)
        if step.equation:
            self.formula(step.equation)

    def answers(self, lesson: Lesson, pictures: Sequence[StepPicture | None]) -> None:
        """All answers with their pictures, from a new page on."""
        if not any(step.question for step in lesson.steps):
            return
        self.turn()
        self.words(f"<h2>{escape(translated('Answers'))}</h2>")
        for number, (step, picture) in enumerate(zip(lesson.steps, pictures, strict=True), 1):
            question = step.question
            if question is None:
                continue
            letter = LETTERS[question.choices.index(question.answer)]
            self.words(
                f"<p>{number}. {escape(question.text)}<br><b>{letter}&nbsp;&nbsp;"
                f"{escape(question.answer)}</b> {escape(' '.join(question.reveal.split()))}</p>"
            )
            self._evidence(step, picture)


def _settled(text: str, font: QFont) -> FormulaLayout:
    end = time.monotonic() + PATIENCE
    while True:
        layout = FormulaLayout(text, font, LIGHT, typesetter())
        if layout.settled or not layout.drawable or time.monotonic() > end:
            return layout
        QCoreApplication.processEvents()
        time.sleep(0.005)
