"""Labs in the window: one concept at a time, with the photograph it is about.

A lab's settings stand in the session like everything else, and the engine computes it; here
its form, its drawing and its words are put on screen.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from segviewer.additions import installed
from segviewer.app.frame.main_window import MainWindow
from segviewer.app.labs.clicked_pixel import ClickedPixel
from segviewer.app.labs.lab_drawer import Drawer
from segviewer.app.state.results import Results
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.labs import LABS, lab_of
from segviewer.labs.lab import Lab, LabResult
from segviewer.session import LabState, Session
from segviewer.settings import controls
from segviewer.widgets.controls.settings_form import SettingsForm
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip

HEIGHT = 340
LARGEST_SHARE = 0.5  # of the window that the drawer takes by itself
MISSING = {
    "image": "Open a photograph: this lab works on it.",
    "network": "Open a photograph and a network: this lab works on them.",
    "probs": "Open a photograph and a network: this lab works on what it says of the photograph.",
}


class LabView(QObject):
    """Opens labs, turns what is done in them into the session, and shows their results.

    Attributes
    ----------
    shown_lab : str
        Name of the lab on screen; "" where there is none.

    Signals
    -------
    lab_shown(str)
        Another lab is on screen, or "" none.
    drawn()
        A result is drawn.
    """

    lab_shown = Signal(str)
    drawn = Signal()

    def __init__(self, window: MainWindow, store: Store, results: Results):
        super().__init__(window)
        self.window, self.store, self.results = window, store, results
        self._picture = window.canvas
        self.shown_lab = ""
        self._name = ""  # of the lab whose widgets are on screen
        self._form: SettingsForm | None = None
        self._views: dict[str, Any] = {}  # widgets with show_result(shown)
        self._drawn: LabResult | None = None
        self._pixel = ClickedPixel()
        self._sized = False
        self.drawer = Drawer(window)
        self.drawer.hide()  # before it is added, or a window on screen would show it
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.drawer)
        window.action("labs").triggered.connect(lambda checked=False: self.open_last())
        self.drawer.closed.connect(self.leave)
        self.drawer.lab_chosen.connect(self.open)
        self.drawer.crf_row.edited.connect(
            lambda name, value, finished: store.set("crf", finished=finished, **{name: value})
        )
        self.drawer.reset_button.clicked.connect(self._on_reset)
        self.drawer.copy_button.clicked.connect(self._on_copy)
        self._picture.pixel_clicked.connect(self._on_pixel_clicked)
        self._pointed: tuple[int, int] | None = None
        self._picture.pixel_hovered.connect(self._on_pixel_hovered)
        # When it is first looked at: to list the labs is to import them all.
        window.toolbar.labs_menu.aboutToShow.connect(
            lambda: self._fill_menu(window.toolbar.labs_menu),
            Qt.ConnectionType.SingleShotConnection,
        )

    def _fill_menu(self, menu: QMenu) -> None:
        groups: dict[str, QMenu] = {}
        for name, entry in LABS.items():
            if entry.group not in groups:
                groups[entry.group] = menu.addMenu(entry.group)
                groups[entry.group].setToolTipsVisible(True)
            action = groups[entry.group].addAction(entry.title)
            action.setToolTip(plain_tip(f"{entry.sentence}\n{entry.source}"))
            action.triggered.connect(lambda checked=False, name=name: self.open(name))

    # What a person does

    def open(self, name: str) -> None:
        """Open a lab with its settings at their defaults, or as they were left."""
        session = self.store.session
        if session.lab.name != name:
            self.store.update(self._pixel.opening(session, name))
        elif self.drawer.isHidden():
            self._draw(self.results.screen)

    def open_where_pointed(self, name: str) -> None:
        """Open a lab about the pixel that was pointed at last."""
        self.open(name)
        if self._pointed is not None:
            self._on_pixel_clicked(*self._pointed)

    def open_last(self) -> None:
        """Open the drawer with the first lab of the studio, or close it."""
        if self.store.session.lab.name:
            self.leave()
        elif LABS:
            self.open(self._name or next(iter(LABS)))

    def leave(self) -> None:
        """Close the drawer."""
        session = self.store.session
        if session.lab.name:
            self._pixel.note(session)
            self.store.update(session.changed(lab=LabState()))
        self._picture.setFocus()

    def _on_edited(self, name: str, value: Any, finished: bool = True) -> None:
        default = lab_of(self._name).Config.model_fields[name].default
        value = tuple(value) if isinstance(value, list) else value
        self.store.update(
            self.store.session.with_lab_value(name, value, default), finished=finished
        )

    def _on_pixel_clicked(self, x: int, y: int) -> None:
        picture, session = self.results.shown.picture, self.store.session
        if picture is not None:
            chosen = self._pixel.clicked(session, x, y, picture.levels[0].shape)
            if chosen != session:
                self.store.update(chosen)

    def _on_pixel_hovered(self, x: int, y: int) -> None:
        if x >= 0:  # not outside the picture, where its buttons are
            self._pointed = x, y

    def _on_asked(self, changes: dict[str, dict]) -> None:
        """Take what a drawing proposes, as one step."""
        session = self.store.session
        for part, values in changes.items():
            if part == "network":
                opened = self.results.shown.opened
                assert opened is not None  # of which the drawing is
                trained = opened.trained
                for name, value in values.items():
                    session = session.with_network(name, value, trained[name])
            else:
                settings = getattr(session, part).changed(**values)
                session = session.changed(**{part: settings})
        self.store.update(session)

    def _on_wanted(self, action: str) -> None:
        self.window.action(action).trigger()

    def _on_reset(self) -> None:
        session = self.store.session
        self.store.update(session.changed(lab=LabState(name=session.lab.name)))

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setPixmap(self.drawer.views.grab())
        self.window.statusBar().showMessage("Drawing copied", 3000)

    # From the session and the engine to the widgets

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        if old is None or old.session.crf != new.session.crf:
            self.drawer.crf_row.set_values(dict(new.session.crf))
        if old is None or _drawn_by(old) != _drawn_by(new):
            self._draw(new)

    def _draw(self, screen: Screen) -> None:
        session, name = screen.session, screen.session.lab.name
        if name not in LABS:
            self.drawer.hide()
            self._note_shown("")
            return
        if name != self._name:
            self._switch(name)
        if self.drawer.isHidden():
            self._open_drawer()
        self._note_shown(name)
        lab, values = lab_of(name), dict(session.lab.values)
        assert self._form is not None  # that of the lab
        self._form.set_values({c.name: values.get(c.name, c.default) for c in controls(lab.Config)})
        self.drawer.reset_button.setEnabled(bool(values))
        result = screen.shown.lab
        if _misses(session, LABS[name].needs):
            result = LabResult(name, caption=MISSING[LABS[name].needs])
        if result is None and self._drawn is not None:
            # It was of another photograph or network.
            self._show_nothing_yet()
        if result is not None and result is not self._drawn:
            self._drawn = result
            self._views[name].show_result(result.shown)
            self.drawer.caption.setText(result.caption)
            self.drawer.formula.setText(result.formula)
            self.drawer.formula.setVisible(bool(result.formula))
            self.drawn.emit()

    def _note_shown(self, name: str) -> None:
        if name != self.shown_lab:
            self.shown_lab = name
            self.lab_shown.emit(name)

    def _switch(self, name: str) -> None:
        """Put the widgets of another lab on screen."""
        lab = lab_of(name)
        self._name, self._drawn = name, None
        self.drawer.show_group(name)
        self._form = SettingsForm(controls(lab.Config), {})
        self._form.edited.connect(self._on_edited)
        place = QWidget()
        layout = QVBoxLayout(place)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.addWidget(self._form)
        layout.addStretch(1)
        self.drawer.form_area.setWidget(place)  # which deletes the form before
        self.drawer.fit_form()
        self.make_ready(name)
        self.drawer.views.setCurrentWidget(self._views[name])
        self._show_nothing_yet()

    def make_ready(self, name: str) -> None:
        """Build the drawing of a lab, if it is not there yet, so that opening it takes less."""
        if name in self._views:
            return
        view = self._views[name] = _view_of(lab_of(name))
        for signal, slot in (
            ("edited", self._on_edited),
            ("asked", self._on_asked),
            ("wanted", self._on_wanted),
        ):
            if hasattr(view, signal):
                getattr(view, signal).connect(slot)
        self.drawer.views.addWidget(view)

    def _show_nothing_yet(self) -> None:
        self._drawn = None
        self._views[self._name].show_result(None)
        self.drawer.caption.setText("Computing …")
        self.drawer.formula.hide()

    def _open_drawer(self) -> None:
        self.drawer.show()
        self.drawer.raise_()
        if not self._sized:
            self._sized = True
            height = min(HEIGHT, round(LARGEST_SHARE * self.window.height()))
            self.window.resizeDocks([self.drawer], [height], Qt.Orientation.Vertical)


def _misses(session: Session, needs: str) -> bool:
    """Whether something is not open that a lab needs."""
    if needs == "nothing":
        return False
    return not session.image or (needs != "image" and not session.checkpoint)


def _drawn_by(screen: Screen) -> tuple[object, ...]:
    """All that decides what the drawer shows."""
    session = screen.session
    return session.lab, bool(session.image), bool(session.checkpoint), id(screen.shown.lab)


def _view_of(lab: Lab) -> Any:
    """The widget of a lab; where a package's fails, that is said once and in its place."""
    try:
        return lab.make_view()
    # A package may raise whatever its author liked.
    except Exception as error:
        one = installed.addition(installed.LABS, lab.name)
        if one is None:
            raise
        view = _NoView(one.refuse(error).sentence)
        view.setWordWrap(True)
        return view


class _NoView(PlainLabel):
    """In place of a view of an installed package that cannot be made."""

    def show_result(self, shown: object) -> None:
        """Nothing is drawn."""
