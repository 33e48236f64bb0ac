"""What is not on the first screen: imported and built in slices, once the window is painted.

On the main thread, because all of it is Qt's. A person who is quicker than that, and code that
asks for one of the parts, has the rest built at once: nothing can see the difference.
"""

from __future__ import annotations

import importlib
import logging
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from segviewer.app.shell.presenter import Presenter

logger = logging.getLogger(__name__)

SLICE_S = 0.004  # after which the event loop gets its turn; a slice ends with what it is at
UNPAINTED_MS = 1500  # for a window that is never painted, such as one that starts as an icon
# What a person does, as far as a part may be concerned.
INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.ShortcutOverride,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.TouchBegin,
        QEvent.Type.ContextMenu,
        QEvent.Type.DragEnter,
        QEvent.Type.Drop,
    }
)
# The attributes of the presenter that are made here, in this order.
PARTS = (
    "card",
    "sheet",
    "labs",
    "bench",
    "gallery",
    "lessons",
    "presentation",
    "help",
    "saving",
    "copying",
    "figures",
    "preloading",
    "tones",
    "vision",
)
# Each after what it imports itself, so that no turn of the event loop imports more than a few.
MODULES = (
    "segviewer.widgets.diagrams.stage_words",
    "segviewer.widgets.diagrams.network_diagram",
    "segviewer.widgets.tables.layer_table",
    "segviewer.app.network.network_card",
    "segviewer.imaging.class_list",
    "segviewer.app.network.sheet_fields",
    "segviewer.widgets.grids.picture_tiles",
    "segviewer.app.network.sheet_dialog",
    "segviewer.checkpoints.published.catalogue",
    "segviewer.checkpoints.reading.folder",
    "segviewer.checkpoints.card_files",
    "segviewer.app.network.sheet_view",
    "segviewer.app.labs.clicked_pixel",
    "segviewer.widgets.text.formula_atoms",
    "segviewer.widgets.text.formula_markup",
    "segviewer.widgets.text.typesetting",
    "segviewer.widgets.text.typesetter",
    "segviewer.widgets.text.formula_layout",
    "segviewer.widgets.text.equation_label",
    "segviewer.app.labs.lab_drawer",
    "segviewer.app.labs.lab_view",
    "segviewer.imaging.datasets.naming",
    "segviewer.imaging.reading.inspecting",
    "segviewer.imaging.reading.mask_files.shapes",
    "segviewer.imaging.datasets.annotation_files",
    "segviewer.imaging.datasets.named_files",
    "segviewer.imaging.reading.routing",
    "segviewer.imaging.datasets.alike_names",
    "segviewer.imaging.datasets.pairing",
    "segviewer.app.datasets.bench",
    "segviewer.lessons.observation",
    "segviewer.lessons.lesson",
    "segviewer.lessons.reading",
    "segviewer.widgets.help.lesson_panel",
    "segviewer.lessons.packed_lesson",
    "segviewer.app.lessons.lessons_menu",
    "segviewer.app.lessons.lesson_view",
    "segviewer.app.lessons.lesson_editing",
    "segviewer.app.lessons.question_cover",
    "segviewer.app.lessons.marked_answer",
    "segviewer.widgets.help.speaker_window",
    "segviewer.app.labs.lab_places",
    "segviewer.imaging.reading.targets",
    "segviewer.app.lessons.step_thumbnail",
    "segviewer.app.presenting.speaker",
    "segviewer.widgets.canvas.zoom_lens",
    "segviewer.app.presenting.lenses",
    "segviewer.widgets.text.fitted_text",
    "segviewer.app.presenting.program_text",
    "segviewer.app.presenting.presentation",
    "segviewer.app.help.help_views",
    "segviewer.export.exporting",
    "segviewer.app.figures.saving",
    "segviewer.app.figures.figures",
    "segviewer.app.shell.preloading",
    "segviewer.app.labs.gallery_view",
    "segviewer.app.figures.copying",
    "segviewer.widgets.charts.tone_histogram",
    "segviewer.app.panels.tone_panel",
    "segviewer.app.shell.key_list",
    "segviewer.app.frame.language_menu",
    "segviewer.app.frame.theme_menu",
    "segviewer.app.frame.motion",
    "segviewer.app.frame.colour_vision",
)


