"""Connects store, runner and widgets: settings go out, results come back and are drawn."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from segviewer.app.figures.copying import Copying
from segviewer.app.figures.current_results import CurrentResults
from segviewer.app.figures.figures import Figures
from segviewer.app.figures.saving import Saving
from segviewer.app.frame.main_window import LAYERS, MainWindow
from segviewer.app.frame.openings import Openings, drop_hint
from segviewer.app.help.help_views import HelpViews
from segviewer.app.labs.gallery_view import GalleryView
from segviewer.app.labs.lab_drawer import LabView
from segviewer.app.lessons.lesson_view import LessonView
from segviewer.app.lessons.presentation import Presentation
from segviewer.app.network.network_card import INSIDE_STAGES, CardView
from segviewer.app.panels.comparison import Comparison
from segviewer.app.panels.crf_presets import CRFPresets
from segviewer.app.panels.model_panel import ModelPanel
from segviewer.app.panels.network_menus import NetworkMenus
from segviewer.app.panels.overlay_steps import OverlaySteps
from segviewer.app.panels.target_text import target_text
from segviewer.app.shell.preloading import Preloading, lab_modules
from segviewer.app.state.background import Background
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.runner import Runner
from segviewer.app.state.shown import Shown
from segviewer.app.state.store import Store
from segviewer.app.state.thumbnails import load_thumbnail
from segviewer.app.state.time_left import TimeLeft
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.engine.listener import Collected
from segviewer.engine.results import (
    FormsResult,
    HeatResult,
    LabelResult,
    MetricsResult,
    NetworkResult,
    PictureResult,
    ProbsResult,
)
from segviewer.engine.stages import (
    COMPARISON_STAGES,
    REFERENCE,
    title_of,
    wanted_stages,
    weights_of,
)
from segviewer.errors import SegviewerError
from segviewer.export.cover import Cover
from segviewer.export.exporting import shown_label_set
from segviewer.imaging.labels import MAX_CLASSES, LabelSet
from segviewer.imaging.overlay import colour_table
from segviewer.imaging.reading.header import LargePictureError
from segviewer.imaging.reading.samples import SAMPLES
from segviewer.inference.inspected import ActivationResult
from segviewer.labs import LABS
from segviewer.labs.lab import LabResult
from segviewer.session import OverlaySettings, Session
from segviewer.settings import controls
from segviewer.widgets.controls.settings_form import SettingsForm
from segviewer.widgets.text.plain_text import plain_entry, plain_tip, plain_title

# What a message may be about beside a stage: opening a file, and the engine itself.
OPENING, ENGINE = "opening", "engine"
# What else has succeeded once a stage has.
SETTLES = {
    "image": (OPENING,),
    "network": (OPENING,),
    "metrics": (OPENING,),
    "label_map": ("features", "probs", "compiling"),
}
OF_NETWORK = ("network", "probs")  # what labs need that another network answers otherwise

logger = logging.getLogger(__name__)


class Presenter(QObject):
    """The window's behaviour.

    Signals
    -------
    label_map_shown()
        A complete label map lies on the canvas.
    """

    label_map_shown = Signal()

    def __init__(self, window: MainWindow, store: Store, runner: Runner, preferences: Preferences):
        super().__init__(window)
        self.window, self.store, self.runner = window, store, runner
        self.preferences = preferences
        self.background = Background(self)
        self.openings = Openings(store, self.background, preferences, window)
        self.collected = Collected()
        self.comparison = Comparison(window, store, runner, self.collected)
        self.card = CardView(window, store, runner, self.collected, self._submit)
        self.labs = LabView(window, store, runner, self.collected)
        window.tabifyDockWidget(self.card.drawer, self.labs.drawer)
        self.lessons = LessonView(
            window, store, self.openings, self.background, self.collected, self._on_job_failed
        )
        self.lessons.expected.connect(runner.prepare)
        self.presentation = Presentation(window, self.lessons, self.labs.drawer, preferences)
        self.help = HelpViews(
            window, store, self.labs, self.background, self.collected, preferences
        )
        self.gallery = GalleryView(window, store, self.labs, self.background)
        self.networks = NetworkMenus(window, self.openings)
        self.overlay_steps = OverlaySteps(window, store)
        current = CurrentResults(window, store, runner, self.collected)
        self.saving = Saving(
            window,
            store,
            self.background,
            current,
            lambda: (self.labels, self._cover),
            self._on_job_failed,
        )
        self.copying = Copying(window, store, current)
        self.figures = Figures(
            window,
            store,
            runner,
            self.background,
            current,
            self.labs,
            self.openings,
            lambda: (self.labels, self._cover),
            self._on_job_failed,
        )
        self.time_left = TimeLeft(window.activity)
        self.preloading = Preloading(lab_modules, lambda: runner.running or store.dragging, self)
        self.network: NetworkResult | None = None  # the one that is open
        self.shown: Shown | None = None
        self.labels: LabelSet | None = None  # colours and names of what is shown
        self._listed: tuple[str, ...] | None = None  # in the legend
        self._shown_image = ""
        self._shown_weights = ("", "")
        self._shown_allow_large = False
        self._shown_target = ""
        self._measured_target = ""  # whose figures are on screen
        self._cover: Cover | None = None  # what is seen in place of the labels
        self._waiting = False
        self._shown_network: tuple = ()
        self._closed = False
        self._catalogue = None  # made when it is first opened
        self._make_forms()
        self._connect()
        self._fill_samples()
        self._show_session(store.session)
        self._fill_recent()

    # Setting up

    def _make_forms(self) -> None:
        window, session = self.window, self.store.session
        self.overlay_form = SettingsForm(controls(OverlaySettings), session.overlay.model_dump())
        window.overlay_box.layout().addWidget(self.overlay_form)
        values = session.crf.model_dump()
        self.crf_form, self.crf_more_form = (
            SettingsForm(tuple(c for c in controls(CRFSettings) if c.kind == kind), values)
            for kind in ("crf", "crf_more")
        )
        window.crf_box.layout().addWidget(self.crf_form)
        window.crf_more_box.layout().addWidget(self.crf_more_form)
        self.model = ModelPanel(window, self.store)
        self.overlay_form.edited.connect(partial(self._on_edited, "overlay"))
        self.crf_form.edited.connect(partial(self._on_edited, "crf"))
        self.crf_more_form.edited.connect(partial(self._on_edited, "crf"))
        self.presets = CRFPresets(
            window.preset_box,
            self.store,
            self.background,
            lambda: self.network.title if self.network is not None else "",
        )
        window.crf_switch.clicked.connect(lambda on: self._set("crf", enabled=on))

    def _connect(self) -> None:
        window, runner, canvas = self.window, self.runner, self.window.canvas
        self.store.changed.connect(self._on_session_changed)
        self.store.history_changed.connect(self._on_history_changed)
        self.store.drag_finished.connect(self._submit)
        runner.stage_started.connect(self._on_stage_started)
        runner.stage_progressed.connect(lambda stage, part: self.time_left.tell(part))
        runner.stage_finished.connect(self._on_stage_finished)
        runner.run_finished.connect(self._on_run_finished)
        runner.run_cancelled.connect(self._on_run_cancelled)
        runner.run_failed.connect(self._on_run_failed)
        runner.bug_found.connect(self._on_bug_found)
        self.label_map_shown.connect(self.preloading.start, Qt.ConnectionType.SingleShotConnection)
        self.openings.failed.connect(partial(self.show_error, about=OPENING))
        self.presets.failed.connect(self._on_job_failed)
        self.presets.told.connect(lambda text: self.window.statusBar().showMessage(text, 6000))
        self.openings.pictures_listed.connect(self._on_pictures_listed)
        canvas.pixel_hovered.connect(self._on_pixel_hovered)
        canvas.files_dropped.connect(self.openings.open_paths)
        canvas.drop_hint = drop_hint
        window.files_dropped.connect(self.openings.open_paths)
        canvas.sample_chosen.connect(self.openings.open_sample)
        canvas.open_requested.connect(self.openings.open_dialog)
        canvas.double_clicked.connect(window.toggle_panels)
        window.filmstrip.picture_chosen.connect(self.openings.open_picture)
        window.activity.cancel_requested.connect(self.cancel)
        window.peek_changed.connect(canvas.peek)
        window.stepped.connect(self.openings.step)
        window.close_requested.connect(self.close)
        actions = {
            "open": self.openings.open_dialog,
            "open_folder": self.openings.open_folder_dialog,
            "paste": self.openings.paste,
            "close_target": lambda: self.store.update(self.store.session.changed(target="")),
            "catalogue": self.show_catalogue,
            "network_card": self.card.toggle,
            "labs": self.labs.open_last,
            "pin": self.comparison.pin,
            "unpin": self.comparison.unpin,
            "undo": self.store.undo,
            "redo": self.store.redo,
            "fit": canvas.fit,
            "one_to_one": canvas.one_to_one,
            "zoom_in": lambda: canvas.zoom_by(1.25),
            "zoom_out": lambda: canvas.zoom_by(0.8),
            "crf": window.crf_switch.click,
            "live": self._on_live_toggled,
            "run": self.run_now,
            "cancel": self.cancel,
            "panels": window.toggle_panels,
            "reset_layout": self._reset_layout,
            "keys": self.show_keys,
            "quit": window.close,
        }
        for name, slot in actions.items():
            # triggered carries a bool that most slots have no use for.
            window.action(name).triggered.connect(lambda checked=False, slot=slot: slot())
        for number in range(1, 6):
            window.action(f"recent_{number}").triggered.connect(
                lambda checked=False, n=number: self.openings.open_recent(n)
            )

    def _fill_samples(self) -> None:
        for sample in SAMPLES:
            action = self.window.samples_menu.addAction(sample.title)
            action.triggered.connect(partial(self._open_sample, sample.name))
        self.background.run(
            _sample_thumbnails, done=self.window.canvas.set_samples, failed=lambda error: None
        )
        self.background.run(_bundled, done=self.networks.fill_bundled, failed=lambda error: None)
        self.background.run(_sweep, failed=lambda error: None)

    def _open_sample(self, name: str, checked: bool = False) -> None:
        self.openings.open_sample(name)

    def open_first(self, image: str) -> None:
        """Open what the command line named, or the first sample."""
        if image.startswith("sample:"):
            self.openings.list_pictures([f"sample:{sample.name}" for sample in SAMPLES])
            self.store.amend(self.store.session.changed(image=image))
        elif image and self.store.session.image == image:
            self.openings.list_pictures([image])
        elif image:
            self.openings.open_paths([image])
        self._submit()

    # From the person to the session

    def _set(self, part: str, finished: bool = True, **values: Any) -> None:
        session = self.store.session
        settings = getattr(session, part).changed(**values)
        self.store.update(session.changed(**{part: settings}), finished=finished)

    def _on_edited(self, part: str, name: str, value: object, finished: bool) -> None:
        self._set(part, finished, **{name: value})

    def _on_live_toggled(self) -> None:
        if self.window.action("live").isChecked():
            self._submit()

    def run_now(self) -> None:
        """Run once, whatever Live says."""
        self._submit(forced=True)

    def cancel(self) -> None:
        """Stop what runs; what is on screen stays. At rest, leave a layer, or the presentation."""
        if not self.runner.running and (self.card.leave() or self.presentation.leave()):
            return
        self.runner.cancel()
        self.time_left.finish()
        self.window.message_bar.clear()

    # From the session to engine and widgets

    def _on_session_changed(self, old: Session, new: Session) -> None:
        self._show_session(new)
        self._submit()

    def _submit(self, forced: bool = False) -> None:
        session = self.store.session
        missing = [
            stage.name
            for stage in wanted_stages(session, frozenset(self.runner.asked))
            if self.runner.have.get(stage.name) != stage.key(session)
        ]
        if not missing:
            # Nothing to compute; whatever runs is for another session.
            self.runner.show(session)
            self._draw_overlay(session)
            return
        # To open the card, or to click in it, is to ask for that alone.
        asked = forced or set(missing) <= {"lab", *INSIDE_STAGES}
        if asked or self.window.action("live").isChecked() or {"image", "network"} & set(missing):
            self.runner.submit(session, draft=self.store.dragging)
            self._set_waiting(False)
        else:
            self.runner.show(session)
            self._set_waiting(True)

    def _set_waiting(self, waiting: bool) -> None:
        self._waiting = waiting
        self._draw_chips()

    def _show_session(self, session: Session) -> None:
        window, overlay = self.window, session.overlay
        self.overlay_form.set_values(overlay.model_dump())
        self.crf_form.set_values(session.crf.model_dump())
        self.crf_more_form.set_values(session.crf.model_dump())
        window.crf_switch.setChecked(session.crf.enabled)
        self.model.show(session)
        for name in ("comparison", "layer", "palette"):
            for action in getattr(window, f"{name}_group").actions():
                action.setChecked(action.data() == getattr(overlay, name))
        if session.image == self._shown_image:
            self._shown_target = session.target
        if session.target != self._measured_target:
            self._show_no_metrics()
        window.action("close_target").setEnabled(bool(session.target))
        window.target_section.setVisible(bool(session.target))
        window.filmstrip.set_current(session.image)
        window.canvas.set_opacity(overlay.opacity)
        window.canvas.set_style(overlay.style)
        window.canvas.set_overlay_visible(overlay.visible)
        window.canvas.set_comparison(overlay.comparison)
        window.legend.set_hidden(overlay.hidden)
        name = Path(session.image.removeprefix("sample:")).name
        window.setWindowTitle(f"{plain_title(name)} – segviewer" if name else "segviewer")
        self._draw_overlay(session)

    def _draw_overlay(self, session: Session) -> None:
        """Colours and layer of the overlay, for results already here."""
        self.card.show(session)
        self.labs.show(session)
        # Before the first labels of a photograph the open network's classes are listed.
        network = self.network if self.shown is None else self.shown.network
        if network is None:
            return
        if len(network.classes) > MAX_CLASSES:
            # Of very many classes the few to list come with the first labels.
            self.window.legend.set_classes((), np.zeros((0, 3), np.uint8))
            self.labels = self._listed = None
            return
        overlay = session.overlay
        labels = shown_label_set(network.label_set, network.classes, overlay.palette)
        if labels != self.labels or network.classes != self._listed:
            colours = np.array(labels.colours, np.uint8)
            if network.classes != self._listed:
                self.window.legend.set_classes(network.classes, colours)
                self.window.readout.set_classes(network.classes)
            else:
                self.window.legend.set_colours(colours)
            self.labels, self._listed = labels, network.classes
        canvas, colours = self.window.canvas, colour_table(labels, hidden=overlay.hidden)
        canvas.set_colours(colours)
        self._cover = (
            self.card.cover(session)
            or self.labs.cover(session, colours)
            or (self.shown.cover(overlay) if self.shown is not None else None)
        )
        canvas.set_heat(*(self._cover or (None, None)))
        canvas.set_marks(self.labs.marks(session))
        self._draw_comparison()

    def _draw_comparison(self) -> None:
        self.comparison.show(self.store.session, self.labels)
        self._draw_chips()

    def _draw_chips(self) -> None:
        chips = []
        session, shown = self.store.session, self.shown
        inside = self.card.chip(session) or self.labs.chip(session)
        if shown is None:
            if self.runner.running and session.image and session.checkpoint:
                chips.append(("computing", "draft"))
            if inside is not None:
                chips.append(inside)
        else:
            network, layer = shown.network, session.overlay.layer
            if previous := shown.previous(session):
                chips.append((previous, "draft"))
            said = f" · trained on {network.trained_on}" if network.trained_on else ""
            if not self.comparison.names_networks():
                chips.append((f"{network.title}{said}", "info"))
            if self.comparison.shows_difference():
                pass  # of the labels, whatever the layer
            elif inside is not None:
                chips.append(inside)
            elif shown.cover(session.overlay) is None:
                pass  # not there yet
            elif layer == "probability":
                chips.append((f"probability of {network.classes[shown.heat.chosen_class]}", "info"))
            else:
                chips.append((dict((n, t) for n, t, _ in LAYERS)[layer].lower(), "info"))
            chips += shown.labelled.chips
            measured = self.collected.results.get("metrics") if self._measured_target else None
            if measured is not None and measured.ignored:
                chips.append((measured.ignored, "warning"))
        if self._waiting:
            chips.append(("settings changed · press Run (Ctrl+Return)", "draft"))
        self.comparison.place_chips(chips)

    # From the engine to the widgets

    def _on_stage_started(self, stage: str, expected: float) -> None:
        self.time_left.start(title_of(stage), expected)

    def _on_stage_finished(self, stage: str, result: Any, seconds: float) -> None:
        self.collected.results[stage] = result
        self.collected.seconds[stage] = seconds
        self.window.message_bar.settle(stage, *SETTLES.get(stage, ()))
        if stage in COMPARISON_STAGES:
            self._draw_comparison()
        elif isinstance(result, PictureResult):
            self._show_picture(result)
        elif isinstance(result, NetworkResult):
            self._show_network(result)
        elif isinstance(result, ProbsResult):
            self.model.set_idle(result.idle)
        elif isinstance(result, FormsResult):
            self.networks.fill_forms(result)
        elif isinstance(result, LabelResult):
            self._show_labels(result)
        elif isinstance(result, HeatResult):
            if self.shown is not None:
                self.shown = replace(self.shown, heat=result)
            self._draw_overlay(self.store.session)
        elif isinstance(result, ActivationResult | LabResult) or stage == "card":
            self._draw_overlay(self.store.session)
        elif isinstance(result, MetricsResult):
            self._show_metrics(result)

    def _show_labels(self, result: LabelResult) -> None:
        session, before = self.store.session, self.shown
        if self.network is None:
            return
        probs = self.collected.results.get("refined") if result.complete else None
        self.shown = Shown.of(session, self.network, result, probs, before)
        self._shown_weights, self._shown_network = weights_of(session), session.network
        if before is None or not before.is_of(session):
            self._show_no_metrics()
            self.window.timing_label.clear()
            lab = LABS.get(session.lab.name)
            if before is not None and lab is not None and lab.needs in OF_NETWORK:
                self._drop("lab")
        self._draw_overlay(session)
        self.window.canvas.set_label_map(result.label_map)
        self.window.legend.set_shares(result.shares)
        if result.complete:
            self.label_map_shown.emit()

    def _show_no_metrics(self) -> None:
        if not self._measured_target:
            return
        self._measured_target = ""
        self._drop("metrics")  # to be told again, should the target come back
        self.window.target_label.clear()
        self.window.legend.set_iou(None)

    def _drop(self, stage: str) -> None:
        """Forget a result that belongs to what is no longer shown."""
        self.collected.results.pop(stage, None)
        self.runner.forget(stage)

    def _show_picture(self, result: PictureResult) -> None:
        session = self.store.session
        if self._shown_image != session.image:
            # The old labels must not lie over the new photograph for a moment.
            self.shown = None
            self.window.canvas.set_label_map(None)
            self.window.legend.set_shares(None)
            self.window.timing_label.clear()
            self._show_no_metrics()
            of_picture = {
                "label_map",
                "heat",
                "refined",
                "metrics",
                "activation",
                "lab",
                *COMPARISON_STAGES,
            }
            for stage in of_picture - {"reference_network"}:
                self._drop(stage)
            self._draw_overlay(session)
            self.window.message_bar.clear()
        self._shown_image = session.image
        self._shown_allow_large, self._shown_target = session.allow_large, session.target
        self.window.canvas.set_picture(result.levels)
        height, width = result.levels[0].shape[:2]
        self.window.readout.set_picture_size(width, height)
        if not session.image.startswith("sample:"):
            self.preferences.add_recent("pictures", session.image)
            self._fill_recent()

    def _show_network(self, result: NetworkResult) -> None:
        session = self.store.session
        self.network = result
        self.model.show_network(result, session)
        self.networks.ask_meant(session, result)
        self._draw_overlay(session)
        if ":" not in session.checkpoint[2:]:
            self.preferences.add_recent("checkpoints", session.checkpoint)
            self._fill_recent()

    def _show_metrics(self, result: MetricsResult) -> None:
        self.window.target_label.setText(target_text(result, Path(self.store.session.target).name))
        self.window.legend.set_iou(result.iou)
        self._measured_target = self.store.session.target
        self._draw_comparison()

    def _on_run_finished(self, seconds: dict[str, float]) -> None:
        self.time_left.finish()
        self.window.message_bar.settle(ENGINE)
        self._draw_chips()
        said = [f"net {seconds['probs'] * 1000:.0f} ms"] if seconds["probs"] else []
        if self.store.session.crf.enabled and seconds["refined"]:
            said.append(f"crf {seconds['refined'] * 1000:.0f} ms")
        self.window.timing_label.setText("  ".join(said))

    def _on_run_cancelled(self) -> None:
        self.time_left.finish()
        self._set_waiting(True)

    def _on_run_failed(self, stage: str, error: SegviewerError) -> None:
        self.time_left.finish()
        image = self.store.session.image
        if isinstance(error, LargePictureError):
            self._ask_large(image, error)
        else:
            self.show_error(error, about=stage or ENGINE)
            if stage == "image":
                self.preferences.forget_recent("pictures", image)
                self._fill_recent()
        self._take_back(stage)
        self._draw_chips()

    def _take_back(self, stage: str) -> None:
        """Go back to what is on screen, because `stage` of what was opened failed."""
        session = self.store.session
        if stage == "image":
            self.store.take_back(
                session.changed(
                    image=self._shown_image,
                    allow_large=self._shown_allow_large,
                    target=self._shown_target,
                )
            )
            if not self._shown_image:
                self.openings.list_pictures([])
        elif stage.startswith(REFERENCE):
            self.comparison.take_back()
        elif stage in ("network", "features", "probs"):
            if weights_of(session) != self._shown_weights:
                checkpoint, architecture = self._shown_weights
                self.store.take_back(
                    session.changed(
                        checkpoint=checkpoint,
                        architecture=architecture,
                        network=self._shown_network,
                    )
                )
        elif stage == "metrics":
            self.store.take_back(session.changed(target=""))

    def _ask_large(self, image: str, error: SegviewerError) -> None:
        def open_it() -> None:
            self.window.message_bar.clear()
            self.store.update(self.store.session.changed(image=image, allow_large=True, target=""))

        self.window.message_bar.show_message(
            error.what,
            error.why,
            error.next_step,
            tone="warning",
            actions=[("Open it", open_it)],
            about="image",
        )

    def _on_bug_found(self, stage: str, text: str) -> None:
        self.time_left.finish()
        self.window.message_bar.show_message(
            "Something went wrong inside segviewer.",
            text.strip().splitlines()[-1],
            "Copy the details into a report; the window stays usable.",
            details=text,
            about=stage or ENGINE,
        )
        self._take_back(stage)
        self._draw_chips()

    def show_error(self, error: SegviewerError, about: str = "") -> None:
        """Show what happened, why, and what to do next.

        `about` is the stage that failed: when it succeeds another time, the message goes.
        """
        self.window.message_bar.show_message(
            error.what, error.why, error.next_step, details=error.details, about=about
        )

    # Small things

    def _on_pixel_hovered(self, x: int, y: int) -> None:
        picture = self.collected.results.get("image")
        if picture is None or x < 0:
            self.window.readout.clear()
            return
        height, width = picture.levels[0].shape[:2]
        if x >= width or y >= height:
            return  # of a picture that has just been replaced
        rgb = tuple(int(v) for v in picture.levels[0][y, x])
        top, shown = [], self.shown
        if shown is not None and shown.probs is not None and self.labels is not None:
            probs = shown.probs.probs
            column = probs[:, y * probs.shape[1] // height, x * probs.shape[2] // width]
            for index in np.argsort(column)[::-1][:3]:
                name, colour = shown.network.classes[index], self.labels.colours[index]
                top.append((name, colour, float(column[index])))
        self.window.readout.set_pixel(x, y, rgb, top)

    def _on_pictures_listed(self, pictures: list[str]) -> None:
        self.window.filmstrip.set_pictures(pictures)

    def _on_history_changed(self) -> None:
        self.window.action("undo").setEnabled(self.store.can_undo)
        self.window.action("redo").setEnabled(self.store.can_redo)

    def _fill_recent(self) -> None:
        for menu, kind, opened in (
            (self.window.recent_menu, "pictures", self.openings.open_again),
            (self.window.recent_checkpoints_menu, "checkpoints", self.openings.open_checkpoint),
        ):
            menu.clear()
            for path in self.preferences.recent(kind):
                action = menu.addAction(plain_entry(Path(path).name))
                action.setToolTip(plain_tip(path))
                action.triggered.connect(
                    lambda checked=False, path=path, opened=opened: opened(path)
                )
            menu.setEnabled(bool(menu.actions()))

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

    def show_catalogue(self) -> None:
        """Open the catalogue of weights."""
        from segviewer.app.network.catalogue_dialog import CatalogueDialog

        if self._catalogue is None:
            self._catalogue = CatalogueDialog(self.window)
            self._catalogue.checkpoint_chosen.connect(self.openings.open_checkpoint)
        self._catalogue.start()

    def _on_job_failed(self, error: Exception) -> None:
        if isinstance(error, SegviewerError):
            self.show_error(error)
        else:
            text = "".join(getattr(error, "__notes__", [str(error)]))
            logger.error("unexpected in the background\n%s", text)
            self._on_bug_found("", text)

    def close(self) -> None:
        """Remember, and end everything that runs; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self.preloading.stop()
        self.presets.close()
        self.preferences.remember(self.store.session)
        self.window.save_layout(self.preferences)
        self.runner.close()
        self.window.filmstrip.stop()
        self.background.close()
        QTimer.singleShot(0, self.window.close)


def _sample_thumbnails() -> list[tuple[str, str, np.ndarray]]:
    return [(s.name, s.title, load_thumbnail(f"sample:{s.name}")) for s in SAMPLES]


def _bundled() -> list:
    from segviewer.checkpoints.published.catalogue import bundled_checkpoints

    return list(bundled_checkpoints())


def _sweep() -> None:
    from segviewer.app.state.own_folders import sweep_own_folders

    sweep_own_folders()
