"""What is on the picture belongs together: labels, names, shares, chips; or it is not there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from segviewer.app.state.shown import Screen, Shown, is_same
from segviewer.engine.results import (
    LabelResult,
    MetricsResult,
    NetworkResult,
    OverlayLayerResult,
    PictureResult,
    ProbsResult,
)
from segviewer.export.shown_labels import shown_label_set
from segviewer.imaging.mark import Mark
from segviewer.imaging.reading.samples import sample_path
from segviewer.inference.inspected import ActivationResult
from segviewer.labs.lab import LabResult
from segviewer.session import Session

WAIT = 60_000
OTHER = "random:lr_aspp"  # of 21 classes, where the bundled network has 11


def chips(explorer) -> str:
    return explorer.window.canvas.accessibleDescription()


def listed(explorer) -> list[str]:
    model = explorer.window.legend.view().model()
    return [
        model.index(row, 0).data(Qt.ItemDataRole.DisplayRole) for row in range(model.rowCount())
    ]


def tooltips(explorer) -> str:
    model = explorer.window.legend.view().model()
    return " ".join(
        model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole) for row in range(model.rowCount())
    )


def at_each_stage(explorer, look):
    """Call ``look(stage)`` right after the window has shown a stage's result."""
    explorer.runner.stage_finished.connect(lambda stage, result, seconds: look(stage))


@pytest.fixture
def walkers(tmp_path):
    path = tmp_path / "walkers.png"
    with Image.open(sample_path("campus_walkers")) as picture:
        picture.convert("RGB").resize((200, 220)).save(path)
    return path


def test_labels_keep_their_names_and_shares_until_those_of_the_next_network_come(opened):
    names, title = listed(opened), opened.presenter.results.shown.network.title
    seen = {}

    before = opened.window.canvas._label_map
    opened.runner.stage_finished.connect(
        lambda stage, result, seconds: seen.setdefault(
            stage, (listed(opened), chips(opened), opened.window.canvas._label_map is before)
        )
    )
    opened.presenter.openings.open_checkpoint(OTHER)
    assert "previous network" in chips(opened)
    opened.settled()
    for stage in ("network", "refined"):
        shown, said, same_labels = seen[stage]
        assert shown == names and same_labels
        assert title in said and "previous network" in said
    shown, said, same_labels = seen["label_map"]
    assert len(shown) == 21 and not same_labels
    assert "previous" not in said and title not in said


def test_hovering_at_any_moment_reads_what_is_shown(opened):
    read = []

    def look(stage):
        opened.presenter.picture.show_pixel(5, 5)
        known = opened.presenter.results.shown.network.classes
        said = opened.window.readout.text()
        read.append((stage, [name for name in known if name in said]))

    at_each_stage(opened, look)
    for checkpoint in (OTHER, opened.session.checkpoint):
        opened.presenter.openings.open_checkpoint(checkpoint)
        opened.settled()
    assert len(read) >= 6 and all(names for _, names in read)


def test_another_photograph_is_shown_without_labels_shares_or_times_of_the_last(opened, walkers):
    opened.bot.waitUntil(lambda: opened.window.timing_label.text() != "", timeout=WAIT)
    assert "% of the picture" in tooltips(opened)
    seen = {}

    def look(stage):
        if stage == "image":
            seen.update(
                labels=opened.window.canvas._label_map,
                legend=tooltips(opened),
                times=opened.window.timing_label.text(),
                chips=chips(opened),
            )

    at_each_stage(opened, look)
    opened.presenter.openings.open_paths([walkers])
    opened.bot.waitUntil(lambda: opened.session.image == str(walkers), timeout=WAIT)
    assert "previous photograph" in chips(opened)
    opened.settled()
    assert seen["labels"] is None and "% of the picture" not in seen["legend"]
    assert seen["times"] == "" and "computing" in seen["chips"]
    assert "computing" not in chips(opened) and "% of the picture" in tooltips(opened)


@pytest.fixture
def measured(opened, tmp_path):
    """A photograph with a target mask, compared."""
    mask = tmp_path / "street_mask.png"
    Image.fromarray((np.arange(180 * 240).reshape(180, 240) % 11).astype(np.uint8)).save(mask)
    opened.store.update(opened.session.changed(target=str(mask)))
    opened.settled("metrics")
    assert "mIoU" in opened.window.target_label.text()
    return opened


def has_iou(explorer) -> bool:
    return not explorer.window.legend._iou_head.isHidden()


def test_iou_goes_with_its_target(measured):
    assert has_iou(measured)
    measured.trigger("close_target")
    assert not has_iou(measured) and measured.window.target_label.text() == ""


@pytest.mark.slow
def test_iou_goes_with_its_photograph(measured, walkers):
    gone = []
    at_each_stage(measured, lambda stage: stage == "image" and gone.append(not has_iou(measured)))
    measured.presenter.openings.open_paths([walkers])
    measured.bot.waitUntil(lambda: measured.session.image == str(walkers), timeout=WAIT)
    measured.settled()
    assert gone == [True] and not has_iou(measured)


