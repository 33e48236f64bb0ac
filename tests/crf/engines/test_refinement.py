"""The way from a session's settings to an engine."""

import weakref

import numpy as np
import pytest

from segviewer.crf.engines import refinement
from segviewer.crf.engines.refinement import refine
from segviewer.crf.settings.crf_settings import CRFSettings


def case(height=16, width=24, classes=3):
    rng = np.random.default_rng(2)
    image = np.full((height, width, 3), 60, np.uint8)
    image[:, width // 2 :] = 190
    image += rng.integers(0, 6, image.shape, dtype=np.uint8)
    scores = np.exp(rng.normal(size=(classes, height, width)))
    return image, (scores / scores.sum(0)).astype(np.float32)


def crf(**values):
    return CRFSettings(appearance_xy_std=6.0, appearance_rgb_std=15.0, num_iterations=4, **values)


@pytest.mark.parametrize("drop", [True, False])
def test_the_energies_are_gone_while_it_iterates(monkeypatch, drop):
    made, tempered = [], refinement.tempered_unary

    def noted(*arguments):
        unary = tempered(*arguments)
        made.append(weakref.ref(unary))
        return unary

    monkeypatch.setattr(refinement, "tempered_unary", noted)
    steps = refine(*case(), crf(drop_classes=drop))
    next(steps)
    assert made[0]() is None


def test_only_wanted_iterations_and_the_last_are_given():
    wishes = iter((False, True, False))
    steps = list(refine(*case(), crf(), lambda: next(wishes)))
    assert [step is not None for step in steps] == [False, True, False, True]
    every = list(refine(*case(), crf(), lambda: True))
    for step, whole in zip(steps, every, strict=True):
        if step is not None:
            np.testing.assert_array_equal(step, whole)


def test_the_exact_engine_takes_costs_too():
    costs = ((0, 1, 0.2), (1, 2, 3.0))
    *_, ours = refine(*case(), crf(compatibility=costs))
    *_, exact = refine(*case(), crf(compatibility=costs, engine="exact"))
    *_, potts = refine(*case(), crf(engine="exact"))
    assert exact.dtype == np.float32
    assert np.abs(ours - exact).max() < 0.2 < np.abs(potts - exact).max()
