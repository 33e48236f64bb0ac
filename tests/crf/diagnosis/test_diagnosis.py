"""The doctor: each fault is found and named, and each remedy remedies it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from segviewer.crf.diagnosis.diagnosis import _little, after, before
from segviewer.crf.diagnosis.diagnosis_measure import measure
from segviewer.crf.engines.unary import tempered_unary
from segviewer.crf.inspection.refinement_history import refinement_history
from segviewer.crf.lattice.kernel_cache import KernelCache
from segviewer.crf.settings.crf_settings import CRFSettings


def case(height=24, width=32, classes=3, sharpness=1.5, seed=3):
    rng = np.random.default_rng(seed)
    image = np.full((height, width, 3), 60, np.uint8)
    image[:, width // 2 :] = 190
    image += rng.integers(0, 6, image.shape, dtype=np.uint8)
    scores = rng.normal(size=(classes, height, width)) * sharpness
    scores[0, :, : width // 2] += sharpness
    scores[1, :, width // 2 :] += sharpness
    scores = np.exp(scores - scores.max(0))
    return image, (scores / scores.sum(0)).astype(np.float32)


def crf(**values):
    base = {"appearance_xy_std": 8.0, "appearance_rgb_std": 10.0}
    return CRFSettings().model_copy(update=base | values)


def looked(image, probs, settings):
    return before(image, probs, settings, kernels=KernelCache())


def outcome(image, probs, settings):
    history = refinement_history(
        image, tempered_unary(probs, settings), settings, energy=False, kernels=KernelCache()
    )
    found = after(image, probs, history.label_maps, settings, kernels=KernelCache())
    return found, history.changed_start[-1] / history.label_maps[0].size


def named(findings, name):
    return next(f for f in findings if f.name == name)


def test_nothing_wrong_is_said_in_numbers():
    (only,) = looked(*case(), crf())
    assert only.severity == "fine" and not only.fixes and "W = " in only.why


def broken():
    image, probs = case()
    scores = np.log(probs) + 3
    with_nan = probs.copy()
    with_nan[1, 2, 3] = np.nan
    return {
        "logits": (image, scores, "scores", "Apply softmax"),
        "log-probabilities": (image, np.log(probs), "scores", "Apply softmax"),
        "sums": (image, probs * 0.7, "sums", "Divide by each"),
        "all zero": (image, probs * 0, "sums", "Divide by each"),
        "nan": (image, with_nan, "not finite", "probably damaged"),
        "classes last": (image, probs.transpose(1, 2, 0), "layout", "Put the axes in order"),
        "rows and columns": (image, probs.transpose(0, 2, 1), "layout", "Put the axes in order"),
        "size": (image, probs[:, ::2, ::2], "layout", "Bring them to 32×24"),
        "unit colours": (image / 255, probs, "colours", "Multiply the colours by 255"),
        "unit colours as bytes": (image // 128, probs, "colours", "Multiply the colours by 255"),
    }


@pytest.mark.parametrize("fault", sorted(broken()))
def test_faults_of_the_input_are_named_with_what_helps(fault):
    image, probs, name, help_ = broken()[fault]
    found = named(looked(image, probs, crf()), name)
    assert found.severity == "error" and found.what and help_ in found.why
    assert not found.fixes  # no setting helps


def test_a_cube_with_the_classes_last_is_told_by_its_sums():
    image, probs = case(5, 5, 5)
    found = named(looked(image, probs.transpose(1, 2, 0), crf()), "layout")
    assert found.what == "Axis 2 sums to 1, not axis 0."


def test_what_cannot_be_cured_is_still_said():
    image, probs = case()
    assert looked(image, probs[0], crf())[0].name == "layout"
    assert looked(image[..., 0], probs[:, :, :], crf())[0].name == "picture"
    assert looked(image.astype(np.float32), probs, crf())[0].name == "picture"
    assert looked(np.full(image.shape, np.nan), probs, crf())[0].name == "picture"
    one = looked(image, np.ones((1, 24, 32)), crf())
    assert one[0].name == "one class" and "two classes" in one[0].why


def test_an_over_confident_network_is_found_by_what_a_pixel_can_hear():
    image, probs = case(sharpness=100)
    findings = looked(image, probs, crf())
    found = named(findings, "over-confident")
    seen = measure(image, probs, crf(), kernels=KernelCache())
    # θ1 + θ2 = 3, and rows of both kernels sum to about 1.
    assert seen.reach == pytest.approx(3, rel=0.1) and seen.out_of_reach > 0.9
    assert [[*fix.changes] for fix in found.fixes] == [["temperature"], ["clip"]]
    # Every second pixel comes within reach at the next tenth.
    lead = min(seen.median_log_ratio, -math.log(crf().clip))
    assert found.fixes[0].changes["temperature"] == math.ceil(10 * lead / (0.9 * seen.reach)) / 10
    for fix in found.fixes:
        settings = crf().model_copy(update=fix.changes)
        CRFSettings.model_validate(settings.model_dump())
        remedied = measure(image, probs, settings, kernels=KernelCache())
        assert remedied.out_of_reach < 0.6
        assert named(findings, "over-confident").fixes[0].changes.keys() == {"temperature"}


@pytest.mark.parametrize("costs", [(), ((0, 1, 4.0), (1, 2, 0.5)), ((0, 2, 0.0), (1, 2, 10.0))])
def test_out_of_reach_pixels_never_change(costs):
    image, probs = case(sharpness=4)
    settings = crf(
        appearance_weight=1.0, smoothness_weight=1.0, num_iterations=10, compatibility=costs
    )
    seen = measure(image, probs, settings, kernels=KernelCache())
    _, changed = outcome(image, probs, settings)
    assert 0 < changed <= 1 - seen.out_of_reach


@pytest.mark.parametrize(
    ("values", "name", "field"),
    [
        ({"appearance_weight": 0.0, "smoothness_weight": 0.0}, "weights", "appearance_weight"),
        ({"appearance_weight": 0.0}, "weights", "appearance_weight"),
        ({"appearance_xy_std": 1000.0}, "appearance_xy_std", "appearance_xy_std"),
        ({"smoothness_xy_std": 1000.0}, "smoothness_xy_std", "smoothness_xy_std"),
        ({"appearance_xy_std": 0.1}, "appearance_xy_std", "appearance_xy_std"),
        ({"smoothness_xy_std": 0.1}, "smoothness_xy_std", "smoothness_xy_std"),
        ({"appearance_rgb_std": 1000.0}, "appearance_rgb_std", "appearance_rgb_std"),
        ({"appearance_rgb_std": 0.1}, "appearance_rgb_std", "appearance_rgb_std"),
    ],
)
def test_settings_out_of_proportion_are_named_and_cured(values, name, field):
    image, probs = case()
    found = named(looked(image, probs, crf(**values)), name)
    (fix,) = found.fixes
    assert field in fix.changes
    settings = crf(**values).model_copy(update=fix.changes)
    CRFSettings.model_validate(settings.model_dump())
    assert name not in {f.name for f in looked(image, probs, settings)}


def test_a_kernel_that_is_off_has_no_wrong_width():
    names = {f.name for f in looked(*case(), crf(smoothness_weight=0.0, smoothness_xy_std=1000.0))}
    assert "smoothness_xy_std" not in names


def test_a_constant_picture_and_one_pixel():
    _, probs = case()
    flat = np.full((24, 32, 3), 7, np.uint8)
    assert "no edge" in named(looked(flat, probs, crf()), "one colour").why
    for f in looked(flat[:1, :1], probs[:, :1, :1], crf()):
        assert f.severity != "error"


def test_a_pixel_that_hears_only_itself():
    rng = np.random.default_rng(0)
    _, probs = case()
    noise = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
    settings = crf(appearance_rgb_std=1.0)
    found = named(looked(noise, probs, settings), "own share")
    assert found.fixes[0].changes == {"appearance_rgb_std": 2.0}
    seen = measure(noise, probs, settings, kernels=KernelCache())
    assert seen.own_share > 0.9
    assert (
        measure(
            np.full_like(noise, 9), probs, crf(appearance_rgb_std=60.0), kernels=KernelCache()
        ).own_share
        < 0.1
    )


def test_after_says_how_many_and_why():
    image, probs = case()
    silent = crf(appearance_weight=0.0, smoothness_weight=0.0)
    found, changed = outcome(image, probs, silent)
    assert changed == 0 and found.what == "0 % of the labels changed because both weights are 0."
    assert found.fixes[0].changes["appearance_weight"] > 0

    certain = np.full(probs.shape, 1e-4, np.float32)
    certain[0] = 1 - certain[1:].sum(0)
    certain = np.where(probs.argmax(0) == 1, certain[[1, 0, 2]], certain)
    sure, changed = outcome(image, certain, crf())
    assert changed == 0 and "too sure" in sure.what
    assert [*sure.fixes[0].changes] == ["temperature"]

    noise = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    alone, changed = outcome(noise, probs, crf(appearance_rgb_std=1.0, smoothness_weight=0.0))
    assert changed < 0.002 and "their own message" in alone.what

    loud, changed = outcome(image, probs, crf(appearance_weight=20.0, smoothness_weight=20.0))
    assert changed > 0.2 and f"{100 * changed:.1f} %" in loud.what
    assert loud.fixes[0].changes == {"appearance_weight": 10.0, "smoothness_weight": 10.0}


def test_after_a_network_that_agrees_with_the_picture():
    image = np.full((24, 32, 3), 60, np.uint8)
    image[:, 16:] = 190
    probs = np.full((2, 24, 32), 0.3, np.float32)
    probs[0, :, :16] = probs[1, :, 16:] = 0.7
    found, changed = outcome(image, probs, crf())
    assert changed == 0 and found.severity == "fine" and "agrees" in found.what


def test_after_weights_that_are_too_small():
    """Every third pixel disagrees by 0.2 nats, may receive up to 0.3, and receives 0.02."""
    image = np.full((24, 32, 3), 60, np.uint8)
    probs = np.full((2, 24, 32), 0.55, np.float32)
    probs[1].flat[::3] = 0.45
    probs[0] = 1 - probs[1]
    settings = crf(appearance_weight=0.3, smoothness_weight=0.0)
    found, changed = outcome(image, probs, settings)
    assert changed == 0 and "too small" in found.what and "33.3 %" in found.why
    assert found.fixes[0].changes == {"appearance_weight": 0.6}


def test_costs_count_in_what_a_pixel_hears():
    image, probs = case()
    potts = measure(image, probs, crf(), kernels=KernelCache())
    same = measure(image, probs, crf(compatibility=((0, 1, 1.0),)), kernels=KernelCache())
    assert same.reach == potts.reach and same.agreeing == pytest.approx(potts.agreeing, abs=0.01)
    dear = measure(image, probs, crf(compatibility=((0, 1, 4.0),)), kernels=KernelCache())
    assert dear.reach == pytest.approx(4 * potts.reach) and dear.out_of_reach < potts.out_of_reach
    # Where class 2 may meet everybody, everybody receives most for it.
    free = crf(compatibility=((0, 2, 0.0), (1, 2, 0.0)))
    received = measure(image, probs, free, kernels=KernelCache())
    assert received.agreeing < 0.6 * potts.agreeing


def test_after_too_few_iterations():
    image, probs = case(48, 64)
    start = np.zeros((48, 64), np.uint8)
    end = start.copy()
    end.flat[:200] = 1
    maps = np.stack([start, end])
    found = after(image, probs, maps, crf(num_iterations=1), kernels=KernelCache())
    assert "6.5 % of the labels" in found.what and "not over" in found.what
    assert found.fixes[0].changes == {"num_iterations": 2}
    settled = after(image, probs, np.stack([start, end, end]), crf(), kernels=KernelCache())
    assert settled.severity == "fine" and "settled" in settled.why


def test_a_thousandth_that_moves_is_settled():
    image, probs = case(20, 50)
    start = np.zeros((20, 50), np.uint8)
    before = start.copy()
    before.flat[:9] = 1
    last = start.copy()
    last.flat[:10] = 1
    found = after(image, probs, np.stack([start, before, last]), crf(), kernels=KernelCache())
    assert found.severity == "fine" and "0.1 %" in found.why
    # Two thousandths changed, all of them in the last iteration, are worth a word.
    last.flat[2:] = 0
    found = after(image, probs, np.stack([start, last]), crf(), kernels=KernelCache())
    assert "0.2 % of the labels" in found.what and "not over" in found.what


@pytest.mark.parametrize(("agreeing", "words"), [(0.9, "agrees"), (0.899, "too small")])
def test_nine_of_ten_that_agree_are_enough(agreeing, words):
    seen = measure(*case(), crf(), kernels=KernelCache())
    seen = replace(seen, out_of_reach=0.0, own_share=None, agreeing=agreeing)
    assert words in _little("No label changed", seen, crf()).what
