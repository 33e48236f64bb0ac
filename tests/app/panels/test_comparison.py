"""Pinning a network as A and comparing the next ones with it, through the real engine."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from segviewer.app.panels.comparison_texts import captions, rows
from segviewer.app.state.shown import Compared, Side
from segviewer.engine.results import MetricsResult, NetworkResult
from segviewer.engine.stages import COMPARISON_STAGES
from segviewer.session import Session
from segviewer.settings import Control
from segviewer.widgets.canvas.image_canvas import CAPTIONS
from segviewer.widgets.tables.comparison_table import Figure

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow

COMPARED = (
    "reference_network",
    "reference_label_map",
    "disagreement",
    "reference_figures",
    "figures",
)
WAIT = 60_000


def chips(explorer):
    return [text for text, _ in explorer.window.canvas._chips]


def table(explorer):
    return {row.label: row for row in explorer.window.comparison_table.rows()}


@pytest.fixture
def pinned(opened):
    """A picture, its network pinned by the key, and everything about A on screen."""
    opened.window.canvas.setFocus()
    modifiers = Qt.KeyboardModifier.ShiftModifier
    opened.bot.keyClick(opened.window.canvas, Qt.Key.Key_A, modifiers)
    assert opened.session.reference is not None
    opened.settled(*COMPARED)
    return opened


def test_pin_change_a_rate_compare_undo_and_unpin(opened):
    window, before = opened.window, opened.session
    assert window.comparison_section.isHidden()
    assert not window.toolbar.difference_action.isEnabled()
    opened.trigger("pin")
    assert opened.session.overlay.comparison == "side"  # where A is to be seen
    opened.settled(*COMPARED)
    assert opened.results("disagreement").share == 0
    assert any("change a setting" in text for text in chips(opened))
    a = opened.labels().copy()

    opened.presenter.model.form.edited.emit("atrous_rates", (1, 2, 3), True)
    opened.settled(*COMPARED)
    np.testing.assert_array_equal(opened.results("reference_label_map").label_map, a)
    share = float(np.mean(opened.labels() != a))
    assert opened.results("disagreement").share == pytest.approx(share) and share > 0
    assert any(text.startswith("A and B disagree on") for text in chips(opened))
    assert not window.comparison_section.isHidden()
    rows = table(opened)
    for label in ("Parameters", "Multiply-adds", "Output stride", "Feature size", "Network time"):
        assert float(rows[label].first.copied.split("×")[0]) > 0, label
        assert float(rows[label].second.copied.split("×")[0]) > 0, label
    assert rows["Theoretical receptive field"].first.text == "picture"  # image pooling
    fields = rows["– without global pooling"]
    assert float(fields.first.copied) > float(fields.second.copied)
    assert float(rows["Disagreement"].first.copied) == pytest.approx(100 * share, abs=0.01)
    assert "atrous rates 6,12,18" in window.comparison_table.text().splitlines()[0]

    opened.trigger("undo")
    opened.settled(*COMPARED)
    assert opened.results("disagreement").share == 0
    opened.trigger("undo")
    assert opened.session == before
    assert window.comparison_section.isHidden()
    opened.trigger("redo")
    assert not window.comparison_section.isHidden()
    opened.settled(*COMPARED)
    window.toolbar.difference_action.trigger()
    assert opened.session.overlay.comparison == "difference"
    opened.trigger("unpin")
    assert opened.session.reference is None
    assert opened.session.overlay.comparison == "overlay"
    assert window.comparison_section.isHidden()
    opened.settled()
    assert not any("A and B" in text for text in chips(opened))


def test_the_crf_is_pinned_too_and_each_half_says_how_it_is_set(pinned):
    assert "CRF" not in table(pinned)
    pinned.store.set("crf", enabled=True, appearance_weight=9.0)
    assert [one.text for one in (table(pinned)["CRF"].first, table(pinned)["CRF"].second)] == [
        "off",
        "on",
    ]
    pinned.settled(*COMPARED)
    assert pinned.window.canvas._captions[0].endswith("CRF off")
    assert pinned.window.canvas._captions[1].endswith("CRF on")
    first = pinned.results("reference_label_map").label_map
    share = float(np.mean(first != pinned.labels()))
    assert pinned.results("disagreement").share == pytest.approx(share) and share > 0


def test_each_half_says_what_it_is(pinned):
    canvas = pinned.window.canvas
    pinned.presenter.model.form.edited.emit("output_stride", 8, True)
    pinned.settled(*COMPARED)
    assert canvas._captions[0].startswith("A · DeepLab v3")
    assert canvas._captions[0].endswith("output stride 16")
    assert canvas._captions[1].endswith("output stride 8")
    # What B alone was not trained for is not said on A's half.
    assert not any("trained with" in text for text, _ in canvas._left_chips)
    assert any("trained with output stride 16" in text for text in chips(pinned))
    pinned.trigger("unpin")
    assert canvas._captions == CAPTIONS


def test_another_picture_is_compared_as_well(pinned, street):
    pinned.presenter.model.form.edited.emit("atrous_rates", (1, 2, 3), True)
    pinned.settled(*COMPARED)
    other = street.with_name("mirrored.png")
    with Image.open(street) as picture:
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(other)
    pinned.presenter.openings.open_paths([other])
    pinned.bot.waitUntil(lambda: pinned.session.image == str(other), timeout=WAIT)
    pinned.settled(*COMPARED)
    maps = pinned.results("reference_label_map").label_map, pinned.labels()
    assert pinned.results("disagreement").share == pytest.approx(np.mean(maps[0] != maps[1]))


def test_the_layer_and_the_target_are_compared(pinned, tmp_path):
    mask = tmp_path / "mask.png"
    Image.fromarray(pinned.labels()).save(mask)
    pinned.store.update(pinned.session.changed(target=str(mask)))
    pinned.trigger("entropy")
    pinned.settled(*COMPARISON_STAGES)
    assert pinned.results("reference_overlay_layer").values.shape == (180, 240)
    assert table(pinned)["mIoU"].first == Figure("1.000", "1.0000")


def test_where_the_layer_cannot_be_there_both_halves_have_labels(pinned):
    # As after errors were looked at, on a photograph that has no target mask.
    pinned.presenter.model.form.edited.emit("atrous_rates", (1, 2, 3), True)
    pinned.store.set("overlay", layer="errors", comparison="side")
    pinned.settled(*COMPARED)
    canvas = pinned.window.canvas
    pinned.bot.waitUntil(lambda: canvas._captions[0].startswith("A · "), timeout=WAIT)
    assert canvas._captions[1].startswith("B · ")


def test_the_table_is_copied_and_not_the_overlay(pinned):
    pinned.window.comparison_table.setFocus()
    pinned.bot.keyClick(
        pinned.window.comparison_table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier
    )
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 1 + len(table(pinned))
    assert all(line.count("\t") == 2 for line in lines)
    parameters = pinned.results("network").parameters
    assert lines[1] == f"Parameters\t{parameters}\t{parameters}"


def test_esc_stops_a_and_run_goes_on(pinned):
    with pinned.bot.waitSignal(
        pinned.runner.stage_started,
        timeout=WAIT,
        check_params_cb=lambda stage, _: stage == "reference_label_map",
    ):
        larger = pinned.session.inference.changed(long_side=1024)
        reference = pinned.session.reference.changed(inference=larger.changed(multi_scale=True))
        pinned.store.update(pinned.session.changed(reference=reference))
    with pinned.bot.waitSignal(pinned.runner.run_cancelled, timeout=WAIT):
        pinned.bot.keyClick(pinned.window, Qt.Key.Key_Escape)
    # The A on screen went with its settings; the left half is the photograph again.
    assert pinned.window.canvas._captions == CAPTIONS
    pinned.trigger("undo")
    pinned.settled(*COMPARED)
    assert pinned.window.canvas._captions[0].startswith("A · ")


def test_a_file_that_is_gone_unpins(opened, tmp_path):
    gone = opened.session.changed(checkpoint=str(tmp_path / "gone.pth")).pinned().reference
    opened.store.update(opened.session.changed(reference=gone))
    opened.bot.waitUntil(lambda: opened.session.reference is None, timeout=WAIT)
    assert "gone.pth" in opened.message()
    opened.settled()


def network(title="Net", **trained):
    controls = tuple(
        Control(name=name, type="int", default=value, kind="geometry", label=name.capitalize())
        for name, value in trained.items()
    )
    return NetworkResult(title, "net", controls, trained, (), "", "", "", 513, 1, (), {})


def test_captions_name_what_differs():
    one = network(stride=16, rate=2, stage=4)
    base = Session(checkpoint="a.pth").with_network("stage", 5, 4)
    pinned = base.pinned()
    assert captions(pinned, one, one) == ("A · Net", "B · Net · as A so far")
    moved = pinned.with_network("rate", 4, 2)
    assert captions(moved, one, one) == ("A · Net · rate 2", "B · Net · rate 4")
    assert captions(moved, one, one, titled=False) == ("A · rate 2", "B · rate 4")
    larger = moved.changed(inference=moved.inference.changed(long_side=769, flip=True))
    assert captions(larger, one, one) == (
        "A · Net · rate 2 · inference size as trained · flip off",
        "B · Net · rate 4 · inference size 769 · flip on",
    )
    # Of two checkpoints, what is not as trained.
    other = pinned.changed(checkpoint="b.pth", network=())
    assert captions(other, one, network("Other", depth=1)) == ("A · Net · stage 5", "B · Other")
    assert captions(other, one, one) == ("A · Net · a.pth · stage 5", "B · Net · b.pth")
    # Of two settings of the CRF, what differs in the paper's symbols; off is one of them.
    on = pinned.changed(crf=pinned.crf.changed(enabled=True))
    assert captions(on, one, one) == ("A · Net · CRF off", "B · Net · CRF on")
    wider = on.pinned().changed(crf=on.crf.changed(appearance_xy_std=60, num_iterations=10))
    assert captions(wider, one, one) == ("A · Net · σα 20.0 · T 5", "B · Net · σα 60.0 · T 10")


def test_the_table_says_by_how_much_b_is_better_on_the_target():
    better, worse = (MetricsResult(miou, 0.9, np.array([miou])) for miou in (0.75, 0.7))

    def said(first, second):
        compared = Compared(Side(metrics=first), Side(metrics=second))
        found = {row.label: row for row in rows(Session(target="mask.png"), compared)}
        return found["mIoU"].second.text

    assert said(worse, better) == "0.750 ▲\u00a00.050"
    assert said(better, worse) == "0.700 ▼\u00a00.050"
    assert said(better, better) == "0.750"
    assert said(None, better) == "0.750"


def test_a_key_compares_in_the_next_way(pinned):
    pinned.store.update(pinned.session.with_network("output_stride", 8, 16))
    pinned.settled(*COMPARED)
    seen = [pinned.session.overlay.comparison]
    for _ in range(3):
        pinned.press(Qt.Key.Key_X)
        seen.append(pinned.session.overlay.comparison)
    assert seen == ["side", "swipe", "difference", "side"]
    pinned.press(Qt.Key.Key_X)
    pinned.press(Qt.Key.Key_X)
    pinned.settled(*COMPARED)
    # On the difference the one network is named once, and of A and B what differs.
    said = chips(pinned)
    assert "A · output stride 16 | B · output stride 8" in said
    assert sum(pinned.results("network").title in text for text in said) == 1
    pinned.trigger("unpin")
    seen = [pinned.session.overlay.comparison]
    for _ in range(3):
        pinned.trigger("next_comparison")
        seen.append(pinned.session.overlay.comparison)
    assert seen[1:] == ["side", "swipe", "overlay"]