@pytest.mark.slow
def test_an_unreadable_picture_leaves_target_filmstrip_and_labels(measured, tmp_path):
    strip, target = measured.window.filmstrip.pictures(), measured.session.target
    bad = tmp_path / "scores.dat"
    bad.write_bytes(bytes(300))
    measured.presenter.openings.open_paths([bad])
    measured.bot.waitUntil(lambda: measured.message() != "", timeout=WAIT)
    assert measured.session.target == target
    assert measured.window.filmstrip.pictures() == strip
    measured.settled("metrics")
    assert has_iou(measured)


@pytest.mark.slow
def test_undo_brings_back_the_folders_filmstrip(opened, walkers, street):
    opened.presenter.openings.open_paths([street.parent])
    opened.bot.waitUntil(lambda: len(opened.window.filmstrip.pictures()) == 2, timeout=WAIT)
    opened.settled()
    both = opened.window.filmstrip.pictures()
    opened.presenter.openings.open_sample("coffee")
    opened.settled()
    assert opened.window.filmstrip.pictures() != both
    opened.trigger("undo")
    opened.settled()
    assert opened.window.filmstrip.pictures() == both


@pytest.mark.slow
def test_an_error_goes_when_the_same_thing_succeeds(opened, tmp_path, walkers):
    bad = tmp_path / "broken.pth"
    bad.write_bytes(b"PK\x03\x04 nothing more")
    opened.presenter.openings.open_paths([bad])
    opened.bot.waitUntil(lambda: opened.message() != "", timeout=WAIT)
    # Something else that succeeds says nothing about the file.
    opened.store.set("crf", enabled=True)
    opened.settled()
    assert "broken.pth" in opened.message()
    opened.presenter.openings.open_checkpoint(OTHER)
    opened.settled()
    assert opened.message() == ""


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["network", "probs"])
def test_after_an_unforeseen_error_the_network_on_screen_is_the_sessions_again(opened, stage):
    checkpoint = opened.session.checkpoint
    with opened.bot.waitSignal(opened.runner.stage_started, timeout=WAIT):
        opened.presenter.openings.open_checkpoint(OTHER)
    opened.presenter.failures.show_bug(stage, "Traceback\nValueError: of a test")
    assert opened.session.checkpoint == checkpoint
    opened.settled()
    assert "ValueError" in opened.message()
    assert "previous" not in chips(opened)


SESSION = Session(image="a", checkpoint="b")


def result_of(classes, complete=True):
    labels = np.zeros((2, 2), np.uint8)
    return LabelResult(labels, np.ones(len(classes)), complete, (), classes)


def network_of(classes, label_set="camvid"):
    return NetworkResult("N", "n", (), {}, classes, label_set, "trained", "", 0, 0, (), {})


def photograph(session=SESSION):
    picture = PictureResult([np.zeros((2, 2, 3), np.uint8)])
    return Shown().pictured(session, picture)


def labelled(network, result, probs=None):
    return photograph().with_opened(SESSION, network).labelled_by(SESSION, result, probs)


def test_without_a_network_there_are_no_labels():
    assert photograph().labelled_by(SESSION, result_of(("p",)), None).labelled is None


def test_probabilities_of_other_classes_are_not_read():
    probs = ProbsResult(np.zeros((3, 2, 2), np.float16), ("x", "y", "z"))
    assert labelled(network_of(("p", "q")), result_of(("p", "q")), probs).probs is None
    assert labelled(network_of(("x", "y", "z")), result_of(("x", "y", "z")), probs).probs is probs


def test_of_very_many_classes_those_shown_give_the_names():
    many, few = tuple(map(str, range(1000))), ("7", "all other classes")
    shown = labelled(network_of(many, "imagenet"), result_of(few))
    assert shown.network.classes == few and shown.network.label_set == ""


def test_it_knows_what_it_is_of():
    shown = labelled(network_of(("p",)), result_of(("p",)))
    assert shown.is_of(SESSION.changed(network=(("output_stride", 8),)))
    assert shown.previous(SESSION) == ""
    assert shown.previous(SESSION.changed(image="c")) == "previous photograph"
    assert shown.previous(SESSION.changed(checkpoint="c")) == "previous network"


def measured_and_more():
    layer = OverlayLayerResult(np.zeros((2, 2), np.uint8), "entropy", 0)
    metrics = MetricsResult(0.5, 0.5, np.ones(1))
    shown = labelled(network_of(("p",)), result_of(("p",)))
    return replace(shown, overlay_layer=layer, metrics=metrics, seconds=(0.1, 0.2))


