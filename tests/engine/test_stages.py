"""The table of stages: one entry is all that a stage needs, and keys are pure."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from segviewer.engine import stages
from segviewer.engine.executor import StageExecutor, named
from segviewer.engine.listener import Collected
from segviewer.engine.stages import STAGES, TABLE, Stage, depends_on, needing, wanted_stages
from segviewer.session import LabState, OverlaySettings, Session

WHOLE = Session(
    tones={"network": "as stored"},
    image="a.png",
    checkpoint="b.pth",
    target="c.png",
    lab=LabState(name="kernel"),
    overlay=OverlaySettings(layer="entropy", activation="backbone"),
).pinned()


@pytest.mark.parametrize("stage", TABLE, ids=lambda stage: stage.name)
def test_every_entry_is_whole(stage):
    assert stage.title and STAGES[stage.name] is stage
    key = stage.key(WHOLE)
    assert key is not None and hash(key) == hash(stage.key(WHOLE))
    for name in (stage.compute, stage.result, stage.draft):
        assert not name or callable(named(name))
    assert bool(stage.compute) != bool(stage.of)
    # What it needs stands before it in the table, so that a run goes forward alone.
    before = [one.name for one in TABLE[: TABLE.index(stage)]]
    assert set(stage.needs(WHOLE)) <= set(before)
    assert not stage.of or stage.of in STAGES


def test_a_session_of_nothing_wants_nothing():
    assert wanted_stages(Session()) == []
    assert [stage.name for stage in wanted_stages(Session(image="a.png"))] == ["image"]


def test_what_depends_on_what():
    assert depends_on(STAGES["metrics"], "refined", WHOLE)
    assert depends_on(STAGES["reference_overlay_layer"], "refined", WHOLE)
    assert not depends_on(STAGES["lab"], "refined", WHOLE)
    assert depends_on(STAGES["lab"], "probs", WHOLE)
    assert not depends_on(STAGES["figures"], "refined", WHOLE)


def test_a_stage_is_added_by_one_entry_and_its_function(monkeypatch, session):
    """The number of pixels, of the photograph and of its labels."""
    seen = []

    def count(work, picture, labelled):
        work.check()
        seen.append(work.session.image)
        return picture.levels[0].shape[0] * labelled.label_map.shape[1]

    monkeypatch.setitem(sys.modules, "segviewer.engine.computing.toy", SimpleNamespace(count=count))
    toy = Stage(
        "toy",
        "Counting",
        lambda session: (session.image, session.checkpoint),
        "toy:count",
        needing("image", "label_map"),
    )
    monkeypatch.setattr(stages, "TABLE", (*TABLE, toy))
    monkeypatch.setitem(STAGES, "toy", toy)
    collected = Collected()
    executor = StageExecutor(collected.listener())
    executor.run(session)
    assert collected.results["toy"] == 72 * 96
    executor.run(session)
    assert seen == [session.image], "computed once for a key"


def test_two_users_of_one_network_do_not_disturb_each_other(session):
    """Each with a geometry of its own, the one in the middle of the other."""
    from segviewer.inference.network_state import configured

    executor = StageExecutor()
    executor.run(session)
    opened = executor.cache["network"].value
    network, trained = opened.network, opened.network.config
    other = session.with_network("output_stride", 8, 16)
    with configured(opened, other):
        assert network.config.output_stride == 8
        with configured(opened, session.with_network("atrous_rates", (1, 2, 3), (6, 12, 18))):
            assert network.config.output_stride == 16
            assert network.config.atrous_rates == (1, 2, 3)
        assert network.config.output_stride == 8
        with pytest.raises(KeyError), configured(opened, session):
            raise KeyError
        assert network.config.output_stride == 8
    assert network.config == trained == opened.config
    # And a run with another geometry leaves it as it was trained.
    executor.run(other)
    assert network.config == trained
