"""Every answer a program may give becomes the probabilities that the network has."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from segviewer.checkpoints.opening import open_network
from segviewer.checkpoints.whole_models.trust import agree_to_file
from segviewer.errors import CheckpointError
from segviewer.imaging.preprocessing import IMAGENET
from segviewer.inference import running
from tests.checkpoints.whole_models.written_programs import (
    NAMES,
    Even,
    Small,
    as_json,
    write_exported,
    write_script,
)

CPU = torch.device("cpu")


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 255, (90, 130, 3), np.uint8)


def probs_of(opened, image):
    passes = running.run_features(opened.network, image, opened.card.preprocessing, CPU)
    return running.run_head(opened.network, passes, image.shape[:2])


def expected(network, image, preprocessing=IMAGENET):
    """What the network itself says, by its own means."""
    network.answer = "logits"
    tensor = torch.from_numpy(preprocessing.normalise(image))[None]
    with torch.inference_mode():
        scores = network.eval()(tensor)
    scores = F.interpolate(scores, image.shape[:2], mode="bilinear", align_corners=False)
    return running.probabilities(scores[0]).numpy()


def opened_script(tmp_path, network, **kwargs):
    path = write_script(tmp_path / "net.pt", network, **kwargs)
    agree_to_file(path)
    return open_network(str(path))


@pytest.mark.parametrize("answer", ["logits", "channels last", "tuple", "dict"])
def test_scores_in_every_form(tmp_path, image, answer):
    network = Small(answer)
    opened = opened_script(tmp_path, network)
    assert opened.config.num_classes == 5 and opened.network.stride == 2
    np.testing.assert_allclose(probs_of(opened, image), expected(network, image), atol=1e-5)
    channels_last = any("NHWC" in note for note in opened.notes)
    assert channels_last == (answer == "channels last")


def test_probabilities_are_not_softened_again(tmp_path, image):
    network = Small("probabilities")
    opened = opened_script(tmp_path, network)
    assert any("It gives probabilities" in note for note in opened.notes)
    found = probs_of(opened, image)
    # Interpolated as logarithms, so equal at the cells' own pixels only: the map is what counts.
    assert (found.argmax(0) == expected(network, image).argmax(0)).mean() > 0.99
    with torch.inference_mode():
        tensor = torch.from_numpy(IMAGENET.normalise(image))[None]
        scores = opened.network.head(opened.network.features(tensor))
        network.answer = "probabilities"
        np.testing.assert_allclose(scores.softmax(1), network(tensor), atol=1e-5)


@pytest.mark.parametrize("answer", ["logits", "sigmoid"])
def test_one_class_is_foreground_by_its_sigmoid(tmp_path, image, answer):
    network = Small(answer, classes=1)
    opened = opened_script(tmp_path, network)
    assert opened.card.classes == ("background", "foreground")
    found = probs_of(opened, image)
    np.testing.assert_allclose(found, expected(network, image), atol=1e-4)


def test_labels_alone_are_certain_and_said_to_be(tmp_path, image):
    network = Small("labels")
    opened = opened_script(tmp_path, network, **{"classes.json": as_json(NAMES)})
    assert opened.card.classes == tuple(NAMES)
    assert any("taken for certain" in note for note in opened.notes)
    with torch.inference_mode():
        tensor = torch.from_numpy(IMAGENET.normalise(image))[None]
        scores = opened.network.head(opened.network.features(tensor))
        np.testing.assert_array_equal(scores.argmax(1), network(tensor))
    np.testing.assert_allclose(scores.softmax(1).max(1).values, 0.999, atol=1e-6)


def test_labels_that_nobody_counted_are_a_guess_that_is_said(tmp_path):
    opened = opened_script(tmp_path, Small("labels"))
    assert opened.config.num_classes == 32
    assert any("32 are assumed" in note for note in opened.notes)


def test_a_divisor_is_found_and_the_picture_filled_up(tmp_path, image):
    network = Even()
    opened = opened_script(tmp_path, network)
    assert opened.network.takes.divisor == 4
    assert any("divisible by 4" in note for note in opened.notes)
    assert probs_of(opened, image).shape == (5, 90, 130)
    even = image[:88, :128]
    np.testing.assert_allclose(probs_of(opened, even), expected(network, even), atol=1e-5)


def test_a_fixed_size_goes_in_windows_and_small_pictures_are_filled_up(tmp_path, image):
    network = Small()
    path = write_exported(tmp_path / "net.pt2", network, size=(64, 96))
    agree_to_file(path)
    opened = open_network(str(path))
    assert opened.network.takes.size == (64, 96)
    assert opened.card.inference_long_side == 96
    assert any("96×64 px only" in note and "windows" in note for note in opened.notes)
    exact = image[:64, :96]
    np.testing.assert_allclose(probs_of(opened, exact), expected(network, exact), atol=1e-5)
    # A network of three pixels' reach knows nothing of windows but at their borders.
    found, whole = probs_of(opened, image), expected(network, image)
    assert found.shape == whole.shape and np.abs(found - whole).mean() < 0.02
    assert (found.argmax(0) == whole.argmax(0)).mean() > 0.95
    assert probs_of(opened, image[:20, :30]).shape == (5, 20, 30)


def test_a_program_for_every_size_runs_at_the_pictures_own(tmp_path, image):
    network = Small()
    path = write_exported(tmp_path / "net.pt2", network, free=True)
    agree_to_file(path)
    opened = open_network(str(path))
    assert opened.network.takes.size is None and opened.card.inference_long_side == 0
    np.testing.assert_allclose(probs_of(opened, image), expected(network, image), atol=1e-5)


def test_names_and_preprocessing_stand_in_the_file(tmp_path):
    extra = {"names": as_json(NAMES), "norm.json": as_json({"mean": [127.5] * 3, "std": [60] * 3})}
    opened = opened_script(tmp_path, Small(), **extra)
    assert opened.card.classes == tuple(NAMES)
    assert opened.card.preprocessing.mean == (127.5,) * 3
    assert opened.card.preprocessing.scale == "byte"
    assert any("stand in the file" in note for note in opened.notes)
    assert not any("does not" in note for note in opened.notes)


def test_what_is_not_said_is_assumed_and_said(tmp_path):
    opened = opened_script(tmp_path, Small())
    assert opened.card.classes == tuple(f"class {k}" for k in range(5))
    assert any("ImageNet" in note for note in opened.notes)
    assert any("does not name its 5 classes" in note for note in opened.notes)
    assert any("closed program" in note for note in opened.notes)


def test_names_of_another_number_are_left_out_and_said(tmp_path):
    opened = opened_script(tmp_path, Small(), **{"classes.txt": "a\nb\nc"})
    assert opened.card.classes[0] == "class 0"
    assert any("names 3 classes and gives 5" in note for note in opened.notes)


def test_a_card_beside_it_counts_more_than_the_file(tmp_path):
    path = write_script(tmp_path / "net.pt", Small(), **{"names": as_json(NAMES)})
    card = {
        "title": "Mine",
        "architecture": "torch_script",
        "classes": list("abcde"),
        "preprocessing": {"channel_order": "BGR", "mean": [0.1] * 3, "std": [0.2] * 3},
    }
    path.with_suffix(".json").write_text(json.dumps(card))
    agree_to_file(path)
    opened = open_network(str(path))
    assert (opened.card.title, opened.card.classes) == ("Mine", tuple("abcde"))
    assert opened.card.preprocessing.channel_order == "BGR"
    assert not any("assumed" in note for note in opened.notes)


def test_a_card_inside_it_is_one(tmp_path):
    card = {"title": "Inner", "architecture": "torch_script", "classes": list("abcde")}
    opened = opened_script(tmp_path, Small(), **{"segviewer.json": as_json(card)})
    assert (opened.card.title, opened.card.classes[0]) == ("Inner", "a")


def test_a_card_of_another_network_is_refused(tmp_path):
    path = write_script(tmp_path / "net.pt", Small())
    card = {"title": "x", "architecture": "fcn", "preprocessing": {}}
    path.with_suffix(".json").write_text(json.dumps(card))
    agree_to_file(path)
    with pytest.raises(CheckpointError, match="that of another file"):
        open_network(str(path))


def test_a_program_that_gives_no_map_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="is no network for segmentation") as refused:
        opened_script(tmp_path, Small("vector"))
    assert "1×5" in refused.value.sentence


def test_a_program_that_takes_no_picture_is_refused_with_its_words(tmp_path):
    with pytest.raises(CheckpointError, match="does not run on a picture") as refused:
        opened_script(tmp_path, Small(channels=5))
    assert "channels" in refused.value.why and "1×3×height×width" in refused.value.next_step


def test_a_grey_program_gets_the_picture_in_grey(tmp_path, image):
    opened = opened_script(tmp_path, Small(channels=1))
    assert opened.card.preprocessing.channel_order == "grey"
    assert probs_of(opened, image).shape == (5, 90, 130)


def test_parameters_are_counted_and_the_device_is_known(tmp_path):
    network = Small()
    opened = opened_script(tmp_path, network)
    counted = sum(p.numel() for p in opened.network.parameters())
    assert counted == sum(p.numel() for p in network.parameters())
    assert next(opened.network.parameters()).device == CPU
    assert opened.network.to(CPU) is opened.network
