"""Remedies of gridding as switches, each with its numbers without and with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QSizePolicy, QWidget

from segviewer.widgets.controls.toggle_switch import ToggleSwitch
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import semibold, tabular

HEADS = ("", "without → with the remedy", "", "coset", "parity", "weights")
BAR_WIDTH = 88


TIPS = {  # of the heads, by column
    3: "Coset energy as a multiple of white noise's: 1 is no grid, more is a grid",
    4: "The same with period 2: even against odd rows and columns",
}


class RemedyTable(QScrollArea):
    """A row for each remedy: switch, name, two bars against white noise, numbers, a remark.

    It draws rows like :class:`segviewer.labs.shared.measured_remedies.RemedyRow`.

    Signals
    -------
    switched(object, bool)
        The row whose switch was moved by hand, and whether it is on now.
    """

    switched = Signal(object, bool)

    def __init__(self):
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._rows: tuple[Any, ...] = ()
        self._lines: list[tuple[ToggleSwitch, QLabel, TwoBars, QLabel, QLabel, QLabel]] = []
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(5, 1)
        for column, head in enumerate(HEADS):
            label = PlainLabel(head)
            label.setProperty("role", "secondary")
            label.setToolTip(plain_tip(TIPS.get(column, "")))
            self._grid.addWidget(label, 0, column)
        self.setWidget(inside)

    def rows(self) -> tuple[Any, ...]:
        """What is drawn."""
        return self._rows

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show these; of rows that stay only the words change, so that a switch keeps focus."""
        rows = tuple(rows)
        self._rows = rows
        while len(self._lines) < len(rows):
            self._add_line()
        longest = max(
            (s.coset_times for r in rows for s in (r.without, r.with_it) if s is not None),
            default=1.0,
        )
        for index, line in enumerate(self._lines):
            for widget in line:
                widget.setVisible(index < len(rows))
            if index < len(rows):
                self._show_row(rows[index], line, max(longest, 1.0))
        self._grid.setRowStretch(len(self._lines) + 1, 1)

    def _add_line(self) -> None:
        switch, index = ToggleSwitch(), len(self._lines)
        labels = [PlainLabel() for _ in range(4)]
        title, coset, parity, said = labels
        for label in (coset, parity):
            label.setFont(tabular(label.font()))
        said.setProperty("role", "secondary")
        said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        line = (switch, title, TwoBars(), coset, parity, said)
        switch.clicked.connect(lambda on: self.switched.emit(self._rows[index], on))
        self._grid.setRowStretch(index + 1, 0)
        for column, widget in enumerate(line):
            self._grid.addWidget(widget, index + 1, column)
        self._lines.append(line)

    def _show_row(self, row: Any, line, longest: float) -> None:
        switch, title, bars, coset, parity, said = line
        switch.setEnabled(not row.why_not)
        switch.setChecked(row.on)
        switch.setText(row.title)
        switch.setAccessibleName(row.title)
        title.setText(row.title)
        title.setFont(semibold(self.font()) if row.on else self.font())
        title.setEnabled(not row.why_not)
        shares = (row.without, row.with_it)
        measured = None not in shares
        times = [s.coset_times for s in shares] if measured else [np.nan, np.nan]
        bars.set_bars(*times, longest, row.on)
        waits = "" if row.why_not or row.measured else "…"
        coset.setText(_arrow(*times) if measured else waits)
        parity.setText(_arrow(*(s.parity_times for s in shares)) if measured else "")
        said.setText(row.why_not or row.said)
        tip = row.tip
        if measured:
            at = shares[1].label
            if shares[0].label != at:
                at = f"{shares[0].label} without it, {at} with it"
            tip += (
                f"\nr = {row.rate}, at {at}: {shares[0].coset:.2%} of the variance without, "
                f"{shares[1].coset:.2%} with it"
            )
        for widget in (switch, title, coset, parity, said):
            widget.setToolTip(plain_tip(f"{tip}\n{row.why_not or row.said}".strip()))


class TwoBars(QWidget):
    """Without above, with below, and a line where white noise would end."""

    def __init__(self):
        super().__init__()
        self._values = (np.nan, np.nan)
        self._longest, self._on = 1.0, False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(BAR_WIDTH, 24)

    def set_bars(self, without: float, with_it: float, longest: float, on: bool) -> None:
        """Draw two lengths on a scale to `longest`; `on` says which of them is now."""
        self._values, self._longest, self._on = (without, with_it), longest, on
        self.setToolTip("Above without, below with the remedy; the line is white noise")
        self.update()

    def paintEvent(self, event) -> None:  # noqa: N802
        if not np.isfinite(self._values).all():
            return
        colours, painter = tokens(), QPainter(self)
        tone = QColor(symbol_colour("r", colours.dark))
        for index, value in enumerate(self._values):
            now = QColor(tone)
            now.setAlphaF(0.9 if bool(index) == self._on else 0.35)
            wide = value / self._longest * (self.width() - 2)
            painter.fillRect(QRectF(0, 5 + 8 * index, max(1.5, wide), 6), now)
        at = (self.width() - 2) / self._longest
        painter.setPen(QPen(QColor(colours.text), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(at, 1), QPointF(at, self.height() - 1))


def _arrow(without: float, with_it: float) -> str:
    if not np.isfinite([without, with_it]).all():
        return "constant map"
    return f"{without:.2f} → {with_it:.2f}"
