"""Files saved from torchvision's FCN and LR-ASPP open unrenamed and give its output."""

import pytest
import torch
from torch.nn import functional as F

from segviewer.checkpoints.opening import open_network

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
    params=[
        "lraspp_mobilenet_v3_large",
        "fcn_resnet50",
        pytest.param("fcn_resnet101", marks=pytest.mark.slow),
    ],
)
def pair(request, filled, tmp_path_factory):
    """torchvision's network and ours, opened from a file of its state dict."""
    from torchvision.models import segmentation

    more = {"aux_loss": True} if request.param.startswith("fcn") else {}
    build = getattr(segmentation, request.param)
    theirs = build(weights=None, weights_backbone=None, **more).eval()
    theirs.load_state_dict(filled({k: tuple(t.shape) for k, t in theirs.state_dict().items()}))
    path = tmp_path_factory.mktemp("torchvision") / "model.pth"
    torch.save(theirs.state_dict(), path)
    return theirs.requires_grad_(False), open_network(str(path)), request.param


def difference(theirs, network, image):
    """Largest difference of upsampled scores, in standard deviations of torchvision's."""
    with torch.inference_mode():
        expected = theirs(image)["out"]
        found = F.interpolate(
            network(image), image.shape[-2:], mode="bilinear", align_corners=False
        )
    return float((found - expected).abs().max() / expected.std())


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_as_published(pair, size):
    theirs, opened, _ = pair
    opened.network.reconfigure(opened.config)
    assert difference(theirs, opened.network, picture(*size)) < 1e-4


@pytest.mark.parametrize("output_stride", [8, 16, 32])
def test_at_the_other_output_strides(pair, output_stride):
    """Against torchvision's backbones with fewer (or no) strides replaced by dilation."""
    from torchvision import models
    from torchvision.models._utils import IntermediateLayerGetter
    from torchvision.models.segmentation import FCN, LRASPP

    theirs, opened, name = pair
    if name.startswith("lraspp"):
        if output_stride == 8:
            pytest.skip("torchvision's MobileNetV3 has no output stride 8")
        backbone = models.mobilenet_v3_large(weights=None, dilated=output_stride == 16).features
        outputs = {"16": "high", "4": "low"}
        variant = LRASPP(IntermediateLayerGetter(backbone, outputs), 40, 960, 21).eval()
    else:
        replaced = {8: (False, True, True), 16: (False, False, True), 32: (False,) * 3}
        build = getattr(models, name.removeprefix("fcn_"))
        backbone = build(weights=None, replace_stride_with_dilation=replaced[output_stride])
        outputs = {"layer4": "out", "layer3": "aux"}
        backbone = IntermediateLayerGetter(backbone, outputs)
        variant = FCN(backbone, theirs.classifier, theirs.aux_classifier).eval()
    variant.load_state_dict(theirs.state_dict())
    opened.network.reconfigure(opened.config.changed(output_stride=output_stride))
    assert difference(variant, opened.network, picture(64, 96)) < 1e-4


def test_auxiliary_scores(pair):
    theirs, opened, name = pair
    if not name.startswith("fcn"):
        pytest.skip("LR-ASPP has no auxiliary head")
    image = picture(65, 81)
    opened.network.reconfigure(opened.config)
    with torch.inference_mode():
        expected = theirs(image)["aux"]
        _, [scores] = opened.network.training_head(opened.network.features(image))
        found = F.interpolate(scores, image.shape[-2:], mode="bilinear", align_corners=False)
    assert (found - expected).abs().max() < 1e-4 * expected.std()


def test_what_is_found_out(pair):
    _, opened, name = pair
    config = opened.config
    assert config.num_classes == 21 and opened.card.label_set == "voc21"
    assert opened.card.weights == "unknown"
    if name.startswith("fcn"):
        assert opened.card.architecture == "fcn_resnet"
        assert (config.backbone, config.auxiliary) == (name.removeprefix("fcn_"), True)
        assert (config.output_stride, config.first_unit_keeps_rate) == (8, True)
    else:
        assert opened.card.architecture == "lr_aspp"
        assert (config.backbone, config.head_channels) == ("mobilenet_v3_large", 128)
        assert (config.output_stride, config.first_unit_keeps_rate) == (16, False)


def test_without_the_auxiliary_head(filled, tmp_path):
    from torchvision.models import segmentation

    with torch.device("meta"):
        theirs = segmentation.fcn_resnet50(
            weights=None, weights_backbone=None, aux_loss=False, num_classes=5
        )
    shapes = {key: tuple(t.shape) for key, t in theirs.state_dict().items()}
    torch.save(filled(shapes), tmp_path / "model.pth")
    opened = open_network(str(tmp_path / "model.pth"))
    assert opened.card.weights == "unknown" and opened.network.aux_classifier is None
    assert (opened.config.num_classes, opened.config.auxiliary) == (5, False)
