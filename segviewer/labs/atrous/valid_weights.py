"""Valid weights (DeepLab v3, figure 4): large rates leave one tap of nine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segviewer.lab_list import LabContext, LabResult
from segviewer.labs.lab import Lab
from segviewer.settings import Settings, control


class ValidWeightsConfig(Settings):
    """Settings of the lab."""

    side: int = control(
        65, kind="lab", label="Feature map", symbol="a", unit="features", ge=1, le=129, step=1,
        tip="Side of the square map. 65 is a crop of 513 pixels at output stride 8.",
    )  # fmt: skip
    rate: int = control(
        12, kind="lab", label="Rate", symbol="r", ge=1, le=128, step=1,
        tip="Distance between two taps of the 3×3 filter, in features.",
    )  # fmt: skip


@dataclass(frozen=True)
class Shares:
    """Share of the places with so many taps inside, for every rate."""

    rates: tuple[int, ...]
    shares: dict[int, tuple[float, ...]]
    rate: int
    taps: np.ndarray


class ValidWeightsLab(Lab):
    """How many of the nine taps see features, over all rates and place by place."""

    name = "valid_weights"
    Config = ValidWeightsConfig

    def compute(self, context: LabContext, config: ValidWeightsConfig) -> Iterator[LabResult]:
        from segviewer.analysis.heads.valid_weights import COUNTS, shares, valid_taps

        rates = tuple(range(1, config.side + max(2, config.side // 8)))
        rows = [shares(config.side, rate) for rate in rates]
        here = shares(config.side, config.rate)
        said = ", ".join(f"{here[n]:.1%} with {n}" for n in COUNTS if here[n] > 0)
        yield LabResult(
            self.name,
            Shares(
                rates, {n: tuple(row[n] for row in rows) for n in COUNTS if n != 3},
                config.rate, valid_taps(config.side, config.rate).astype(np.uint8),
            ),
            caption=f"{config.side}×{config.side} features, rate {config.rate}: {said} "
            f"{'tap' if here[1] == 1 else 'taps'} inside",
            formula=_formula(config),
        )  # fmt: skip

    def make_view(self):
        return _make_view()


def _formula(config: ValidWeightsConfig) -> str:
    a, r = config.side, config.rate
    if r >= a:
        return f"r ≥ a: {r} ≥ {a}: every tap but the middle one lies in the padding"
    if 2 * r <= a:
        return f"n<sub>9</sub> = (a − 2r)² = ({a} − 2·{r})² = {(a - 2 * r) ** 2:,} of {a * a:,}"
    return (
        f"n<sub>1</sub> = (2r − a)² = (2·{r} − {a})² = {(2 * r - a) ** 2:,} of {a * a:,}; "
        "no place has all nine"
    )


def _make_view():
    from PySide6.QtCore import QRectF, Qt, Signal
    from PySide6.QtGui import QColor, QImage, QPainter
    from PySide6.QtWidgets import QHBoxLayout, QWidget

    from segviewer.imaging.overlay import heat_table
    from segviewer.widgets.charts.plot import Curve, Plot
    from segviewer.widgets.theme.theme import tokens

    class Map(QWidget):
        """Taps inside, place by place."""

        def __init__(self):
            super().__init__()
            self.taps = np.zeros((0, 0), np.uint8)
            self.setMinimumSize(120, 96)

        def paintEvent(self, event):  # noqa: N802 (Qt's name)
            if not self.taps.size:
                return
            painter = QPainter(self)
            colours = heat_table("probability")[(self.taps.astype(int) * 255 // 9)]
            height, width = self.taps.shape
            data = np.ascontiguousarray(colours[..., :3])
            image = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            line = painter.fontMetrics().height() + 4
            side = min(self.width(), self.height() - line)
            area = QRectF((self.width() - side) / 2, 0, side, side)
            painter.drawImage(area, image)
            painter.setPen(QColor(tokens().muted))
            words = QRectF(0, side, self.width(), line)
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter, "taps inside, 1 to 9")

    class View(QWidget):
        """Shares over rates, and the map."""

        edited = Signal(str, object, bool)

        def __init__(self):
            super().__init__()
            self.plot = Plot("rate r, features", "share of the places", whole_x=True)
            self.map = Map()
            layout = QHBoxLayout(self)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.addWidget(self.plot, 3)
            layout.addWidget(self.map, 1)
            self.plot.clicked.connect(
                lambda x, y: self.edited.emit("rate", max(1, min(128, round(x))), True)
            )

        def show_result(self, shown: Shares | None) -> None:
            if shown is None:
                return
            curves = [
                Curve(shown.rates, values, f"{n} taps" if n > 1 else "1 tap")
                for n, values in shown.shares.items()
            ]
            self.plot.set_curves(curves, current=shown.rate)
            self.map.taps = shown.taps
            self.map.update()

    return View()


LAB = ValidWeightsLab()
