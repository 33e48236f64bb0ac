"""Which network a file belongs to; what is said of files that belong to none."""

import ast
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segviewer.checkpoints.detection import build_without_numbers, detect, shapes_of
from segviewer.checkpoints.families import recognise
from segviewer.checkpoints.model_card import ModelCard
from segviewer.errors import CheckpointError
from segviewer.imaging.preprocessing import CAFFE_BGR, HALF, IMAGENET
from segviewer.networks.deeplab_v3 import DeepLabV3Config

KEYS = Path(__file__).resolve().parents[2].parent / "shared" / "facts" / "state_dict_keys"


def on_meta(shapes):
    """Tensors without numbers: detection may look at shapes only."""
    return {key: torch.empty(shape, device="meta") for key, shape in shapes.items()}


def shapes_for(**values):
    return shapes_of(build_without_numbers("deeplab_v3", DeepLabV3Config(**values)))


def recorded(name):
    path = KEYS / f"{name}.txt"
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine")
    rows = (line.split("\t") for line in path.read_text().splitlines())
    return {key: ast.literal_eval(shape) for key, shape in rows}


def refusal(shapes, card=None):
    with pytest.raises(CheckpointError) as caught:
        detect(on_meta(shapes), card)
    assert caught.value.what and caught.value.why and caught.value.next_step
    return caught.value


STRUCTURES = st.fixed_dictionaries(
    {
        "backbone": st.sampled_from(
            ["resnet50", "resnet101", "mobilenet_v3_large", "efficientnet_lite0"]
        ),
        "num_classes": st.integers(1, 300),
        "aspp_channels": st.integers(1, 64),
        "separable": st.booleans(),
        "head_conv": st.booleans(),
        "auxiliary": st.booleans(),
        "low_level_channels": st.integers(0, 16),
        "num_rates": st.integers(1, 5),
    }
)


@given(structure=STRUCTURES)
@settings(max_examples=15, deadline=None)
def test_every_structure_is_read_off_its_shapes(structure):
    num_rates = structure.pop("num_rates")
    structure["atrous_rates"] = tuple(range(1, num_rates + 1))
    structure["branches"] = (True,) * (num_rates + 1)
    found = detect(on_meta(shapes_for(**structure)))
    assert found.architecture == "deeplab_v3"
    for name in structure.keys() - {"atrous_rates"}:
        assert getattr(found.config, name) == structure[name], name
    assert len(found.config.atrous_rates) == num_rates


def test_counters_of_batch_norm_may_be_missing():
    shapes = shapes_for(backbone="efficientnet_lite0")
    fewer = {key: s for key, s in shapes.items() if not key.endswith("num_batches_tracked")}
    assert len(fewer) < len(shapes)
    assert detect(on_meta(fewer)).config == detect(on_meta(shapes)).config


def test_without_a_card_assumptions_are_said():
    lite = detect(on_meta(shapes_for(backbone="efficientnet_lite0", num_classes=11)))
    assert (lite.preprocessing, lite.label_set, lite.inference_long_side) == (HALF, "camvid11", 0)
    assert "rates 6, 12, 18" in lite.notes[0]
    resnet = detect(on_meta(shapes_for(num_classes=19)))
    assert (resnet.preprocessing, resnet.label_set) == (IMAGENET, "cityscapes19")
    assert "rates 12, 24, 36" in resnet.notes[0]
    assert any("Cityscapes" in note for note in resnet.notes)


def test_many_classes_have_no_label_set():
    found = detect(on_meta(shapes_for(backbone="efficientnet_lite0", num_classes=300)))
    assert found.label_set == ""


def test_a_card_counts_more_than_assumptions():
    config = {
        "output_stride": 32,
        "atrous_rates": (1, 2, 3),
        "first_unit_keeps_rate": False,
        "multi_grid": (1, 2, 4),
    }
    card = ModelCard(
        title="t",
        architecture="deeplab_v3",
        config=config,
        label_set="cityscapes19",
        preprocessing=CAFFE_BGR,
        inference_long_side=500,
    )
    found = detect(on_meta(shapes_for(backbone="resnet50", num_classes=19)), card)
    assert {name: getattr(found.config, name) for name in config} == config
    assert found.preprocessing == CAFFE_BGR
    assert (found.label_set, found.inference_long_side) == ("cityscapes19", 500)
    assert found.notes == ()


def test_a_card_that_contradicts_the_weights():
    card = ModelCard(title="t", architecture="deeplab_v3", config={"num_classes": 7})
    error = refusal(shapes_for(backbone="efficientnet_lite0", num_classes=11), card)
    assert "11×256×1×1, wanted 7×256×1×1" in error.details


@pytest.mark.parametrize(
    "config", [{"output_stride": 5}, {"atrous_rates": (0, 1, 2)}, {"unknown": 1}], ids=str
)
def test_a_card_with_impossible_settings(config):
    card = ModelCard(title="t", architecture="deeplab_v3", config=config)
    assert "settings" in refusal(shapes_for(backbone="efficientnet_lite0"), card).what


