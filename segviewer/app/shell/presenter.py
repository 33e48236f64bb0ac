"""Wires the window: one object for each thing it does, and what each action calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from segviewer.app.frame.camera import CameraOpening
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.opening_preview import OpeningPreview
from segviewer.app.frame.openings import Openings, drop_hint
from segviewer.app.frame.recents import Recents
from segviewer.app.panels.class_panel import ClassPanel
from segviewer.app.panels.comparison import Comparison
from segviewer.app.panels.crf_presets import CRFPresets
from segviewer.app.panels.crf_tried import CRFTried
from segviewer.app.panels.model_panel import ModelPanel
from segviewer.app.panels.network_menus import NetworkMenus
from segviewer.app.panels.offers import Offers
from segviewer.app.panels.overlay_steps import OverlaySteps
from segviewer.app.panels.photograph_panel import PhotographPanel
from segviewer.app.panels.picture_panel import PicturePanel
from segviewer.app.panels.pictures_panel import PicturesPanel
from segviewer.app.panels.run_panel import RunPanel
from segviewer.app.panels.settings_panels import SettingsPanels
from segviewer.app.panels.trust_question import TrustQuestion
from segviewer.app.shell.later_parts import PARTS, LaterParts, built
from segviewer.app.state.background import Background
from segviewer.app.state.details import Details
from segviewer.app.state.failures import Failures
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.requests import Requests
from segviewer.app.state.results import Results
from segviewer.app.state.runner import Runner
from segviewer.app.state.shown import Panel, Screen
from segviewer.app.state.store import Store
from segviewer.app.targets.target_painting import TargetPainting
from segviewer.app.targets.target_panel import TargetPanel
from segviewer.references import Reference

if TYPE_CHECKING:  # built by :mod:`segviewer.app.shell.later_parts`
    from segviewer.app.datasets.bench import Bench
    from segviewer.app.figures.copying import Copying
    from segviewer.app.figures.figures import Figures
    from segviewer.app.figures.saving import Saving
    from segviewer.app.frame.colour_vision import ColourVision
    from segviewer.app.help.help_views import HelpViews
    from segviewer.app.labs.gallery_view import GalleryView
    from segviewer.app.labs.lab_view import LabView
    from segviewer.app.lessons.lesson_view import LessonView
    from segviewer.app.network.network_card import CardView
    from segviewer.app.network.sheet_view import SheetView
    from segviewer.app.panels.tone_panel import TonePanel
    from segviewer.app.presenting.presentation import Presentation
    from segviewer.app.shell.preloading import Preloading


class Presenter(QObject):
    """The window's behaviour.

    Settings go from forms to the store, from there to the engine (:class:`Requests`); what comes
    back makes a screen (:class:`Results`), of which every panel draws what has changed.

    Signals
    -------
    label_map_shown()
        A complete label map lies on the canvas.

    Parameters
    ----------
    window : MainWindow
    store : Store
    runner : Runner
    preferences : Preferences
    in_slices : bool
        Whether what is not on the first screen is built behind the first paint.

    Attributes
    ----------
    later : LaterParts
        What builds it.
    """

    label_map_shown = Signal()

    if TYPE_CHECKING:
        card: CardView
        sheet: SheetView
        labs: LabView
        bench: Bench
        gallery: GalleryView
        lessons: LessonView
        presentation: Presentation
        help: HelpViews
        saving: Saving
        copying: Copying
        figures: Figures
        preloading: Preloading
        tones: TonePanel
        vision: ColourVision

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        runner: Runner,
        preferences: Preferences,
        *,
        in_slices: bool = False,
    ):
        super().__init__(window)
        self.window, self.store, self.runner = window, store, runner
        self.preferences = preferences
        self._closed = self._labelled = False
        bar = window.message_bar
        self.background = background = Background(self)
        if in_slices:
            background.hold()
        self.openings = openings = Openings(store, background, preferences, window)
        self.results = results = Results(store, runner, self)
        self.requests = Requests(store, runner, results, window.action("live"), self)
        self.failures = Failures(bar, store, runner, results, self)
        self.recents = Recents(window, store, openings, results, preferences, background)
        self.camera = CameraOpening(store, results, background, window)

        self.settings = SettingsPanels(window, store)
        self.overlay_steps = OverlaySteps(window, store)
        self.presets = CRFPresets(window.preset_box, store, background, results)
        self.model = ModelPanel(window, store)
        self.networks = NetworkMenus(window, openings, results, background)
        self.comparison = Comparison(window, store)
        self.picture = PicturePanel(window, results, self.comparison)
        self.run = RunPanel(window, runner)
        self.offers = Offers(bar, openings, results, self)
        self.trust = TrustQuestion(bar, store, runner, background, self.failures, self)
        self._pictures = PicturesPanel(window, store, openings)
        self._classes = ClassPanel(window)
        self._opening = OpeningPreview(window, store, runner, results, background)
        self._target = TargetPanel(window, store, preferences)
        self.painting = TargetPainting(window, store, background, openings, results)
        self._photograph = PhotographPanel(window, store, preferences)
        self._tried = CRFTried(window.crf_tried_section, window.crf_tried, store, results)
        self.panels = self._panels()
        self._connect()
        self._connect_actions()
        self._apply(None, results.screen)
        background.run(_read_installed, failed=lambda error: None)
        background.run(_sweep, failed=lambda error: None)
        self.later = LaterParts(lambda: built(self), self)
        self.later.painted.connect(background.release)
        self.later.built.connect(self._on_built)
        openings.about_to_open.connect(self.later.build)
        if in_slices:
            self.later.begin_after_paint(window)
        else:
            self.later.build()

    def __getattr__(self, name: str) -> Any:
        """A part that is not there yet is built, with all the others."""
        if name in PARTS and "later" in self.__dict__:
            self.later.build()
            if name in self.__dict__:
                return self.__dict__[name]
        raise AttributeError(f"the presenter has no {name}")

    def _panels(self, *later: Panel) -> tuple[Panel, ...]:
        """In the order in which they draw: A before the chips, which name both."""
        return (
            self.failures,
            self.settings,
            self.model,
            self._pictures,
            *later[:-1],
            self._classes,
            self._target,
            self.painting,
            self._photograph,
            *later[-1:],
            self._tried,
            self.run,
            self.comparison,
            self.picture,
        )

    def _on_built(self) -> None:
        later: tuple[Panel, ...] = (self.card, self.sheet, self.labs, self.bench, self.tones)
        self.panels = self._panels(*later)
        for panel in later:
            panel.apply(None, self.results.screen)
        if self._labelled:
            self.preloading.start()

    def _connect(self) -> None:
        window, runner, canvas = self.window, self.runner, self.window.canvas
        runner.in_view = lambda: canvas.view.in_view
        self.details = Details(self.store, runner, self.results, canvas, self)
        self.results.changed.connect(self._apply)
        self.results.arrived.connect(self._on_arrived)
        self.store.history_changed.connect(self._on_history_changed)
        self.failures.picture_refused.connect(self.recents.forget)
        self.failures.emptied.connect(lambda: self.openings.list_pictures([]))
        self.failures.crop_wanted.connect(lambda: self.labs.open_where_pointed("exact"))
        self.openings.failed.connect(self.failures.show_opening_error)
        self.camera.failed.connect(self.failures.show_failure)
        self.camera.opened.connect(lambda: self.openings.list_pictures([]))
        self.camera.kept.connect(lambda path: self.openings.list_pictures([path]))
        self.presets.failed.connect(self.failures.show_failure)
        self.painting.failed.connect(self.failures.show_failure)
        self.painting.noted.connect(lambda text: window.statusBar().showMessage(text, 6000))
        self.presets.noted.connect(lambda text: window.statusBar().showMessage(text, 6000))
        canvas.files_dropped.connect(self.openings.open_paths)
        # Arrow keys are the pictures' then, not those of the slider that was set last.
        self.openings.pictures_opened.connect(canvas.setFocus)
        canvas.drop_hint = drop_hint
        canvas.sample_chosen.connect(self.openings.open_sample)
        canvas.open_requested.connect(self.openings.open_dialog)
        canvas.double_clicked.connect(window.toggle_panels)
        window.files_dropped.connect(self.openings.open_paths)
        window.activity.cancel_requested.connect(self.cancel)
        window.peek_changed.connect(canvas.peek)
        window.stepped.connect(self.openings.step)
        window.close_requested.connect(self.close)

    def _connect_actions(self) -> None:
        window, canvas = self.window, self.window.canvas
        for name, slot in {
            "open": self.openings.open_dialog,
            "open_folder": self.openings.open_folder_dialog,
            "open_camera": self.camera.ask,
            "open_scores": self.openings.open_scores_dialog,
            "paste": self.openings.paste,
            "undo": self.store.undo,
            "redo": self.store.redo,
            "fit": canvas.fit,
            "one_to_one": canvas.one_to_one,
            "zoom_in": lambda: canvas.zoom_by(1.25),
            "zoom_out": lambda: canvas.zoom_by(0.8),
            "crf": window.crf_switch.click,
            "run": self.requests.run_now,
            "cancel": self.cancel,
            "panels": window.toggle_panels,
            "reset_layout": self._reset_layout,
            "keys": self.show_keys,
            "quit": window.close,
        }.items():
            # triggered carries a bool that most slots have no use for.
            window.action(name).triggered.connect(lambda checked=False, slot=slot: slot())

    def _apply(self, old: Screen | None, new: Screen) -> None:
        for panel in self.panels:
            panel.apply(old, new)

    def _on_arrived(self, stage: str, result: object) -> None:
        labelled = self.results.shown.labelled
        if stage == "label_map" and labelled is not None and labelled.complete:
            self.label_map_shown.emit()
            if not self._labelled:
                self._labelled = True
                if self.later.are_built:
                    self.preloading.start()

    def _on_history_changed(self) -> None:
        self.window.action("undo").setEnabled(self.store.can_undo)
        self.window.action("redo").setEnabled(self.store.can_redo)

    def open_first(self, image: str) -> None:
        """Open what the command line named, or the first sample."""
        if Reference.picture(image).kind == "sample":
            self.openings.list_samples()
            self.store.amend(self.store.session.with_image(image))
        elif image and self.store.session.image == image:
            self.openings.list_pictures([image])
        elif image:
            self.openings.open_paths([image])
        self.requests.submit()

    def cancel(self) -> None:
        """Stop what runs; what is on screen stays. At rest, leave a layer, or the presentation."""
        other = self.camera.stop() | self.details.stop()
        if (
            not self.runner.running
            and not other
            and (self.painting.leave() or self.card.leave() or self.presentation.leave())
        ):
            return
        self.runner.cancel()
        self.run.finish()
        self.window.message_bar.clear()

    def _reset_layout(self) -> None:
        self.preferences.forget_layout()
        self.window.reset_layout()

    def show_keys(self) -> None:
        """Open the key sheet."""
        from segviewer.app.shell.key_list import key_list
        from segviewer.widgets.help.key_sheet import KeySheet

        sheet = KeySheet(key_list(self.window), self.window)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def close(self) -> None:
        """Remember, and end everything that runs; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self.later.stop()
        self.presets.close()
        # A part that could not be made must not keep the window from closing.
        there = self.__dict__
        if "preloading" in there:
            self.preloading.stop()
        if "bench" in there:
            self.bench.close()
        self.preferences.remember(self.store.session)
        # What is kept is the window as it is worked with.
        if "presentation" in there:
            self.presentation.end()
        self.window.save_layout(self.preferences)
        self.runner.close()
        self.window.filmstrip.stop()
        self.background.close()
        QTimer.singleShot(0, self.window.close)


def _sweep() -> None:
    from segviewer.app.state.own_folders import sweep_own_folders

    sweep_own_folders()


def _read_installed() -> None:
    from segviewer.additions.installed import read_installed

    read_installed()
