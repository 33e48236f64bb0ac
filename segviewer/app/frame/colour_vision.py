"""View ▸ Colour vision: the window as colour-blind eyes see it, and which classes they confuse."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup, QImage

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.background import Background
from segviewer.app.state.results import Results
from segviewer.app.state.shown import Screen
from segviewer.app.state.store import Store
from segviewer.imaging.colour_space import VISIONS, alike, simulated
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.vision_veil import VisionVeil

ABOUT = "colour vision"
NAMED = 3  # pairs that are named; more are counted
TITLES = {
    "usual": ("Usual", "The window as it is"),
    "protanopia": ("Protanopia", "No receptors for long waves: red is dark, and like green"),
    "deuteranopia": ("Deuteranopia", "No receptors for middle waves: green is like red"),
    "tritanopia": ("Tritanopia", "No receptors for short waves: blue is like green"),
}
SAFE = "colour-blind safe"


class ColourVision(QObject):
    """Simulates, and says which classes of the picture look alike.

    It is a look at the window, not a setting: it is not remembered.

    Attributes
    ----------
    vision : str
        One of :data:`segviewer.imaging.colour_space.VISIONS`.
    """

    def __init__(self, window: MainWindow, store: Store, results: Results, background: Background):
        super().__init__(window)
        self.window, self.store = window, store
        self.results, self.background = results, background
        self.vision = VISIONS[0]
        self.veil = VisionVeil(window)
        self.veil.grabbed.connect(self._on_grabbed)
        self._busy = False
        self.group = QActionGroup(self)
        menu = window.toolbar.vision_menu
        menu.setToolTipsVisible(True)
        for vision in VISIONS:
            title, tip = TITLES[vision]
            action = menu.addAction(title)
            action.setToolTip(plain_tip(tip))
            action.setCheckable(True)
            action.setChecked(vision == self.vision)
            action.setData(vision)
            self.group.addAction(action)
        self.group.triggered.connect(lambda action: self.show(action.data()))
        results.changed.connect(self._on_changed)

    def show(self, vision: str) -> None:
        """Show the window as these eyes see it, and say what they confuse."""
        self.vision = vision
        for action in self.group.actions():
            action.setChecked(action.data() == vision)
        if vision == VISIONS[0]:
            self.veil.stop()
            self.window.message_bar.settle(ABOUT)
            return
        self.veil.start()
        self._say()

    def confused(self) -> list[tuple[str, str]]:
        """Classes of the picture on screen that look alike, the closest first."""
        labels, labelled = self.results.shown.labels, self.results.shown.labelled
        if labels is None or labelled is None:
            return []
        there = [index for index in np.flatnonzero(labelled.shares) if index < len(labels.classes)]
        pairs = alike(np.array([labels.colours[index] for index in there]), self.vision)
        names = [labels.classes[index] for index in there]
        return [(names[first], names[second]) for first, second in pairs]

    def _say(self) -> None:
        bar, vision = self.window.message_bar, TITLES[self.vision][0]
        if self.results.shown.labelled is None:
            bar.show_message(f"The window as with {vision}.", tone="info", about=ABOUT)
            return
        pairs = self.confused()
        if not pairs:
            what = f"All classes of this picture stay apart with {vision}."
            bar.show_message(what, tone="info", about=ABOUT)
            return
        named = ", ".join(f"{first} / {second}" for first, second in pairs[:NAMED])
        more = f" (+{len(pairs) - NAMED})" if len(pairs) > NAMED else ""
        count = "1 pair" if len(pairs) == 1 else f"{len(pairs)} pairs"
        safe = self.store.session.overlay.palette == SAFE
        actions = [] if safe else [("Colour-blind safe", self._make_safe)]
        bar.show_message(
            f"{count} of classes look alike with {vision}: {named}{more}.",
            tone="warning",
            actions=actions,
            about=ABOUT,
        )

    def _make_safe(self) -> None:
        self.store.set("overlay", palette=SAFE)

    def _on_changed(self, old: Screen, new: Screen) -> None:
        if self.vision == VISIONS[0]:
            return
        if old.shown.labels is not new.shown.labels or old.shown.labelled is not new.shown.labelled:
            self._say()

    def _on_grabbed(self, picture: QImage) -> None:
        if self._busy or self.vision == VISIONS[0]:
            return  # the next change, or second, brings another
        self._busy = True
        width, height, line = picture.width(), picture.height(), picture.bytesPerLine()
        rows = np.frombuffer(picture.constBits(), np.uint8).reshape(height, line)
        pixels = rows[:, : 3 * width].reshape(height, width, 3).copy()
        done = partial(self._on_simulated, self.vision)
        self.background.run(simulated, pixels, self.vision, done=done, failed=self._on_failed)

    def _on_simulated(self, vision: str, seen: np.ndarray) -> None:
        self._busy = False
        if vision != self.vision:
            return
        height, width = seen.shape[:2]
        seen = np.ascontiguousarray(seen)
        picture = QImage(seen.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self.veil.set_picture(picture)

    def _on_failed(self, error: Exception) -> None:
        self._busy = False
