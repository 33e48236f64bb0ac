"""Files of SegNet under the layer names of its authors' prototxt."""

import pytest
import torch

from segviewer.checkpoints.detection import detect
from segviewer.checkpoints.opening import open_network
from segviewer.errors import CheckpointError
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.networks.seg_net import SegNet, SegNetConfig

NORM = ("weight", "bias", "running_mean", "running_var")
SMALL = {"width": 2, "num_classes": 5}


def file_of(width=64, num_classes=21):
    """Shapes of conv1_1 … conv5_3 and conv5_3_D … conv1_1_D, batch norm but behind the last."""
    stages = ((2, 1), (2, 2), (3, 4), (3, 8), (3, 8))
    layers, cin = {}, 3
    for stage, (count, growth) in enumerate(stages, start=1):
        for number in range(1, count + 1):
            layers[f"conv{stage}_{number}"] = (growth * width, cin)
            cin = growth * width
    mirrored = {}
    for name, (cout, channels) in reversed(layers.items()):
        mirrored[f"{name}_D"] = (num_classes if name == "conv1_1" else channels, cout)
    shapes = {}
    for name, (cout, channels) in (layers | mirrored).items():
        shapes[f"{name}.weight"] = (cout, channels, 3, 3)
        shapes[f"{name}.bias"] = (cout,)
        if name != "conv1_1_D":
            shapes |= {f"{name}_bn.{tensor}": (cout,) for tensor in NORM}
            shapes[f"{name}_bn.num_batches_tracked"] = ()
    return shapes


def found(shapes):
    return detect({key: torch.empty(shape, device="meta") for key, shape in shapes.items()})


def opened(tensors, tmp_path):
    path = tmp_path / "segnet.pth"
    torch.save(tensors, path)
    return open_network(str(path))


def ours(key):
    return f"decoder.{key}" if "_D." in key or "_D_" in key else f"encoder.{key}"


@pytest.mark.parametrize(
    "values", [{}, {"num_classes": 11}, {"width": 16, "num_classes": 2}, {"width": 1}], ids=str
)
def test_structure_is_read_off_the_shapes(values):
    shapes = file_of(**values)
    detection = found(shapes)
    assert (detection.architecture, detection.family) == ("seg_net", "SegNet (Caffe's layer names)")
    assert detection.config == SegNetConfig(**values)
    assert detection.table.fits and detection.alternatives == ()
    assert detection.keys == {key: ours(key) for key in shapes}


def test_what_is_assumed():
    detection = found(file_of(num_classes=11))
    assert detection.preprocessing == Preprocessing(
        channel_order="BGR", scale="byte", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)
    )
    assert (detection.label_set, detection.inference_long_side) == ("camvid11", 480)
    assert detection.config.unpooling == "stored indices"


@torch.inference_mode()
def test_whole_file(filled, tmp_path):
    tensors = filled(file_of(**SMALL))
    result = opened(tensors, tmp_path)
    direct = SegNet(SegNetConfig(**SMALL)).eval()
    direct.load_state_dict({ours(key): tensor for key, tensor in tensors.items()})
    image = torch.randn(1, 3, 37, 51)
    assert torch.equal(result.network(image), direct(image))
    assert result.card.weights == "unknown"


def test_counters_of_batch_norm_may_be_missing(filled, tmp_path):
    tensors = filled(file_of(**SMALL))
    fewer = {k: t for k, t in tensors.items() if not k.endswith("num_batches_tracked")}
    result = opened(fewer, tmp_path)
    assert result.card.weights == "unknown"
    assert torch.isfinite(result.network(torch.randn(1, 3, 32, 32))).all()


@pytest.mark.parametrize("place", ["conv2_1_D", "conv3_2_bn", "conv4_2", "conv1_2_D_bn"])
def test_missing_layers_are_random_and_the_rest_is_the_files(place, filled, tmp_path):
    tensors = filled(file_of(**SMALL))
    fewer = {key: t for key, t in tensors.items() if key.partition(".")[0] != place}
    assert len(fewer) < len(tensors)
    result = opened(fewer, tmp_path)
    assert result.config == SegNetConfig(**SMALL)
    assert result.card.weights == "partly random"
    assert "random weights" in result.notes[0] and ours(f"{place}.weight") in result.notes[0]
    state = result.network.state_dict()
    assert all(torch.equal(state[ours(key)], tensor) for key, tensor in fewer.items())
    assert torch.isfinite(result.network(torch.randn(1, 3, 32, 32))).all()


def test_another_number_of_classes_in_the_bias(filled, tmp_path):
    shapes = file_of(**SMALL) | {"conv1_1_D.bias": (11,)}
    result = opened(filled(shapes), tmp_path)
    assert result.config.num_classes == 5
    assert "1 of another shape" in result.notes[0] and "11, wanted 5" in result.notes[0]
    weight = filled(shapes)["conv1_1_D.weight"]
    assert torch.equal(result.network.state_dict()["decoder.conv1_1_D.weight"], weight)


@pytest.mark.parametrize("lacking", ["conv1_1_D.weight", "conv5_3_D.weight", "conv1_1.weight"])
def test_without_its_first_or_last_layers_it_is_not_recognised(lacking):
    shapes = file_of(**SMALL)
    del shapes[lacking]
    with pytest.raises(CheckpointError) as caught:
        found(shapes)
    assert caught.value.what and caught.value.why and caught.value.next_step


def test_an_encoder_alone_is_refused():
    shapes = {key: shape for key, shape in file_of(**SMALL).items() if "_D" not in key}
    with pytest.raises(CheckpointError):
        found(shapes)


def test_fcns_file_is_not_taken_for_it():
    """Both call their convolutions conv1_1; only SegNet's have a mirror image."""
    shapes = {k: s for k, s in file_of(**SMALL).items() if "_D" not in k and "_bn" not in k}
    shapes |= {
        "fc6.weight": (6, 16, 7, 7),
        "fc6.bias": (6,),
        "fc7.weight": (6, 6, 1, 1),
        "fc7.bias": (6,),
        "score_fr.weight": (5, 6, 1, 1),
        "score_fr.bias": (5,),
        "upscore.weight": (5, 5, 64, 64),
    }
    assert found(shapes).architecture == "fcn"
