"""Keys of kazuto1011's files, with and without the multi-scale wrapper's prefix."""

import pytest
import torch
from torch.nn import functional as F

from segviewer.checkpoints.detection import build_without_numbers, detect, shapes_of
from segviewer.checkpoints.families import family_of
from segviewer.checkpoints.families.programs.kazuto1011 import rename_resnet
from segviewer.imaging.preprocessing import CAFFE_BGR
from segviewer.layers.decoder import PyramidDecoder
from segviewer.layers.resnet import ResNet
from segviewer.networks import network_class

UNITS = {"resnet50_caffe": (3, 4, 6, 3), "resnet101_caffe": (3, 4, 23, 3)}
NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def block(place, cin, cout, kernel):
    """Shapes of a convolution without bias and its batch norm."""
    shapes = {f"{place}.conv.weight": (cout, cin, kernel, kernel)}
    shapes |= {f"{place}.bn.{name}": (cout,) for name in NORM[:-1]}
    return shapes | {f"{place}.bn.num_batches_tracked": ()}


def backbone(units):
    shapes, cin = block("layer1.conv1", 3, 64, 7), 64
    for layer, number in enumerate(units):
        width = 64 * 2**layer
        for unit in range(1, number + 1):
            place = f"layer{layer + 2}.block{unit}"
            shapes |= block(f"{place}.reduce", cin, width, 1)
            shapes |= block(f"{place}.conv3x3", width, width, 3)
            shapes |= block(f"{place}.increase", width, 4 * width, 1)
            if unit == 1:
                shapes |= block(f"{place}.shortcut", cin, 4 * width, 1)
            cin = 4 * width
    return shapes


def scores(place, cin, num_classes, kernel):
    return {f"{place}.weight": (num_classes, cin, kernel, kernel), f"{place}.bias": (num_classes,)}


def version_2(units, num_classes, rates):
    shapes = backbone(units)
    for index in range(rates):
        shapes |= scores(f"aspp.c{index}", 2048, num_classes, 3)
    return shapes


def pyramid(units, rates):
    shapes = backbone(units) | block("aspp.stages.c0", 2048, 256, 1)
    for index in range(1, rates + 1):
        shapes |= block(f"aspp.stages.c{index}", 2048, 256, 3)
    shapes |= block("aspp.stages.imagepool.conv", 2048, 256, 1)
    return shapes | block("fc1", 256 * (rates + 2), 256, 1)


def version_3(units, num_classes, rates):
    return pyramid(units, rates) | scores("fc2", 256, num_classes, 1)


def version_3_plus(units, num_classes, rates):
    shapes = pyramid(units, rates) | block("reduce", 256, 48, 1)
    shapes |= block("fc2.conv1", 304, 256, 3) | block("fc2.conv2", 256, 256, 3)
    return shapes | scores("fc2.conv3", 256, num_classes, 1)


def found(shapes, prefix=""):
    return detect(
        {prefix + key: torch.empty(shape, device="meta") for key, shape in shapes.items()}
    )


@pytest.mark.parametrize("prefix", ["", "base."])
@pytest.mark.parametrize("name", UNITS)
def test_the_backbones_keys_are_all_of_ours(name, prefix):
    with torch.device("meta"):
        wanted = {key: tuple(t.shape) for key, t in ResNet(name).state_dict().items()}
    shapes = backbone(UNITS[name])
    renamed = {rename_resnet(prefix + key): shape for key, shape in shapes.items()}
    assert len(renamed) == len(shapes)
    assert renamed == wanted


@pytest.mark.parametrize(
    "key",
    ["fc.weight", "aspp.c0.bias", "layer6.block1.reduce.conv.weight", "layer2.odd", "layer", ""],
)
def test_other_keys_are_not_of_the_backbone(key):
    assert rename_resnet(key) == ""
    assert rename_resnet(f"base.{key}") == ""


