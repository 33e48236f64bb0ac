"""A slider tick visits each room once; what has not changed is not drawn again."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from segviewer.app.shell.preloading import Preloading
from tests.counted_calls import counted

WAIT = 60_000
# Widgets of which a panel sets something: each call that draws is a set_… of one of these.
DRAWN = (
    "ImageCanvas",
    "ClassLegend",
    "ComparisonTable",
    "LayerTable",
    "NetworkDiagram",
    "Filmstrip",
)
APPLY = "app.panels.picture_panel:PicturePanel.apply"


class Paints(QObject):
    """Counts the paint events of every widget in a window."""

    def __init__(self, window):
        super().__init__(window)
        self.counts: Counter[QWidget] = Counter()
        QApplication.instance().installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget):
            self.counts[watched] += 1
        return False


@pytest.fixture
def rested(opened, monkeypatch):
    """The window with its labels, when nothing imports ahead and nothing is left to paint."""
    monkeypatch.setattr(Preloading, "_on_turn", lambda preloading: None)
    opened.bot.waitUntil(lambda: opened.window.timing_label.text() != "", timeout=WAIT)
    opened.bot.wait(300)
    return opened


def drawn(calls):
    """Calls of setters of the widgets that panels draw with."""
    found = {}
    for name, count in calls.items():
        kind, _, method = name.partition(":")[2].partition(".")
        if kind in DRAWN and method.startswith("set_") and "." not in method:
            found[f"{kind}.{method}"] = count
    return found


def applied(explorer, calls):
    """How often each panel was asked to draw what has changed."""
    kinds = {type(panel) for panel in explorer.presenter.panels}
    return {
        kind.__name__: calls[f"{kind.__module__.removeprefix('segviewer.')}:{kind.__name__}.apply"]
        for kind in kinds
    }


@pytest.mark.slow
def test_an_opacity_tick_redraws_the_overlay_once_and_nothing_else(rested):
    presenter = rested.presenter
    paints = Paints(rested.window)
    form = presenter.settings.overlay_form

    def tick():
        form.edited.emit("opacity", 0.31, True)
        rested.bot.wait(200)

    calls = counted(tick)
    assert set(applied(rested, calls).values()) == {1}
    assert drawn(calls) == {"ImageCanvas.set_opacity": 1}
    assert calls["widgets.controls.settings_form:SettingsForm.set_values"] == 1  # its own form
    assert calls["app.state.runner:Runner.submit"] == 0
    # Beside the slider itself, and what lies behind it.
    outside = {
        widget: count
        for widget, count in paints.counts.items()
        if widget.window() is rested.window
        and widget is not form
        and not form.isAncestorOf(widget)
        and not widget.isAncestorOf(form)
    }
    assert outside == {rested.window.canvas: 1}


@pytest.mark.slow
def test_a_crf_tick_visits_each_room_of_the_window_once(rested):
    rested.bot.mouseClick(rested.window.crf_switch, Qt.MouseButton.LeftButton)
    rested.settled()
    rested.bot.wait(300)
    came = Counter()
    rested.runner.stage_finished.connect(lambda stage, *rest: came.update([stage]))

    def tick():
        form = rested.presenter.settings.crf_form
        with rested.bot.waitSignal(rested.runner.run_finished, timeout=WAIT):
            form.edited.emit("appearance_weight", 7.5, True)
        rested.bot.wait(200)

    calls = counted(tick)
    assert rested.runner.have["label_map"] is not None and came["refined"] == 1
    for entry in (
        "app.panels.settings_panels:SettingsPanels._on_edited",
        "app.state.store:Store.update",
        "app.state.results:Results._on_session_changed",
        "app.state.results:Results.missing",
        "app.state.runner:Runner.submit",
        "app.state.runner:Runner._send",
        "engine.worker.engine_process:EngineProcess.send",
        "app.state.results:Results._on_run_finished",
    ):
        assert calls[entry] == 1, entry
    # Once for each answer, of which there is more than one where iterations are shown on the way.
    answers = sum(came.values())
    assert calls["app.state.results:Results._on_stage_finished"] == answers
    maps = came["label_map"]
    assert set(came) == {"refined", "label_map"} and maps >= 1
    said = drawn(calls)
    assert said.pop("ImageCanvas.set_chips", 0) <= maps  # which iteration it is
    said.pop("ImageCanvas.set_bar_value", 0)  # where the pointer rests; no scale, nothing drawn
    assert said == {"ImageCanvas.set_label_map": maps, "ClassLegend.set_shares": maps}
    # The settings, each label map, and at the end the times.
    assert set(applied(rested, calls).values()) == {2 + maps}
