"""“About this model”: a page with all that is known of the open network."""

from __future__ import annotations

import re
from html import escape

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from segviewer.app.network.model_facts import ModelFacts, as_text
from segviewer.widgets.text.plain_text import ClosedPage, PlainLabel
from segviewer.widgets.theme.theme import tokens

NAME_WIDTH = 150


class ModelPage(QDialog):
    """Shows :class:`ModelFacts` once they are gathered, and copies them as text."""

    def __init__(self, title: str, parent: QWidget | None = None):
        super().__init__(parent)
        self._facts: ModelFacts | None = None
        self.setWindowTitle("About this model")
        self.setAccessibleName("About this model")
        self.page = ClosedPage()
        self.page.setAccessibleName("What is known of this model")
        self.said = PlainLabel("Reading the file …")
        self.said.setProperty("role", "muted")
        self.edit_button = QPushButton("Edit…")
        self.edit_button.setToolTip("Say names, colours, preprocessing, activation")
        self.edit_button.setAutoDefault(False)
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Copy all of this as text")
        self.copy_button.setEnabled(False)
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._on_copy)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(self.said, 1)
        buttons.addWidget(self.edit_button)
        buttons.addWidget(self.copy_button)
        buttons.addWidget(close)
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(self.page, 1)
        self.curves: QWidget | None = None  # made where there is a log
        layout.addLayout(buttons)
        self.page.setHtml(f"<h2>{escape(title)}</h2>")
        room = (parent or self).screen().availableGeometry().size()
        self.resize(QSize(720, 620).boundedTo(room * 0.9))

    def show_facts(self, facts: ModelFacts) -> None:
        """Show what was gathered."""
        self._facts = facts
        self.said.clear()
        self.copy_button.setEnabled(True)
        self._fill()
        if facts.log is not None and self.curves is None:
            # It brings pyqtgraph along, which few pages need.
            from segviewer.app.network.training_curves import TrainingCurves

            self.curves = TrainingCurves(facts.log)
            self._column.insertWidget(1, self.curves)

    def show_failure(self, text: str) -> None:
        """Say why nothing could be gathered."""
        self.said.setText(text)

    def _fill(self) -> None:
        if self._facts is not None:
            place = self.page.verticalScrollBar().value()
            self.page.setHtml(_html(self._facts, self.font().pointSizeF()))
            self.page.verticalScrollBar().setValue(place)

    def _on_copy(self) -> None:
        if self._facts is None:
            return
        QGuiApplication.clipboard().setText(as_text(self._facts))
        self.said.setText("Copied")

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._fill()


def _html(facts: ModelFacts, size: float) -> str:
    colours = tokens()
    muted = f"color:{colours.muted}"

    def head(text: str) -> str:
        style = f"margin:18px 0 4px 0; {muted}; font-variant:small-caps; font-weight:600"
        return f'<p style="{style}">{escape(text)}</p>'

    def table(rows: str) -> str:
        return f'<table cellspacing="0" cellpadding="2" style="margin-left:-2px">{rows}</table>'

    parts = [
        f'<p style="margin:0; font-size:{size * 1.5:.1f}pt; font-weight:600">'
        f"{escape(facts.title)}</p>",
        f'<p style="margin:4px 0 0 0">{escape(facts.paper)}</p>',
    ]
    if facts.unknown:
        # First, since it says how far the rest may be trusted.
        notes = "".join(f'<p style="margin:6px 0 0 0">{escape(s)}</p>' for s in facts.unknown)
        parts.append(head("To be aware of") + notes)
    for heading, rows in facts.sections:
        cells = "".join(
            f'<tr><td width="{NAME_WIDTH}" style="{muted}">{escape(name)}</td>'
            f"<td>{_breakable(value)}</td></tr>"
            for name, value in rows
        )
        parts.append(head(heading) + table(cells))
    parts.append(head("Settings") + table(_setting_rows(facts, muted)))
    parts.append(head("Classes") + table(_class_rows(facts, muted)))
    if facts.more_classes:
        parts.append(f'<p style="{muted}">and {facts.more_classes} more</p>')
    if facts.departures:
        said = "".join(f'<p style="margin:6px 0 0 0">{_marked(p)}</p>' for p in facts.departures)
        parts.append(head("The network, and where it leaves the paper") + said)
    return "".join(parts)


def _setting_rows(facts: ModelFacts, muted: str) -> str:
    rows = (
        f'<tr><td width="220"></td><td width="170" style="{muted}">{escape(facts.made)}</td>'
        f'<td style="{muted}">running now, where it differs</td></tr>'
    )
    for label, trained, running in facts.settings:
        cells = "".join(f"<td>{escape(text)}</td>" for text in (label, trained))
        rows += f"<tr>{cells}<td><b>{escape(running)}</b></td></tr>"
    return rows


def _class_rows(facts: ModelFacts, muted: str) -> str:
    rows = ""
    if facts.splits:
        heads = "".join(f'<td style="{muted}">IoU {escape(split)}</td>' for split in facts.splits)
        rows = f'<tr><td></td><td width="198"></td>{heads}</tr>'
    for row in facts.classes:
        swatch = f'<span style="color:#{bytes(row.colour).hex()}">■</span>'
        figures = "".join(
            f'<td width="170">{"–" if value is None else f"{value:.3f}"}</td>' for value in row.iou
        )
        rows += f"<tr><td>{swatch}</td><td>{escape(row.name)}</td>{figures}</tr>"
    return rows


def _breakable(value: str) -> str:
    """`value` with room to break a line inside a hash or an address."""
    return re.sub(r"([^\s<>&;]{32})(?=[^\s<>&;])", "\\1\u200b", escape(value))


def _marked(text: str) -> str:
    """A docstring's paragraph with what stands in backticks set in a fixed width."""
    return re.sub(r"`+([^`]+)`+", r"<code>\1</code>", escape(text))
