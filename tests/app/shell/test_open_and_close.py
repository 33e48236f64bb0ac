"""What is opened and closed again and again leaves nothing behind."""

from __future__ import annotations

import gc

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QObject, QPoint
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QListView, QMenu

from segviewer.app.network.catalogue_dialog import CatalogueDialog
from segviewer.app.state.background import Background

ROUNDS = 16  # the soak does more (tests/hostile/soak.py)
ALLOWED = 4  # a leak of one a round is 12


def settle():
    for _ in range(2):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture(autouse=True)
def all_objects_again():
    yield
    gc.unfreeze()


def young_objects_only():
    """Let collections look at what is made from now on: torch's objects alone take a second."""
    gc.collect()
    gc.freeze()


def close_all():
    closed = []
    for widget in QApplication.topLevelWidgets():
        if widget.isVisible() and isinstance(widget, QDialog | QMenu):
            closed.append(type(widget).__name__)
            widget.close()
    settle()
    return closed


def setting(explorer, name):
    return explorer.presenter.settings.crf_form.row(name)


def context_menu(widget):
    where = QPoint(5, 5)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(widget, QContextMenuEvent(reason, where, widget.mapToGlobal(where)))


def toggle(explorer, name):
    explorer.trigger(name)
    settle()
    explorer.trigger(name)


def a_lesson_and_back(explorer):
    lessons = explorer.presenter.lessons
    explorer.bot.waitUntil(lambda: bool(lessons.files), timeout=60_000)
    lessons.open(lessons.files[0].path)
    explorer.bot.waitUntil(lambda: lessons.opened is not None, timeout=60_000)
    toggle(explorer, "speaker")
    lessons.forward()
    lessons.leave()


def networks(explorer):
    menus = explorer.presenter.networks
    explorer.bot.waitUntil(lambda: menus._forms is not None, timeout=60_000)
    explorer.window.toolbar.networks_menu.aboutToShow.emit()
    for action in explorer.window.toolbar.networks_menu.actions():
        action.menu().aboutToShow.emit()
    menus.fill_forms(menus._forms)


def save_figure(explorer):
    explorer.presenter.labs.open("gridding")
    explorer.settled("lab")
    explorer.trigger("save_figure")


def thumbnails(explorer):
    context_menu(explorer.window.filmstrip.findChild(QListView).viewport())


# What a person opens, and the window that then is there (none: it is part of the main one).
THINGS = {
    "keys": (lambda explorer: explorer.trigger("keys"), "KeySheet"),
    "catalogue": (lambda explorer: explorer.trigger("catalogue"), "CatalogueDialog"),
    "glossary": (lambda explorer: explorer.trigger("glossary"), "GlossarySheet"),
    "gallery": (lambda explorer: explorer.trigger("gallery"), "LabGallery"),
    "about the model": (lambda explorer: explorer.trigger("about_model"), "ModelPage"),
    "add a step": (lambda explorer: explorer.trigger("add_step"), "StepDialog"),
    "tune": (lambda explorer: explorer.presenter.presets.tune(), "TuneDialog"),
    "save a figure": (save_figure, "FigureDialog"),
    "menu of a setting": (
        lambda explorer: context_menu(
            explorer.presenter.settings.crf_form.row("appearance_weight")
        ),
        "QMenu",
    ),
    "present": (lambda explorer: toggle(explorer, "present"), ""),
    "a lesson with its speaker's window": (a_lesson_and_back, ""),
    "menu of networks": (networks, ""),
    "recent files": (lambda explorer: explorer.presenter.recents.fill(), ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", THINGS)
def test_time_and_again_opened_and_closed_there_are_no_more_widgets(opened, name):
    act, window = THINGS[name]
    counts = []
    young_objects_only()
    for _ in range(ROUNDS):
        act(opened)
        settle()
        closed = close_all()
        assert window in closed if window else not closed
        counts.append((len(QApplication.allWidgets()), len(opened.window.findChildren(QObject))))
    # The first rounds make what is then kept; an object or two come and go with what runs.
    before, after = counts[3], counts[-1]
    assert after[0] - before[0] <= ALLOWED and after[1] - before[1] <= ALLOWED, counts


def test_the_catalogue_opened_again_has_nothing_of_the_last_time(qtbot, tmp_path):
    background = Background()
    dialog = CatalogueDialog(background, None, None, tmp_path)
    qtbot.addWidget(dialog)
    dialog.start()
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0)
    dialog.message.setText("Stopped.")
    dialog.table.selectRow(1)
    dialog.reject()
    assert dialog.isHidden()
    entry = next(entry for entry in dialog.entries if entry.url)
    (tmp_path / entry.file_name).write_bytes(b"")
    dialog.start()
    assert dialog.isVisible() and dialog.message.text() == ""
    row = dialog.entries.index(entry)
    qtbot.waitUntil(lambda: dialog.table.item(row, 4).text() == "yes")
    background.close()


class NoData:
    """The clipboard of a platform without one."""

    def mimeData(self):  # noqa: N802 (Qt's name)
        return None

    def image(self):
        return QGuiApplication.clipboard().image()


def test_pasting_from_a_clipboard_without_data_says_so(explorer, monkeypatch):
    QGuiApplication.clipboard().setMimeData(QMimeData())
    monkeypatch.setattr(QApplication, "clipboard", lambda: NoData())
    explorer.trigger("paste")
    assert "no picture on the clipboard" in explorer.message()
