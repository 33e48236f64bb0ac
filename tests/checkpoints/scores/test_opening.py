"""Scores in a network's place: one file, a folder by photograph, a stack, and their names."""

import json

import numpy as np
import pytest
from PIL import Image

from segviewer.checkpoints.opening import open_scores
from segviewer.checkpoints.scores.opening import find_scores, no_network, read_scores
from segviewer.errors import CheckpointError

SIZE = (40, 60)
PROBS = np.random.default_rng(0).dirichlet(np.ones(3), size=(20, 30)).astype(np.float32)


def test_a_folder_gives_each_photograph_its_own(tmp_path):
    for number, name in enumerate(("a.npy", "b-probabilities.npy")):
        np.save(tmp_path / name, np.roll(PROBS, number, axis=2))
    assert find_scores(tmp_path, "a") == tmp_path / "a.npy"
    found = read_scores(find_scores(tmp_path, "b"), SIZE)
    np.testing.assert_allclose(found.probs, np.moveaxis(np.roll(PROBS, 1, axis=2), 2, 0), atol=1e-6)
    with pytest.raises(CheckpointError) as caught:
        find_scores(tmp_path, "c")
    assert "c.npy" in caught.value.why
    # A file is that of any photograph.
    assert find_scores(tmp_path / "a.npy", "c") == tmp_path / "a.npy"


@pytest.mark.parametrize("depth", [8, 16, "float"])
@pytest.mark.parametrize("inside", [False, True])
def test_a_stack_of_grey_pictures(tmp_path, depth, inside):
    folder = tmp_path / "street" if inside else tmp_path
    folder.mkdir(exist_ok=True)
    for k, name in enumerate(("road", "sky", "tree")):
        plane = PROBS[..., k]
        if depth == "float":
            Image.fromarray(plane).save(folder / f"p_{k}_{name}.tif")
        elif depth == 8:
            Image.fromarray(np.rint(plane * 255).astype(np.uint8)).save(
                folder / f"p_{k}_{name}.png"
            )
        else:
            numbers = np.rint(plane * 65535).astype(np.uint16)
            Image.fromarray(numbers).save(folder / f"p_{k}_{name}.png")
    found = read_scores(find_scores(tmp_path, "street"), SIZE)
    np.testing.assert_allclose(found.probs, np.moveaxis(PROBS, 2, 0), atol=5e-3)
    assert found.classes == ("road", "sky", "tree")


def test_names_come_from_the_card_the_file_or_are_numbers(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, PROBS)
    assert read_scores(path, SIZE).classes == ("class 0", "class 1", "class 2")
    (tmp_path / "classes.json").write_text(json.dumps({"classes": ["x", "y", "z"]}))
    assert read_scores(path, SIZE).classes == ("x", "y", "z")
    (tmp_path / "a.json").write_text(json.dumps({"classes": ["u", "v", "w"]}))
    assert read_scores(path, SIZE).classes == ("u", "v", "w")
    (tmp_path / "a.json").write_text(json.dumps({"classes": ["u", "v"]}))
    with pytest.raises(CheckpointError) as caught:
        read_scores(path, SIZE)
    assert "2 names and 3 classes" in caught.value.why
    # A file of somebody else's is passed over.
    (tmp_path / "a.json").write_text('{"epochs": 3}')
    assert read_scores(path, SIZE).classes == ("x", "y", "z")


def test_a_known_label_set_brings_its_colours(tmp_path):
    from segviewer.imaging.labels import label_set

    path = tmp_path / "a.npz"
    probs = np.random.default_rng(0).dirichlet(np.ones(11), size=(20, 30)).astype(np.float16)
    np.savez(path, probs=probs, classes=np.array(label_set("camvid11").classes))
    opened = open_scores(f"scores:{path}", "any", SIZE)
    assert opened.card.label_set == "camvid11"
    assert opened.card.classes == label_set("camvid11").classes


def test_a_label_map_with_a_confidence(tmp_path):
    labels = PROBS.argmax(2).astype(np.uint8)
    np.savez(tmp_path / "a.npz", labels=labels, confidence=np.full(labels.shape, 0.8, np.float32))
    found = read_scores(tmp_path / "a.npz", SIZE)
    assert (found.probs.argmax(0) == labels).all() and "label map" in found.said
    assert found.probs.max() == pytest.approx(0.8)
    np.save(tmp_path / "b.npy", labels)
    assert read_scores(tmp_path / "b.npy", SIZE).probs.max() == pytest.approx(0.7)
    (tmp_path / "b.json").write_text('{"confidence": 0.95}')
    assert read_scores(tmp_path / "b.npy", SIZE).probs.max() == pytest.approx(0.95)


def test_of_arrays_of_no_known_name_the_largest_are_the_scores(tmp_path):
    regions = np.zeros(PROBS.shape[:2], np.uint8)
    np.savez(tmp_path / "a.npz", a_regions=regions, b_found=PROBS)
    found = read_scores(tmp_path / "a.npz", SIZE)
    assert (found.probs.argmax(0) == PROBS.argmax(2)).all() and "label map" not in found.said


def test_scores_of_another_photograph_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", PROBS)
    with pytest.raises(CheckpointError) as caught:
        read_scores(tmp_path / "a.npy", (100, 60))
    assert "aspect" in caught.value.why and "60×100" in caught.value.why


def test_it_opens_as_a_network_that_cannot_be_run(tmp_path):
    np.save(tmp_path / "a.npy", PROBS[..., 0])
    opened = open_scores(f"scores:{tmp_path / 'a.npy'}", "a", SIZE)
    assert opened.config.num_classes == 1 and opened.card.classes == ("background", "foreground")
    assert "probability of the foreground" in opened.notes[0]
    with pytest.raises(CheckpointError, match="no network"):
        opened.network.features(None)
    assert "file" in no_network().why