@pytest.mark.parametrize("prefix", ["", "base."])
@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize("rates", [3, 4])
@pytest.mark.parametrize(
    ("architecture", "shapes_of_version"),
    [("deeplab_v2", version_2), ("deeplab_v3", version_3), ("deeplab_v3_plus", version_3_plus)],
)
def test_every_key_has_its_place(architecture, shapes_of_version, name, rates, prefix):
    shapes = shapes_of_version(UNITS[name], 7, rates)
    detection = found(shapes, prefix)
    assert detection.architecture == architecture
    assert detection.table.fits
    assert len(set(detection.keys.values())) == len(shapes)
    assert detection.preprocessing == CAFFE_BGR
    config = detection.config
    assert (config.backbone, config.num_classes) == (name, 7)
    assert config.atrous_rates == (6, 12, 18, 24)[:rates]
    assert not config.first_unit_keeps_rate
    if hasattr(config, "multi_scale"):
        assert config.multi_scale is (prefix == "base.")


def test_keys_that_belong_nowhere_are_listed():
    shapes = version_2(UNITS["resnet50_caffe"], 21, 4) | {"layer2.block1.gate.weight": (3,)}
    unexpected = [key for key, _ in found(shapes).table.unexpected]
    assert unexpected == ["layer2.block1.gate.weight"]


def test_our_own_names_are_not_theirs():
    """Files that this program writes of the same networks keep their keys."""
    for architecture in ("deeplab_v2", "deeplab_v3", "deeplab_v3_plus"):
        config = network_class(architecture).Config(backbone="resnet50_caffe")
        for key in shapes_of(build_without_numbers(architecture, config)):
            assert rename_resnet(key) == ""


def convolution(tensors, place, x, rate=1):
    """Convolution, batch norm and ReLU straight from a file's tensors."""
    weight = tensors[f"{place}.conv.weight"]
    x = F.conv2d(x, weight, padding=rate * (weight.shape[-1] // 2), dilation=rate)
    weight, bias, mean, var = (tensors[f"{place}.bn.{name}"] for name in NORM[:-1])
    return F.relu(F.batch_norm(x, mean, var, weight, bias))


@torch.inference_mode()
def test_the_decoder_computes_what_the_file_was_trained_for(filled):
    """Pyramid before low-level features in the joined maps; two 3x3 convolutions."""
    shapes = version_3_plus(UNITS["resnet50_caffe"], 7, 3)
    family = family_of(shapes)
    tensors = filled({k: s for k, s in shapes.items() if not k.startswith("layer")})
    decoder = PyramidDecoder(
        256, 2048, 256, 48, 3, 7, convolutions=2, low_level_first=False, separable=False
    ).eval()
    decoder.load_state_dict(
        {family.rename(key).removeprefix("classifier."): t for key, t in tensors.items()}
    )
    decoder.aspp.reconfigure((1, 2, 3), (True,) * 4, True)
    low_level, x = torch.randn(1, 256, 12, 16), torch.randn(1, 2048, 3, 4)

    stages = [convolution(tensors, "aspp.stages.c0", x)]
    stages += [convolution(tensors, f"aspp.stages.c{rate}", x, rate) for rate in (1, 2, 3)]
    pooled = convolution(tensors, "aspp.stages.imagepool.conv", x.mean((2, 3), keepdim=True))
    y = convolution(tensors, "fc1", torch.cat([*stages, pooled.expand(-1, -1, 3, 4)], dim=1))
    y = F.interpolate(y, (12, 16), mode="bilinear", align_corners=False)
    y = torch.cat([y, convolution(tensors, "reduce", low_level)], dim=1)
    y = convolution(tensors, "fc2.conv2", convolution(tensors, "fc2.conv1", y))
    expected = F.conv2d(y, tensors["fc2.conv3.weight"], tensors["fc2.conv3.bias"])
    found_scores = decoder(low_level, x, True, True)
    assert (found_scores - expected).abs().max() < 1e-5 * expected.std()
