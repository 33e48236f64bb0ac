"""Presenting: full screen, large text, a ring about the pointer, a key that blanks the screen.

The speaker's window and the zoom lens belong here too, though both work without it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QActionGroup, QFont, QFontInfo, QGuiApplication, QScreen
from PySide6.QtWidgets import QApplication, QBoxLayout, QMenu, QScrollArea, QWidget

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.regions import Regions
from segviewer.app.labs.lab_drawer import FORM_WIDTH
from segviewer.app.labs.lab_places import LabPlaces
from segviewer.app.lessons.lesson_keys import LessonKeys
from segviewer.app.lessons.lesson_view import LessonView
from segviewer.app.presenting.lenses import Lenses
from segviewer.app.presenting.program_text import LARGE_TARGETS, set_program_text
from segviewer.app.presenting.speaker import SpeakerView, fill_screen, other_screen
from segviewer.app.state.preferences import Preferences
from segviewer.widgets.canvas.pointer_halo import BlankScreen, PointerHalo
from segviewer.widgets.text.fitted_text import FittedText
from segviewer.widgets.theme.typography import resized, set_size

TEXT_SIZES = (150, 175, 200, 225, 250)  # percent of the program's own
USUAL_SIZE = 175
PANEL_SHARE = 0.28  # of the window that the controls take at most
LAB_SHARE = 0.55  # of the window's height that a lab takes
LAB_WIDTH, LAB_HEIGHT = 640, 310  # pixels that a lab needs with text of the program's own size
LAB_TEXT = 1.75  # times the program's own, at most
SMALLEST = 22  # pixels of text that the last row reads, on a screen of so many lines:
LINES = 1080
FORM_SHARE = 0.34  # of a lab that its settings take at most
FORM_LEAST = 0.2  # of a lab that its settings take at least
GAPS = 44  # pixels about settings and drawing, and of the handle beside the dock


class Presentation(QObject):
    """Presenter mode of the window.

    Attributes
    ----------
    on : bool
        Whether it presents.
    percent : int
        Size of the text while it presents, one of :data:`TEXT_SIZES`.
    """

    def __init__(
        self, window: MainWindow, lessons: LessonView, places: LabPlaces, preferences: Preferences
    ):
        super().__init__(window)
        self.window, self.lessons, self.places = window, lessons, places
        self.drawer = drawer = places.labs.drawer
        self.preferences = preferences
        self.on = False
        self.percent = _size(preferences.presenting("text_percent"))
        self._font = QApplication.font()
        self._was_full_screen = self._was_maximised = False
        self._place: tuple[QScreen, QRect] | None = None  # before the window changed its screen
        self._regions: Regions | None = None  # as they were before it presents
        self._widths = [(p.minimumWidth(), p.maximumWidth()) for p in (window.left, window.right)]
        self._column, self._form = FittedText(window.right), FittedText(drawer.form_area)
        self._column.fitted.connect(self._widen_column)
        self._fitting = QTimer(self, singleShot=True, interval=0)
        self._fitting.timeout.connect(self._fit)
        drawer.visibilityChanged.connect(lambda shown: self.on and self._fitting.start())
        places.placed.connect(lambda: self.on and self._fitting.start())
        lessons.controls_shown.connect(self._column.again)
        # Another lab has other settings, whose words may have room for more.
        places.labs.lab_shown.connect(lambda name: QTimer.singleShot(0, self, self._form.again))
        places.labs.lab_shown.connect(lambda name: self.on and self._fitting.start())
        self._keys = LessonKeys(lessons)
        self.halo = PointerHalo(window)
        self.blank = BlankScreen(window)
        self.blank.clicked.connect(self.unblank)
        self.lenses = Lenses(window, drawer.results, preferences)
        self.lenses.appeared.connect(self._show_halo)
        self.speaker = SpeakerView(
            window, lessons, lambda: self._font if self.on else QApplication.font()
        )
        self.speaker.swap_requested.connect(self.swap_screens)
        window.action("present").triggered.connect(lambda checked=False: self.toggle())
        window.action("blank").triggered.connect(lambda checked=False: self.toggle_blank())
        window.action("blank").setEnabled(False)
        window.action("larger_text").triggered.connect(lambda checked=False: self.step_text(1))
        window.action("smaller_text").triggered.connect(lambda checked=False: self.step_text(-1))
        for name in ("next_step", "previous_step", "restore_step"):
            window.action(name).triggered.connect(lambda checked=False: self.unblank())
        lessons.ended.connect(self.unblank)
        self._make_menus()

    def _make_menus(self) -> None:
        window = self.window
        self.text_menu = QMenu("Text size", window)
        self._sizes = QActionGroup(self)
        for percent in TEXT_SIZES:
            action = self.text_menu.addAction(f"{percent} %")
            action.setCheckable(True)
            action.setData(percent)
            action.setChecked(percent == self.percent)
            action.triggered.connect(lambda checked=False, p=percent: self.set_text(p))
            self._sizes.addAction(action)
        self.text_menu.addSeparator()
        self.text_menu.addActions([window.action(n) for n in ("larger_text", "smaller_text")])
        self.lessons.end_menu_with([window.action("speaker"), self.text_menu.menuAction()])
        window.toolbar.view_menu.addActions([window.action(n) for n in ("lens", "lens_power")])

    # Beginning and ending

    def toggle(self) -> None:
        """Begin to present, or end."""
        if self.on:
            self.leave()
        else:
            self._begin()

    def _begin(self) -> None:
        window = self.window
        self._font = QApplication.font()
        self.on = True
        self._was_full_screen, self._was_maximised = window.isFullScreen(), window.isMaximized()
        self._regions = Regions.of(window, self.lessons.dock, self.drawer)
        window.toolbar.hide()
        window.statusBar().hide()
        self._go_to_screen(self._audience_screen())
        window.showFullScreen()
        window.action("blank").setEnabled(True)
        window.action("present").setChecked(True)
        self._join_panels()
        self.drawer.set_presenting(True)
        self.places.set_presenting(True)
        window.installEventFilter(self)
        self._fit()
        self._keys.set_on(True)  # behind the text: a new style sheet notifies 80,000 times
        self._show_halo()
        self.speaker.start_time()
        if other_screen(window) is not None:
            self.speaker.open()
            window.activateWindow()
        window.canvas.setFocus()

    def leave(self) -> bool:
        """End presenting; False where there is nothing to end."""
        if not self.on:
            return self.speaker.leave()
        if not self.blank.isHidden():
            self.unblank()
            return True
        self.end()
        return True

    def end(self) -> None:
        """Put the window back as it was before; safe to call where nothing is to end."""
        if not self.on:
            return
        self.unblank()
        window = self.window
        self.on = False
        window.removeEventFilter(self)
        self._keys.set_on(False)
        self._column.end()
        self._form.end()
        for widget in (self.lessons.dock, self.drawer, window.message_bar):
            widget.setStyleSheet("")
        window.canvas.setFont(QFont())
        self.drawer.set_form_width()
        self.drawer.set_presenting(False)
        self.places.set_presenting(False)
        self._part_panels()
        self._show_halo()
        self.speaker.close()
        # Before the text is small again: hidden, the status bar would keep the height of the large.
        window.statusBar().show()
        set_program_text(self._font)
        window.toolbar.show()
        if self._place is not None:
            window.showNormal()
            screen, geometry = self._place
            window.setScreen(screen)
            window.setGeometry(geometry)
            self._place = None
        if self._was_full_screen:
            window.showFullScreen()
        elif self._was_maximised:
            window.showMaximized()
        else:
            window.showNormal()
        window.action("blank").setEnabled(False)
        window.action("present").setChecked(False)
        self.lessons.set_presenting(False, 1.0)
        if self._regions is not None:
            self._regions.put_back(window, self.lessons.dock, self.drawer)

    # Text size

    def set_text(self, percent: int) -> None:
        """Show text at one of :data:`TEXT_SIZES` while presenting, now and next time."""
        self.percent = percent
        self.preferences.save_presenting("text_percent", str(percent))
        for action in self._sizes.actions():
            action.setChecked(action.data() == percent)
        if self.on:
            self._fit()
        else:
            self.window.statusBar().showMessage(f"Text while presenting: {percent} %", 3000)

    def step_text(self, by: int) -> None:
        """Go one size up (1) or down (-1), as far as there is one."""
        place = TEXT_SIZES.index(self.percent) + by
        self.set_text(TEXT_SIZES[min(max(place, 0), len(TEXT_SIZES) - 1)])

    # Room

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.Resize:
            # Full screen comes some time after it is asked for.
            self._fitting.start()
        return False

    def _fit(self) -> None:
        """Share out the window between words, picture, controls and lab, and size their text."""
        if not self.on:
            return
        window = self.window
        scale, least = self._scales(window.height())
        large = resized(self._font, scale)
        dock = self.lessons.dock
        set_size(dock, large)
        # What the speaker reads is not for the audience.
        self.lessons.set_presenting(True, scale)
        words = 0 if dock.isHidden() else dock.minimumWidth()
        width = window.width() - words
        alone = self.places.place == "stage" and not self.drawer.isHidden()
        if alone and words:
            # With no picture between them Qt moves neither unless both are named.
            window.resizeDocks([dock, self.drawer], [words, width], Qt.Orientation.Horizontal)
        height = round((1.0 if alone else LAB_SHARE) * window.height())
        # A lab is a drawing with words about it: the words leave it room.
        most = scale if alone else max(LAB_TEXT, least)
        lab = max(1.0, min(scale, most, width / LAB_WIDTH, height / LAB_HEIGHT))
        # The same for every place of a lab: a style sheet for the whole program takes a second.
        program = resized(self._font, min(scale, max(LAB_TEXT, least)))
        set_program_text(program, LARGE_TARGETS, (self.drawer, window.message_bar))
        set_size(self.drawer, resized(self._font, lab))
        set_size(window.message_bar, large)
        window.canvas.setFont(large)
        room = round(PANEL_SHARE * window.width())
        self._column.begin(large, room - _bar(window.right))
        # Few settings leave the drawing the whole width, and take little of its height.
        below = self.places.place != "drawer" or self.drawer.fits_below(height)
        self.drawer.set_form_below(below)
        # Where drawing and settings ask for more than there is, the dock would leave the window.
        drawing = self.drawer.results.minimumSizeHint().width()
        spare = max(FORM_LEAST * width, width - drawing - GAPS)
        form = width if alone or below else round(min(FORM_WIDTH * lab, FORM_SHARE * width, spare))
        self.drawer.set_form_width(form)
        self._form.begin(resized(self._font, lab), form - _bar(self.drawer.form_area))
        if not self.drawer.isHidden() and self.places.place == "drawer":
            window.resizeDocks([self.drawer], [height], Qt.Orientation.Vertical)
        self.speaker.keep_text()

    def _scales(self, height: int) -> tuple[float, float]:
        """How many times the program's own the text is to be, and must be at least.

        A screen of more lines is no larger to whoever sits before it.
        """
        finer = max(1.0, height / LINES)
        least = SMALLEST * height / LINES / QFontInfo(self._font).pixelSize()
        return max(self.percent / 100 * finer, least), least

    def _widen_column(self, wanted: int) -> None:
        """Give the controls what they need, as far as the picture leaves it to them."""
        if self.on:
            least, most = self._widths[1]
            room = round(PANEL_SHARE * self.window.width())
            width = max(min(least, room), min(wanted + _bar(self.window.right), room))
            self.window.right.setMinimumWidth(width)
            self.window.right.setMaximumWidth(max(min(most, room), width))
            self.window.splitter.setSizes([0, self.window.splitter.width() - width, width])

    def _join_panels(self) -> None:
        """All controls in one column: beside large words there is no room for two."""
        window = self.window
        for place, section in enumerate(_sections(window)):
            _column(window.right).insertWidget(place, section)
        # Shown or not, as a person folds the panels, it takes no room.
        window.left.setFixedWidth(0)

    def _part_panels(self) -> None:
        window = self.window
        for place, section in enumerate(_sections(window)):
            _column(window.left).insertWidget(place, section)
        for panel, (least, most) in zip((window.left, window.right), self._widths, strict=True):
            panel.setMinimumWidth(least)
            panel.setMaximumWidth(most)

    # Blank screen, halo, lens

    def toggle_blank(self) -> None:
        """Make the screen black, or show it again."""
        if self.blank.isHidden():
            self.blank.cover()
            self.speaker.set_blank(True)
            self._show_halo()
        else:
            self.unblank()

    def unblank(self) -> None:
        """Show the screen again."""
        self.blank.hide()
        self.speaker.set_blank(False)
        self._show_halo()

    def _show_halo(self) -> None:
        # The lens has a ring of its own.
        self.halo.setVisible(self.on and self.blank.isHidden() and not self.lenses.seen)

    # Screens

    def swap_screens(self) -> None:
        """Put the picture where the speaker's window is, and that where the picture was."""
        shown, here = self.speaker.shown, self.window.screen()
        if shown is None or shown.screen() == here:
            return
        there = shown.screen()
        self.preferences.save_presenting("audience_screen", there.name())
        self._go_to_screen(there.name())
        fill_screen(shown, here)
        shown.activateWindow()
        if not self.blank.isHidden():
            self.blank.cover()

    def _audience_screen(self) -> str:
        """Name of the screen that the audience sees, empty where the window may stay."""
        names = [screen.name() for screen in QGuiApplication.screens()]
        kept = self.preferences.presenting("audience_screen")
        if kept in names:
            return kept
        if self.lessons.opened is None:
            return ""
        # A laptop's own screen is the primary one, and notes are not for the projector.
        primary = QGuiApplication.primaryScreen().name()
        return next((name for name in names if name != primary), "")

    def _go_to_screen(self, name: str) -> None:
        """Take the window to the screen called `name`, if there is one."""
        window = self.window
        screen = next((s for s in QGuiApplication.screens() if s.name() == name), None)
        if screen is None or screen == window.screen():
            return
        if self.on and self._place is None:
            self._place = window.screen(), window.normalGeometry()
        full = window.isFullScreen()
        window.showNormal()
        window.setScreen(screen)
        window.setGeometry(screen.availableGeometry())
        if full:
            window.showFullScreen()


def _sections(window: MainWindow) -> tuple[QWidget, ...]:
    """What stands in the left panel, from above."""
    return window.pictures_section, window.photograph_section, window.model_section


def _bar(area: QScrollArea) -> int:
    """Width in pixels that the scroll bar of `area` takes when it shows."""
    return area.verticalScrollBar().sizeHint().width() + 2


def _size(text: str) -> int:
    percent = _number(text, USUAL_SIZE)
    return percent if percent in TEXT_SIZES else USUAL_SIZE


def _number(text: str, default: int) -> int:
    return int(text) if text.isdecimal() else default


def _column(panel: QScrollArea) -> QBoxLayout:
    """Where the sections of a panel stand."""
    inside = panel.widget()
    layout = None if inside is None else inside.layout()
    assert isinstance(layout, QBoxLayout)
    return layout