def test_a_card_of_an_unknown_network():
    card = ModelCard(title="t", architecture="hrnet")
    assert "hrnet" in refusal(shapes_for(backbone="efficientnet_lite0"), card).what


# Files that fit in part, or not at all


def test_half_matching_file_gives_a_table():
    shapes = shapes_for(backbone="mobilenet_v3_large")
    del shapes["classifier.0.project.0.weight"]
    shapes["backbone.0.0.weight"] = (16, 4, 3, 3)
    shapes["extra.weight"] = (7,)
    error = refusal(shapes)
    assert "only in part" in error.what
    assert "1 missing, 1 unexpected, 1 of another shape" in error.why
    rows = [" ".join(line.split()) for line in error.details.splitlines()]
    assert "other shape backbone.0.0.weight 16×4×3×3, wanted 16×3×3×3" in rows
    assert "missing classifier.0.project.0.weight 256×1280×1×1" in rows
    assert "unexpected extra.weight 7" in rows


def test_the_message_holds_twelve_lines_and_the_details_all():
    shapes = shapes_for(backbone="mobilenet_v3_large")
    backbone_only = {key: s for key, s in shapes.items() if key.startswith("backbone.")}
    error = refusal(backbone_only)
    missing = len([k for k in shapes if k[:10] == "classifier" and "num_batches" not in k])
    assert error.why.count("missing  ") == 12
    assert f"and {missing - 12} more" in error.why
    assert error.details.count("\nmissing  ") == missing


def test_resnet_without_its_telling_unit_still_names_the_nearest():
    shapes = shapes_for(backbone="resnet50")
    half = {key: s for key, s in shapes.items() if "layer3.5" not in key}
    assert "resnet50" in refusal(half).what


def test_auxiliary_head_of_other_classes():
    shapes = shapes_for(backbone="efficientnet_lite0", num_classes=5)
    shapes["aux_classifier.4.weight"] = (21, *shapes["aux_classifier.4.weight"][1:])
    assert "1 of another shape" in refusal(shapes).why


def test_nothing_alike():
    error = refusal({"encoder.0.weight": (3, 3), "decoder.0.weight": (3, 3)})
    assert "no network this version knows" in error.what
    assert "Nearest is DeepLab v3" in error.why


@pytest.mark.parametrize("prefix", ["backbone.layer4.0.conv1.weight", "classifier.0.convs.0.0"])
def test_one_odd_key_does_not_break_detection(prefix):
    refusal({prefix: (1,), prefix + ".weight": ()})


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("drn_a_50", "DRN-A"),
        ("drn_c_26", "DRN-C"),
        ("drn_c_58", "DRN-C"),
        ("drn_d_22", "DRN-D"),
        ("drn_d_105", "DRN-D"),
        ("hs_pspnet50_21", "PSPNet"),
        ("kz_DeepLabV1_ResNet101", "DeepLab v1"),
        ("kz_DeepLabV2S_ResNet101_MSC", "DeepLab v2"),
        ("kz_DeepLabV2_ResNet101_MSC", "DeepLab v2"),
        ("kz_DeepLabV3Plus_ResNet101_MSC", "DeepLab v3+"),
        ("kz_DeepLabV3_ResNet101_MSC", "DeepLab v3 (kazuto1011)"),
        ("tv_densenet121", "DenseNet"),
        ("tv_densenet161", "DenseNet"),
        ("tv_fcn_resnet50", "FCN on ResNet"),
        ("tv_lraspp_mobilenet_v3_large", "LR-ASPP"),
        ("tv_mobilenet_v3_large", "MobileNet"),
        ("tv_resnet18", "ResNet"),
        ("tv_resnet50", "ResNet"),
        ("tv_vgg16", "VGG"),
        ("unet", "U-Net"),
        ("vf_deeplabv3_mobilenet", "DeepLab v3 (VainF)"),
        ("vf_deeplabv3_resnet50", "DeepLab v3 (VainF)"),
        ("vf_deeplabv3plus_mobilenet", "DeepLab v3+ (VainF)"),
        ("vf_deeplabv3plus_resnet101", "DeepLab v3+ (VainF)"),
        ("wk_fcn8", "FCN-8s"),
        ("wk_fcn16", "FCN-16s"),
        ("wk_fcn32", "FCN-32s"),
    ],
)
def test_known_families_are_named(name, family):
    shapes = recorded(name)
    assert family in recognise(shapes)
    error = refusal(shapes)
    assert f"looks like {recognise(shapes)}" in error.what
    assert "cannot open yet" in error.what


@pytest.mark.parametrize("name", ["resnet50", "resnet101", "mobilenet_v3_large"])
def test_our_own_families_are_not_among_them(name):
    assert recognise(shapes_for(backbone=name)) == ""
