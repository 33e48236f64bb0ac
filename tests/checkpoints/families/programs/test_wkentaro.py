"""Files of wkentaro/pytorch-fcn: the three forms, and files that are not whole."""

import pytest
import torch

from segviewer.checkpoints.detection import detect
from segviewer.checkpoints.opening import open_network
from segviewer.errors import CheckpointError
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.layers.upsample import bilinear_kernel
from segviewer.networks.fcn import FCN, FCNConfig

# Kernels of the deconvolutions, and channels (in widths) of the maps that are scored.
UPS = {
    "32s": {"upscore": 64},
    "16s": {"upscore2": 4, "upscore16": 32},
    "8s": {"upscore2": 4, "upscore_pool4": 4, "upscore8": 16},
}
SCORED = {"32s": {}, "16s": {"score_pool4": 8}, "8s": {"score_pool4": 8, "score_pool3": 4}}


def file_of(variant, width=64, fc_channels=4096, num_classes=21):
    """Shapes under Caffe's layer names."""
    layers, cin = {}, 3
    for stage, (count, growth) in enumerate(((2, 1), (2, 2), (3, 4), (3, 8), (3, 8)), start=1):
        for number in range(1, count + 1):
            layers[f"conv{stage}_{number}"] = (growth * width, cin, 3)
            cin = growth * width
    layers["fc6"] = (fc_channels, cin, 7)
    layers["fc7"] = (fc_channels, fc_channels, 1)
    layers["score_fr"] = (num_classes, fc_channels, 1)
    for name, growth in SCORED[variant].items():
        layers[name] = (num_classes, growth * width, 1)
    shapes = {}
    for name, (cout, channels, kernel) in layers.items():
        shapes[f"{name}.weight"] = (cout, channels, kernel, kernel)
        shapes[f"{name}.bias"] = (cout,)
    for name, kernel in UPS[variant].items():
        shapes[f"{name}.weight"] = (num_classes, num_classes, kernel, kernel)
    return shapes


def found(shapes):
    return detect({key: torch.empty(shape, device="meta") for key, shape in shapes.items()})


def opened(tensors, tmp_path):
    path = tmp_path / "fcn.pth"
    torch.save(tensors, path)
    return open_network(str(path))


def ours(key):
    """Where this program keeps a tensor."""
    if key.startswith("conv"):
        return f"backbone.{key}"
    return f"fully_connected.{key}" if key.startswith(("fc6", "fc7")) else key


@pytest.mark.parametrize("variant", UPS)
@pytest.mark.parametrize(
    "values", [{}, {"num_classes": 2}, {"width": 16, "fc_channels": 100, "num_classes": 150}]
)
def test_structure_is_read_off_the_shapes(variant, values):
    shapes = file_of(variant, **values)
    detection = found(shapes)
    assert detection.architecture == "fcn"
    assert detection.family == f"FCN-{variant} (wkentaro)"
    assert detection.config == FCNConfig(variant=variant, **values)
    assert detection.table.fits and detection.alternatives == ()
    assert detection.keys == {key: ours(key) for key in shapes}


def test_what_is_assumed():
    detection = found(file_of("8s"))
    assert detection.preprocessing == Preprocessing(
        channel_order="BGR",
        scale="byte",
        mean=(104.00699, 116.66877, 122.67892),
        std=(1.0, 1.0, 1.0),
    )
    assert (detection.label_set, detection.inference_long_side) == ("voc21", 500)
    assert not detection.config.at_once
    said = " ".join(detection.notes)
    assert "BGR" in said and "0 to 255" in said and "104.007" in said


@pytest.mark.parametrize("variant", UPS)
@torch.inference_mode()
def test_the_files_deconvolutions_run_as_they_are(variant, filled, tmp_path):
    tensors = filled(file_of(variant, width=2, fc_channels=6, num_classes=5))
    network = opened(tensors, tmp_path).network
    direct = FCN(FCNConfig(variant=variant, width=2, fc_channels=6, num_classes=5)).eval()
    direct.load_state_dict({ours(key): tensor for key, tensor in tensors.items()})
    image = torch.randn(1, 3, 40, 50)
    assert network.config.deconvolution == "learned"
    assert torch.equal(network(image), direct(image))


