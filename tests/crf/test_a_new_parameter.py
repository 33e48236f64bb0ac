"""A parameter of the CRF is its field and the engines that obey it; nobody hands it on beside."""

import ast
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import segviewer
from segviewer.crf.diagnosis.diagnosis_measure import measure
from segviewer.crf.engines import mean_field_exact as exact_engine
from segviewer.crf.engines import weighted_kernels as lattice_kernels
from segviewer.crf.engines.draft import draft
from segviewer.crf.engines.pydensecrf_reference import available
from segviewer.crf.engines.refinement import ENGINES, refine
from segviewer.crf.engines.unary import tempered_unary
from segviewer.crf.inspection.engine_check import compare_engines
from segviewer.crf.inspection.pixel_votes import pixel_votes
from segviewer.crf.inspection.refinement_history import refinement_history
from segviewer.crf.lattice.kernel_cache import KernelCache
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError
from segviewer.settings import control

ROOT = Path(segviewer.__file__).parent

CHANGED = {
    "appearance_weight": 6.0,
    "appearance_xy_std": 3.0,
    "appearance_rgb_std": 40.0,
    "smoothness_weight": 4.0,
    "smoothness_xy_std": 3.0,
    "num_iterations": 2,
    "temperature": 2.0,
    "clip": 1e-2,
    "normalisation": "after",
    "self_message": False,
    "drop_classes": False,
    "compatibility": ((0, 1, 0.2),),
}
"""Every field that says something to an engine, and another value for it."""

NO_DIFFERENCE = {"exact": {"drop_classes"}, "reference": {"drop_classes"}}
REFUSED = {"reference": {"normalisation", "self_message", "compatibility"}}


def case(height=12, width=16):
    """Two halves, noise, and a class that wins nowhere."""
    rng = np.random.default_rng(3)
    image = np.full((height, width, 3), 60, np.uint8)
    image[:, width // 2 :] = 120
    image += rng.integers(0, 20, image.shape, dtype=np.uint8)
    scores = rng.normal(size=(4, height, width))
    scores[0, :, : width // 2] += 1
    scores[1, :, width // 2 :] += 1
    scores[3] -= 16
    probs = np.exp(scores)
    return image, (probs / probs.sum(0)).astype(np.float32)


BASE = CRFSettings(appearance_xy_std=6.0, appearance_rgb_std=20.0, num_iterations=3)


def refined(settings):
    *_, q = refine(*case(), settings)
    return q


def test_every_field_is_tried():
    # The last is about the photograph's size: `tests/crf/engines/test_full_resolution`.
    of_no_engine = {"enabled", "engine", "full_resolution"}
    assert set(CHANGED) == set(CRFSettings.model_fields) - of_no_engine
    assert set(ENGINES) == {"lattice", "exact", "reference"}


@pytest.mark.parametrize("field", CHANGED)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_obeys_every_field_or_says_that_it_cannot(engine, field):
    if engine == "reference" and available() is not None:
        pytest.skip("needs pydensecrf")
    base = BASE.changed(engine=engine)
    other = base.changed(**{field: CHANGED[field]})
    if field in REFUSED.get(engine, ()):
        with pytest.raises(SettingsError, match="reference"):
            refined(other)
        return
    difference = np.abs(refined(other) - refined(base)).max()
    assert (difference == 0) == (field in NO_DIFFERENCE.get(engine, ()))


@pytest.mark.parametrize("field", CHANGED)
def test_the_draft_obeys_every_field(field):
    quick, other = (
        draft(*case(40, 48), settings, kernels=KernelCache())
        for settings in (BASE, BASE.changed(**{field: CHANGED[field]}))
    )
    # It has no time to find classes that may be dropped.
    assert np.array_equal(quick, other) == (field == "drop_classes")


class Louder(CRFSettings):
    """A parameter that does not exist: a factor on both weights."""

    loudness: float = control(1.0, kind="crf", label="Loudness", ge=0, le=10)


@pytest.fixture
def louder(monkeypatch):
    """The two places that obey it: the lattice's kernels, and the exact sum's.

    With the settings three files. A new kernel or compatibility would change no more.
    """
    kernels, matrix = lattice_kernels.weighted_kernels, exact_engine.pairwise_matrix

    def obeying(image, settings, *more):
        found, factor = kernels(image, settings, *more), getattr(settings, "loudness", 1.0)
        return tuple(replace(one, weight=factor * one.weight) for one in found)

    # Whoever has imported the function has the file's new text.
    for module in [m for name, m in sys.modules.items() if name.startswith("segviewer.crf")]:
        if getattr(module, "weighted_kernels", None) is kernels:
            monkeypatch.setattr(module, "weighted_kernels", obeying)
    monkeypatch.setattr(
        exact_engine,
        "pairwise_matrix",
        lambda image, settings: getattr(settings, "loudness", 1.0) * matrix(image, settings),
    )


def twice(settings):
    return settings.changed(
        appearance_weight=2 * settings.appearance_weight,
        smoothness_weight=2 * settings.smoothness_weight,
    )


def unary(settings):
    return tempered_unary(case()[1], settings)


def measured(settings):
    return np.array([measure(*case(), settings).reach, measure(*case(), settings).agreeing])


JOURNEYS = {
    "lattice": refined,
    "exact": lambda settings: refined(settings.changed(engine="exact")),
    "draft": lambda settings: draft(*case(), settings, kernels=KernelCache()),
    "history": lambda s: refinement_history(case()[0], unary(s), s).energy,
    "votes": lambda s: pixel_votes(case()[0], unary(s), s, (3, 4))[0].appearance,
    "engine check, exact": lambda s: compare_engines(case()[0], unary(s), s).exact,
    "engine check, lattice": lambda s: compare_engines(case()[0], unary(s), s).lattice,
    "doctor": measured,
}


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_new_parameter_touches_the_settings_and_two_engines(louder, journey):
    """Three files: every way to an engine hands the settings on whole."""
    run, toy = JOURNEYS[journey], Louder(**BASE.model_dump())
    usual, loud = run(toy), run(toy.changed(loudness=2.0))
    np.testing.assert_allclose(loud, run(twice(BASE)), atol=1e-5)
    assert np.abs(loud - usual).max() > 1e-3


def test_a_new_width_in_pixels_shrinks_by_itself():
    class Wider(CRFSettings):
        far_xy_std: float = control(90.0, kind="crf", label="Far", unit="px", ge=1, le=200)

    small = Wider(appearance_xy_std=60, smoothness_xy_std=3, num_iterations=10).scaled(3)
    assert (small.appearance_xy_std, small.smoothness_xy_std, small.far_xy_std) == (20, 1, 30)
    assert small.appearance_rgb_std == CRFSettings().appearance_rgb_std
    assert small.num_iterations == 10 and isinstance(small, Wider)
    # An engine takes what it gets, far outside the sliders' ranges.
    assert CRFSettings(smoothness_xy_std=0.5).scaled(1000).smoothness_xy_std == 0.01


OVERRIDES = {("refine", "compatibility"), ("mean_field_exact", "compatibility")}
OVERRIDES |= {("__init__", "compatibility")}
"""Costs that settings cannot say: not symmetric, or a class with itself."""


@pytest.mark.slow
def test_no_function_takes_a_setting_beside_the_settings():
    found, fields = set(), set(CRFSettings.model_fields)
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            if any(a.annotation and "CRFSettings" in ast.unparse(a.annotation) for a in arguments):
                found |= {(node.name, a.arg) for a in arguments if a.arg in fields}
    assert found == OVERRIDES
