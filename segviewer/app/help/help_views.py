"""Help in the window: tour, guide, glossary, the page about the open model, and the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QWhatsThisClickedEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.labs.lab_view import LabView
from segviewer.app.state.background import Background
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.results import Results
from segviewer.app.state.store import Store
from segviewer.errors import SegviewerError
from segviewer.glossary import Term
from segviewer.labs import LABS
from segviewer.widgets.controls.setting_rows import SettingRow

if TYPE_CHECKING:  # made when they are first opened
    from segviewer.app.help.log_view import LogView
    from segviewer.app.network.model_page import ModelPage
    from segviewer.widgets.help.glossary_sheet import GlossarySheet
    from segviewer.widgets.help.guide_pages import Page
    from segviewer.widgets.help.guide_sheet import GuideSheet
    from segviewer.widgets.help.tour import Tour

NOBODY_WATCHES = ("offscreen", "minimal")  # platforms of Qt


class HelpViews(QObject):
    """Opens what the Help menu offers.

    Attributes
    ----------
    tour : segviewer.widgets.help.tour.Tour or None
        The one that runs.
    glossary : segviewer.widgets.help.glossary_sheet.GlossarySheet or None
        Made when it is first opened.
    guide : segviewer.widgets.help.guide_sheet.GuideSheet or None
        Made when it is first opened.
    page : segviewer.app.network.model_page.ModelPage or None
        The page on screen.
    log : segviewer.app.help.log_view.LogView or None
        The log on screen.
    """

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        labs: LabView,
        background: Background,
        results: Results,
        preferences: Preferences,
        keys: Callable[[], Sequence[tuple[str, str, str]]] = tuple,
    ):
        super().__init__(window)
        self.window, self.store, self.labs = window, store, labs
        self.background, self.results = background, results
        self.preferences, self._keys = preferences, keys
        self.tour: Tour | None = None
        self.glossary: GlossarySheet | None = None
        self.guide: GuideSheet | None = None
        self.page: ModelPage | None = None
        self.log: LogView | None = None
        for name, slot in (
            ("tour", self.start_tour),
            ("guide", self.show_guide),
            ("glossary", self.show_glossary),
            ("about_model", self.show_model),
            ("log", self.show_log),
        ):
            window.action(name).triggered.connect(lambda checked=False, slot=slot: slot())
        window.about_button.clicked.connect(window.action("about_model").trigger)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if isinstance(event, QWhatsThisClickedEvent):
            # From the menu of a setting, wherever in the window it stands.
            self.open_term(event.href())
            return True
        return False

    # The tour

    def start_tour(self) -> None:
        """Begin the tour, from the start if one runs."""
        from segviewer.app.help.tour_stops import tour_stops
        from segviewer.widgets.help.tour import Tour

        if self.tour is not None:
            self.tour.end()
        # An error, or the offer to restore what was open, may come meanwhile.
        spared = (self.window.message_bar,)
        panels = (self.window.left, self.window.right)
        self._scrolled = {bar: bar.value() for bar in (one.verticalScrollBar() for one in panels)}
        tour = self.tour = Tour(self.window, tour_stops(self.window), spared)
        tour.ended.connect(self._on_tour_ended)
        tour.start()

    def offer_tour(self) -> None:
        """Begin the tour if this person never had one and has nothing else before them.

        To be called when the first labels are on screen.
        """
        busy = QApplication.activeModalWidget() or QApplication.activePopupWidget()
        watched = QGuiApplication.platformName() not in NOBODY_WATCHES
        if watched and not busy and not self.preferences.tour_seen():
            self.preferences.note_tour()
            self.start_tour()

    def _on_tour_ended(self) -> None:
        if self.tour is not None:
            self.tour.deleteLater()
        self.tour = None
        # The stops scroll to what they are about.
        for bar, value in self._scrolled.items():
            bar.setValue(value)

    # The guide

    def show_guide(self, page: str = "", heading: str = "") -> None:
        """Open the guide where it was left, or at a place; its files are read meanwhile."""
        from segviewer.widgets.help.guide_pages import read_guide
        from segviewer.widgets.help.guide_sheet import GuideSheet

        if self.guide is None:
            sheet = self.guide = GuideSheet(self.window)
            self.background.run(
                read_guide,
                done=lambda pages: self._fill_guide(pages, page, heading),
                failed=lambda error: sheet.show_failure(
                    f"The guide cannot be read: {error}. Install the program again."
                ),
            )
        elif page:
            self.guide.show_place(page, heading)
        self.guide.show()
        self.guide.raise_()
        self.guide.activateWindow()

    def _fill_guide(self, pages: Sequence[Page], page: str, heading: str) -> None:
        assert self.guide is not None
        self.guide.set_pages(pages)
        if page:
            self.guide.show_place(page, heading)

    # The glossary

    def show_glossary(self) -> None:
        """Open the glossary at the setting that is pointed at or has the keyboard, if any."""
        term = self._asked_term()
        self.open_term("" if term is None else term.id)

    def open_term(self, term_id: str) -> None:
        """Open the glossary at one term; "" leaves it where it was."""
        from segviewer.glossary import glossary
        from segviewer.widgets.help.glossary_sheet import GlossarySheet
        from segviewer.widgets.help.guide_pages import read_guide

        if self.glossary is None:
            titles = {name: entry.title for name, entry in LABS.items()}
            self.glossary = GlossarySheet(glossary(), titles, self.window)
            self.glossary.lab_chosen.connect(self.labs.open)
            self.glossary.place_chosen.connect(self.show_guide)
            self.background.run(
                read_guide, done=self._fill_places, failed=lambda error: self._fill_places(())
            )
        sheet = self.glossary
        if term_id:
            sheet.show_term(term_id)
        sheet.show()
        sheet.raise_()
        sheet.activateWindow()

    def _fill_places(self, pages: Sequence[Page]) -> None:
        from segviewer.widgets.help.help_places import guide_places, key_places

        assert self.glossary is not None
        self.glossary.set_places((*key_places(self._keys()), *guide_places(pages)))

    def _asked_term(self) -> Term | None:
        # A tip on screen says "F1", so what it belongs to comes before the keyboard's place.
        pointed = QApplication.widgetAt(QCursor.pos()) if QToolTip.isVisible() else None
        for widget in (pointed, QApplication.focusWidget()):
            row = _row_of(widget)
            if row is not None and row.term() is not None:
                return row.term()
        return None

    # The page about the model

    def show_model(self) -> None:
        """Open the page about the open network; its file is read meanwhile."""
        from segviewer.app.network.model_facts import gather
        from segviewer.app.network.model_page import ModelPage

        result = self.results.shown.opened
        if result is None:
            self.window.statusBar().showMessage("No network is open yet", 4000)
            return
        page = self.page = ModelPage(result.title, self.window)
        page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page.destroyed.connect(lambda: self._forget(page))
        page.edit_button.clicked.connect(page.close)
        page.edit_button.clicked.connect(self.window.action("edit_model").trigger)
        self.background.run(
            gather,
            result,
            self.store.session,
            done=lambda facts: page.show_facts(facts) if self.page is page else None,
            failed=lambda error: page.show_failure(_why(error)) if self.page is page else None,
        )
        page.open()

    # The log

    def show_log(self) -> None:
        """Open the log, or read it again where it is open; the window stays usable."""
        from segviewer.app.help.log_view import SHOWN_BYTES, LogView
        from segviewer.engine.worker.log import log_path, read_log

        if self.log is None:
            self.log = LogView(log_path().parent, self.window)
            self.log.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self.log.destroyed.connect(self._forget_log)
        view = self.log
        view.show()
        view.raise_()
        view.activateWindow()
        self.background.run(
            read_log,
            log_path(),
            SHOWN_BYTES,
            done=lambda text: view.show_text(text) if self.log is view else None,
            failed=lambda error: view.show_text(_why(error)) if self.log is view else None,
        )

    def _forget_log(self) -> None:
        self.log = None

    def _forget(self, page: QWidget) -> None:
        if self.page is page:
            self.page = None


def _row_of(widget: QWidget | None) -> SettingRow | None:
    """The setting that `widget` is part of."""
    while widget is not None and not isinstance(widget, SettingRow):
        widget = widget.parentWidget()
    return widget


def _why(error: Exception) -> str:
    if isinstance(error, SegviewerError):
        return error.sentence
    return f"This could not be gathered: {error}. Open the model once more."
