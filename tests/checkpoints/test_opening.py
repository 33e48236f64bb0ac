"""From a reference to a network ready to run."""

import json
import sys

import pytest
import safetensors.torch
import torch

from segviewer.checkpoints.model_card import ModelCard, read_card, write_card
from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.published import catalogue
from segviewer.checkpoints.writing import write_checkpoint
from segviewer.errors import CheckpointError, ExportError
from segviewer.imaging.preprocessing import HALF
from segviewer.networks.deeplab_v3 import DeepLabV3
from segviewer.references import DEFAULT_CHECKPOINT


@pytest.fixture
def card(small_config):
    return ModelCard(
        title="Small",
        architecture="deeplab_v3",
        config=small_config.model_dump(),
        label_set="camvid11",
        preprocessing=HALF,
        inference_long_side=480,
        seed=1,
    )


@pytest.fixture
def image():
    return torch.randn(1, 3, 41, 57, generator=torch.Generator().manual_seed(2))


def direct(config, weights):
    network = DeepLabV3(config)
    network.load_state_dict(weights)
    return network.eval()


def test_written_and_opened_again(tmp_path, weights, card, small_config, image):
    path = tmp_path / "small.safetensors"
    write_checkpoint(path, weights, card)
    opened = open_network(str(path))
    assert opened.config == opened.network.config == small_config
    assert opened.card.title == "Small"
    assert opened.card.classes[0] == "sky" and len(opened.card.classes) == 11
    assert opened.card.preprocessing == HALF
    assert opened.notes == ()
    # What was written is the weights rounded to float16 (vectors exactly), and no others.
    rounded = {
        key: t.half().float() if t.is_floating_point() and t.ndim > 1 else t
        for key, t in weights.items()
    }
    for key, tensor in opened.network.state_dict().items():
        assert torch.equal(tensor, rounded[key]), key
    with torch.inference_mode():
        assert torch.equal(opened.network(image), direct(small_config, rounded)(image))


def test_written_file_is_half_the_size_and_without_counters(tmp_path, weights, card):
    path = tmp_path / "small.safetensors"
    write_checkpoint(path, weights, card)
    stored = safetensors.torch.load_file(path)
    assert {t.dtype for t in stored.values() if t.ndim > 1} == {torch.float16}
    assert {t.dtype for t in stored.values() if t.ndim == 1} == {torch.float32}
    assert not any("num_batches_tracked" in key for key in stored)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["small.json", "small.safetensors"]


def test_weights_too_large_for_half_precision_are_not_written(tmp_path, weights, card):
    weights["backbone.stem.0.weight"][0, 0, 0, 0] = 1e6
    with pytest.raises(ExportError, match="float16"):
        write_checkpoint(tmp_path / "small.safetensors", weights, card)
    assert list(tmp_path.iterdir()) == []


def test_writing_where_there_is_no_folder(tmp_path, weights, card):
    with pytest.raises(ExportError, match="does not exist"):
        write_checkpoint(tmp_path / "no" / "small.safetensors", weights, card)


def test_ready_to_run(tmp_path, weights, card):
    path = tmp_path / "small.safetensors"
    write_checkpoint(path, weights, card)
    network = open_network(str(path)).network
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())
    tensors = [*network.parameters(), *network.buffers()]
    assert {t.device.type for t in tensors} == {"cpu"}
    assert all(t.is_contiguous() for t in tensors)


def test_the_card_inside_serves_when_the_one_beside_is_lost(tmp_path, weights, card, small_config):
    path = tmp_path / "small.safetensors"
    write_checkpoint(path, weights, card)
    path.with_suffix(".json").unlink()
    opened = open_network(str(path))
    assert (opened.card.title, opened.config) == ("Small", small_config)


def test_the_card_beside_counts_more_than_the_one_inside(tmp_path, weights, card):
    path = tmp_path / "small.safetensors"
    write_checkpoint(path, weights, card)
    write_card(path.with_suffix(".json"), card.changed(title="Edited"))
    assert open_network(str(path)).card.title == "Edited"


def test_another_programs_json_beside_is_passed_over(tmp_path, weights, card):
    path = tmp_path / "small.safetensors"
    write_checkpoint(path, weights, card)
    path.with_suffix(".json").write_text(json.dumps({"_class_name": "UNet", "architecture": 3}))
    assert open_network(str(path)).card.title == "Small"


def test_a_broken_card_is_said(tmp_path, weights, card):
    path = tmp_path / "small.safetensors"
    write_checkpoint(path, weights, card)
    beside = path.with_suffix(".json")
    beside.write_text(beside.read_text().replace('"RGB"', '"RBG"'))
    with pytest.raises(CheckpointError, match="card small.json"):
        open_network(str(path))


def test_card_with_the_wrong_number_of_classes(tmp_path, weights, card):
    path = tmp_path / "small.safetensors"
    write_checkpoint(path, weights, card.changed(classes=("road", "sky")))
    with pytest.raises(CheckpointError, match="2 classes and the weights have 11"):
        open_network(str(path))


def test_a_file_without_any_card(tmp_path, weights, small_config, image):
    path = tmp_path / "foreign.pth"
    torch.save({"epoch": 1, "model_state": {"module." + k: t for k, t in weights.items()}}, path)
    opened = open_network(str(path))
    assert opened.card.weights == "unknown"
    assert opened.card.title == "foreign.pth"
    assert opened.card.config == opened.config.model_dump()
    said = " ".join(opened.notes)
    for part in ("rates 6, 12, 18", "CamVid", "model_state", "module."):
        assert part in said
    opened.network.reconfigure(small_config)
    with torch.inference_mode():
        assert torch.equal(opened.network(image), direct(small_config, weights)(image))


