"""What is on the picture belongs together: labels, names, shares, chips; or it is not there."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from segviewer.app.state.shown import Shown
from segviewer.engine.results import LabelResult, NetworkResult, ProbsResult
from segviewer.imaging.reading.samples import sample_path
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
    names, title = listed(opened), opened.presenter.shown.network.title
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
        opened.presenter._on_pixel_hovered(5, 5)
        known = opened.presenter.shown.network.classes
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


def test_iou_goes_with_its_photograph(measured, walkers):
    gone = []
    at_each_stage(measured, lambda stage: stage == "image" and gone.append(not has_iou(measured)))
    measured.presenter.openings.open_paths([walkers])
    measured.bot.waitUntil(lambda: measured.session.image == str(walkers), timeout=WAIT)
    measured.settled()
    assert gone == [True] and not has_iou(measured)


def test_an_unreadable_picture_leaves_target_filmstrip_and_labels(measured, tmp_path):
    strip, target = measured.window.filmstrip.pictures(), measured.session.target
    bad = tmp_path / "scores.npy"
    np.save(bad, np.zeros(3))
    measured.presenter.openings.open_paths([bad])
    measured.bot.waitUntil(lambda: measured.message() != "", timeout=WAIT)
    assert measured.session.target == target
    assert measured.window.filmstrip.pictures() == strip
    measured.settled("metrics")
    assert has_iou(measured)


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


def test_an_error_goes_when_the_same_thing_succeeds(opened, tmp_path, walkers):
    bad = tmp_path / "broken.pth"
    bad.write_bytes(b"PK\x03\x04 nothing more")
    opened.presenter.openings.open_paths([bad])
    opened.bot.waitUntil(lambda: opened.message() != "", timeout=WAIT)
    # Something else that succeeds says nothing about the file.
    opened.presenter._set("crf", enabled=True)
    opened.settled()
    assert "broken.pth" in opened.message()
    opened.presenter.openings.open_checkpoint(OTHER)
    opened.settled()
    assert opened.message() == ""


@pytest.mark.parametrize("stage", ["network", "probs"])
def test_after_an_unforeseen_error_the_network_on_screen_is_the_sessions_again(opened, stage):
    checkpoint = opened.session.checkpoint
    with opened.bot.waitSignal(opened.runner.stage_started, timeout=WAIT):
        opened.presenter.openings.open_checkpoint(OTHER)
    opened.presenter._on_bug_found(stage, "Traceback\nValueError: of a test")
    assert opened.session.checkpoint == checkpoint
    opened.settled()
    assert "ValueError" in opened.message()
    assert "previous" not in chips(opened)


def result_of(classes, complete=True):
    labels = np.zeros((2, 2), np.uint8)
    return LabelResult(labels, np.ones(len(classes)), complete, (), classes)


def network_of(classes, label_set="camvid"):
    return NetworkResult("N", "n", (), {}, classes, label_set, "trained", "", 0, 0, (), {})


def test_probabilities_of_other_classes_are_not_read():
    session = Session(image="a", checkpoint="b")
    probs = ProbsResult(np.zeros((3, 2, 2), np.float16), ("x", "y", "z"))
    labelled, network = result_of(("p", "q")), network_of(("p", "q"))
    assert Shown.of(session, network, labelled, probs, None).probs is None


def test_of_very_many_classes_those_shown_give_the_names():
    session = Session(image="a", checkpoint="b")
    many, few = tuple(map(str, range(1000))), ("7", "all other classes")
    shown = Shown.of(session, network_of(many, "imagenet"), result_of(few), None, None)
    assert shown.network.classes == few and shown.network.label_set == ""


def test_it_knows_what_it_is_of():
    session = Session(image="a", checkpoint="b")
    shown = Shown.of(session, network_of(("p",)), result_of(("p",)), None, None)
    assert shown.is_of(session.changed(network=(("output_stride", 8),)))
    assert shown.previous(session) == ""
    assert shown.previous(session.changed(image="c")) == "previous photograph"
    assert shown.previous(session.changed(checkpoint="c")) == "previous network"
