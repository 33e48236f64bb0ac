"""Help in the running window: tour, glossary from a setting, the page about the model."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.help.tour_stops import tour_stops
from segviewer.app.network.model_facts import as_text, gather, written
from segviewer.app.network.model_page import ModelPage
from segviewer.app.network.training_curves import TrainingCurves
from segviewer.app.shell.key_list import BY_HAND, key_list
from segviewer.app.state.preferences import Preferences
from segviewer.checkpoints.published.catalogue import PUBLISHED, resolve_reference
from segviewer.training.training_log import log_beside, write_log
from segviewer.widgets.controls.value_slider import ValueSlider
from segviewer.widgets.help.key_sheet import KeySheet

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"
WAIT = 60_000


@pytest.fixture
def window(qtbot):
    """The window alone, without an engine."""
    window = MainWindow()
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    qtbot.waitExposed(window)
    return window


# The tour


def test_four_stops_each_points_at_something_that_can_be_seen(window):
    window.toggle_panels()  # folded away by the person
    stops = tour_stops(window)
    assert len(stops) == 4
    for stop in stops:
        if stop.prepare is not None:
            stop.prepare()
        assert all(target.isVisibleTo(window) for target in stop.targets), stop.title
        assert stop.text.endswith(".")


def test_the_tour_goes_on_while_a_picture_is_dropped(opened, street):
    opened.trigger("tour")
    tour = opened.presenter.help.tour
    assert tour.callout.isVisible() and tour.callout.next_button.hasFocus()
    for _ in range(2):
        opened.bot.keyClick(tour.callout.next_button, Qt.Key.Key_Return)
    other = street.with_name("other.png")
    other.write_bytes(street.read_bytes())
    opened.presenter.openings.open_paths([other])
    opened.bot.waitUntil(lambda: opened.session.image == str(other), timeout=WAIT)
    opened.settled()
    assert tour.place == 2
    opened.trigger("tour")  # again: from the start
    assert opened.presenter.help.tour is not tour and opened.presenter.help.tour.place == 0
    opened.bot.keyClick(opened.presenter.help.tour.callout.next_button, Qt.Key.Key_Escape)
    assert opened.presenter.help.tour is None
    assert opened.window.focusWidget() is opened.window.canvas


def test_the_tour_leaves_the_panels_where_they_were(opened):
    opened.window.resize(1280, 720)
    bar = opened.window.left.verticalScrollBar()
    opened.bot.waitUntil(lambda: bar.maximum() > 40)
    bar.setValue(7)
    opened.trigger("tour")
    tour = opened.presenter.help.tour
    tour.go_on()
    tour.go_on()
    assert bar.value() > 7  # the network's settings, further down
    tour.end()
    assert bar.value() == 7


def test_it_is_offered_once_and_never_where_nobody_watches(explorer, monkeypatch):
    preferences, helper = explorer.preferences, explorer.presenter.help
    helper.offer_tour()  # offscreen, as in tests and on servers
    assert helper.tour is None and not preferences.tour_seen()
    monkeypatch.setattr(QGuiApplication, "platformName", staticmethod(lambda: "xcb"))
    helper.offer_tour()
    assert helper.tour is not None and preferences.tour_seen()
    helper.tour.end()
    helper.offer_tour()
    assert helper.tour is None


def test_it_waits_for_a_menu_that_is_open(explorer, monkeypatch):
    monkeypatch.setattr(QGuiApplication, "platformName", staticmethod(lambda: "xcb"))
    monkeypatch.setattr(QApplication, "activePopupWidget", staticmethod(lambda: explorer.window))
    explorer.presenter.help.offer_tour()
    assert explorer.presenter.help.tour is None and not explorer.preferences.tour_seen()


def test_that_it_was_seen_outlives_the_program(tmp_path):
    path = str(tmp_path / "settings.ini")
    first = Preferences(QSettings(path, QSettings.Format.IniFormat))
    first.note_tour()
    first.settings.sync()
    assert Preferences(QSettings(path, QSettings.Format.IniFormat)).tour_seen()


# The glossary


def test_f1_on_a_setting_opens_its_entry(explorer):
    row = explorer.presenter.settings.crf_form.row("appearance_xy_std")
    row.findChild(ValueSlider).setFocus()
    opened_by = QApplication.focusWidget()
    explorer.bot.keyClick(opened_by, Qt.Key.Key_F1)
    sheet = explorer.presenter.help.glossary
    assert sheet.isVisible() and sheet.shown_term().id == "appearance_xy_std"
    explorer.window.canvas.setFocus()
    sheet.close()
    explorer.trigger("glossary")  # nothing asked: where it was
    assert sheet.isVisible() and sheet.shown_term().id == "appearance_xy_std"


def test_a_link_opens_the_lab(explorer):
    explorer.presenter.help.open_term("atrous_rate")
    sheet = explorer.presenter.help.glossary
    sheet.page.anchorClicked.emit(QUrl("lab:atrous_1d"))
    assert explorer.session.lab.name == "atrous_1d" and not sheet.isVisible()


def test_the_menu_of_a_setting_looks_it_up_and_resets_it(explorer):
    row = explorer.presenter.settings.crf_form.row("smoothness_weight")
    explorer.store.set("crf", smoothness_weight=9.0)
    where = QPoint(4, 4)
    for text in ("in the glossary", "Back to"):
        QApplication.sendEvent(
            row, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, row.mapToGlobal(where))
        )
        menu = row.findChildren(QMenu)[-1]
        next(action for action in menu.actions() if text in action.text()).trigger()
        menu.close()
    assert explorer.presenter.help.glossary.shown_term().id == "smoothness_weight"
    assert explorer.session.crf.smoothness_weight == 1.0


# The keys


def test_every_action_with_a_key_stands_on_the_sheet(window):
    listed = {key for _, key, _ in key_list(window)} | {key for _, key, _ in BY_HAND}
    ranges = ("recent_", "class_", "answer_", "hand_")
    for name, action in window.actions_by_name.items():
        key = action.shortcut().toString()
        # One row stands for Shift+Z and the wheel.
        there = key in listed or any(key in row.split(" · ") for row in listed)
        assert not key or there or name.startswith(ranges), name


def test_the_sheet_fits_1280_by_720(window):
    sheet = KeySheet(key_list(window), window)
    inside = sheet.area.widget().sizeHint()
    columns = sheet.area.widget().layout().count() - 1
    # This platform's screen may be narrower: three columns of what stands in one.
    assert inside.height() * columns / 3 < 0.95 * 720 - 80
    sheet.close()


# The page about the model


def page_text(explorer) -> str:
    explorer.trigger("about_model")
    page = explorer.presenter.help.page
    explorer.bot.waitUntil(page.copy_button.isEnabled, timeout=WAIT)
    explorer.bot.mouseClick(page.copy_button, Qt.MouseButton.LeftButton)
    shown, copied = page.page.toPlainText(), QGuiApplication.clipboard().text()
    page.close()
    for line in copied.splitlines()[:12]:
        assert line.strip().partition(": ")[0] in shown
    return copied


def test_the_page_says_what_the_card_says_and_what_runs_now(opened):
    opened.presenter.model.form.edited.emit("output_stride", 8, True)
    opened.settled()
    text = page_text(opened)
    path = resolve_reference(BUNDLED)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in text
    for said in (
        "DeepLab v3 (Chen, Papandreou, Schroff, Adam 2017)",
        "Trained on: CamVid (train + val)",
        "5,620 iterations, seed 7",
        "Channel order: RGB",
        "Mean: 0.5, 0.5, 0.5",
        "test: mIoU 0.658, pixel accuracy 0.907",
        "Output stride: 16 · running 8",
        "Licence: Weights: Apache-2.0",
        "road  #804080  0.979 · 0.938",
    ):
        assert said in text, said
    assert str(path.parent) not in text


def test_random_weights_say_so_and_claim_nothing(opened):
    opened.trigger("random")
    opened.settled()
    text = page_text(opened)
    assert "State: random" in text and "the labels mean nothing" in text
    assert "Trained on" not in text and "mIoU" not in text and "Licence" not in text


def test_a_head_says_what_its_backbone_had_learned_before(opened):
    result = opened.results("network")
    for base, said in (
        (BUNDLED, "which learned on CamVid (train + val) with its own head before"),
        ("bundled:gone", "that of bundled:gone; this file holds what differs"),
    ):
        facts = gather(replace(result, card=result.card.changed(base=base)), opened.session)
        rows = dict(dict(facts.sections)["Weights"])
        assert said in rows["Backbone"], rows["Backbone"]


def test_a_file_without_a_card_says_what_is_not_known(opened, tmp_path):
    own = tmp_path / "mine.safetensors"
    own.write_bytes(resolve_reference(BUNDLED).read_bytes())

    result = opened.results("network")
    card = result.card.changed(
        trained_on="", iterations=0, licence="", results={}, weights="unknown", source=str(own)
    )

    session = opened.session.changed(checkpoint=str(own))
    facts = gather(replace(result, card=card, notes=("Rates were assumed.",)), session)
    assert facts.unknown[0] == "Rates were assumed."
    assert (
        "what it was trained on, for how long, how well it does and under which"
        in (facts.unknown[1])
    )
    assert ("State", "not said: the file has no model card") in dict(facts.sections)["Weights"]
    assert "Source" not in dict(dict(facts.sections)["File"])
    assert str(tmp_path) not in as_text(facts)
    own.unlink()
    rows = (("Map of stride 8", "aspp.0 (3×3, rate 2)"),)
    listed = gather(replace(result, strides_and_rates=rows), session)
    assert ("Strides and rates, as built", rows) in listed.sections
    gone = gather(replace(result, card=card), session)
    assert any("could not be read again" in sentence for sentence in gone.unknown)


def test_a_log_beside_the_file_is_drawn_and_the_temperature_said(opened, tmp_path):
    own = tmp_path / "mine.safetensors"
    own.write_bytes(b"weights")
    write_log(
        log_beside(own),
        [
            {"iteration": 10, "loss": 2.0, "seconds": 60.0},
            {"iteration": 20, "loss": 1.0, "seconds": 120.0},
            {"iteration": 10, "miou": 0.5},
            {"iteration": 20, "miou": 0.4},
        ],
    )
    figures = {"calibration_error": 0.04, "calibration_error_at_temperature": 0.01}
    result = opened.results("network")
    card = result.card.changed(temperature=1.4, results={"val": {"miou": 0.4, **figures}})
    session = opened.session.changed(checkpoint=str(own))
    facts = gather(replace(result, card=card), session)
    said = dict(dict(facts.sections)["Results"])["Temperature"]
    assert said.startswith("1.40") and "on val 0.040, with it 0.010" in said
    page = ModelPage("Mine", opened.window)
    opened.bot.addWidget(page)
    page.show_facts(replace(facts, log=None))
    assert page.curves is None
    page.show_facts(facts)
    page.show_facts(facts)
    loss, miou = page.findChild(TrainingCurves).plots
    assert list(loss._curves[0].y) == [2.0, 1.0] and list(miou._curves[0].y) == [50.0, 40.0]
    assert page.curves.said.text() == (
        "Training log: 20 iterations in 2 min; val mIoU 0.400, best 0.500 at 10"
    )
    assert gather(result, opened.session).log is None  # none ships with the bundled one


def test_a_name_that_is_published_is_compared_by_its_hash(opened, tmp_path):

    path = tmp_path / PUBLISHED[0].file_name
    path.write_bytes(b"not these weights")
    facts = gather(opened.results("network"), opened.session.changed(checkpoint=str(path)))
    assert any("is another" in sentence for sentence in facts.unknown)
    assert "Published as" in dict(dict(facts.sections)["File"])


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "on"), ((6, 12), "6, 12"), ((), "none"), (0.5, "0.5"), ("valid_form", "valid form")],
)
def test_values_are_written_as_people_do(value, text):
    assert written(value) == text


def test_without_a_network_it_is_said(explorer):
    explorer.trigger("about_model")
    assert explorer.presenter.help.page is None
    assert "No network is open" in explorer.window.statusBar().currentMessage()


def test_the_button_in_the_panel_opens_the_page(opened):
    opened.bot.mouseClick(opened.window.about_button, Qt.MouseButton.LeftButton)
    page = opened.presenter.help.page
    assert page.isVisible()
    opened.bot.keyClick(page, Qt.Key.Key_Escape)
    opened.bot.waitUntil(lambda: opened.presenter.help.page is None)
