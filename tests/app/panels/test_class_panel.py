"""The class list, the target's figures and the times are those of the labels on screen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QSettings

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.panels.class_panel import ClassPanel
from segviewer.app.panels.run_panel import RunPanel
from segviewer.app.state.preferences import Preferences
from segviewer.app.state.shown import Screen, Shown
from segviewer.app.state.store import Store
from segviewer.app.targets.target_panel import TargetPanel
from segviewer.export.shown_labels import shown_label_set
from segviewer.session import Session
from tests.app.state.conftest import Desk, labelled, metrics, network, picture

SESSION = Session(image="a", checkpoint="b", target="/masks/m.png")


def shown_with(classes=("p", "q"), **parts):
    shown = Shown().pictured(SESSION, picture()).with_opened(SESSION, network(classes))
    shown = shown.labelled_by(SESSION, labelled(classes), None)
    return replace(shown, labels=shown_label_set("", classes, "label set"), **parts)


class Row:
    """Panels that are shown one screen after the other."""

    def __init__(self, qtbot, desk, folder):
        self.window, self.store = MainWindow(), Store(SESSION)
        qtbot.addWidget(self.window)
        settings = QSettings(str(folder / "own.ini"), QSettings.Format.IniFormat)
        target = TargetPanel(self.window, self.store, Preferences(settings))
        self.panels = (ClassPanel(self.window), target, RunPanel(self.window, desk.runner))
        self.screen = None
        self.show(SESSION, Shown())

    def show(self, session, shown):
        old, self.screen = self.screen, Screen(session, shown)
        for panel in self.panels:
            panel.apply(old, self.screen)


@pytest.fixture
def row(qtbot, tmp_path):
    desk = Desk()
    yield Row(qtbot, desk, tmp_path)
    desk.runner.close()


def test_labels_bring_names_shares_and_times_and_take_them_along(row):
    window = row.window
    row.show(SESSION, shown_with(seconds=(0.2, 0.05)))
    assert window.legend.count() == 2
    np.testing.assert_array_equal(window.legend._model._shares, 1)
    assert window.timing_label.text() == "net 200 ms  crf 50 ms"
    row.show(SESSION, shown_with(seconds=(0.2, 0.0)))
    assert window.timing_label.text() == "net 200 ms"
    row.show(SESSION, Shown().with_opened(SESSION, network()))
    assert window.legend._model._shares is None and window.timing_label.text() == ""


def test_hidden_classes_stay_hidden_when_others_are_listed(row):
    hidden = SESSION.changed(overlay=SESSION.overlay.changed(hidden=(1,)))
    row.show(hidden, shown_with())
    assert row.window.legend.hidden() == (1,)
    row.show(hidden, shown_with(("x", "y", "z")))
    assert row.window.legend.count() == 3 and row.window.legend.hidden() == (1,)


def test_another_palette_colours_the_list_without_making_it_anew(row, monkeypatch):
    shown = shown_with()
    row.show(SESSION, shown)
    made, coloured = [], []
    monkeypatch.setattr(row.window.legend, "set_classes", lambda *a: made.append(a))
    monkeypatch.setattr(row.window.legend, "set_colours", coloured.append)
    labels = shown_label_set("", ("p", "q"), "colour-blind safe")
    row.show(SESSION, replace(shown, labels=labels))
    assert made == [] and len(coloured) == 1
    row.show(SESSION, row.screen.shown)
    assert len(coloured) == 1


def test_figures_come_and_go(row):
    window, shown = row.window, shown_with()
    row.show(SESSION, replace(shown, metrics=replace(metrics(), present=2)))
    assert not window.legend._iou_head.isHidden()
    assert window.target_label.text().splitlines()[1] == "m.png"
    row.show(SESSION, shown)
    assert window.legend._iou_head.isHidden() and window.target_label.text() == ""


def test_the_target_is_closed_by_its_action(row):
    close = row.window.action("close_target")
    assert close.isEnabled() and not row.window.target_section.isHidden()
    close.trigger()
    assert row.store.session.target == ""
    row.show(row.store.session, Shown())
    assert not close.isEnabled() and row.window.target_section.isHidden()
