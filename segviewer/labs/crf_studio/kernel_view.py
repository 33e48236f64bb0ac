"""A kernel along one line of the picture, and the widths that make it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from segviewer.labs.crf_studio.kernel import KernelShown
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import tabular

_SWATCH = 56
USUAL_LINE = "σα = 00 px, 00.0 % of the diagonal"


class KernelProfile(QWidget):
    """Plot of the kernel's profile, and beside it widths and colours in numbers."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.plot = Plot("columns from the pixel, px", "kernel")
        self.widths = KernelWidths()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.plot, 3)
        layout.addWidget(self.widths, 0)

    def show_result(self, shown: KernelShown | None) -> None:
        """Draw a ``KernelShown`` of the kernel lab; None empties both."""
        self.widths.set_shown(shown)
        if shown is None:
            self.plot.set_curves(())
            return
        curves, names = [], []
        for profile in shown.profiles:
            offsets, values = shown.offsets, profile.values
            if profile.gaussian is not None:
                curves.append(Curve(offsets, profile.gaussian, "", "σα", dashed=True))
                # One σα away, to the right where the picture goes on there.
                heights = np.abs(np.asarray(profile.gaussian) / max(profile.gaussian) - 0.6)
                at = len(heights) - 1 - int(np.argmin(heights[::-1]))
                names.append(Curve(offsets[[at]], profile.gaussian[[at]], "without colours", "σα"))
            points = len(offsets) < 40
            curves.append(Curve(offsets, values, "", profile.symbol, points=points))
            # Away from the pixel, where all curves have their peak.
            least = 2 if profile.gaussian is not None else 0
            names.append(_name_at(offsets, values, profile.name, profile.symbol, least))
        self.plot.set_labels(
            "columns from the pixel, px", "kernel" if shown.exact else "weight on the lattice"
        )
        curves += names
        self.plot.set_curves(curves, current=0)


def _name_at(offsets, values, name: str, symbol: str, least: int) -> Curve:
    """A curve of one point that writes a name: at the highest value `least` px or more away."""
    away = np.flatnonzero(np.abs(offsets) >= least)
    chosen = away[np.argmax(np.asarray(values)[away])] if len(away) else 0
    return Curve(offsets[[chosen]], np.asarray(values)[[chosen]], name, symbol)


class KernelWidths(PaintedWidget):
    """σα and σγ in pixels and as part of the diagonal; σβ as two colours that far apart."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._shown: KernelShown | None = None
        self._fit()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def _fit(self) -> None:
        """As wide as the widest of the lines."""
        metrics = QFontMetrics(tabular(self.font()))
        lines = self.lines() or [USUAL_LINE]
        self.setFixedWidth(max(232, *(metrics.horizontalAdvance(line) + 8 for line in lines)))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def set_shown(self, shown: KernelShown | None) -> None:
        """Draw this; None draws nothing."""
        self._shown = shown
        self.setAccessibleDescription("" if shown is None else ", ".join(self.lines()))
        self._fit()
        self.update()

    def lines(self) -> list[str]:
        """The numbers, a line each."""
        if self._shown is None:
            return []
        found = [
            f"{s} = {std:.4g} px, {part:.3g} % of the diagonal"
            for s, std, part in self._shown.widths
        ]
        return [*found, f"σβ = {self._shown.rgb_std:.4g} grey levels"]

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if self._shown is None:
            return
        line = painter.fontMetrics().height() + 6
        y = 4.0
        for text, symbol in zip(self.lines(), ("σα", "σγ", "σβ"), strict=True):
            painter.setPen(QColor(symbol_colour(symbol, colours.dark)))
            draw_fitted(painter, QRectF(0, y, self.width(), line), _LEFT, text)
            y += line
        wide = self.width() / 2  # of a swatch
        side = min(_SWATCH, self.height() - y - 3 * line)
        if side < 12:
            return
        for place, (colour, words) in enumerate(
            ((self._shown.colour, "the pixel"), (self._shown.colour_apart, "one σβ away"))
        ):
            x = place * wide  # the two touch, so that the step is seen
            area = QRectF(x, y + 4, wide, side)
            painter.fillRect(area, QColor(*colour))
            painter.setPen(QColor(colours.muted))
            below = QRectF(x, y + side + 6, wide - 4, line)
            draw_fitted(painter, below, _LEFT, words)
        painter.setPen(QColor(colours.muted))
        words = "It counts exp(−½) = 61 % there."
        rest = QRectF(0, y + side + 6 + line, self.width(), self.height() - y - side - 6 - line)
        draw_fitted(painter, rest, _LEFT_TOP, words)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_LEFT_TOP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
