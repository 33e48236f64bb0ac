"""A head in training: it learns, pauses and goes on, and a run before it stays for comparison."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from segviewer.app.figures.saving import write_head
from segviewer.checkpoints.opening import open_network
from segviewer.errors import Cancelled
from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.networks import head_lesson, head_training
from segviewer.training.head_training import labels_on_view

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"


@pytest.fixture(scope="module", autouse=True)
def small():
    """Crops so small that a test takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        crops = {"160×128": (48, 64), "320×256": (64, 64), "448×352": (80, 80)}
        for name, value in (("CROPS", crops), ("VIEWS", 1), ("LONG_SIDE", 96)):
            patch.setattr(head_lesson, name, value)
        patch.setattr(head_training, "SHOWN_SECONDS", 0.0)
        yield


@pytest.fixture(scope="module")
def context(looking):
    return looking(BUNDLED)


def results(context, **values):
    given = {"running": True, "iterations": 20, "head": "FCN", "rate": 0.01, **values}
    return list(compute("head_training", given, context))


def learned_from(own, context):
    """Take another context's lesson, which is costly."""
    own.memory.update({name: context.memory[name] for name in ("content", "crop", "lesson")})


@pytest.fixture(scope="module")
def trained(context):
    return results(context)


def test_nothing_runs_before_it_is_switched_on(looking):
    fresh = looking(BUNDLED)
    (found,) = list(compute("head_training", {}, fresh))
    assert found.complete and found.shown is None and "Switch Train on" in found.caption
    assert set(fresh.memory) == {"content"}


def test_a_head_learns_and_says_from_what(trained, context):
    first, last = trained[1], trained[-1]
    assert not trained[0].complete and "teacher" in trained[0].caption
    assert not first.complete and last.complete
    loss = last.shown.run.loss
    assert len(loss) == 20 and loss[-1] < 0.9 * loss[0]
    assert last.shown.run.miou[-1][0] == 20
    # The open photograph is a sample itself: it is measured on and not learned from.
    assert "3 sample photographs" in last.caption and "does not learn from" in last.caption
    assert last.label_map.shape == context.image.shape[:2] and last.label_map.max() < 11
    assert "after 20 iterations" in last.raster_name
    assert "0.01 · (1 − 20 / 20)<sup>0.9</sup> = <b>0</b>" in last.formula
    assert pickle.loads(pickle.dumps(last)).caption == last.caption


def test_a_pause_keeps_the_run_and_another_setting_begins_a_new_one(looking, trained, context):
    own = looking(BUNDLED)
    learned_from(own, context)
    steps = iter(range(100))

    def check():
        if next(steps) == 12:
            raise Cancelled

    own.check = check
    with pytest.raises(Cancelled):
        results(own)
    own.check = lambda: None
    (paused,) = results(own, running=False)
    assert len(paused.shown.run.loss) == 12 and paused.complete
    last = results(own)[-1]
    # As without a pause.
    np.testing.assert_allclose(last.shown.run.loss, trained[-1].shown.run.loss, rtol=1e-4)
    other = results(own, policy="step", iterations=20)[-1]
    assert other.shown.before.name == "FCN, poly 0.9, rate 0.01"
    assert other.shown.before.loss == last.shown.run.loss
    assert other.shown.run.name == "FCN, step, rate 0.01" and "The run before" in other.caption
    assert "0.1<sup>thirds done</sup> = <b>0.0001</b>" in other.formula


@pytest.mark.slow
def test_every_head_loss_and_norm_can_be_chosen(looking, context):
    own = looking(BUNDLED)
    learned_from(own, context)
    for values in (
        {"head": "PPM", "loss": "cross entropy"},
        {"head": "ASPP", "loss": "weighted", "norm": "frozen", "policy": "cosine"},
    ):
        own.memory.pop("run", None)
        found = results(own, **values, iterations=20)
        assert np.isfinite(found[-1].shown.run.loss).all()
    network = own.memory["run"].training.network
    means = [
        m.running_mean
        for name, m in network.named_modules()
        if name.endswith(".1") and hasattr(m, "running_mean") and not name.startswith("backbone")
    ]
    assert means and all(float(mean.abs().max()) == 0 for mean in means)


def test_a_target_mask_is_what_it_is_measured_by(looking, context):
    own = looking(BUNDLED, target=np.full((144, 192), 3, np.uint8))
    own.target[:40] = 0
    last = results(own, iterations=20)[-1]
    assert "by the mask" in last.caption and last.shown.wanted_title == "mask"


def test_a_network_of_other_classes_keeps_its_labels(looking, context, trained):
    own = looking(BUNDLED, classes=("a", "b"))
    learned_from(own, context)
    last = results(own)[-1]
    assert last.label_map is None and last.raster_name == ""


def test_another_crop_is_another_lesson(looking, trained, context):
    own = looking(BUNDLED)
    learned_from(own, context)
    last = results(own, crop="160×128")[-1]
    assert own.memory["lesson"] is not context.memory["lesson"]
    assert tuple(own.memory["lesson"].views[0].target.shape) == (48, 64)
    assert last.shown.run.name == "FCN, poly 0.9, rate 0.01, crop 160×128"


def test_what_was_trained_is_a_checkpoint_that_opens(trained, context, tmp_path):
    import torch

    assert all(one.shown is None or one.shown.kept is None for one in trained[:-1])
    path = write_head(tmp_path / "head.safetensors", trained[-1].shown.kept)
    opened = open_network(str(path))
    card = opened.card
    assert card.title == "FCN trained in the lab" and card.iterations == 20
    assert card.label_set == "camvid11" and "3 sample photographs" in card.trained_on
    assert "rate 0.01; 20 of 20 iterations" in card.data_notice and not card.base
    mine = context.memory["run"].shown.state_dict()
    for key, tensor in opened.network.state_dict().items():
        if tensor.is_floating_point():
            half = mine[key].half().float() if tensor.ndim > 1 else mine[key]
            torch.testing.assert_close(tensor, half, msg=key)
    # Its labels are those that were seen (weights in half precision).
    lesson = context.memory["lesson"]
    assert (labels_on_view(opened.network, lesson.open_view) == trained[-1].label_map).mean() > 0.97


def test_the_button_waits_for_a_pause(qtbot, trained):
    view = lab_of("head_training").make_view()
    qtbot.addWidget(view)
    view.show_result(trained[1].shown)
    assert not view.keep_button.isEnabled()
    view.show_result(trained[-1].shown)
    with qtbot.waitSignal(view.wanted) as signal:
        view.keep_button.click()
    assert signal.args == ["save_head"]
    view.show_result(None)
    assert view.keep_button.isHidden()


def test_losses_are_smoothed():
    assert head_training.smoothed([2.0, 4.0]) == (2.0, 3.0)
    long = head_training.smoothed([1.0] * 50 + [2.0])
    assert long[-1] == pytest.approx(1.1)


def test_both_runs_are_drawn(qtbot, trained):
    view = lab_of("head_training").make_view()
    qtbot.addWidget(view)
    shown = trained[-1].shown
    view.show_result(shown)
    assert len(view.loss._curves) == 1 and len(view.miou._curves[0].x) == len(shown.run.miou)
    from dataclasses import replace

    view.show_result(replace(shown, before=shown.run))
    assert [curve.dashed for curve in view.loss._curves] == [False, True]
    view.show_result(None)
    assert view.loss._curves == () and view.loss.isHidden()


def test_its_entry():
    assert LABS["head_training"].needs == "probs" and LABS["head_training"].group == "Networks"
