"""MMSegmentation: what its files say of themselves, and what of them does not open."""

import re

import pytest
import torch

from segviewer.checkpoints.families.libraries import mmseg
from segviewer.checkpoints.opening import open_network
from segviewer.errors import CheckpointError
from tests.checkpoints.test_published_files import recorded

CONFIG = """
norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    backbone=dict(type='ResNetV1c', depth=18, strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2)),
    decode_head=dict(type='DepthwiseSeparableASPPHead', dilations=(1, 6, 12, 18),
                     align_corners=True, norm_cfg=norm_cfg),
    data_preprocessor=dict(mean=[1.0, 2.0, 3.0], std=[4.0, 5.0, 6.0], bgr_to_rgb=False))
work_dir = os.path.join('nowhere', 'at all')
"""
CITYSCAPES = (
    *("road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign"),
    *("vegetation", "terrain", "sky", "person", "rider", "car", "truck", "bus", "train"),
    *("motorcycle", "bicycle"),
)


@pytest.fixture
def state(filled):
    return filled(recorded("mmseg_deeplabv3plus_r18_d8"))


@pytest.mark.parametrize(
    "meta",
    [
        {"config": CONFIG, "CLASSES": CITYSCAPES, "PALETTE": [[128, 64, 128]] * 19},
        {"cfg": CONFIG, "dataset_meta": {"classes": CITYSCAPES, "palette": None}},
    ],
    ids=["0.x", "1.x"],
)
def test_meta_is_used(state, tmp_path, meta):
    torch.save({"meta": meta, "state_dict": state}, tmp_path / "iter_80000.pth")
    opened = open_network(str(tmp_path / "iter_80000.pth"))
    config, card = opened.config, opened.card
    assert (config.output_stride, config.atrous_rates) == (16, (6, 12, 18))
    assert config.align_corners
    assert (card.classes, card.label_set) == (CITYSCAPES, "cityscapes19")
    assert (card.preprocessing.channel_order, card.preprocessing.mean) == ("BGR", (1.0, 2.0, 3.0))


def test_other_names_are_shown_as_they_are(state, tmp_path):
    names = tuple(f"tissue {index}" for index in range(19))
    torch.save({"meta": {"CLASSES": names}, "state_dict": state}, tmp_path / "latest.pth")
    opened = open_network(str(tmp_path / "latest.pth"))
    assert opened.card.classes == names
    assert opened.card.preprocessing.scale == "unit"


def test_names_of_another_number_are_not_taken(state, tmp_path):
    torch.save({"meta": {"CLASSES": ("a", "b")}, "state_dict": state}, tmp_path / "latest.pth")
    assert len(open_network(str(tmp_path / "latest.pth")).card.classes) == 19


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "shape", "said"),
    [
        ("decode_head.lateral_convs.0.conv.weight", (8, 8, 1, 1), "UPerNet"),
        ("backbone.layer1.0.conv2.weight", (64, 2, 3, 3), "ResNeXt"),
    ],
)
def test_another_variant_is_named(filled, tmp_path, key, shape, said):
    shapes = recorded("mmseg_fcn_r50_d8") | {key: shape}
    torch.save(filled(shapes), tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match=rf"MMSegmentation.*{said}"):
        open_network(str(tmp_path / "other.pth"))


@pytest.mark.parametrize(
    ("shapes", "has"),
    [
        ({"convs.0": (256, 1024, 3, 3)}, True),
        ({"convs.0": (512, 1024, 3, 3)}, False),
        ({"convs.0": (256, 1024, 1, 1)}, False),
        ({"convs.0": (256, 1024, 3, 3), "convs.1": (256, 256, 3, 3)}, False),
        ({"convs.0": (256, 1024, 3, 3), "conv_cat": (256, 1280, 3, 3)}, False),
    ],
)
def test_the_second_head_is_one_convolution_to_a_quarter(shapes, has):
    named = {f"auxiliary_head.{key}.conv.weight": shape for key, shape in shapes.items()}
    assert mmseg._has_auxiliary(named) is has


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("layer1.0.conv.0.conv", "low_level_features.1.conv.0.0"),
        ("layer1.0.conv.0.bn", "low_level_features.1.conv.0.1"),
        ("layer1.0.conv.1.conv", "low_level_features.1.conv.1"),
        ("layer1.0.conv.1.bn", "low_level_features.1.conv.2"),
        ("layer2.1.conv.1.bn", "low_level_features.3.conv.1.1"),
        ("layer2.1.conv.2.conv", "low_level_features.3.conv.2"),
        ("layer2.1.conv.2.bn", "low_level_features.3.conv.3"),
        ("layer3.0.conv.2.bn", "high_level_features.4.conv.3"),
    ],
)
def test_units_of_mobilenet_v2_end_in_a_bare_convolution_and_its_norm(key, name):
    found = re.fullmatch(r"layer(\d)\.(\d)\.conv\.(\d)\.(conv|bn)", key)
    assert mmseg._mobile_unit(found) == f"backbone.{name}."