def test_another_photograph_has_nothing_of_the_last():
    before, other = measured_and_more(), SESSION.changed(image="c", target="m")
    shown = before.pictured(other, PictureResult([np.zeros((3, 3, 3), np.uint8)]))
    for name in ("labelled", "probs", "overlay_layer", "metrics", "activation", "lab", "compared"):
        assert getattr(shown, name) is None, name
    assert shown.seconds == () and (shown.image, shown.target) == ("c", "m")
    # To go back to, and to be listed until labels come.
    assert shown.weights == before.weights and shown.network is before.opened
    assert not shown.is_of(other) and shown.previous(SESSION) == ""


def test_the_same_photograph_once_more_keeps_its_labels():
    before = measured_and_more()
    again = PictureResult([np.ones((2, 2, 3), np.uint8)])
    shown = before.pictured(SESSION, again)
    assert shown.picture is again
    assert shown.labelled is before.labelled and shown.metrics is before.metrics


def test_labels_of_another_network_have_nothing_of_the_last():
    before, other = measured_and_more(), SESSION.changed(checkpoint="c")
    opened = before.with_opened(other, network_of(("x", "y")))
    assert opened.network is before.network  # until its labels come
    shown = opened.labelled_by(other, result_of(("x", "y")), None)
    assert shown.network is opened.opened and shown.weights == ("c", "", "")
    assert shown.overlay_layer is None and shown.metrics is None and shown.seconds == ()


def test_other_settings_of_the_same_network_keep_layer_and_figures_until_the_next_come():
    before, other = measured_and_more(), SESSION.changed(network=(("output_stride", 8),))
    shown = before.labelled_by(other, result_of(("p",), complete=False), None)
    assert shown.overlay_layer is before.overlay_layer and shown.metrics is before.metrics
    assert shown.settings == other.network


def test_a_class_chosen_a_moment_ago_is_not_shown_under_the_next_ones_name():
    layer = OverlayLayerResult(np.zeros((2, 2), np.uint8), "probability", 0)
    shown = replace(labelled(network_of(("p", "q")), result_of(("p", "q"))), overlay_layer=layer)
    overlay = SESSION.overlay.changed(layer="probability")
    assert shown.layer(overlay).values is layer.values
    assert shown.layer(overlay.changed(chosen_class=1)) is None
    assert shown.layer(overlay.changed(layer="entropy")) is None
    assert shown.layer(overlay.changed(layer="labels")) is None


def test_the_layer_of_the_network_lies_over_that_of_the_lab_and_this_over_the_labels():
    overlay = SESSION.overlay.changed(layer="entropy")
    shown = measured_and_more()
    shown = replace(shown, labels=shown_label_set("", ("p",), "label set"))
    assert shown.raster(SESSION.overlay) is None and shown.marks == ()
    assert shown.raster(overlay).values is shown.overlay_layer.values
    raster, mark = np.ones((2, 2), np.uint8), Mark(0.1, 0.2, 0.3, 0.4, "m")
    shown = replace(shown, lab=LabResult("l", marks=(mark,)))
    assert shown.raster(overlay).values is shown.overlay_layer.values and shown.marks == (mark,)
    shown = replace(shown, lab=LabResult("l", label_map=raster))
    assert shown.raster(overlay).values is raster
    hidden = shown.raster(overlay.changed(hidden=(0,)))
    assert shown.raster(overlay).table[0, 3] == 255 and hidden.table[0, 3] == 0
    shown = replace(shown, lab=LabResult("l", raster=raster))
    assert shown.raster(overlay).values is raster
    shown = replace(shown, activation=ActivationResult("stem", reason="gives no map"))
    assert shown.raster(overlay).values is raster
    map_ = np.full((2, 2), 2, np.uint8)
    shown = replace(shown, activation=ActivationResult("stem", map_))
    assert shown.raster(overlay).values is map_


@pytest.mark.parametrize(
    "wrong",
    [
        {"labelled": None},  # but figures, a layer and times
        {"picture": None},
        {"network": network_of(("x",))},
        {"labelled": result_of(("x",))},
        {"probs": ProbsResult(np.zeros((1, 2, 2), np.float16), ("x",))},
    ],
)
def test_what_does_not_belong_together_cannot_be_said(wrong):
    with pytest.raises(ValueError):
        replace(measured_and_more(), **wrong)


@pytest.mark.parametrize(
    "said", [{"seconds": (0.1, 0.2)}, {"metrics": MetricsResult(0.5, 0.5, np.ones(1))}]
)
def test_nothing_is_said_of_labels_that_are_not_there(said):
    with pytest.raises(ValueError):
        replace(photograph(), **said)


def test_two_that_hold_the_same_are_not_two_that_differ():
    shown = measured_and_more()
    assert is_same(shown, replace(shown)) and is_same(None, None)
    assert not is_same(shown, replace(shown, overlay_layer=None)) and not is_same(shown, None)
    assert not is_same(shown, replace(shown, labelled=result_of(("p",))))
    assert is_same(Screen(SESSION, shown), Screen(SESSION.model_copy(), shown))
    assert not is_same(Screen(SESSION, shown), Screen(SESSION, shown, waiting=True))
