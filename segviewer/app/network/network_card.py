"""The network card: the present network's stages and layers, and what each of them gives.

A drawer below the picture. What it lists comes from the engine and only while it is open;
which layer is looked into stands in the session, so it is undone like everything else.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDockWidget,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from segviewer.analysis.networks.network_card import MEAN, STRONGEST, NetworkCard
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.requests import Requests
from segviewer.app.state.results import Results
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.widgets.diagrams.network_diagram import NetworkDiagram
from segviewer.widgets.tables.layer_table import LayerTable
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip
from segviewer.widgets.theme.typography import tabular

CHANNELS = (("Mean |x|", MEAN), ("Strongest channel", STRONGEST), ("Channel", 0))
HIDES_LAYERS = ("photo", "difference")  # comparisons that draw no layer
TABLE_ROWS = 6.0  # of the table, that the drawer shows at first
LARGEST_SHARE = 0.45  # of the window that the drawer takes by itself


class Drawer(QDockWidget):
    """Widgets of the card.

    Signals
    -------
    closed()
        The person closed it.
    channel_chosen(int)
        A channel, :data:`MEAN` or :data:`STRONGEST`.
    """

    closed = Signal()
    channel_chosen = Signal(int)

    def __init__(self, window: MainWindow):
        super().__init__("Network card", window)
        self.setObjectName("network card")
        self.setAllowedAreas(
            Qt.DockWidgetArea.BottomDockWidgetArea | Qt.DockWidgetArea.TopDockWidgetArea
        )
        self.totals = PlainLabel()
        self.totals.setObjectName("card totals")
        self.totals.setFont(tabular(self.font()))
        self.totals.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.totals.setMinimumWidth(1)  # a long line is cut before the window grows
        self.diagram = NetworkDiagram()
        self.table = LayerTable()
        self.channel_box = QComboBox()
        self.channel_box.setAccessibleName("Which channels of the layer")
        self.channel_box.setToolTip("What is shown of the layer that was clicked")
        for text, value in CHANNELS:
            self.channel_box.addItem(text, value)
        self.channel_number = QSpinBox()
        self.channel_number.setAccessibleName("Number of the channel")
        self.channel_number.setRange(0, 99_999)
        self.channel_number.setKeyboardTracking(False)
        self.back = QPushButton("Back to labels")
        self.back.setToolTip("Show the labels again (Esc, or click the stage once more)")
        self.channel_box.activated.connect(self._on_channel)
        self.channel_number.valueChanged.connect(self._on_channel)
        self._lay_out()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setContentsMargins(12, 0, 12, 0)
        line.setSpacing(8)
        line.addWidget(self.totals, 1)
        for widget in (self.channel_box, self.channel_number, self.back):
            line.addWidget(widget)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.diagram)
        self.diagram.current_moved.connect(self._on_current_moved)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setHandleWidth(1)
        split.addWidget(self.area)
        split.addWidget(self.table)
        split.setStretchFactor(1, 1)
        split.setCollapsible(0, False)
        bar = self.area.horizontalScrollBar().sizeHint().height()
        height = self.diagram.sizeHint().height() + bar
        self.area.setMinimumHeight(height // 2)
        self.area.setMaximumHeight(height)
        split.setSizes([height, round(TABLE_ROWS * self.table.fontMetrics().height() * 1.7)])
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(line)
        layout.addWidget(split, 1)
        self.setWidget(inside)

    def show_channel(self, channel: int, channels: int) -> None:
        """Show which channel is chosen, of `channels` (0: not known yet)."""
        with QSignalBlocker(self.channel_box), QSignalBlocker(self.channel_number):
            self.channel_box.setCurrentIndex({MEAN: 0, STRONGEST: 1}.get(channel, 2))
            if channels:
                self.channel_number.setMaximum(channels - 1)
            if channel >= 0:
                self.channel_number.setValue(channel)
            self.channel_number.setVisible(channel >= 0)

    def _on_channel(self) -> None:
        chosen = self.channel_box.currentData()
        self.channel_chosen.emit(chosen if chosen < 0 else self.channel_number.value())

    def _on_current_moved(self, area: QRectF) -> None:
        centre = area.center().toPoint()
        self.area.ensureVisible(centre.x(), centre.y(), int(area.width() / 2) + 16, 0)

    def closeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().closeEvent(event)
        self.closed.emit()


class CardView(QObject):
    """Opens and closes the card, and turns clicks in it into the session."""

    def __init__(self, window: MainWindow, store: Store, results: Results, requests: Requests):
        super().__init__(window)
        self.window, self.store, self.results, self.requests = window, store, results, requests
        self._action, self._picture = window.action("network_card"), window.canvas
        self._sized = False
        self.drawer = Drawer(window)
        self.drawer.hide()  # before it is added, or a window on screen would show it
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.drawer)
        self._action.triggered.connect(lambda checked=False: self.toggle())
        self.drawer.closed.connect(self._on_closed)
        self.drawer.diagram.stage_clicked.connect(self._on_stage_clicked)
        self.drawer.table.layer_activated.connect(self._look_into)
        self.drawer.channel_chosen.connect(lambda channel: store.set("overlay", channel=channel))
        self.drawer.back.clicked.connect(self.leave)

    # What a person does

    def is_open(self) -> bool:
        """Whether the card is on screen."""
        return not self.drawer.isHidden()

    def toggle(self) -> None:
        """Open the card, or close it."""
        if self.is_open():
            self.drawer.close()
        else:
            self._open()
            self._draw(self.results.screen)
            self.drawer.diagram.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def leave(self) -> bool:
        """Go back from a layer to the labels; False where no layer is looked into."""
        if not self.store.session.overlay.activation:
            return False
        self.store.set("overlay", activation="")
        return True

    def _open(self) -> None:
        self.drawer.show()
        self._action.setChecked(True)
        if not self._sized:
            self._sized = True
            room = round(LARGEST_SHARE * self.window.height())
            height = min(self.drawer.sizeHint().height(), room)
            self.window.resizeDocks([self.drawer], [height], Qt.Orientation.Vertical)
        self.requests.ask_for("card")

    def _on_closed(self) -> None:
        self.requests.ask_for("card", on=False)
        self._action.setChecked(False)
        self.leave()
        # The keyboard goes back to the picture, not to whatever comes next.
        self._picture.setFocus()

    def _on_stage_clicked(self, key: str) -> None:
        card = self.results.shown.card
        stage = card.stage(key) if card is not None else None
        if stage is not None:
            self._look_into(stage.layer)

    def _look_into(self, layer: str) -> None:
        """Look into `layer`; the second time, go back to the labels."""
        overlay = self.store.session.overlay
        if overlay.activation == layer:
            self.leave()
            return
        seen = "overlay" if overlay.comparison in HIDES_LAYERS else overlay.comparison
        self.store.set("overlay", activation=layer, visible=True, comparison=seen)

    # From the session and the engine to the widgets

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        opens = bool(new.session.overlay.activation) and not self.is_open()
        if opens:
            # Undo, or a session from a file: the way back is on the card.
            self._open()
        changed = old is None or opens or _listed_by(old) != _listed_by(new)
        if self.is_open() and changed:
            self._draw(new)

    def _draw(self, screen: Screen) -> None:
        drawer, session, shown = self.drawer, screen.session, screen.shown
        layer, card = session.overlay.activation, shown.card
        opened = bool(session.image and session.checkpoint)
        if card is not None and opened:
            drawer.diagram.set_stages(card.stages, card.height, card.width)
            drawer.table.set_rows(card.rows)
            chosen = card.stage_of(layer)
            key = chosen.key if chosen is not None else ""
            drawer.diagram.set_selected(key)
            drawer.table.set_chosen(layer, key)
            anew = "" if shown.card_is_current else " · listing anew …"
            drawer.totals.setText(totals_text(card) + anew)
            drawer.totals.setToolTip(plain_tip(card.note))
        else:
            drawer.totals.setText(
                "Listing the layers …"
                if opened
                else "Open a photograph and a network: sizes of layers are those for a picture."
            )
        drawer.back.setEnabled(bool(layer))
        looked_into = shown.activation
        drawer.show_channel(session.overlay.channel, looked_into.channels if looked_into else 0)


def _listed_by(screen: Screen) -> tuple[Any, ...]:
    """All that decides what the card says."""
    session, shown = screen.session, screen.shown
    opened = bool(session.image and session.checkpoint)
    overlay, drawn = session.overlay, (shown.card, shown.activation)
    return (*map(id, drawn), shown.card_is_current, opened, overlay.activation, overlay.channel)


def totals_text(card: NetworkCard) -> str:
    """The whole network in one line."""
    said = [
        f"{len(card.rows):,} layers in {len(card.stages)} stages",
        f"{card.parameters:,} parameters",
        f"{card.multiply_adds / 1e9:,.2f} G multiply-adds at {card.width}×{card.height} px",
    ]
    if card.output_stride:
        said.append(f"output stride {card.output_stride:.3g}")
    if card.note:
        said.append("receptive fields not known")
    return " · ".join(said)
