"""The window: one toolbar, two side panels, the picture between them, a status strip.

Only layout and actions live here; :mod:`segviewer.app.shell.presenter` says what they do.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget

from segviewer.app.frame.peek_key import PeekKey
from segviewer.app.frame.side_room import SideRoom
from segviewer.app.frame.window_actions import make_actions
from segviewer.app.frame.window_toolbar import WindowToolbar
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.thumbnails import load_thumbnail
from segviewer.widgets.canvas.image_canvas import ImageCanvas
from segviewer.widgets.controls.band_choice import BandChoice
from segviewer.widgets.controls.fitted_choice import FittedChoice
from segviewer.widgets.controls.section import Section
from segviewer.widgets.controls.toggle_switch import ToggleSwitch
from segviewer.widgets.panels.activity_strip import ActivityStrip
from segviewer.widgets.panels.brush_bar import BrushBar
from segviewer.widgets.panels.class_legend import ClassLegend
from segviewer.widgets.panels.filmstrip import Filmstrip
from segviewer.widgets.panels.folded_notes import FoldedNotes
from segviewer.widgets.panels.message_bar import MessageBar
from segviewer.widgets.panels.page_bar import PageBar
from segviewer.widgets.panels.pixel_readout import PixelReadout
from segviewer.widgets.panels.tried_list import TriedList
from segviewer.widgets.tables.comparison_table import ComparisonTable
from segviewer.widgets.text.plain_text import PlainLabel

SIDE_WIDTH = 288
FIRST_SIZE = (1440, 900)
_PAGE_KEYS = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 1, Qt.Key.Key_Down: 1}


class MainWindow(QMainWindow):
    """Widgets and actions of the main window.

    Signals
    -------
    close_requested()
        The person closes the window.
    peek_changed(bool)
        Space is held or let go.
    stepped(int)
        Arrow left (-1) or right (+1).
    paged(int)
        Page or arrow, up (-1) or down (+1).
    files_dropped(list)
        Paths dropped beside the picture.
    """

    close_requested = Signal()
    peek_changed = Signal(bool)
    stepped = Signal(int)
    paged = Signal(int)
    files_dropped = Signal(list)

    def __init__(self):
        super().__init__()
        self.setWindowTitle("segviewer")
        # What a frame adds is not known yet; the window manager moves it in.
        self.resize(QSize(*FIRST_SIZE).boundedTo(self.screen().availableSize()))
        self.setMinimumSize(960, 600)
        self.setAcceptDrops(True)
        self._make_widgets()
        self.actions_by_name = make_actions(self)
        self.toolbar = WindowToolbar(self.actions_by_name, self)
        self.addToolBar(self.toolbar)
        self._lay_out()
        self.peek_key = PeekKey(self)
        self.peek_key.changed.connect(self.peek_changed)

    def focusNextPrevChild(self, next_: bool) -> bool:
        moved = super().focusNextPrevChild(next_)
        self.peek_key.note_tab()
        return moved

    def action(self, name: str) -> QAction:
        """The action called `name`."""
        return self.actions_by_name[name]

    def _make_widgets(self) -> None:
        self.canvas = ImageCanvas()
        self.message_bar = MessageBar()
        self.legend = ClassLegend()
        self.filmstrip = Filmstrip(load_thumbnail)
        self.page_bar = PageBar()
        self.band_choice = BandChoice()
        self.band_choice.hide()
        self.tone_box = QWidget()
        self.tone_label = PlainLabel()
        self.tone_label.setWordWrap(True)
        self.tone_label.setProperty("role", "secondary")
        self.readout = PixelReadout()
        self.activity = ActivityStrip()
        self.place_label = PlainLabel()
        self.place_label.setAccessibleName("Picture of the filmstrip, and zoom")
        self.place_label.setProperty("role", "muted")
        self.place_label.setContentsMargins(8, 0, 8, 0)
        self.timing_label = PlainLabel()
        self.timing_label.setObjectName("timing")
        self.timing_label.setContentsMargins(8, 0, 12, 0)
        self.model_title = PlainLabel("No checkpoint open")
        self.model_title.setWordWrap(True)
        self.model_note = PlainLabel()
        self.model_note.setWordWrap(True)
        self.model_note.setProperty("role", "secondary")
        self.model_notes = FoldedNotes()
        self.about_button = QPushButton("About")
        self.about_button.setProperty("role", "link")
        self.about_button.setToolTip("What is known of this model: training, classes, results")
        self.about_button.setAccessibleName("About this model")
        self.model_box = QWidget()
        self.crf_box = QWidget()
        self.crf_more_box = QWidget()
        self.crf_switch = ToggleSwitch()
        self.crf_switch.setAccessibleName("CRF")
        self.crf_switch.setToolTip("Refine the labels with the photograph (C)")
        # As wide as the panel, whatever stands in the list and however large it once was.
        self.preset_box = FittedChoice()
        self.preset_box.setAccessibleName("CRF preset")
        self.overlay_box = QWidget()
        self.comparison_table = ComparisonTable()
        self.brush_bar = BrushBar()
        self.target_label = PlainLabel()
        self.target_label.setWordWrap(True)
        self.mapping_box = FittedChoice()
        self.mapping_box.setAccessibleName("What the mask's numbers mean")
        self.mapping_box.setToolTip("What the numbers of the target mask mean")
        for box in (self.model_box, self.crf_box, self.crf_more_box, self.overlay_box):
            layout = QVBoxLayout(box)
            layout.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self.tone_box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.tone_label)

    def _panel(self, sections: list[QWidget], name: str) -> QScrollArea:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.setSpacing(12)
        for section in sections:
            layout.addWidget(section)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(SIDE_WIDTH - 24)
        area.setMaximumWidth(SIDE_WIDTH + 132)
        area.setObjectName(name)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        return area

    def _lay_out(self) -> None:
        self.pictures_section = Section("Pictures", self.filmstrip)
        photograph = QWidget()
        layout = QVBoxLayout(photograph)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.band_choice)
        layout.addWidget(self.tone_box)
        self.photograph_section = Section("Photograph", photograph)
        self.photograph_section.set_open(False)
        self.photograph_section.hide()
        model = QWidget()
        layout = QVBoxLayout(model)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.model_title)
        layout.addWidget(self.model_note)
        layout.addWidget(self.model_notes)
        layout.addWidget(self.model_box)
        self.model_section = Section("Model", model, trailing=self.about_button)
        self.classes_section = Section("Classes", self.legend)
        self.overlay_section = Section("Overlay", self.overlay_box)
        crf = QWidget()
        layout = QVBoxLayout(crf)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.preset_box)
        layout.addWidget(self.crf_box)
        self.crf_more_section = Section("More", self.crf_more_box)
        self.crf_more_section.set_open(False)
        layout.addWidget(self.crf_more_section)
        self.crf_tried = TriedList()
        self.crf_tried_section = Section("Tried", self.crf_tried)
        self.crf_tried_section.hide()
        layout.addWidget(self.crf_tried_section)
        self.crf_section = Section("CRF", crf, trailing=self.crf_switch)
        self.comparison_section = Section("A and B", self.comparison_table)
        self.comparison_section.hide()
        target = QWidget()
        layout = QVBoxLayout(target)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.target_label)
        layout.addWidget(self.mapping_box)
        self.brush_section = Section("Brush", self.brush_bar)
        self.brush_section.hide()
        self.target_section = Section("Target", target)
        self.target_section.hide()

        self.left = self._panel(
            [self.pictures_section, self.photograph_section, self.model_section], "left panel"
        )
        self.right = self._panel(
            [
                self.classes_section,
                self.brush_section,
                self.comparison_section,
                self.target_section,
                self.overlay_section,
                self.crf_section,
            ],
            "right panel",
        )
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.message_bar)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self.page_bar)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName("regions")
        self.splitter.setHandleWidth(1)
        for widget in (self.left, centre, self.right):
            self.splitter.addWidget(widget)
        for index, stretch in enumerate((0, 1, 0)):
            self.splitter.setStretchFactor(index, stretch)
            self.splitter.setCollapsible(index, index != 1)
        self.setCentralWidget(self.splitter)
        self.side_room = SideRoom(self.splitter)
        self.reset_layout()

        status = self.statusBar()
        status.setSizeGripEnabled(False)
        status.addWidget(self.readout, 1)
        status.addPermanentWidget(self.activity)
        status.addPermanentWidget(self.place_label)
        status.addPermanentWidget(self.timing_label)

    def reset_layout(self) -> None:
        """Put the regions back where they were on the first start."""
        self.left.show()
        self.right.show()
        width = max(self.width(), self.minimumWidth())
        self.splitter.setSizes([SIDE_WIDTH, width - 2 * SIDE_WIDTH, SIDE_WIDTH])

    def toggle_panels(self) -> None:
        """Fold both side panels away, or back."""
        show = self.left.isHidden() and self.right.isHidden()
        self.left.setVisible(show)
        self.right.setVisible(show)

    def restore_layout(self, preferences: Preferences) -> None:
        """Take size and regions as they were left."""
        geometry, regions = preferences.layout("window"), preferences.layout("regions")
        if geometry is not None:
            self.restoreGeometry(geometry)
        if regions is not None:
            self.splitter.restoreState(regions)

    def save_layout(self, preferences: Preferences) -> None:
        self.side_room.restore()
        preferences.save_layout("window", self.saveGeometry())
        preferences.save_layout("regions", self.splitter.saveState())

    def showEvent(self, event) -> None:
        super().showEvent(event)
        # Single keys belong to the picture from the start.
        self.canvas.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Keys come here only if the focused widget had no use for them.
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            # As the filmstrip runs.
            back = Qt.Key.Key_Right if self.isRightToLeft() else Qt.Key.Key_Left
            self.stepped.emit(-1 if event.key() == back else 1)
        elif event.key() in _PAGE_KEYS:
            self.paged.emit(_PAGE_KEYS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.files_dropped.emit(paths)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            # The release of Space goes to another window then.
            self.peek_key.let_go()
        super().changeEvent(event)

    def closeEvent(self, event) -> None:
        self.close_requested.emit()
        super().closeEvent(event)