SMALL = {"width": 2, "fc_channels": 6, "num_classes": 5}


def assert_loaded(result, tensors, lacking):
    state = result.network.state_dict()
    for key, tensor in tensors.items():
        if key not in lacking:
            assert torch.equal(state[ours(key)], tensor), key
    assert all(torch.isfinite(tensor).all() for tensor in state.values())
    assert result.card.weights == ("partly random" if lacking else "unknown")


@pytest.mark.parametrize(
    "lacking",
    [
        ["score_pool3.weight", "score_pool3.bias"],
        ["conv3_2.weight", "conv3_2.bias"],
        ["fc6.bias"],
        ["conv5_3.bias", "score_pool4.weight"],
    ],
    ids=lambda keys: keys[0],
)
def test_missing_layers_are_random_and_the_rest_is_the_files(lacking, filled, tmp_path):
    tensors = filled(file_of("8s", **SMALL))
    result = opened({k: t for k, t in tensors.items() if k not in lacking}, tmp_path)
    assert result.config == FCNConfig(**SMALL)
    assert_loaded(result, tensors, lacking)
    assert "random weights" in result.notes[0]
    assert all(ours(key) in result.notes[0] for key in lacking)


def test_other_classes_in_one_layer(filled, tmp_path):
    """A fine-tuned file whose skips still score the old classes."""
    shapes = file_of("8s", **SMALL)
    other = {"score_pool3.weight": (21, 8, 1, 1), "score_pool3.bias": (21,)}
    result = opened(filled(shapes | other), tmp_path)
    assert result.config.num_classes == 5
    assert_loaded(result, filled(shapes), list(other))
    assert "2 of another shape" in result.notes[0]
    assert "21×8×1×1, wanted 5×8×1×1" in result.notes[0]


def test_deconvolutions_that_are_left_out_are_bilinear(filled, tmp_path):
    """They are fixed in the reference, and so need not be in a file."""
    tensors = filled(file_of("8s", **SMALL))
    lacking = ["upscore2.weight", "upscore_pool4.weight"]
    result = opened({k: t for k, t in tensors.items() if k not in lacking}, tmp_path)
    assert_loaded(result, tensors, lacking)
    for name in ("upscore2", "upscore_pool4"):
        weight = result.network.get_submodule(name).weight
        assert torch.equal(weight[3, 3], bilinear_kernel(4)) and not weight[3, 2].any()


def test_a_key_that_belongs_nowhere_is_said(filled, tmp_path):
    tensors = filled(file_of("32s", **SMALL) | {"score_dsn6.weight": (5, 6, 1, 1)})
    result = opened(tensors, tmp_path)
    assert "score_dsn6.weight" in result.notes[0] and "1 unexpected" in result.notes[0]


@pytest.mark.parametrize("lacking", ["upscore8.weight", "score_fr.weight", "fc6.weight"])
def test_what_tells_the_form_must_be_there(lacking):
    shapes = file_of("8s", **SMALL)
    del shapes[lacking]
    with pytest.raises(CheckpointError) as caught:
        found(shapes)
    assert caught.value.what and caught.value.why and caught.value.next_step


@pytest.mark.parametrize("lacking", ["conv1_1.weight", "fc7.weight"])
def test_what_its_width_is_read_off(lacking):
    shapes = file_of("16s", **SMALL)
    del shapes[lacking]
    with pytest.raises(CheckpointError) as caught:
        found(shapes)
    assert caught.value.what and caught.value.next_step


def test_a_backbone_of_other_widths_does_not_fit():
    shapes = file_of("8s", **SMALL)
    for key in shapes:
        if key.startswith("conv") and key != "conv1_1.weight":
            shapes[key] = tuple(3 * side if side > 3 else side for side in shapes[key])
    with pytest.raises(CheckpointError, match="only in part") as caught:
        found(shapes)
    assert "of another shape" in caught.value.details
