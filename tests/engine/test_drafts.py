"""The CRF stage: engines, drafts while a slider moves, iterations shown one by one."""

import numpy as np
import pytest

from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Listener
from segviewer.engine.stages import stage_key
from segviewer.errors import SettingsError


@pytest.fixture
def refined(session):
    return session.changed(crf=session.crf.changed(enabled=True, num_iterations=10))


def said(result):
    return [text for text, _ in result.chips]


def test_a_draft_is_said_to_be_one_and_kept_by_no_stage(run, refined):
    run.draft = True
    assert "refined" not in run(refined)
    draft = run.result("label_map")
    assert not draft.complete
    assert "draft: CRF at 1/2 size, 3 iterations" in said(draft)
    run.draft = False
    assert "refined" in run(refined)
    whole = run.result("label_map")
    assert whole.complete
    assert not [text for text in said(whole) if "draft" in text]
    agree = (draft.label_map == whole.label_map).mean()
    assert 0.9 < agree < 1


def test_what_is_known_already_is_not_drafted(run, refined):
    run(refined)
    run.draft = True
    run(refined)
    assert run.result("label_map").complete


def test_without_the_crf_there_is_nothing_to_draft(run, session):
    run.draft = True
    run(session)
    assert run.result("label_map").complete


def test_iterations_are_shown_on_the_way(run, refined, monkeypatch):
    monkeypatch.setattr("segviewer.engine.computing.crf.STEP_SECONDS", 0.0)
    seen = []
    run.executor.listener.finished = lambda stage, key, result, s: seen.append((stage, result))
    run(refined)
    steps = [r for stage, r in seen if stage == "label_map" and not r.complete]
    assert [said(r)[-1] for r in steps] == [f"CRF iteration {n} of 10" for n in range(1, 10)]


def test_the_reference_engine_gives_the_same_labels(run, refined):
    pytest.importorskip("pydensecrf")
    run(refined)
    ours = run.result("label_map").label_map
    run(refined.changed(crf=refined.crf.changed(engine="reference")))
    assert (run.result("label_map").label_map == ours).mean() >= 0.9999


def test_an_engine_that_cannot_says_what_to_do(run, refined):
    with pytest.raises(SettingsError, match="exact"):
        run(refined.changed(crf=refined.crf.changed(engine="exact")))
    crf = refined.crf.changed(engine="reference", normalisation="none")
    with pytest.raises(SettingsError, match="reference"):
        run(refined.changed(crf=crf))
    crf = refined.crf.changed(engine="reference", compatibility=((0, 1, 0.5),))
    with pytest.raises(SettingsError, match="reference"):
        run(refined.changed(crf=crf))


def test_a_higher_temperature_lets_the_photograph_say_more(run, session, refined):
    run(session)
    plain = run.result("label_map").label_map
    changed = []
    for temperature in (0.3, 1.0, 3.0):
        run(refined.changed(crf=refined.crf.changed(temperature=temperature)))
        changed.append((run.result("label_map").label_map != plain).mean())
    assert changed[0] < changed[1] < changed[2]


def test_labels_that_like_each_other_change_the_result(run, refined):
    run(refined)
    potts = run.result("label_map").label_map
    costs = tuple((a, b, 0.0) for a in range(11) for b in range(a + 1, 11))
    run(refined.changed(crf=refined.crf.changed(compatibility=costs)))
    free = run.result("label_map").label_map
    # Where no two labels mind each other the CRF has nothing to say.
    run(refined.changed(crf=refined.crf.changed(enabled=False)))
    np.testing.assert_array_equal(free, run.result("label_map").label_map)
    assert (potts != free).any()


def test_a_lab_of_the_crf_depends_on_its_settings_though_it_is_off(session):
    from segviewer.session import LabState

    lab = next((n for n, e in _labs().items() if e.needs == "probs"), None)
    if lab is None:
        pytest.skip("no lab of the CRF yet")
    open_lab = session.changed(lab=LabState(name=lab))
    other = open_lab.changed(crf=open_lab.crf.changed(temperature=2.0))
    assert stage_key(open_lab, "lab") != stage_key(other, "lab")
    assert stage_key(open_lab, "label_map") == stage_key(other, "label_map")


def _labs():
    from segviewer.labs import LABS

    return LABS


@pytest.mark.parametrize("drafts", [False, True])
def test_compiling_is_said_where_nobody_has_refined_before(session, monkeypatch, drafts):
    from segviewer.crf.engines import mean_field_lattice
    from segviewer.crf.lattice import compiled_kernel

    compiled = []
    monkeypatch.setattr(compiled_kernel, "is_compiled", lambda: bool(compiled))
    monkeypatch.setattr(mean_field_lattice, "warm_up", compiled.append)
    started = []
    executor = StageExecutor(Listener(started=lambda stage, expected: started.append(stage)))
    executor.drafts = drafts
    refined = session.changed(crf=session.crf.changed(enabled=True))
    executor.run(refined)
    assert compiled == [11]
    at = started.index("compiling")
    assert started[at + 1] == "refined"  # said again, or it would seem to compile still
    executor.run(refined.changed(crf=refined.crf.changed(num_iterations=2)))
    assert started.count("compiling") == 1
