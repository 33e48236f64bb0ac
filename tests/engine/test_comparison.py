"""A stays as it was pinned, nothing of it runs twice, and the figures are those of numpy."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from segviewer.engine.executor import StageExecutor
from segviewer.engine.stages import COMPARISON_STAGES, STAGES, stage_key, wanted_stages
from segviewer.errors import Cancelled, CheckpointError

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"
TRAINED = (6, 12, 18)
OF_A = ("reference_network", "reference_label_map", "reference_overlay_layer", "reference_figures")


def with_rates(session, *rates):
    return session.with_network("atrous_rates", rates, TRAINED)


def test_keys_of_a_are_pure_and_feel_only_what_a_feels(session):
    wanted = {stage.name for stage in wanted_stages(session)}
    assert not wanted & set(COMPARISON_STAGES)
    pinned = session.pinned()
    moved = with_rates(pinned, 1, 2, 3)
    other = with_rates(session, 1, 2, 3).pinned()
    for stage in COMPARISON_STAGES:
        key = stage_key(pinned, stage)
        assert key == stage_key(session.pinned(), stage)
        assert (key == stage_key(moved, stage)) == (stage in OF_A or stage == "reference_metrics")
        assert hash(key) == hash(stage_key(session.pinned(), stage))
    assert stage_key(pinned, "reference_label_map") != stage_key(other, "reference_label_map")
    crf = pinned.changed(crf=pinned.crf.changed(enabled=True))
    assert stage_key(pinned, "reference_label_map") == stage_key(crf, "reference_label_map")
    assert stage_key(pinned, "disagreement") != stage_key(crf, "disagreement")
    # The device is where, not what: A follows.
    elsewhere = pinned.changed(inference=pinned.inference.changed(device="auto"))
    assert elsewhere.of_reference().inference == elsewhere.inference
    for stage in set(STAGES) - set(COMPARISON_STAGES):
        assert stage_key(session, stage) == stage_key(pinned, stage)


def test_pinning_runs_no_network_and_a_never_runs_again(run, session):
    run(session)
    pinned = session.pinned()
    assert run(pinned) == ["disagreement", "reference_figures"]
    assert run.result("disagreement").share == 0
    first = run.result("reference_label_map").label_map.copy()
    moved = with_rates(pinned, 1, 2, 3)
    assert run(moved) == ["probs", "refined", "label_map", "disagreement", "figures"]
    np.testing.assert_array_equal(run.result("reference_label_map").label_map, first)
    second = run.result("label_map").label_map
    assert run.result("disagreement").share == pytest.approx(np.mean(first != second))
    assert run.result("disagreement").share > 0
    assert run(moved) == []
    # B set as A again takes A's labels.
    assert run(pinned) == ["disagreement"]
    np.testing.assert_array_equal(run.result("label_map").label_map, first)


def test_two_settings_of_the_crf_are_compared_and_the_network_runs_once(run, session):
    run(session)
    unrefined = run.result("label_map").label_map.copy()
    refined = session.pinned().changed(crf=session.crf.changed(enabled=True, appearance_weight=9))
    started = run(refined)
    assert "probs" not in started and started[:2] == ["refined", "label_map"]
    np.testing.assert_array_equal(run.result("reference_label_map").label_map, unrefined)
    labels = run.result("label_map").label_map
    assert run.result("disagreement").share == pytest.approx(np.mean(labels != unrefined))
    assert run.result("disagreement").share > 0
    # The other way round: with the CRF pinned, off is what is compared with it.
    run(refined.pinned().changed(crf=session.crf))
    np.testing.assert_array_equal(run.result("reference_label_map").label_map, labels)
    np.testing.assert_array_equal(run.result("label_map").label_map, unrefined)


def test_another_picture_runs_both_and_shares_what_is_the_same(
    run, session, small_photograph, tmp_path
):
    moved = with_rates(session.pinned(), 1, 2, 3)
    run(moved)
    opened = run.executor.cache["network"].value
    assert run.executor.partner.cache["network"].value is opened
    picture = tmp_path / "mirrored.png"
    with Image.open(small_photograph) as straight:
        straight.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(picture)
    started = run(moved.changed(image=str(picture)))
    assert started.count("image") == started.count("features") == 1
    assert "network" not in started and "reference_network" not in started
    assert "reference_label_map" in started
    alone = StageExecutor()
    alone.run(session.changed(image=str(picture)))
    np.testing.assert_array_equal(
        run.result("reference_label_map").label_map, alone.cache["label_map"].value.label_map
    )


def test_results_that_the_caller_has_are_not_sent_again(run, session):
    moved = with_rates(session.pinned(), 1, 2, 3)
    run(moved)
    assert set(run.finished) >= {
        "image",
        "network",
        "refined",
        "label_map",
        "reference_network",
        "reference_label_map",
        "disagreement",
        "reference_figures",
        "figures",
    }
    for stage, (key, _) in run.finished.items():
        assert key == stage_key(moved, stage)
    have = {stage: key for stage, (key, _) in run.finished.items()}
    run.finished.clear()
    run(moved, have)
    assert run.finished == {}


def test_unpinning_lets_a_go(run, session):
    run(session.pinned())
    assert run.executor.partner is not None
    assert run(session) == []
    assert run.executor.partner is None


def test_another_network_as_a(run, session):
    pinned = session.pinned().changed(checkpoint="random:deeplab_v3")
    run(pinned)
    assert run.result("reference_network").title != run.result("network").title
    first, second = run.result("reference_label_map"), run.result("label_map")
    of_a, of_b = (np.array(one.classes)[one.label_map] for one in (first, second))
    assert run.result("disagreement").share == pytest.approx(np.mean(of_a != of_b))


def test_figures_are_those_of_the_network_as_it_is_set(run, session):
    run(session.pinned().with_network("output_stride", 8, 16))
    a, b = run.result("reference_figures"), run.result("figures")
    assert (a.output_stride, b.output_stride) == (16, 8)
    assert a.working_size == b.working_size == (72, 96)
    assert a.feature_size == (5, 6) and b.feature_size == (9, 12)
    assert a.parameters == b.parameters == run.result("network").parameters
    assert b.multiply_adds > 2 * a.multiply_adds
    assert a.theoretical_receptive_field is None and a.local_receptive_field > 500
    assert a.seconds > 0 and b.seconds > 0
    # Nothing that was measured is measured twice.
    measured = run.result("reference_figures")
    run(session.pinned())
    assert run.result("figures") is measured


@pytest.mark.slow
def test_multiply_adds_count_every_pass(run, session):
    settings = session.inference.changed(multi_scale=True, flip=True)
    run(session.pinned().changed(inference=settings))
    a, b = run.result("reference_figures"), run.result("figures")
    passes = 2 * (0.75**2 + 1 + 1.25**2)
    assert b.multiply_adds / a.multiply_adds == pytest.approx(passes, rel=0.15)


def test_the_target_measures_both(run, session, tmp_path):
    moved = with_rates(session.pinned(), 1, 2, 3)
    run(moved)
    own = run.result("reference_label_map").label_map
    Image.fromarray(own).save(tmp_path / "mask.png")
    run(moved.changed(target=str(tmp_path / "mask.png")))
    assert run.result("reference_metrics").miou == 1
    assert run.result("metrics").miou < 1


def test_esc_stops_a_and_the_next_run_goes_on(run, session):
    run.stop_at = "reference_network"
    pinned = session.pinned().changed(checkpoint="random:deeplab_v3")
    with pytest.raises(Cancelled):
        run(pinned)
    run.stop_at = None
    assert run(pinned)[0] == "reference_network"
    assert "disagreement" in run.finished


def test_a_that_cannot_be_opened_says_so_and_b_stands(run, session, tmp_path):
    gone = session.changed(checkpoint=str(tmp_path / "gone.pth")).pinned()
    with pytest.raises(CheckpointError):
        run(gone.changed(checkpoint=BUNDLED))
    assert run.started[-1] == "reference_network"
    assert "label_map" in run.finished
