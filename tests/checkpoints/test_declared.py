"""What programs say of their networks beside the weights."""

import json

import pytest

from segviewer.checkpoints.declared import Declared, declared_beside

NAMES = ("sky", "tree", "road")


@pytest.mark.parametrize(
    "beside",
    [
        {"classes": list(NAMES)},
        {"meta": {"CLASSES": NAMES}},
        {"meta": {"dataset_meta": {"classes": NAMES}}},
        {"names": {0: "sky", 1: "tree", 2: "road"}},
        {"hyper_parameters": {"class_names": list(NAMES), "lr": 0.1}},
    ],
    ids=lambda beside: next(iter(beside)),
)
def test_class_names_wherever_they_stand(tmp_path, beside):
    assert declared_beside(tmp_path / "a.pth", beside).classes == NAMES


@pytest.mark.parametrize(
    "beside", [{"classes": 3}, {"classes": [1, 2]}, {"names": {0: "a", 2: "b"}}, {"labels": [""]}]
)
def test_what_are_no_names(tmp_path, beside):
    assert declared_beside(tmp_path / "a.pth", beside).classes == ()


def test_a_configuration_beside_several_files_is_nobodys(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"id2label": {"0": "a", "1": "b"}}))
    (tmp_path / "a.pth").touch()
    assert declared_beside(tmp_path / "a.pth", {}).classes == ("a", "b")
    (tmp_path / "b.pth").touch()
    assert declared_beside(tmp_path / "a.pth", {}) == Declared()


def test_preprocessing_beside_the_file_counts_where_the_file_says_none(tmp_path):
    said = {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6]}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(said))
    (tmp_path / "a.pth").touch()
    found = declared_beside(tmp_path / "a.pth", {}).preprocessing
    assert (found.mean, found.std) == ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    text = "img_norm_cfg = dict(mean=[1.0, 2.0, 3.0], std=[4.0, 5.0, 6.0], to_rgb=True)"
    own = declared_beside(tmp_path / "a.pth", {"meta": {"config": text}}).preprocessing
    assert own.mean == (1.0, 2.0, 3.0)


@pytest.mark.parametrize("text", ["{", "[1]", '"x"', '{"id2label": 5}', "[" * 10_000])
def test_a_damaged_configuration_says_nothing(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    (tmp_path / "model.safetensors").touch()
    assert declared_beside(tmp_path / "model.safetensors", {}).classes == ()


def test_names_of_a_known_label_set_get_its_colours():
    said = Declared(classes=("Sky", "building", "pole", "road"))
    assert said.label_set(4) == ""
    voc = (
        *("background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat"),
        *("chair", "cow", "diningtable", "dog", "horse", "motorbike", "person", "potted plant"),
        *("sheep", "sofa", "train", "tvmonitor"),
    )
    assert Declared(classes=voc).label_set(21) == "voc21"
    assert Declared(classes=voc).label_set(20) == ""
