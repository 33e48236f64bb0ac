"""What is kept of costly things is bounded by its bytes, and the newest stays."""

from __future__ import annotations

from types import SimpleNamespace

import torch

from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.writing import write_checkpoint
from segviewer.engine import memory_budget
from segviewer.engine.executor import StageExecutor
from segviewer.engine.memory_budget import bytes_of_features, nothing_kept
from segviewer.networks import network_class


def passes(megabytes: int, tag: str = "deep") -> list:
    return [SimpleNamespace(features={tag: torch.zeros(megabytes << 18)})]


def test_each_tensor_counts_once_and_whole():
    (one,) = passes(3)
    one.features["the same"] = one.features["deep"]
    one.features["deep"] = one.features["deep"][:7]
    assert bytes_of_features([one]) == 3 << 20


def test_features_take_no_more_than_their_part(monkeypatch):
    monkeypatch.setattr(memory_budget, "FEATURES", 10 << 20)
    kept = nothing_kept()["features"]
    for number in range(20):
        kept[number] = passes(3)
        assert sum(map(bytes_of_features, kept.values())) <= 10 << 20
    assert list(kept) == [17, 18, 19]


def test_what_is_larger_than_all_the_room_stays_alone(monkeypatch):
    monkeypatch.setattr(memory_budget, "FEATURES", 10 << 20)
    kept = nothing_kept()["features"]
    kept["small"] = passes(3)
    kept["large"] = passes(30)
    assert list(kept) == ["large"]
    kept["small"] = passes(3)
    assert list(kept) == ["small"]


def test_the_engine_shares_one_budget(session, run):
    from segviewer.crf.lattice.kernel_cache import CACHE

    run(session.pinned().with_checkpoint("bundled:fcn_efficientnet_lite0_camvid"))
    run(session.changed(crf=session.crf.changed(enabled=True, num_iterations=1)))
    peers = run.executor.peers
    assert CACHE.limit == memory_budget.LATTICES
    assert 0 < peers.resident.nbytes < memory_budget.NETWORKS
    # Those of A, of B and of the network that came back, whoever computed them.
    assert len(peers.kept["features"]) == 2
    assert memory_budget.BUDGET == 1 << 30


def test_maps_of_weights_that_were_replaced_are_not_used(session, run, tmp_path):
    network = network_class("lr_aspp")
    config = network.Config(num_classes=3)
    card = ModelCard(title="mine", architecture="lr_aspp", config=config.model_dump())
    file = tmp_path / "mine.safetensors"
    labels = []
    for number in (1, 2):
        torch.manual_seed(number)
        write_checkpoint(file, network(config).state_dict(), card)
        run.executor = StageExecutor(run.executor.listener, run.executor.peers)
        run(session.changed(checkpoint=str(file)))
        labels.append(run.executor.cache["probs"].value.probs)
        run(session)
    fresh = StageExecutor()
    fresh.run(session.changed(checkpoint=str(file)))
    assert (labels[0] != labels[1]).any()
    assert (fresh.cache["probs"].value.probs == labels[1]).all()
