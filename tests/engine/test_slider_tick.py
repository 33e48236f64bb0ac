"""A slider tick visits each room of the engine once, and no room that it does not concern."""

from __future__ import annotations

import pytest
from PIL import Image

from segviewer.engine.executor import StageExecutor
from segviewer.engine.stages import stage_key
from segviewer.imaging.reading.samples import sample_path
from segviewer.session import Session
from tests.counted_calls import counted, rooms

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"
ENTRIES = (
    "engine.executor:StageExecutor.run",
    "engine.computing.crf:refined",
    "crf.engines.refinement:refine",
    "engine.computing.crf:for_reading",
    "engine.computing.labels:label_map",
    "inference.label_maps:label_map_at",
)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "street.png"
    with Image.open(sample_path("leuven_street")) as picture:
        picture.convert("RGB").resize((160, 120)).save(path)
    session = Session(image=str(path), checkpoint=BUNDLED)
    return session.changed(crf=session.crf.changed(enabled=True))


def test_a_crf_tick_visits_each_room_once(session):
    executor = StageExecutor()
    executor.run(session)
    have = {name: stage_key(session, name) for name in ("image", "network")}
    ticked = session.changed(crf=session.crf.changed(appearance_weight=7.5))
    calls = counted(lambda: executor.run(ticked, have))
    assert {name: calls[name] for name in ENTRIES} == dict.fromkeys(ENTRIES, 1)
    # Photograph, network, probabilities, CRF and labels are looked after once each.
    assert calls["engine.executor:StageExecutor._bring_up_to_date"] == 5
    # Neither the network nor its weights have anything to do with it.
    assert not rooms(calls) & {"networks", "layers", "checkpoints", "analysis"}


def test_a_tick_of_the_network_runs_its_head_once(session):
    executor = StageExecutor()
    executor.run(session)
    ticked = session.with_network("atrous_rates", (1, 2, 3), trained=(6, 12, 18))
    calls = counted(lambda: executor.run(ticked))
    for entry in (*ENTRIES, "engine.computing.network:run", "inference.running:run_head"):
        assert calls[entry] == 1, entry
    assert calls["inference.running:run_features"] == 0
    assert calls["engine.executor:StageExecutor._bring_up_to_date"] == 5
