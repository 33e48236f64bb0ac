"""The lab drawer: its tabs, the form of a lab, its drawing and its words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from segviewer.app.frame.main_window import MainWindow
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.labs import LABS
from segviewer.settings import controls
from segviewer.widgets.canvas.chips import draw_chips
from segviewer.widgets.controls.segmented import SegmentedButtons
from segviewer.widgets.controls.symbol_row import SymbolRow
from segviewer.widgets.text.equation_label import EquationLabel
from segviewer.widgets.text.folded_label import FoldedLabel
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip
from segviewer.widgets.theme.typography import resized, semibold

FORM_WIDTH = 288
FEW_BELOW = 0.16  # of a drawer, that settings take under its drawing while presenting
FORM_BELOW = 0.25  # of the drawer that its settings take at most under the drawing
CHIP_TEXT = 0.8  # of the text, on the small photograph
CRF_GROUP = "CRF studio"
UNBOUND = 16777215  # Qt's QWIDGETSIZE_MAX
PLACE_NAMES = (
    "Below the photograph",
    "Beside the photograph",
    "On the stage: the lab alone, the photograph away",
)


class Drawer(QDockWidget):
    """Widgets of the drawer.

    Signals
    -------
    closed()
        The person closed it.
    lab_chosen(str)
        Another lab of the same group.
    """

    closed = Signal()
    lab_chosen = Signal(str)

    def __init__(self, window: MainWindow):
        super().__init__("Lab", window)
        self.setObjectName("lab drawer")
        self.setAllowedAreas(
            Qt.DockWidgetArea.BottomDockWidgetArea
            | Qt.DockWidgetArea.TopDockWidgetArea
            | Qt.DockWidgetArea.RightDockWidgetArea
        )
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.tabBarClicked.connect(self._on_tab_clicked)
        self.sentence = PlainLabel()
        self.sentence.setProperty("role", "secondary")
        self.sentence.setWordWrap(True)
        self.places = SegmentedButtons(("▁", "▐", "■"), exclusive=True)
        for button, name in zip(self.places.buttons(), PLACE_NAMES, strict=True):
            button.setToolTip(plain_tip(f"{name} (W: the next place)"))
            button.setAccessibleName(name)
        self.copy_button = QPushButton("Copy picture")
        self.copy_button.setToolTip("Copy the drawing as a picture")
        self.reset_button = QPushButton("Reset")
        self.reset_button.setToolTip("Put this lab's settings back")
        self.form_area = QScrollArea()
        self.form_area.setWidgetResizable(True)
        self.form_area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.form_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.form_area.setFixedWidth(FORM_WIDTH)
        self.form_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.inset = PlainLabel()
        self.inset.setAccessibleName("The photograph")
        self.inset.hide()
        self.views = _Views()
        self.caption = _words("lab caption", FoldedLabel())
        self.caption.setFont(semibold(self.caption.font()))
        self.formula = _words("lab formula", EquationLabel())
        self.crf_row = SymbolRow(
            [one for one in controls(CRFSettings) if one.kind == "crf" and one.symbol]
        )
        self._below = False  # the settings stand under the drawing
        self._no_title = QWidget(self)  # one, since a dock keeps each that it is given
        self._no_title.hide()
        self._group = ""
        self._lay_out()

    def _lay_out(self) -> None:
        self.head = QWidget()
        head = QHBoxLayout(self.head)
        head.setContentsMargins(12, 0, 12, 0)
        head.setSpacing(8)
        head.addWidget(self.tabs, 1)
        head.addWidget(self.places)
        head.addWidget(self.copy_button)
        head.addWidget(self.reset_button)
        self._left = left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(8)
        left.addWidget(self.sentence)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.form_area, 1)
        row.addWidget(self.inset)
        left.addLayout(row, 1)
        self.beside = QWidget()
        self.beside.setLayout(left)
        self.beside.setFixedWidth(FORM_WIDTH)
        self.results = QWidget()
        right = QVBoxLayout(self.results)
        right.setContentsMargins(0, 0, 0, 8)
        right.setSpacing(4)
        right.addWidget(self.caption)
        right.addWidget(self.views, 1)
        right.addWidget(self.formula)
        self._body = body = QHBoxLayout()
        body.setSpacing(16)
        body.setContentsMargins(12, 0, 12, 0)  # the same at both ends, whichever comes first
        body.addWidget(self.beside)
        body.addWidget(self.results, 1)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.head)
        self.crf_row.hide()
        self.crf_row.setContentsMargins(12, 0, 12, 0)
        layout.addWidget(self.crf_row)
        layout.addLayout(body, 1)
        self.setWidget(inside)

    def _on_tab_clicked(self, index: int) -> None:
        if index >= 0:
            self.lab_chosen.emit(self.tabs.tabData(index))

    def set_form_width(self, width: int = FORM_WIDTH) -> None:
        """Give the settings so many pixels where they stand beside the drawing."""
        if self._below:
            self.fit_form()
        else:
            self.form_area.setFixedWidth(width)
            self.beside.setFixedWidth(width)

    def set_form_below(self, on: bool) -> None:
        """Put the settings under the drawing, or beside it."""
        if on == self._below:
            return
        self._below = on
        way = QBoxLayout.Direction
        self._body.setDirection(way.BottomToTop if on else way.LeftToRight)
        self._left.setContentsMargins(0, 0, 0, 8 if on else 0)
        for widget in (self.form_area, self.beside):
            widget.setMinimumSize(0, 0)
            widget.setMaximumSize(UNBOUND, UNBOUND)
        self.set_form_width()

    def fits_below(self, height: int) -> bool:
        """Whether the settings, under the drawing of a drawer so tall, are seen whole."""
        inside = self.form_area.widget()
        return inside is not None and inside.sizeHint().height() <= FEW_BELOW * height

    def set_inset(self, picture: QPixmap | None, facts: Sequence[tuple[str, str]] = ()) -> None:
        """Show the photograph small beside the settings below the drawing, or not at all.

        Of `facts`, (words, tone) each, those that warn lie on it as chips; its tip says all.
        """
        self.inset.setVisible(picture is not None and not picture.isNull())
        if picture is not None and not picture.isNull():
            ratio = self.devicePixelRatioF()
            small = picture.scaledToHeight(
                max(1, round(FORM_BELOW * self.height() * ratio)),
                Qt.TransformationMode.SmoothTransformation,
            )
            small.setDevicePixelRatio(ratio)
            # What warns lies on it; notes would cover it, and are read by pointing at it.
            loud = [(words, tone) for words, tone in facts if tone != "info"]
            self.inset.setToolTip(plain_tip("\n".join(words for words, _ in facts)))
            if loud:
                painter = QPainter(small)
                room = QRectF(QPointF(0, 0), small.deviceIndependentSize())
                font = resized(self.inset.font(), CHIP_TEXT)
                draw_chips(painter, loud, room.adjusted(6, 6, -6, -6), font)
                painter.end()
            self.inset.setPixmap(small)
        self.fit_form()

    def fit_form(self) -> None:
        """Under the drawing: as tall as the settings, up to a share of the drawer."""
        inside = self.form_area.widget()
        if not self._below or inside is None:
            return
        most = round(FORM_BELOW * self.height())
        wanted = min(inside.sizeHint().height(), most)
        if not self.inset.isHidden():
            wanted = max(wanted, self.inset.pixmap().deviceIndependentSize().toSize().height())
        self.form_area.setFixedHeight(wanted)
        words = 0 if self.sentence.isHidden() else self.sentence.sizeHint().height() + 8
        self.beside.setFixedHeight(wanted + words + self._left.contentsMargins().bottom())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self.fit_form()

    def set_presenting(self, on: bool) -> None:
        """Leave the room to the drawing: the lesson says what is to be said of the lab."""
        self.head.setVisible(not on)
        self.crf_row.setVisible(self._group == CRF_GROUP and not on)
        self.sentence.setVisible(not on)
        bar = self._no_title if on else None
        self.setTitleBarWidget(bar)  # type: ignore[arg-type]  # None gives Qt's own bar back

    def show_group(self, name: str) -> None:
        """Show a tab for each lab of the group that `name` belongs to."""
        entry = LABS[name]
        members = [other for other, its in LABS.items() if its.group == entry.group]
        self._group = entry.group
        self.setWindowTitle(entry.group)
        if [self.tabs.tabData(i) for i in range(self.tabs.count())] != members:
            while self.tabs.count():
                self.tabs.removeTab(0)
            for place, other in enumerate(members):
                self.tabs.addTab(LABS[other].title)
                self.tabs.setTabData(place, other)
                self.tabs.setTabToolTip(
                    place, plain_tip(f"{LABS[other].sentence}\n{LABS[other].source}")
                )
        self.tabs.setCurrentIndex(members.index(name))
        # Such a lab is about these numbers, whose panel may be out of sight.
        self.crf_row.setVisible(entry.group == CRF_GROUP and not self.head.isHidden())
        self.sentence.setText(entry.sentence)
        self.sentence.setToolTip(plain_tip(entry.source))

    def closeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().closeEvent(event)
        self.closed.emit()


class _Views(QStackedWidget):
    """Drawings of labs, of which the one on screen alone says what room it needs."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(lambda index: self.updateGeometry())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        shown = self.currentWidget()
        if shown is None:
            return super().minimumSizeHint()
        return shown.minimumSizeHint().expandedTo(shown.minimumSize())

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        shown = self.currentWidget()
        return super().sizeHint() if shown is None else shown.sizeHint()


def _words(name: str, label: QLabel | None = None) -> QLabel:
    label = label or PlainLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
