"""A set of weights in parts opens where all of it is there, and says which part is not."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import save_file

from segviewer.checkpoints.card_files import CARD_KEY
from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.opening import open_network
from segviewer.errors import CheckpointError
from segviewer.networks.u_net import UNet, UNetConfig

INDEX = "model.safetensors.index.json"


@pytest.fixture
def network():
    torch.manual_seed(0)
    return UNet(UNetConfig(form="padded", width=4, num_classes=3)).eval()


@pytest.fixture
def folder(tmp_path, network):
    """The network's weights in three files, and their index."""
    tensors = network.state_dict()
    names = [f"model-0000{number}-of-00003.safetensors" for number in (1, 2, 3)]
    place = {key: names[number % 3] for number, key in enumerate(tensors)}
    card = ModelCard(title="Parts", architecture="u_net", config=network.config.model_dump())
    for name in names:
        held = {key: tensors[key] for key in place if place[key] == name}
        save_file(held, tmp_path / name, {CARD_KEY: card.model_dump_json()})
    (tmp_path / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": place}))
    return tmp_path


def rewritten(folder, change):
    path = folder / INDEX
    content = json.loads(path.read_text())
    change(content["weight_map"])
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("named", ["", INDEX])
def test_all_parts_are_one_network(folder, network, named):
    opened = open_network(str(folder / named))
    assert opened.card.title == "Parts" and opened.unused == 0
    found = opened.network.state_dict()
    for key, tensor in network.state_dict().items():
        torch.testing.assert_close(found[key], tensor)


def test_a_part_that_is_missing_is_named(folder):
    (folder / "model-00002-of-00003.safetensors").unlink()
    for path in (folder, folder / INDEX):
        with pytest.raises(CheckpointError, match="names 3 files, of which 1 is not") as refused:
            open_network(str(path))
        assert "model-00002-of-00003.safetensors" in refused.value.why
        assert "max_shard_size" in refused.value.next_step


@pytest.mark.parametrize("name", ["../x.safetensors", "/etc/passwd", "..", "", "a\\b", "a\0b"])
def test_a_part_elsewhere_is_refused(folder, name):
    path = rewritten(folder, lambda place: place.update({next(iter(place)): name}))
    with pytest.raises(CheckpointError, match="outside its folder"):
        open_network(str(path))


def test_a_tensor_that_no_part_holds(folder):
    path = rewritten(folder, lambda place: place.update({"ghost": next(iter(place.values()))}))
    with pytest.raises(CheckpointError, match="ghost"):
        open_network(str(path))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"weight_map": {"a": 1}}', "[" * 100_000])
def test_an_index_that_is_none(tmp_path, content):
    (tmp_path / INDEX).write_text(content)
    with pytest.raises(CheckpointError):
        open_network(str(tmp_path / INDEX))


def test_an_index_that_is_not_there(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be read"):
        open_network(str(tmp_path / INDEX))
