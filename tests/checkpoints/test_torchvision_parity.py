"""A file saved from torchvision's DeepLab v3 opens unrenamed and gives torchvision's output."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from segviewer.checkpoints.opening import open_network

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
FUNCTIONS = {
    "resnet50": "deeplabv3_resnet50",
    "resnet101": "deeplabv3_resnet101",
    "mobilenet_v3_large": "deeplabv3_mobilenet_v3_large",
}
SIZES = [(97, 131), (64, 96), (33, 1)]


def picture(height, width):
    row, column = torch.arange(height)[:, None], torch.arange(width)[None]
    planes = [
        torch.sin(0.07 * row + 0.11 * column + c) + 0.3 * torch.cos(0.31 * row - 0.17 * column)
        for c in range(3)
    ]
    return torch.stack(planes)[None].float()


@pytest.fixture(
    scope="module",
    params=["mobilenet_v3_large", "resnet50", pytest.param("resnet101", marks=pytest.mark.slow)],
)
def pair(request, filled, tmp_path_factory):
    """torchvision's network and ours, opened from a file of its state dict."""
    from torchvision.models import segmentation

    build = getattr(segmentation, FUNCTIONS[request.param])
    theirs = build(weights=None, weights_backbone=None, aux_loss=True).eval()
    tensors = filled({key: tuple(t.shape) for key, t in theirs.state_dict().items()})
    theirs.load_state_dict(tensors)
    path = tmp_path_factory.mktemp("torchvision") / "model.pth"
    torch.save(theirs.state_dict(), path)
    return theirs.requires_grad_(False), open_network(str(path)), request.param


def difference(theirs, network, image):
    """Largest difference of upsampled scores, in standard deviations of torchvision's."""
    with torch.inference_mode():
        expected = theirs(image)["out"]
        scores = network(image)
        found = F.interpolate(scores, image.shape[-2:], mode="bilinear", align_corners=False)
    assert found.shape == expected.shape
    return float((found - expected).abs().max() / expected.std())


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_as_published(pair, size):
    theirs, opened, _ = pair
    opened.network.reconfigure(opened.config)
    assert difference(theirs, opened.network, picture(*size)) < 1e-4


def test_auxiliary_scores(pair):
    theirs, opened, _ = pair
    image = picture(65, 81)
    opened.network.reconfigure(opened.config)
    with torch.inference_mode():
        expected = theirs(image)["aux"]
        features = opened.network.features(image)
        scores = opened.network.aux_classifier(features["auxiliary"])
        found = F.interpolate(scores, image.shape[-2:], mode="bilinear", align_corners=False)
    assert (found - expected).abs().max() < 1e-4 * expected.std()


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
@pytest.mark.parametrize("output_stride", [8, 16, 32])
def test_at_the_other_output_strides(pair, output_stride, size):
    """Against torchvision's backbones with fewer (or no) strides replaced by dilation."""
    from torchvision import models
    from torchvision.models._utils import IntermediateLayerGetter
    from torchvision.models.segmentation import DeepLabV3

    theirs, opened, name = pair
    if name == "mobilenet_v3_large":
        if output_stride == 8:
            pytest.skip("torchvision's MobileNetV3 has no output stride 8")
        backbone = models.mobilenet_v3_large(weights=None, dilated=output_stride == 16).features
        outputs = {"16": "out", "4": "aux"}
    else:
        replaced = {8: (False, True, True), 16: (False, False, True), 32: (False,) * 3}
        build = getattr(models, name)
        backbone = build(weights=None, replace_stride_with_dilation=replaced[output_stride])
        outputs = {"layer4": "out", "layer3": "aux"}
    variant = DeepLabV3(
        IntermediateLayerGetter(backbone, outputs), theirs.classifier, theirs.aux_classifier
    ).eval()
    variant.load_state_dict(theirs.state_dict())
    opened.network.reconfigure(opened.config.changed(output_stride=output_stride))
    assert difference(variant, opened.network, picture(*size)) < 1e-4


def test_what_is_found_out(pair):
    _, opened, name = pair
    config = opened.config
    assert (config.backbone, config.num_classes, config.auxiliary) == (name, 21, True)
    assert (config.aspp_channels, config.head_conv, config.separable) == (256, True, False)
    assert config.atrous_rates == (12, 24, 36)
    is_mobilenet = name == "mobilenet_v3_large"
    assert config.output_stride == (16 if is_mobilenet else 8)
    assert config.first_unit_keeps_rate is not is_mobilenet
    assert opened.card.label_set == "voc21"
    assert opened.card.classes[15] == "person"
    assert opened.card.weights == "unknown"
    assert any("output stride" in note for note in opened.notes)


@pytest.mark.parametrize("name", ["mobilenet_v3_large", "resnet50", "resnet101"])
def test_our_keys_and_shapes_are_the_recorded_ones(name):
    """Against the key lists in shared/facts, which do not change with torchvision."""
    from segviewer.checkpoints.detection import build_without_numbers, shapes_of
    from segviewer.networks.deeplab_v3 import DeepLabV3Config

    recorded = SHARED / "facts" / "state_dict_keys" / f"tv_{FUNCTIONS[name]}.txt"
    if not recorded.is_file():
        pytest.skip(f"{recorded} is not on this machine")
    network = build_without_numbers("deeplab_v3", DeepLabV3Config(backbone=name))
    ours = [f"{key}\t{shape}" for key, shape in shapes_of(network).items()]
    assert sorted(ours) == sorted(recorded.read_text().splitlines())
