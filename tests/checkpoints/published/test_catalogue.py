"""The card, the catalogue and the folder, without torch."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from segviewer.checkpoints.model_card import ModelCard, parse_card, read_card
from segviewer.checkpoints.published.catalogue import (
    PUBLISHED,
    bundled_checkpoints,
    catalogue,
    checkpoint_folder,
    resolve_reference,
)
from segviewer.errors import CheckpointError


@pytest.mark.parametrize("module", ["model_card", "published.catalogue", "published.download"])
def test_torch_is_not_imported(module):
    code = f"import sys, segviewer.checkpoints.{module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_published_files_are_torchvisions():
    from torchvision.models import get_model_weights

    for entry in PUBLISHED:
        weights = get_model_weights(entry.name).DEFAULT
        assert entry.url == weights.url
        assert entry.file_name == weights.url.rsplit("/", 1)[1]
        assert entry.bytes == round(weights.meta["_file_size"] * 2**20)
        metrics = weights.meta["_metrics"]["COCO-val2017-VOC-labels"]
        assert 100 * entry.miou == pytest.approx(metrics["miou"])
        assert 100 * entry.pixel_accuracy == pytest.approx(metrics["pixel_acc"])
        assert entry.card.label_set == "voc21"


def test_published_names_carry_their_digest():
    for entry in PUBLISHED:
        assert re.fullmatch(r"[0-9a-f]{8}", entry.sha256)
        assert entry.file_name.endswith(f"-{entry.sha256}.pth")
        assert entry.url.startswith("https://")


def test_published_cards_agree_with_detection():
    """The card written after a download says what detection would say without it."""
    import torch

    from segviewer.checkpoints.detection import build_without_numbers, detect
    from segviewer.networks.deeplab_v3 import DeepLabV3Config

    for entry in PUBLISHED:
        backbone = entry.name.removeprefix("deeplabv3_")
        network = build_without_numbers("deeplab_v3", DeepLabV3Config(backbone=backbone))
        tensors = {k: torch.empty(t.shape, device="meta") for k, t in network.state_dict().items()}
        carded, bare = detect(tensors, entry.card), detect(tensors)
        assert carded.config == bare.config
        assert carded.preprocessing == bare.preprocessing
        assert carded.inference_long_side == bare.inference_long_side
        assert carded.label_set == bare.label_set
        assert carded.notes == ()


def test_entries_have_different_names():
    names = [entry.name for entry in catalogue()]
    assert len(set(names)) == len(names)
    assert names[: len(bundled_checkpoints())] == [name for name, _ in bundled_checkpoints()]


def test_an_entry_is_available_once_its_file_is_there(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGVIEWER_DATA", str(tmp_path))
    entry = PUBLISHED[0]
    assert not entry.available
    place = Path(entry.reference)
    assert place.parent == checkpoint_folder()
    place.parent.mkdir(parents=True)
    place.touch()
    assert entry.available


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "HOME/.local/share/segviewer/checkpoints"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/segviewer/checkpoints"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "HOME/.local/share/segviewer/checkpoints"),
        ("darwin", {}, "HOME/Library/Application Support/segviewer/checkpoints"),
        ("win32", {}, "HOME/AppData/Local/segviewer/checkpoints"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/segviewer/checkpoints"),
        ("linux", {"SEGVIEWER_DATA": "/mine", "XDG_DATA_HOME": "/data"}, "/mine/checkpoints"),
    ],
)
def test_folder_by_platform(monkeypatch, platform, variables, expected):
    for name in ("SEGVIEWER_DATA", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert checkpoint_folder() == Path(expected.replace("HOME", str(Path.home()), 1))


def test_a_path_resolves_to_itself():
    assert resolve_reference("/a/b.pth") == Path("/a/b.pth")


def test_cards_refuse_what_they_do_not_know():
    with pytest.raises(CheckpointError, match="colour"):
        parse_card('{"title": "t", "architecture": "deeplab_v3", "colour": 1}', "x.json")
    with pytest.raises(CheckpointError, match="x.json"):
        parse_card("{", "x.json")
    # The weights say what a card does not.
    assert parse_card('{"title": "t"}', "x.json").architecture == ""


def test_a_missing_card(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_card(tmp_path / "none.json")


def test_cards_hash_by_content():
    one = ModelCard(title="t", architecture="deeplab_v3", results={"test": {"miou": 0.5}})
    same = ModelCard(title="t", architecture="deeplab_v3", results={"test": {"miou": 0.5}})
    other = one.changed(results={"test": {"miou": 0.6}})
    assert hash(one) == hash(same) and one == same
    assert one != other


def test_a_bundled_name_is_its_file_and_another_one_names_those_that_there_are():
    name = "drn_a_18_narrow_camvid"
    path = resolve_reference(f"bundled:{name}")
    assert path.name == f"{name}.safetensors" and path.is_file()
    with pytest.raises(CheckpointError, match="no_such") as refused:
        resolve_reference("bundled:no_such")
    assert name in refused.value.why
