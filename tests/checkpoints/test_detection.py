"""Which network a file belongs to; what is said of files that belong to none."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segviewer.checkpoints.detection import _read, build_without_numbers, detect, shapes_of
from segviewer.checkpoints.families.family import Family
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
@settings(max_examples=15)
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
    assert "atrous rates 6, 12, 18" in lite.notes[0]
    resnet = detect(on_meta(shapes_for(num_classes=19)))
    assert (resnet.preprocessing, resnet.label_set) == (IMAGENET, "cityscapes19")
    assert "atrous rates 12, 24, 36" in resnet.notes[0]
    assert "RGB" in resnet.notes[1] and "0.485" in resnet.notes[1]
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


def test_a_card_that_contradicts_the_weights_leaves_its_layers_random():
    card = ModelCard(title="t", architecture="deeplab_v3", config={"num_classes": 7})
    found = detect(on_meta(shapes_for(backbone="efficientnet_lite0", num_classes=11)), card)
    assert "11×256×1×1, wanted 7×256×1×1" in "\n".join(found.table.lines())
    assert "random weights" in found.notes[0]


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


def test_a_file_that_fits_in_part_says_which():
    shapes = shapes_for(backbone="mobilenet_v3_large")
    del shapes["classifier.0.project.0.weight"]
    shapes["backbone.0.0.weight"] = (16, 4, 3, 3)
    shapes["extra.weight"] = (7,)
    found = detect(on_meta(shapes))
    assert "1 missing, 1 unexpected, 1 of another shape" in found.notes[0]
    assert "backbone.0.0.weight" not in found.keys
    rows = [" ".join(line.split()) for line in found.table.lines()]
    assert "other shape backbone.0.0.weight 16×4×3×3, wanted 16×3×3×3" in rows
    assert "missing classifier.0.project.0.weight 256×1280×1×1" in rows
    assert "unexpected extra.weight 7" in rows


def test_less_than_half_is_refused_with_a_table_and_the_details_hold_all():
    shapes = shapes_for(backbone="mobilenet_v3_large")
    few = {key: s for key, s in shapes.items() if key.startswith(("classifier.", "backbone.16."))}
    error = refusal(few)
    rows = error.details.splitlines()[1:]
    assert "only in part" in error.what
    assert error.why.count("missing  ") == 12
    assert f"and {len(rows) - 12} more" in error.why
    assert {row.split()[1] for row in rows} >= {
        k for k in shapes if k.startswith("backbone.0") and "num_batches" not in k
    }


def test_a_network_without_the_unit_that_tells_its_depth():
    shapes = shapes_for(backbone="resnet50")
    half = {key: s for key, s in shapes.items() if "layer3.5" not in key}
    error = refusal(half)
    assert "DeepLab v3" in error.what and "not whole" in error.what


def test_auxiliary_head_of_other_classes():
    shapes = shapes_for(backbone="efficientnet_lite0", num_classes=5)
    shapes["aux_classifier.4.weight"] = (21, *shapes["aux_classifier.4.weight"][1:])
    assert "1 of another shape" in detect(on_meta(shapes)).notes[0]


def test_nothing_alike():
    error = refusal({"encoder.0.weight": (3, 3), "decoder.0.weight": (3, 3)})
    assert "no network this version knows" in error.what
    assert "DeepLab v3 (torchvision)" in error.why


def test_a_program_that_is_known_and_not_opened_is_named():
    assert "MMSegmentation" in refusal({"decode_head.conv_seg.weight": (3, 3)}).what


@pytest.mark.parametrize("prefix", ["backbone.layer4.0.conv1.weight", "classifier.0.convs.0.0"])
def test_one_odd_key_does_not_break_detection(prefix):
    refusal({prefix: (1,), prefix + ".weight": ()})


def test_a_program_s_own_words_are_read_only_where_a_family_can():
    plain = Family("Plain", "u_net", lambda shapes: True, lambda shapes: {"depth": 3})
    able = replace(plain, read_with=lambda shapes, declared: {"depth": declared["depth"]})
    assert _read(plain, {}, {"depth": 5}) == {"depth": 3}
    assert _read(able, {}, {"depth": 5}) == {"depth": 5} and _read(able, {}, {}) == {"depth": 3}