def test_quantised_weights_are_refused(tmp_path, weights):
    path = tmp_path / "int8.pth"
    weights["backbone.stem.0.weight"] = weights["backbone.stem.0.weight"].to(torch.int8)
    torch.save(weights, path)
    with pytest.raises(CheckpointError, match="whole numbers"):
        open_network(str(path))


def test_bundled(tmp_path, weights, card, monkeypatch):
    monkeypatch.setattr(catalogue, "resource_path", lambda *parts: tmp_path.joinpath(*parts))
    (tmp_path / "checkpoints").mkdir()
    write_checkpoint(tmp_path / "checkpoints" / "small.safetensors", weights, card)
    assert open_network("bundled:small").card.title == "Small"
    with pytest.raises(CheckpointError, match="Bundled are: small"):
        open_network("bundled:large")
    with pytest.raises(CheckpointError, match="no bundled checkpoint"):
        open_network("bundled:../checkpoints/small")


@pytest.mark.slow
def test_what_ships_opens():
    names = [name for name, _ in catalogue.bundled_checkpoints()]
    # The one that opens by itself is what a list begins with.
    assert f"bundled:{names[0]}" == DEFAULT_CHECKPOINT
    for name in names:
        opened = open_network(f"bundled:{name}")
        assert opened.card.weights == "trained"
        assert opened.card.trained_on and opened.card.data_notice and opened.card.label_set
        assert opened.notes == ()


def test_random_weights_are_called_random_and_repeat():
    state = torch.get_rng_state()
    first, second = open_network("random:deeplab_v3"), open_network("random:deeplab_v3")
    assert torch.equal(torch.get_rng_state(), state)
    assert first.card.weights == "random"
    assert "random" in first.notes[0]
    assert len(first.card.classes) == first.config.num_classes
    ours, again = first.network.state_dict(), second.network.state_dict()
    assert all(torch.equal(ours[key], again[key]) for key in ours)
    assert not first.network.training


@pytest.mark.parametrize("reference", ["random:", "random:hrnet", "bundled:", ""])
def test_references_to_nothing(reference):
    with pytest.raises(CheckpointError):
        open_network(reference)


def test_home_directory_is_understood(tmp_path, weights, card, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    write_checkpoint(tmp_path / "small.safetensors", weights, card)
    assert open_network("~/small.safetensors").card.title == "Small"


def test_card_survives_the_file(tmp_path, card):
    write_card(tmp_path / "card.json", card)
    again = read_card(tmp_path / "card.json")
    assert again.changed() == card.changed(config=again.config)
    assert DeepLabV3.Config(**again.config) == DeepLabV3.Config(**card.config)


def test_a_shared_backbone_is_taken_from_its_base(tmp_path, weights, card, small_config, image):
    base = tmp_path / "base.safetensors"
    write_checkpoint(base, weights, card)
    head = {k: t * 0.5 for k, t in weights.items() if not k.startswith("backbone.")}
    path = tmp_path / "head.safetensors"
    write_checkpoint(path, head, card.changed(base=str(base)))
    assert path.stat().st_size < 0.5 * base.stat().st_size
    opened = open_network(str(path))
    assert opened.card.weights == "trained"
    whole = {**weights, **head}
    rounded = {
        key: t.half().float() if t.is_floating_point() and t.ndim > 1 else t
        for key, t in whole.items()
    }
    with torch.inference_mode():
        assert torch.equal(opened.network(image), direct(small_config, rounded)(image))


def test_a_base_that_is_not_there_is_said(tmp_path, weights, card):
    path = tmp_path / "head.safetensors"
    write_checkpoint(path, weights, card.changed(base=str(tmp_path / "gone.safetensors")))
    with pytest.raises(CheckpointError, match="gone"):
        open_network(str(path))


def test_what_is_left_over_leaves_nothing_random(tmp_path, weights, card):
    path = tmp_path / "more.safetensors"
    write_checkpoint(path, {**weights, "stray.weight": torch.zeros(3)}, card)
    opened = open_network(str(path))
    assert opened.card.weights == card.weights
    assert any("stray.weight" in note and "random" not in note for note in opened.notes)


def test_the_same_network_untrained(tmp_path, weights, card, small_config):
    path = tmp_path / "small.safetensors"
    write_checkpoint(path, weights, card)
    trained, untrained = open_network(str(path)), open_network(f"untrained:{path}")
    assert untrained.config == trained.config
    assert untrained.card.weights == "random" and not untrained.card.results
    assert untrained.card.classes == trained.card.classes
    own, random = trained.network.state_dict(), untrained.network.state_dict()
    assert list(own) == list(random)
    assert not torch.equal(own["backbone.stem.0.weight"], random["backbone.stem.0.weight"])


def test_imagenets_names_need_no_torchvision(tmp_path, monkeypatch, card, small_config):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    monkeypatch.setitem(sys.modules, "torchvision.models", None)
    config = small_config.changed(num_classes=1000)
    path = tmp_path / "thousand.safetensors"
    nameless = card.changed(config=config.model_dump(), label_set="")
    write_checkpoint(path, DeepLabV3(config).state_dict(), nameless)

    classes = open_network(str(path)).card.classes

    assert len(classes) == len(set(classes)) == 1000
    assert classes[0] == "tench"

    # A card that names a thousand of its own keeps them.
    own = nameless.changed(classes=tuple(f"kind {number}" for number in range(1000)))
    path = tmp_path / "own.safetensors"
    write_checkpoint(path, DeepLabV3(config).state_dict(), own)
    assert open_network(str(path)).card.classes == own.classes
