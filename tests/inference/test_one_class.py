"""A network with one class, whose score goes through a sigmoid."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from segviewer.checkpoints.opening import open_network
from segviewer.cli.command_line import main
from segviewer.inference import label_maps
from segviewer.inference import running as inference
from segviewer.networks import network_class
from segviewer.session import Session


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A small U-Net with one class, as milesial's program saves it."""
    torch.manual_seed(3)
    network_type = network_class("u_net")
    network = network_type(network_type.Config(width=4, num_classes=1))
    path = tmp_path_factory.mktemp("weights") / "binary.pth"
    torch.save({_milesial(key): tensor for key, tensor in network.state_dict().items()}, path)
    return path


def _milesial(key):
    """Key of that program for one of ours."""
    part, *rest = key.split(".")
    if part == "classifier":
        return ".".join(["outc.conv", *rest])
    number, rest = int(rest[0]), ".".join(rest[1:])
    if part == "encoder":
        place = f"down{number}.maxpool_conv.1" if number else "inc"
        return f"{place}.double_conv.{rest}"
    return (
        f"up{number + 1}.up.{rest}" if part == "ups" else f"up{number + 1}.conv.double_conv.{rest}"
    )


@pytest.fixture
def binary(checkpoint, small_photograph, run):
    session = Session(image=str(small_photograph), checkpoint=str(checkpoint))
    run(session)
    return session


def test_one_score_becomes_background_and_foreground():
    probs = inference.probabilities(torch.tensor([[[0.0, 2.0, -2.0]]]))
    assert probs.shape == (2, 1, 3)
    np.testing.assert_allclose(probs[1, 0], [0.5, 0.8808, 0.1192], atol=1e-4)
    np.testing.assert_allclose(probs.sum(0), 1)


def test_a_threshold_moves_the_border_in_both_ways_to_labels():
    foreground = np.linspace(0.05, 0.95, 64, dtype=np.float32).reshape(8, 8)
    probs = np.stack([1 - foreground, foreground])
    for threshold in (0.2, 0.5, 0.8):
        expected = (foreground > threshold).astype(np.uint8)
        assert (label_maps.label_map_of(probs, threshold) == expected).all()
        large = label_maps.label_map_at(probs, (16, 16), lambda: None, lambda part: None, threshold)
        assert abs(large.mean() - expected.mean()) < 0.1


def test_the_card_names_both_and_says_how(checkpoint):
    opened = open_network(str(checkpoint))
    assert opened.card.classes == ("background", "foreground")
    assert any("sigmoid" in note for note in opened.notes)
    assert not any("1 class" in note for note in opened.notes)


def test_the_picture_has_both_and_the_threshold_counts(binary, run):
    probs = run.result("refined").probs
    assert len(probs) == 2 and run.result("refined").classes == ("background", "foreground")
    first = run.result("label_map")
    assert ("foreground where its probability is over 0.5", "info") in first.chips
    level = float(np.quantile(probs[1].astype(float), 0.3))
    inside = binary.changed(inference=binary.inference.changed(threshold=round(level, 3)))
    run(inside)
    assert run.result("label_map").shares[1] == pytest.approx(0.7, abs=0.1)


@pytest.fixture
def folders(tmp_path, small_photograph):
    images, targets = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    targets.mkdir()
    with Image.open(small_photograph) as picture:
        picture.save(images / "a.png")
    mask = np.zeros((72, 96), np.uint8)
    mask[:36] = 1
    return images, targets, mask


@pytest.mark.parametrize("foreground", [1, 255])
def test_it_is_never_right_everywhere_for_nothing(checkpoint, folders, capsys, foreground):
    images, targets, mask = folders
    Image.fromarray(mask * foreground).save(targets / "a.png")
    arguments = ["evaluate", "--images", str(images), "--targets", str(targets), "--json"]
    assert main([*arguments, "--checkpoint", str(checkpoint)]) == 0
    out = capsys.readouterr()
    report = json.loads(out.out)
    assert set(report["iou"]) == {"background", "foreground"}
    assert report["miou"] < 0.9 and report["miou_over_classes"] == 2
    assert ("0 and 255 read as background and foreground" in out.err) == (foreground == 255)
    # 255 beside 1 is void, as everywhere.
    if foreground == 1:
        mask[:5] = 255
        Image.fromarray(mask).save(targets / "a.png")
        assert main([*arguments, "--checkpoint", str(checkpoint)]) == 0
        assert json.loads(capsys.readouterr().out)["targets"]["void_share"] == round(5 / 72, 4)
