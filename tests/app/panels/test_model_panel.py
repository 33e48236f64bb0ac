"""The model panel shows what the session holds, which is not always what was asked for."""

from __future__ import annotations

import pytest

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.panels.model_panel import ModelPanel
from segviewer.app.state.shown import Screen, Shown
from segviewer.app.state.store import Store
from segviewer.engine.results import NetworkResult
from segviewer.session import Session
from segviewer.settings import Control
from segviewer.widgets.controls.settings_form import SettingsForm

SESSION = Session(image="a", checkpoint="b")


def network(title, devices=("cpu", "cuda:0")):
    stride = Control("output_stride", "choice", 16, "geometry", "Output stride", choices=(8, 16))
    trained = {"output_stride": 16}
    about = (title, "n", (stride,), trained, ("p",), "", "trained", "", 480, 0, (), {})
    return NetworkResult(*about, devices)


class Shower:
    """A panel, and the screens that it is shown one after the other."""

    def __init__(self, qtbot):
        self.window, self.store, self.screen = MainWindow(), Store(SESSION), None
        qtbot.addWidget(self.window)
        self.panel = ModelPanel(self.window, self.store)
        self.show(SESSION, Shown())
        self.store.changed.connect(lambda old, new: self.show(new, self.screen.shown))

    def show(self, session, shown):
        old, self.screen = self.screen, Screen(session, shown)
        self.panel.apply(old, self.screen)

    def opens(self, result):
        self.show(self.store.session, self.screen.shown.with_opened(self.store.session, result))


@pytest.fixture
def shower(qtbot):
    return Shower(qtbot)


def test_a_network_brings_its_title_and_its_form(shower):
    shower.opens(network("One"))
    assert shower.window.model_title.text() == "One"
    first = shower.panel.form
    assert first.values() == {"output_stride": 16}
    shower.opens(network("Two"))
    assert shower.panel.form is not first and shower.window.model_title.text() == "Two"


def test_the_form_follows_the_session_and_writes_into_it(shower):
    shower.opens(network("One"))
    shower.panel.form.edited.emit("output_stride", 8, True)
    assert dict(shower.store.session.network) == {"output_stride": 8}
    assert shower.panel.form.values() == {"output_stride": 8}
    assert shower.window.action("reset_network").isEnabled()
    shower.window.action("reset_network").trigger()
    assert shower.panel.form.values() == {"output_stride": 16}
    assert not shower.window.action("reset_network").isEnabled()


def test_the_device_that_is_chosen_is_named_and_ticked_at_once(shower):
    shower.opens(network("One"))
    button, menu = shower.window.toolbar.buttons["Device"], shower.window.toolbar.device_menu
    assert button.text() == "cuda:0"  # the best of auto
    next(action for action in menu.actions() if action.text() == "cpu").trigger()
    assert shower.store.session.inference.device == "cpu" and button.text() == "cpu"
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["cpu"]
    shower.store.undo()
    assert button.text() == "cuda:0"


def test_a_size_below_the_smallest_is_put_right_when_the_slider_is_let_go(shower, qtbot):
    shower.opens(network("One"))
    form = shower.panel.inference_form
    shower.panel.inference_form.edited.emit("long_side", 16, False)
    smallest = shower.store.session.inference.long_side
    assert smallest == 120
    form.row("long_side").set_value(16)  # where the pointer is
    form.edited.emit("long_side", 16, True)
    qtbot.waitUntil(lambda: form.values()["long_side"] == smallest)


def test_another_part_of_the_session_touches_no_form(shower, monkeypatch):
    shower.opens(network("One"))
    touched = []
    for form in (shower.panel.form, shower.panel.inference_form):
        monkeypatch.setattr(form, "set_values", touched.append)
    shower.store.set("overlay", opacity=0.1)
    assert touched == []
    shower.store.set("inference", flip=True)
    assert len(touched) == 1


def rows_seen(form):
    return [name for name in form.names() if not form.row(name).isHidden()]


def test_what_is_not_wanted_is_put_away_until_all_is_asked_for(shower):
    shower.opens(network("One"))
    panel = shower.panel
    every = rows_seen(panel.inference_form)
    assert every and panel.rest.isHidden()
    panel.show_only(frozenset({"output_stride", "flip"}))
    assert rows_seen(panel.form) == ["output_stride"]
    assert rows_seen(panel.inference_form) == ["flip"] and not panel.rest.isHidden()
    shower.opens(network("Two"))  # another network is limited, too
    assert rows_seen(panel.inference_form) == ["flip"]
    panel.rest.click()
    assert rows_seen(panel.form) == ["output_stride"]
    assert rows_seen(panel.inference_form) == every and panel.rest.isHidden()
    panel.show_only(frozenset({"bins"}))  # which this network does not have
    assert rows_seen(panel.form) == ["output_stride"] and panel.rest.isHidden()


def placed(shower):
    forms = shower.window.model_box.findChildren(SettingsForm)
    return [form for form in forms if form is not shower.panel.inference_form]


def test_one_form_is_seen_and_it_is_the_last_networks(qtbot, shower):
    shower.opens(network("One"))
    qtbot.waitUntil(lambda: placed(shower) == [shower.panel.form])
    shower.opens(network("Two"))
    shower.opens(network("Three"))
    qtbot.waitUntil(lambda: placed(shower) == [shower.panel.form])
    assert shower.window.model_box.layout().indexOf(shower.panel.form) == 0


def test_the_form_of_the_network_before_writes_nothing_any_more(shower):
    shower.opens(network("One"))
    before = shower.panel.form
    shower.opens(network("Two"))
    before.edited.emit("output_stride", 8, True)
    assert not shower.store.session.network