def built(presenter: Presenter) -> Iterator[None]:
    """Build the parts; what is between two turns is short."""
    for module in MODULES:
        importlib.import_module(module)
        yield
    p, window, store, results = presenter, presenter.window, presenter.store, presenter.results
    openings, background, failed = p.openings, p.background, p.failures.show_failure

    from segviewer.app.network.network_card import CardView

    p.card = CardView(window, store, results, p.requests)
    yield
    from segviewer.app.network.sheet_view import SheetView

    p.sheet = SheetView(window, store, results, p.requests, background)
    yield
    from segviewer.app.labs.lab_view import LabView

    p.labs = LabView(window, store, results)
    window.tabifyDockWidget(p.card.drawer, p.labs.drawer)
    yield
    from segviewer.app.datasets.bench import Bench

    p.bench = Bench(window, store, openings, background, failed)
    p.offers.measure_requested.connect(p.bench.measure)
    yield
    from segviewer.app.labs.gallery_view import GalleryView

    p.gallery = GalleryView(window, store, p.labs, background)
    yield
    from segviewer.app.lessons.lesson_view import LessonView

    p.lessons = LessonView(window, store, openings, background, results, failed)
    p.lessons.expected.connect(p.runner.prepare)
    p.lessons.settings_wanted.connect(p.model.show_only)
    openings.lesson_given.connect(p.lessons.open)
    yield
    from segviewer.app.labs.lab_places import LabPlaces

    places = LabPlaces(window, p.labs, p.preferences)
    yield
    from segviewer.app.lessons.lesson_editing import LessonEditing

    LessonEditing(window, store, background, results, p.lessons, failed)

    from segviewer.app.lessons.question_cover import QuestionCover

    QuestionCover(window, p.lessons, p.labs)
    yield
    from segviewer.app.lessons.marked_answer import MarkedAnswer

    MarkedAnswer(p.labs.drawer, p.lessons)
    yield
    from segviewer.app.presenting.presentation import Presentation

    p.presentation = Presentation(window, p.lessons, places, p.preferences)
    yield
    from segviewer.app.help.help_views import HelpViews
    from segviewer.app.shell.key_list import key_list

    p.help = HelpViews(
        window, store, p.labs, background, results, p.preferences, lambda: key_list(window)
    )
    yield
    from segviewer.app.frame.language_menu import LanguageMenu
    from segviewer.app.frame.theme_menu import ThemeMenu

    LanguageMenu(window.toolbar.language_menu, p.preferences, window)
    ThemeMenu(window.toolbar.theme_menu, p.preferences, window)
    yield
    from segviewer.app.frame.colour_vision import ColourVision
    from segviewer.app.frame.motion import Motion

    Motion(window, p.preferences)
    p.vision = ColourVision(window, store, results, background)
    yield
    from segviewer.app.figures.copying import Copying
    from segviewer.app.figures.saving import Saving

    p.saving = Saving(window, store, background, results, failed, lambda: openings.pictures)
    p.copying = Copying(window, store, results)
    yield
    from segviewer.app.figures.figures import Figures

    p.figures = Figures(window, store, p.runner, background, results, p.labs, openings, failed)
    yield
    from segviewer.app.panels.tone_panel import TonePanel

    p.tones = TonePanel(window, store)
    yield
    from segviewer.app.shell.preloading import Preloading, lab_modules

    runner = p.runner
    p.preloading = Preloading(
        lambda: lab_modules(p.labs.make_ready), lambda: runner.running or store.dragging, p
    )


class LaterParts(QObject):
    """Builds the parts of a presenter, in slices or at once.

    Signals
    -------
    painted()
        The window has been painted for the first time, or is not going to be.
    built()
        All are there.

    Attributes
    ----------
    are_built : bool
    """

    painted = Signal()
    built = Signal()

    def __init__(self, steps: Callable[[], Iterator[None]], parent: QObject):
        super().__init__(parent)
        self._steps: Iterator[None] | None = None
        self._make_steps = steps
        self.are_built = self._running = False
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._on_turn)
        self._window: QWidget | None = None

    def begin_after_paint(self, window: QWidget) -> None:
        """Build in slices as soon as `window` has been painted."""
        self._window = window
        window.installEventFilter(self)
        QTimer.singleShot(UNPAINTED_MS, self, self._begin)

    def build(self) -> None:
        """Build what is not there yet, now."""
        while not self.are_built and not self._running:
            self._step()

    def stop(self) -> None:
        """Build nothing more in slices; safe to call twice."""
        self._timer.stop()
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        kind = event.type()
        if kind in INPUT:
            try:
                self.build()
            except Exception:
                # Out of here it would end the process.
                sys.excepthook(*sys.exc_info())
        elif kind == QEvent.Type.UpdateRequest and watched is self._window:
            # The paint itself happens in this event; the next turn of the loop is after it.
            QTimer.singleShot(0, self, self._begin)
        return False

    def _begin(self) -> None:
        if self._window is not None:
            self._window.removeEventFilter(self)
            self._window = None
            self.painted.emit()
            if not self.are_built:
                # Not before: to look at the thousands of events of a first paint takes 20 ms.
                app = QCoreApplication.instance()
                assert app is not None
                app.installEventFilter(self)
                self._timer.start()

    def _on_turn(self) -> None:
        app = QCoreApplication.instance()
        assert app is not None
        # Nothing is delivered meanwhile that a person does, and to look at the hundreds of events
        # of widgets that are made takes a quarter of the time.
        app.removeEventFilter(self)
        began = time.monotonic()
        while not self.are_built and time.monotonic() - began < SLICE_S:
            self._step()
        if not self.are_built:
            app.installEventFilter(self)

    def _step(self) -> None:
        if self._steps is None:
            self._steps = self._make_steps()
        self._running = True  # a part that is being made may ask for those before it
        try:
            going_on = next(self._steps, self) is None
        finally:
            self._running = False
        if not going_on:
            self.are_built = True
            self.stop()
            self.built.emit()
