"""Brings everything of the interface to the screen once: panels, menus, labs, dialogs."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QMenu

from segviewer.app.figures.take_away_dialog import TakeAwayDialog
from segviewer.app.frame.camera import CameraChoice
from segviewer.app.tuning.tune_dialog import TuneDialog
from segviewer.imaging.reading.live.devices import Camera
from segviewer.labs import LABS

BY_ACTION = (
    "catalogue",
    "edit_model",
    "about_model",
    "log",
    "keys",
    "guide",
    "glossary",
    "gallery",
    "save_figure",
    "add_step",
)


def show_panels(opened):
    """Everything of the window that has no lab and no dialog: with CRF, and with A pinned."""
    opened.trigger("crf")
    opened.settled()
    opened.trigger("pin")
    opened.store.set("crf", num_iterations=3)
    opened.settled()
    opened.trigger("network_card")
    opened.window.crf_more_section.set_open(True)
    opened.window.photograph_section.show()
    opened.window.photograph_section.set_open(True)
    opened.presenter.later.build()
    for menu in opened.window.findChildren(QMenu):
        menu.aboutToShow.emit()
    QApplication.processEvents()


def show_labs(opened, names=tuple(LABS)):
    """Each lab, with its results."""
    for name in names:
        opened.presenter.labs.open(name)
        opened.settled("lab")
        opened.presenter.labs.drawer.grab()
        yield name
    opened.presenter.labs.drawer.close()


def dialogs(opened):
    """Every dialog, shown; each is closed before the next."""
    window = opened.window
    for name in BY_ACTION:
        before = set(QApplication.topLevelWidgets())
        opened.trigger(name)
        QApplication.processEvents()
        shown = [
            one
            for one in QApplication.topLevelWidgets()
            if isinstance(one, QDialog) and one.isVisible() and one not in before
        ]
        shown = shown or [d for d in window.findChildren(QDialog) if d.isVisible()]
        assert shown, name
        yield name, shown[0]
        shown[0].close()
    made = {
        "camera": lambda: CameraChoice([Camera("/dev/video0", "Webcam")], window),
        "take away": lambda: TakeAwayDialog(opened.session, ["a.png", "b.png"], window),
        "tune": lambda: TuneDialog(opened.session, "DeepLab v3", "", window),
    }
    for name, make in made.items():
        dialog = make()
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        QApplication.processEvents()
        yield name, dialog
        dialog.close()
    presets = opened.presenter.presets
    presets.manage()
    yield "presets", presets.manager
    presets.manager.close()
