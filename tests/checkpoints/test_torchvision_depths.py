"""DeepLab v3 and FCN of torchvision on ResNets of every depth give its output."""

import pytest
import torch
from torch.nn import functional as F
from torchvision.models import resnet
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.segmentation.deeplabv3 import DeepLabHead, DeepLabV3
from torchvision.models.segmentation.fcn import FCN, FCNHead

from segviewer.checkpoints.opening import open_network

HEADS = {"deeplab_v3": (DeepLabV3, DeepLabHead), "fcn_resnet": (FCN, FCNHead)}
# torchvision's basic units know no rate.
STRIDES = {"resnet18": 32, "resnet34": 32, "resnet152": 8}


def built(architecture, depth):
    """As a person puts torchvision's parts together."""
    dilated = {} if STRIDES[depth] == 32 else {"replace_stride_with_dilation": [False, True, True]}
    whole = getattr(resnet, depth)(weights=None, **dilated)
    backbone = IntermediateLayerGetter(whole, {"layer3": "aux", "layer4": "out"})
    network, head = HEADS[architecture]
    channels = whole.fc.in_features
    return network(backbone, head(channels, 5), FCNHead(channels // 2, 5)).eval()


@pytest.mark.parametrize(
    "depth",
    [
        "resnet18",
        pytest.param("resnet34", marks=pytest.mark.slow),
        pytest.param("resnet152", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("architecture", list(HEADS))
@torch.inference_mode()
def test_the_same_output(architecture, depth, filled, tmp_path):
    theirs = built(architecture, depth)
    theirs.load_state_dict(filled({k: tuple(t.shape) for k, t in theirs.state_dict().items()}))
    path = tmp_path / "w.pth"
    torch.save({"model": theirs.state_dict(), "epoch": 3}, path)
    opened = open_network(str(path))
    assert (opened.card.architecture, opened.config.backbone) == (architecture, depth)
    assert (opened.unused, opened.card.weights) == (0, "unknown")
    assert opened.config.output_stride == STRIDES[depth]
    image = torch.rand(1, 3, 64, 96)
    expected = theirs(image)["out"]
    found = F.interpolate(opened.network(image), (64, 96), mode="bilinear", align_corners=False)
    assert float((found - expected).abs().max() / expected.std()) < 1e-4
