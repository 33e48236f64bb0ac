"""The window: one toolbar, two side panels, the picture between them, a status strip.

Only layout and actions live here; :mod:`segviewer.app.shell.presenter` says what they do.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QMainWindow,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segviewer.app.state.choices import COMPARISONS, LAYERS, PALETTES
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.thumbnails import load_thumbnail
from segviewer.widgets.canvas.image_canvas import ImageCanvas
from segviewer.widgets.controls.section import Section
from segviewer.widgets.controls.toggle_switch import ToggleSwitch
from segviewer.widgets.panels.activity_strip import ActivityStrip
from segviewer.widgets.panels.class_legend import ClassLegend
from segviewer.widgets.panels.filmstrip import Filmstrip
from segviewer.widgets.panels.message_bar import MessageBar
from segviewer.widgets.panels.pixel_readout import PixelReadout
from segviewer.widgets.tables.comparison_table import ComparisonTable
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip

SIDE_WIDTH = 288


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
    files_dropped(list)
        Paths dropped beside the picture.
    """

    close_requested = Signal()
    peek_changed = Signal(bool)
    stepped = Signal(int)
    files_dropped = Signal(list)

    def __init__(self):
        super().__init__()
        self.setWindowTitle("segviewer")
        self.resize(1440, 900)
        self.setMinimumSize(960, 600)
        self.setAcceptDrops(True)
        self.actions_by_name: dict[str, QAction] = {}
        self.menu_buttons: dict[str, QToolButton] = {}
        self._make_widgets()
        self._make_actions()
        # Over the picture Tab folds the panels; elsewhere it goes from control to control.
        fold = QShortcut(QKeySequence(Qt.Key.Key_Tab), self.canvas)
        fold.setContext(Qt.ShortcutContext.WidgetShortcut)
        fold.activated.connect(self.toggle_panels)
        self._make_toolbar()
        self._lay_out()

    def action(self, name: str) -> QAction:
        """The action called `name`."""
        return self.actions_by_name[name]

    def _make_widgets(self) -> None:
        self.canvas = ImageCanvas()
        self.message_bar = MessageBar()
        self.legend = ClassLegend()
        self.filmstrip = Filmstrip(load_thumbnail)
        self.readout = PixelReadout()
        self.activity = ActivityStrip()
        self.timing_label = PlainLabel()
        self.timing_label.setObjectName("timing")
        self.timing_label.setContentsMargins(8, 0, 12, 0)
        self.model_title = PlainLabel("No checkpoint open")
        self.model_title.setWordWrap(True)
        self.model_note = PlainLabel()
        self.model_note.setWordWrap(True)
        self.model_note.setProperty("role", "secondary")
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
        self.preset_box = QComboBox()
        self.preset_box.setAccessibleName("CRF preset")
        self.overlay_box = QWidget()
        self.comparison_table = ComparisonTable()
        self.target_label = PlainLabel()
        self.target_label.setWordWrap(True)
        for box in (self.model_box, self.crf_box, self.crf_more_box, self.overlay_box):
            layout = QVBoxLayout(box)
            layout.setContentsMargins(0, 0, 0, 0)

    def _add(self, name: str, text: str, keys="", tip: str = "", checkable=False) -> QAction:
        action = QAction(text, self)
        shortcuts = [keys] if isinstance(keys, str) else list(keys)
        action.setShortcuts([QKeySequence(key) for key in shortcuts if key])
        shown = f" ({action.shortcut().toString()})" if shortcuts and shortcuts[0] else ""
        action.setToolTip(plain_tip(f"{tip or text}{shown}"))
        action.setCheckable(checkable)
        self.addAction(action)
        self.actions_by_name[name] = action
        return action

    def _make_actions(self) -> None:
        add = self._add
        add("open", "Open…", "Ctrl+O", "Open photographs, a checkpoint or a target mask")
        add("open_folder", "Open folder…", "Ctrl+Shift+O", "Open a folder as a filmstrip")
        add("paste", "Paste picture", "Ctrl+V", "Open the picture on the clipboard")
        add("restore_open", "Restore what was open", tip="As the window left it that ended badly")
        add("export", "Export results…", "Ctrl+S", "Write label map, overlay and figures")
        add("copy", "Copy overlay", "Ctrl+C", "Copy the overlay to the clipboard")
        add("save_figure", "Save figure…", "Ctrl+E", "Save a picture that can be reopened")
        add("copy_python", "Python", tip="A script that makes this label map")
        add("copy_command", "Command", tip="The command line that makes this label map")
        add("copy_caption", "LaTeX caption", tip="What is seen, in words for a paper")
        add("save_session", "Save session…", tip="Write every setting, to reopen this figure")
        add("close_target", "Close target mask")
        add("catalogue", "Catalogue of weights…", "Ctrl+Shift+D", "Bundled and published weights")
        add("random", "Random weights", tip="The same network untrained, for teaching")
        add("reset_network", "As trained", tip="Put every network setting back as trained")
        add("network_card", "Network card", "N", "Stages, layers and activations", checkable=True)
        add("pin", "Pin this network as A", "Shift+A", "Compare what you set next with it")
        add("unpin", "Unpin A", "Ctrl+Shift+A", "Stop comparing")
        add("undo", "Undo", "Ctrl+Z")
        add("redo", "Redo", ["Ctrl+Shift+Z", "Ctrl+Y"])
        add("fit", "Fit", ["F"], "Fit the picture into the view")
        add("one_to_one", "1:1", "Ctrl+0", "One picture pixel is one screen pixel")
        add("zoom_in", "Zoom in", ["Ctrl++", "Ctrl+="])
        add("zoom_out", "Zoom out", "Ctrl+-")
        add("overlay", "Overlay", "S", "Show or hide the overlay")
        add("fainter", "Fainter overlay", "A", "Overlay opacity down")
        add("stronger", "Stronger overlay", "D", "Overlay opacity up")
        add("crf", "CRF on or off", "C", "Refine the labels with the photograph")
        add("probability", "Probabilities", "P", "Probability of the chosen class")
        add("entropy", "Uncertainty", "U", "Entropy of the class probabilities")
        add("labs", "Lab drawer", "G", "Open or close the lab drawer")
        add("gallery", "All labs…", "Shift+G", "Every lab with a picture, to choose from")
        add("next_step", "Next step", "PgDown", "Next step of the lesson")
        add("previous_step", "Step before", "PgUp", "Step before in the lesson")
        add("restore_step", "Back to this step", "Home", "The step of the lesson as it was")
        add("leave_lesson", "Leave the lesson", tip="Go back to what there was before it")
        add("open_lesson", "Open lesson file…")
        add("add_step", "Add this state as a step…", tip="Write it into a lesson of your own")
        add("present", "Present", "F5", "Full screen with large text", checkable=True)
        add("blank", "Blank screen", ["B", "."], "While presenting: a black screen, and back")
        add("speaker", "Speaker window", "Shift+F5", "Notes, next step and time", checkable=True)
        add("larger_text", "Larger text", ["Alt++", "Alt+="], "The text of presenting, one larger")
        add("smaller_text", "Smaller text", "Alt+-", "The text of presenting, one smaller")
        add("lens", "Zoom lens", "Z", "The picture about the pointer, larger", checkable=True)
        add("lens_power", "Stronger lens", "Shift+Z", "Up to ×6, then ×2 (Ctrl+wheel)")
        add("live", "Live", "L", "Run at once whenever a setting changes", checkable=True)
        self.action("live").setChecked(True)
        add("run", "Run", "Ctrl+Return", "Run now, once")
        add("cancel", "Cancel", "Esc", "Stop what runs")
        add("previous_layer", "Previous layer", "[")
        add("next_layer", "Next layer", "]")
        add("panels", "Panels", tip="Fold the side panels away or back (Tab over the picture)")
        add("reset_layout", "Reset layout")
        add("tour", "Tour", tip="Four stops: open, the picture, the settings, labs and lessons")
        add("glossary", "Glossary", "F1", "Terms and symbols, with their formulas and papers")
        add("about_model", "About this model…", tip="Training, classes, results, licence, file")
        add("log", "Show log", tip="What ran last, and what went wrong, to be copied")
        add("keys", "Keys", "?", "Show the keys")
        add("quit", "Quit", "Ctrl+Q")
        for number in range(1, 6):
            add(f"recent_{number}", f"Recent picture {number}", f"Ctrl+{number}")
        for number in range(1, 10):
            add(f"class_{number}", f"Choose class {number}", f"{number}")
        for name in ("undo", "redo", "pin", "unpin"):
            self.action(name).setEnabled(False)
        self.action("restore_open").setVisible(False)

    def _menu_button(self, text: str, tip: str, menu: QMenu) -> QToolButton:
        button = QToolButton()
        self.menu_buttons[text] = button
        button.setText(text)
        button.setToolTip(plain_tip(tip))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.toolbar.addWidget(button)
        return button

    def _choice_menu(self, name: str, entries) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        group = QActionGroup(self)
        for value, text, tip in entries:
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setToolTip(plain_tip(tip))
            action.setData(value)
            group.addAction(action)
        setattr(self, f"{name}_group", group)
        return menu

    def _make_toolbar(self) -> None:
        self.toolbar = QToolBar("Main")
        self.toolbar.setObjectName("main toolbar")
        self.toolbar.setMovable(False)
        self.toolbar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.addToolBar(self.toolbar)

        self.open_menu = QMenu(self)
        self.open_menu.setToolTipsVisible(True)
        self.samples_menu = QMenu("Samples", self)
        self.recent_menu = QMenu("Recent pictures", self)
        self.open_menu.addActions([self.action("open"), self.action("open_folder")])
        self.open_menu.addMenu(self.samples_menu)
        self.open_menu.addMenu(self.recent_menu)
        self.open_menu.addActions(
            [self.action(name) for name in ("paste", "restore_open", "close_target")]
        )
        self.open_menu.addSeparator()
        self.copy_menu = QMenu("Copy as", self)
        self.copy_menu.setToolTipsVisible(True)
        self.copy_menu.addActions(
            [self.action(f"copy_{name}") for name in ("python", "command", "caption")]
        )
        self.open_menu.addActions(
            [self.action(name) for name in ("save_figure", "export", "copy", "save_session")]
        )
        self.open_menu.insertMenu(self.action("save_session"), self.copy_menu)
        self.open_menu.addSeparator()
        self.open_menu.addAction(self.action("quit"))
        self._menu_button("Open", "Photographs, checkpoints, target masks, export", self.open_menu)

        self.model_menu = QMenu(self)
        self.model_menu.setToolTipsVisible(True)
        self.bundled_menu = QMenu("Bundled weights", self)
        self.networks_menu = QMenu("Networks", self)
        self.networks_menu.setEnabled(False)  # until the engine has listed them
        self.recent_checkpoints_menu = QMenu("Recent checkpoints", self)
        self.model_menu.addMenu(self.networks_menu)
        self.model_menu.addMenu(self.bundled_menu)
        self.model_menu.addMenu(self.recent_checkpoints_menu)
        self.model_menu.addActions(
            [
                self.action(name)
                for name in ("catalogue", "open", "random", "reset_network", "network_card")
            ]
        )
        self._menu_button("Model", "Which checkpoint runs", self.model_menu)
        self.toolbar.addSeparator()
        for name, text, entries, tip in (
            ("comparison", "Compare", COMPARISONS, "How photograph and labels are compared"),
            ("layer", "Layer", LAYERS, "What lies over the photograph"),
            ("palette", "Palette", PALETTES, "Colours of the classes"),
        ):
            menu = self._choice_menu(name, entries)
            setattr(self, f"{name}_button", self._menu_button(text, tip, menu))
        self.difference_action = next(
            action for action in self.comparison_group.actions() if action.data() == "difference"
        )
        menu = self.comparison_button.menu()
        menu.addSeparator()
        menu.addActions([self.action("pin"), self.action("unpin")])
        # The button itself is one click to the colour-blind-safe colours and back.
        self.palette_button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.palette_button.setToolTip("Click: colour-blind-safe colours, and back")
        self.toolbar.addSeparator()
        for name in ("live", "run"):
            self.toolbar.addAction(self.action(name))
        self.toolbar.addSeparator()
        self.labs_menu = QMenu(self)
        self.labs_menu.setToolTipsVisible(True)
        self.labs_menu.addAction(self.action("gallery"))
        self.labs_menu.addSeparator()
        self._menu_button("Labs", "One concept at a time, on this photograph (G)", self.labs_menu)
        self.lessons_menu = QMenu(self)
        self.lessons_menu.setToolTipsVisible(True)
        self._menu_button("Lessons", "Step by step, for a lecture (F5 presents)", self.lessons_menu)
        self.toolbar.addSeparator()
        for name in ("undo", "redo", "fit", "one_to_one"):
            self.toolbar.addAction(self.action(name))
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.toolbar.addWidget(spacer)
        self.device_menu = QMenu(self)
        self.device_group = QActionGroup(self)
        self.device_button = self._menu_button("Device", "Where the network runs", self.device_menu)
        self.view_menu = QMenu(self)
        self.view_menu.setToolTipsVisible(True)
        self.view_menu.addActions(
            [
                self.action(name)
                for name in ("panels", "reset_layout", "zoom_in", "zoom_out", "overlay")
            ]
        )
        self._menu_button("View", "Panels, zoom", self.view_menu)
        self.help_menu = QMenu(self)
        self.help_menu.setToolTipsVisible(True)
        self.help_menu.addActions(
            [self.action(name) for name in ("tour", "glossary", "keys", "about_model", "log")]
        )
        self._menu_button("Help", "Tour, glossary, keys, about this model", self.help_menu)
        for action in self.toolbar.actions():
            widget = self.toolbar.widgetForAction(action)
            if isinstance(widget, QToolButton):
                # Space belongs to peeking, arrows to the pictures.
                widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)

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
        model = QWidget()
        layout = QVBoxLayout(model)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.model_title)
        layout.addWidget(self.model_note)
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
        self.crf_section = Section("CRF", crf, trailing=self.crf_switch)
        self.comparison_section = Section("A and B", self.comparison_table)
        self.comparison_section.hide()
        self.target_section = Section("Target", self.target_label)
        self.target_section.hide()

        self.left = self._panel([self.pictures_section, self.model_section], "left panel")
        self.right = self._panel(
            [
                self.classes_section,
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
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName("regions")
        self.splitter.setHandleWidth(1)
        for widget in (self.left, centre, self.right):
            self.splitter.addWidget(widget)
        for index, stretch in enumerate((0, 1, 0)):
            self.splitter.setStretchFactor(index, stretch)
            self.splitter.setCollapsible(index, index != 1)
        self.setCentralWidget(self.splitter)
        self.reset_layout()

        status = self.statusBar()
        status.setSizeGripEnabled(False)
        status.addWidget(self.readout, 1)
        status.addPermanentWidget(self.activity)
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
        preferences.save_layout("window", self.saveGeometry())
        preferences.save_layout("regions", self.splitter.saveState())

    def showEvent(self, event) -> None:
        super().showEvent(event)
        # Single keys belong to the picture from the start.
        self.canvas.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Keys come here only if the focused widget had no use for them.
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.peek_changed.emit(True)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(-1 if event.key() == Qt.Key.Key_Left else 1)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.peek_changed.emit(False)
        else:
            super().keyReleaseEvent(event)

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
            self.peek_changed.emit(False)
        super().changeEvent(event)

    def closeEvent(self, event) -> None:
        self.close_requested.emit()
        super().closeEvent(event)
