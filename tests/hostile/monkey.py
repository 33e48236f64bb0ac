"""Who makes the gestures: chooses one by a seed, and makes it in a real window."""

from __future__ import annotations

import random
import traceback
from pathlib import Path

from tests.hostile.acted_window import ActedWindow

PATIENCE = 12  # gestures for which a dialog may stay
NEVER = ("quit",)
SHORTCUT_KEYS = "ACDFGLNPSUZ123456789[]?."
NETWORKS = (
    "bundled:deeplab_v3_efficientnet_lite0_camvid",
    "bundled:fcn_efficientnet_lite0_camvid",
    "bundled:psp_b1_max_efficientnet_lite0_camvid",
    "bundled:u_net_efficientnet_lite0_camvid",
    "bundled:drn_a_18_narrow_camvid",
    "bundled:no_such_network",
    "random:lr_aspp",
    "random:lr_aspp",
    "random:mobilenet_v3",
    "untrained:bundled:u_net_efficientnet_lite0_camvid",
)


class Monkey:
    """Chooses a gesture and makes it."""

    def __init__(self, acted: ActedWindow, rng: random.Random, files: list[Path]):
        self.acted, self.rng, self.files = acted, rng, files
        self.window, self.presenter = acted.window, acted.presenter
        self.age = 0  # gestures since a dialog came up
        self.gestures = {
            self.click: 20,
            self.drag: 12,
            self.hover: 10,
            self.wheel: 6,
            self.key: 10,
            self.shortcut: 10,
            self.typing: 4,
            self.action: 12,
            self.menu: 6,
            self.context: 4,
            self.combo: 4,
            self.drop: 5,
            self.paste: 1,
            self.resize: 3,
            self.theme: 1,
            self.lab: 6,
            self.lesson: 5,
            self.network: 4,
            self.change_under_the_pointer: 6,
            self.sample: 4,
            self.undo: 6,
            self.escape: 4,
            self.present: 2,
            self.wait: 4,
        }

    def act(self) -> str:
        """Choose; returns a name for the choice, and does it on the next call of `do`."""
        names, weights = zip(*self.gestures.items(), strict=True)
        self.chosen = self.rng.choices(names, weights)[0]
        return self.chosen.__name__

    def do(self) -> None:
        """Make the chosen gesture; none where its widget goes before it is touched."""
        try:
            self.chosen()
        except RuntimeError as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            if frame.filename != __file__ or "already deleted" not in str(error):
                raise  # the program's own

    # Where

    def top(self):
        """The window that takes gestures now."""
        app = self.acted.app
        return app.activePopupWidget() or app.activeModalWidget() or self.window

    def widget(self, kinds=None):
        """Some visible widget, or None."""
        from PySide6.QtWidgets import QWidget

        top = self.top()
        found = [w for w in top.findChildren(kinds or QWidget) if w.isVisible() and w.isEnabled()]
        return self.rng.choice(found) if found else None

    def point(self, widget):
        from PySide6.QtCore import QPoint

        return QPoint(
            self.rng.randrange(max(1, widget.width())), self.rng.randrange(max(1, widget.height()))
        )

    def modifiers(self):
        from PySide6.QtCore import Qt

        kinds = Qt.KeyboardModifier
        return self.rng.choice(
            [kinds.NoModifier] * 6 + [kinds.ShiftModifier, kinds.ControlModifier, kinds.AltModifier]
        )

    # Mouse

    def click(self):
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        widget = self.widget()
        if widget is None:
            return
        buttons = [Qt.MouseButton.LeftButton] * 5 + [Qt.MouseButton.RightButton]
        press = QTest.mouseDClick if self.rng.random() < 0.1 else QTest.mouseClick
        self.say(widget)
        press(widget, self.rng.choice(buttons), self.modifiers(), self.point(widget))

    def drag(self):
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        from segviewer.widgets.controls.value_slider import ValueSlider

        widget = self.widget(ValueSlider if self.rng.random() < 0.5 else None)
        if widget is None:
            return
        self.say(widget)
        button, modifiers = Qt.MouseButton.LeftButton, self.modifiers()
        QTest.mousePress(widget, button, modifiers, self.point(widget))
        for _ in range(self.rng.randrange(1, 6)):
            if not self.alive(widget):  # another network has other settings
                return
            self.move(widget, self.point(widget), button)
            if self.rng.random() < 0.3:
                self.acted.process(0.005)
        if self.alive(widget):
            QTest.mouseRelease(widget, button, modifiers, self.point(widget))

    def hover(self):
        from PySide6.QtCore import Qt

        widget = self.window.canvas if self.rng.random() < 0.5 else self.widget()
        if widget is None:
            return
        self.say(widget)
        for _ in range(self.rng.randrange(1, 8)):
            if self.alive(widget):
                self.move(widget, self.point(widget), Qt.MouseButton.NoButton)

    def move(self, widget, place, button):
        from PySide6.QtCore import QEvent, QPointF, Qt
        from PySide6.QtGui import QMouseEvent

        if not self.alive(widget):
            return
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(place),
            QPointF(widget.mapToGlobal(place)),
            Qt.MouseButton.NoButton,
            button,
            Qt.KeyboardModifier.NoModifier,
        )
        self.acted.app.sendEvent(widget, event)

    def wheel(self):
        from PySide6.QtCore import QPoint, QPointF, Qt
        from PySide6.QtGui import QWheelEvent

        widget = self.window.canvas if self.rng.random() < 0.4 else self.widget()
        if widget is None:
            return
        self.say(widget)
        place = QPointF(self.point(widget))
        event = QWheelEvent(
            place,
            QPointF(widget.mapToGlobal(place)),
            QPoint(),
            QPoint(0, self.rng.choice((-960, -120, 120, 960))),
            Qt.MouseButton.NoButton,
            self.modifiers(),
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        self.acted.app.sendEvent(widget, event)

    def context(self):
        from PySide6.QtGui import QContextMenuEvent

        widget = self.widget()
        if widget is None:
            return
        self.say(widget)
        if not self.alive(widget):
            return
        place = self.point(widget)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, widget.mapToGlobal(place))
        self.acted.app.sendEvent(widget, event)

    # Keys

    def key(self):
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        keys = Qt.Key
        key = self.rng.choice(
            (
                keys.Key_Tab,
                keys.Key_Backtab,
                keys.Key_Space,
                keys.Key_Return,
                keys.Key_Left,
                keys.Key_Right,
                keys.Key_Up,
                keys.Key_Down,
                keys.Key_PageUp,
                keys.Key_PageDown,
                keys.Key_Home,
                keys.Key_End,
                keys.Key_Delete,
                keys.Key_Backspace,
                keys.Key_F1,
            )
        )
        widget = self.acted.app.focusWidget() or self.top()
        self.say(widget)
        QTest.keyClick(widget, key, self.modifiers())

    def shortcut(self):
        from PySide6.QtTest import QTest

        self.window.activateWindow()
        letter = self.rng.choice(SHORTCUT_KEYS)
        self.acted.watch.write(f"  {letter}")
        QTest.keyClick(self.top(), letter, self.modifiers())

    def typing(self):
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit, QPlainTextEdit

        kinds = self.rng.choice((QLineEdit, QAbstractSpinBox, QPlainTextEdit))
        widget = self.widget(kinds)
        if widget is None:
            return
        self.say(widget)
        widget.setFocus()
        text = self.rng.choice(("", "0", "-1", "1e9", "99999999999", "nan", "σα", "<b>x</b>", ","))
        for letter in text:
            if letter.isascii():
                QTest.keyClick(widget, letter)
        from PySide6.QtCore import Qt

        QTest.keyClick(widget, Qt.Key.Key_Return)

    def escape(self):
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        QTest.keyClick(self.top(), Qt.Key.Key_Escape)

    # Actions, menus, boxes

    def action(self):
        names = [name for name in self.window.actions_by_name if name not in NEVER]
        name = self.rng.choice(names)
        self.acted.watch.write(f"  {name}")
        self.window.action(name).trigger()

    def menu(self):
        from PySide6.QtWidgets import QMenu
        from shiboken6 import isValid

        menus = [menu for menu in self.window.findChildren(QMenu) if menu.actions()]
        # Hundreds of forms, some of which take half a minute.
        slow = self.window.toolbar.networks_menu
        menus = [m for m in menus if m is not slow and m.parent() is not slow]
        if not menus:
            return
        menu = self.rng.choice(menus)
        menu.popup(self.window.mapToGlobal(self.point(self.window)))
        self.acted.process()
        if not isValid(menu):  # its form was built anew meanwhile
            return
        quit_action = self.window.action("quit")
        plain = [a for a in menu.actions() if a.menu() is None and a is not quit_action]
        action = self.rng.choice(plain) if plain and self.rng.random() < 0.7 else None
        menu.close()
        if action is not None and action.isEnabled():
            self.acted.watch.write(f"  {action.text()}")
            action.trigger()

    def combo(self):
        from PySide6.QtWidgets import QComboBox

        box = self.widget(QComboBox)
        if box is None or not box.count():
            return
        self.say(box)
        box.setCurrentIndex(self.rng.randrange(box.count()))
        box.activated.emit(box.currentIndex())

    # Files

    def drop(self):
        from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
        from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent

        paths = self.rng.sample(self.files, self.rng.randrange(1, 4))
        self.acted.watch.write(f"  {[path.name for path in paths]}")
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        target = self.rng.choice((self.window.canvas, self.window))
        place = QPointF(self.point(target))
        rest = (
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        self.acted.app.sendEvent(target, QDragEnterEvent(place.toPoint(), *rest))
        if self.rng.random() < 0.15:
            self.acted.app.sendEvent(target, QDragLeaveEvent())
        else:
            self.acted.app.sendEvent(target, QDropEvent(place, *rest))

    def paste(self):
        from PySide6.QtGui import QGuiApplication, QImage

        clipboard = QGuiApplication.clipboard()
        kind = self.rng.choice(("nothing", "text", "picture"))
        clipboard.clear()
        if kind == "text":
            clipboard.setText("text")
        elif kind == "picture":
            image = QImage(40, 30, QImage.Format.Format_RGB32)
            image.fill(0x336699)
            clipboard.setImage(image)
        self.window.action("paste").trigger()

    def sample(self):
        from segviewer.imaging.reading.samples import SAMPLES

        if self.rng.random() < 0.5:
            self.presenter.openings.step(self.rng.choice((-1, 1)))
        else:
            self.presenter.openings.open_sample(self.rng.choice(SAMPLES).name)

    def network(self):
        name = self.rng.choice(NETWORKS)
        self.acted.watch.write(f"  {name}")
        self.presenter.openings.open_checkpoint(name)

    def change_under_the_pointer(self):
        """Point at the picture all the time that another network or picture takes."""
        from PySide6.QtCore import Qt

        self.rng.choice((self.network, self.sample, self.lab))()
        for _ in range(self.rng.randrange(5, 40)):
            self.move(self.window.canvas, self.point(self.window.canvas), Qt.MouseButton.NoButton)
            self.acted.process(0.01)

    # The window

    def resize(self):
        self.window.resize(self.rng.randrange(200, 2400), self.rng.randrange(200, 1600))

    def theme(self):
        from segviewer.widgets.theme.theme import apply_theme

        apply_theme(self.acted.app, self.rng.choice(("dark", "light", "system")))

    def lab(self):
        from segviewer.labs import LABS

        name = self.rng.choice(list(LABS))
        self.acted.watch.write(f"  {name}")
        self.presenter.labs.open(name)

    def lesson(self):
        lessons = self.presenter.lessons
        if lessons.opened is None:
            files = [file.path for file in lessons.files] + [
                path for path in self.files if path.suffix == ".toml"
            ]
            lessons.open(self.rng.choice(files), step=self.rng.choice((0, 0, 1, 99)))
        else:
            name = self.rng.choice(
                ("next_step", "next_step", "previous_step", "restore_step", "leave_lesson")
            )
            self.window.action(name).trigger()

    def present(self):
        name = self.rng.choice(("present", "blank", "speaker", "lens", "larger_text"))
        self.window.action(name).trigger()

    def undo(self):
        for _ in range(self.rng.randrange(1, 6)):
            self.window.action(self.rng.choice(("undo", "undo", "redo"))).trigger()

    def wait(self):
        self.acted.process(self.rng.choice((0.02, 0.1, 0.4)))

    # Beside gestures

    def say(self, widget) -> None:
        if not self.alive(widget):
            return
        name = widget.accessibleName() or widget.objectName()
        self.acted.watch.write(f"  {type(widget).__name__} {name}")

    @staticmethod
    def alive(widget) -> bool:
        from shiboken6 import isValid

        return isValid(widget) and widget.isVisible()

    def close_what_stays(self) -> None:
        """A dialog may be there for a while, then it is closed."""
        others = self.acted.extra_windows()
        self.age = self.age + 1 if others else 0
        if self.age > PATIENCE:
            self.age = 0
            for top in others:
                top.close()
