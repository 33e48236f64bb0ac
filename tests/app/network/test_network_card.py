"""The network card, through the real engine: open it, click a stage, change a setting, go back."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from segviewer.analysis.networks.network_card import STRONGEST
from segviewer.app.network.network_card import totals_text
from segviewer.app.shell.key_list import key_list
from segviewer.app.state.chips import activation_text
from segviewer.engine.stages import stage_key
from segviewer.inference.inspected import ActivationResult

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow

BACKBONE, BRANCH = "backbone.stages.4", "classifier.0.convs.1"
WAIT = 60_000


def drawer(explorer):
    return explorer.presenter.card.drawer


def chips(explorer):
    return [text for text, _ in explorer.window.canvas._chips]


def raster(explorer):
    return explorer.window.canvas._raster


def click_stage(explorer, key):
    diagram = drawer(explorer).diagram
    where = diagram.block(key).center().toPoint()
    explorer.bot.mouseClick(diagram, Qt.MouseButton.LeftButton, pos=where)


def ran(explorer):
    """Stages that start from now on."""
    started = []
    explorer.runner.stage_started.connect(lambda stage, expected: started.append(stage))
    return started


@pytest.fixture
def card(opened):
    """A picture, and the card opened by its key."""
    opened.window.canvas.setFocus()
    opened.bot.keyClick(opened.window.canvas, Qt.Key.Key_N)
    assert not drawer(opened).isHidden()
    opened.settled("card")
    return opened


def test_nothing_is_listed_while_the_card_is_closed(opened):
    assert drawer(opened).isHidden()
    started = ran(opened)
    opened.presenter.model.form.edited.emit("output_stride", 8, True)
    opened.settled()
    assert opened.results("card") is None and not {"card", "activation"} & set(started)
    opened.trigger("network_card")
    opened.settled("card")
    assert opened.window.action("network_card").isChecked()
    opened.trigger("network_card")
    assert drawer(opened).isHidden() and not opened.window.action("network_card").isChecked()
    started = ran(opened)
    opened.presenter.model.form.edited.emit("output_stride", 16, True)
    opened.settled()
    assert not {"card", "activation"} & set(started)


def test_the_card_lists_the_network_as_it_is_set(card):
    table, diagram = drawer(card).table, drawer(card).diagram
    found = card.results("card")
    assert table.rows() == found.rows and diagram.stages() == found.stages
    assert drawer(card).totals.text() == totals_text(found)
    assert f"{card.results('network').parameters:,} parameters" in drawer(card).totals.text()
    before = {row.name: row for row in table.rows()}
    keys = [stage.key for stage in diagram.stages()]

    card.presenter.model.form.edited.emit("output_stride", 8, True)
    card.settled("card")
    after = {row.name: row for row in table.rows()}
    assert [stage.key for stage in diagram.stages()] == keys
    name = "backbone.stages.6.0.depthwise.0"
    # 180 rows: 12 at stride 16, 23 at stride 8; twice as dense, twice the rate.
    assert (before[name].height, after[name].height) == (12, 23)
    assert after[name].rate == 2 * before[name].rate
    assert (before[name].jump, after[name].jump) == (16, 8)
    card.trigger("undo")
    card.settled("card")
    assert {row.name: row for row in table.rows()} == before


def test_click_a_stage_see_its_activations_and_go_back(card):
    labels, before = card.labels().copy(), card.session
    click_stage(card, BACKBONE)
    assert card.session.overlay.activation == BACKBONE
    card.settled("activation")
    found = card.results("activation")
    np.testing.assert_array_equal(raster(card), found.raster)
    assert found.raster.shape == (12, 15) and found.raster.max() == 255
    assert drawer(card).diagram.selected() == BACKBONE
    (said,) = [text for text in chips(card) if text.startswith("activations of")]
    assert said == activation_text(found)
    assert "mean |x| of 112 channels · 0–" in said
    # The same stage once more.
    click_stage(card, BACKBONE)
    assert card.session == before
    assert raster(card) is None and drawer(card).diagram.selected() == ""
    assert not any("activations" in text for text in chips(card))
    np.testing.assert_array_equal(card.labels(), labels)


def test_esc_the_button_and_the_layer_keys_go_back(card):
    for way in ("Esc", "button", "layer"):
        click_stage(card, BACKBONE)
        card.settled("activation")
        assert raster(card) is not None
        if way == "Esc":
            card.bot.keyClick(drawer(card).diagram, Qt.Key.Key_Escape)
        elif way == "button":
            card.bot.mouseClick(drawer(card).back, Qt.MouseButton.LeftButton)
        else:
            labels = card.window.toolbar.groups["layer"].actions()[0]
            labels.trigger()
        assert card.session.overlay.activation == "", way
        assert raster(card) is None, way
        assert not drawer(card).isHidden()


def test_undo_and_redo_walk_through_layers(card):
    click_stage(card, BACKBONE)
    card.settled("activation")
    first = raster(card).copy()
    click_stage(card, BRANCH)
    card.settled("activation")
    assert raster(card).shape == first.shape and (raster(card) != first).any()
    card.trigger("undo")
    card.settled("activation")
    np.testing.assert_array_equal(raster(card), first)
    card.trigger("undo")
    assert raster(card) is None
    card.trigger("redo")
    card.settled("activation")
    np.testing.assert_array_equal(raster(card), first)


def test_a_new_rate_brings_new_activations_and_no_stale_ones(card):
    click_stage(card, BRANCH)
    card.settled("activation")
    before = raster(card).copy()
    shown = []

    def note(stage, result, seconds):
        if stage == "activation":
            shown.append(card.runner.have["activation"] == stage_key(card.session, "activation"))

    card.runner.stage_finished.connect(note)
    for rate in (1, 2, 3):
        card.presenter.model.form.edited.emit("atrous_rates", (rate, 12, 18), True)
    card.settled("activation", "card")
    assert shown and all(shown)
    assert (raster(card) != before).any()
    np.testing.assert_array_equal(raster(card), card.results("activation").raster)
    assert drawer(card).diagram.stages() == card.results("card").stages
    assert card.results("card").stage(BRANCH).rates == (3,)


def test_another_picture_has_its_own(card, street):
    click_stage(card, BACKBONE)
    card.settled("activation")
    before = raster(card).copy()
    other = street.with_name("mirrored.png")
    with Image.open(street) as picture:
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(other)
    card.presenter.openings.open_paths([other])
    card.bot.waitUntil(lambda: card.session.image == str(other), timeout=WAIT)
    card.settled("activation", "card")
    assert card.session.overlay.activation == BACKBONE
    assert (raster(card) != before).any()
    np.testing.assert_array_equal(raster(card), card.results("activation").raster)


def test_a_channel_is_chosen(card):
    click_stage(card, BACKBONE)
    card.settled("activation")
    box = drawer(card).channel_box
    box.setFocus()
    card.bot.keyClick(box, Qt.Key.Key_Down)
    assert card.session.overlay.channel == STRONGEST
    card.settled("activation")
    strongest = card.results("activation").channel
    assert any(f"strongest channel {strongest} of 112" in text for text in chips(card))
    assert not drawer(card).channel_number.isVisible()
    card.bot.keyClick(box, Qt.Key.Key_Down)
    number = drawer(card).channel_number
    assert number.isVisible() and number.maximum() == 111
    number.setValue(7)
    card.settled("activation")
    assert any("channel 7 of 112 · −" in text for text in chips(card))


def test_a_layer_of_the_table_opens_by_enter_and_the_table_is_copied(card):
    table = drawer(card).table
    names = [row.name for row in table.rows()]
    place = names.index("backbone.stages.5.1.depthwise.0")
    table.setCurrentIndex(table.model().index(place, 0))
    card.bot.keyClick(table, Qt.Key.Key_Return)
    assert card.session.overlay.activation == names[place]
    card.settled("activation")
    assert drawer(card).diagram.selected() == "backbone.stages.5"
    assert any(f"activations of {names[place]} " in text for text in chips(card))
    card.bot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["Layer", names[place]]


def test_a_branch_that_is_switched_off_is_said(card):
    click_stage(card, BRANCH)
    card.settled("activation")
    card.presenter.model.form.edited.emit("branches", (True, False, True, True), True)
    card.settled("activation", "card")
    assert raster(card) is None
    assert any(text.startswith(f"{BRANCH} does not run") for text in chips(card))
    assert BRANCH not in [stage.key for stage in drawer(card).diagram.stages()]


def test_closing_the_card_shows_the_labels_and_undo_opens_it_again(card):
    click_stage(card, BACKBONE)
    card.settled("activation")
    drawer(card).close()
    assert card.session.overlay.activation == "" and raster(card) is None
    assert QApplication.focusWidget() in (card.window.canvas, None)
    card.trigger("undo")
    assert not drawer(card).isHidden()
    card.settled("activation", "card")
    assert raster(card) is not None


def test_without_live_updates_a_click_still_shows_the_layer(card):
    card.trigger("live")
    assert not card.window.action("live").isChecked()
    click_stage(card, BACKBONE)
    card.settled("activation")
    assert raster(card) is not None
    assert not any("press Run" in text for text in chips(card))


def test_what_is_copied_is_what_is_seen(card):
    click_stage(card, BACKBONE)
    card.settled("activation")
    labels_only = card.presenter.results.shown.activation.raster
    QGuiApplication.clipboard().clear()
    card.window.canvas.setFocus()
    card.trigger("copy")
    card.bot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull(), timeout=WAIT)
    copied = QGuiApplication.clipboard().image()
    assert (copied.width(), copied.height()) == (240, 180)
    # One unit is one colour veil: its brightest place differs from its darkest as the table's.
    y, x = np.unravel_index(labels_only.argmax(), labels_only.shape)
    pixel = copied.pixelColor(int((x + 0.5) * 16), int((y + 0.5) * 15))
    assert pixel.red() + pixel.green() > 2 * pixel.blue()  # the table's bright end is yellow


def test_the_session_starts_without_a_layer(card):
    click_stage(card, BACKBONE)
    card.presenter.preferences.remember(card.session)
    restored = card.presenter.preferences.restore(card.session)
    assert restored.overlay.activation == "" and restored.overlay.channel == -1


def test_the_key_is_on_the_sheet(explorer):
    assert ("Network", "N", "Network card") in key_list(explorer.window)


def test_ranges_in_words():
    mean = ActivationResult("layer4.2.conv2", np.zeros((2, 2), np.uint8), 0, 3.14, -1, 2048, (2, 2))
    assert activation_text(mean) == (
        "activations of layer4.2.conv2 · mean |x| of 2,048 channels · 0–3.1"
    )
    one = ActivationResult("a", np.zeros((2, 2), np.uint8), -1.5, 3, 7, 64, (2, 2))
    assert activation_text(one) == "activations of a · channel 7 of 64 · −1.5 to 3"
