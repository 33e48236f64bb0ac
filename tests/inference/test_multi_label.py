"""A sigmoid for each class, a divisor of the input, and a label that is void."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from segviewer.checkpoints.model_sheet import ModelSheet
from segviewer.cli.command_line import main
from segviewer.inference import label_maps, running
from segviewer.networks import network_class
from segviewer.session import Session
from tests.small_u_net import save_small_u_net

NAMES = ("car", "tree", "wet")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return save_small_u_net(tmp_path_factory.mktemp("weights") / "three.pth", 3)


@pytest.fixture
def session(checkpoint, small_photograph):
    return Session(image=str(small_photograph), checkpoint=str(checkpoint))


def test_each_class_has_its_own_probability_and_there_may_be_none():
    probs = running.probabilities(torch.tensor([[[2.0, -3.0]], [[2.0, -1.0]]]), multi_label=True)
    np.testing.assert_allclose(probs[0, 0], [0.8808, 0.0474], atol=1e-4)
    np.testing.assert_allclose(probs[2, 0], [0.1192, 0.7311], atol=1e-4)
    # At one half the rule is that of the largest plane.
    assert label_maps.label_map_of(probs.numpy(), 0.5, True)[0].tolist() == [0, 2]


@pytest.mark.parametrize("threshold", [0.1, 0.4, 0.5, 0.7, 0.95])
def test_the_likeliest_is_drawn_where_it_is_over_the_threshold(threshold):
    each = np.random.default_rng(0).random((3, 20, 30)).astype(np.float32)
    probs = np.concatenate([each, 1 - each.max(0, keepdims=True)])
    expected = np.where(each.max(0) > threshold, each.argmax(0), 3)
    assert (label_maps.label_map_of(probs, threshold, True) == expected).all()
    same = label_maps.label_map_at(
        probs, (20, 30), lambda: None, lambda part: None, threshold, True
    )
    assert (same == expected).all()


def test_live_in_the_engine(session, run):
    several = session.changed(sheet=ModelSheet(classes=NAMES, activation="multi-label"))
    run(several)
    assert run.result("network").labels == "multi"
    assert run.result("refined").classes == (*NAMES, "none of them")
    assert any("a sigmoid for each class" in text for text, _ in run.result("label_map").chips)
    probs = run.result("refined").probs[:3].astype(float)
    level = float(np.quantile(probs.max(0), 0.4))
    run(several.changed(inference=several.inference.changed(threshold=level)))
    assert run.result("label_map").shares[3] == pytest.approx(0.4, abs=0.1)


def test_sides_are_padded_to_the_divisor_and_cut_back(session, run, checkpoint):
    seen = []
    network_type = network_class("u_net")
    network = network_type(network_type.Config(width=4, num_classes=3)).eval()
    real = network.features
    network.features = lambda image: (seen.append(tuple(image.shape[-2:])), real(image))[1]
    image = np.zeros((50, 70, 3), np.uint8)
    from segviewer.imaging.preprocessing import IMAGENET

    passes = running.run_features(network, image, IMAGENET, torch.device("cpu"), divisor=64)
    assert all(side % 64 == 0 for size in seen for side in size)
    assert running.run_head(network, passes, (50, 70)).shape == (3, 50, 70)


def test_only_looks_run_nothing_again(session, run):
    run(session)
    before = run.result("label_map")
    named = session.changed(sheet=ModelSheet(title="T", colours=((1, 1, 1), (2, 2, 2), (3, 3, 3))))
    run(named)
    assert run.result("network").title == "T"
    assert run.result("label_map") is before


def test_a_label_that_the_card_ignores_is_void(checkpoint, small_photograph, tmp_path, capsys):
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir(), masks.mkdir()
    with Image.open(small_photograph) as picture:
        picture.save(images / "a.png")
        size = picture.size
    mask = np.zeros(size[::-1], np.uint8)
    mask[: size[1] // 2] = 1
    Image.fromarray(mask).save(masks / "a.png")
    (tmp_path / "card.json").write_text(json.dumps({"ignore_index": 0, "classes": NAMES}))
    command = ["evaluate", "--images", str(images), "--targets", str(masks), "--json"]
    command += ["--checkpoint", str(checkpoint), "--fresh"]
    assert main(command) == 0
    both = json.loads(capsys.readouterr().out)
    assert main([*command, "--card", str(tmp_path / "card.json")]) == 0
    one = json.loads(capsys.readouterr().out)
    assert sum(value is not None for value in both["iou"].values()) == 2
    assert [name for name, value in one["iou"].items() if value is not None] == ["tree"]
