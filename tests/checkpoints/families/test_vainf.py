"""VainF's files: v3 beside v3+, and this program's own with the same names."""

import pytest
import torch

from segviewer.checkpoints.detection import build_without_numbers, detect, shapes_of
from segviewer.checkpoints.families import family_of
from segviewer.imaging.preprocessing import IMAGENET
from segviewer.networks import network_class

BACKBONES = ("resnet50", "resnet101", "mobilenet_v2")


def written(architecture, **values):
    """Shapes by key as VainF writes them."""
    config = network_class(architecture).Config(**values)
    shapes = shapes_of(build_without_numbers(architecture, config))
    if architecture == "deeplab_v3":
        shapes = {
            k.replace("classifier.", "classifier.classifier.", 1): s for k, s in shapes.items()
        }
    return shapes


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("architecture", ["deeplab_v3", "deeplab_v3_plus"])
def test_what_is_found_out(architecture, backbone):
    values = {"auxiliary": False} if architecture == "deeplab_v3" else {}
    shapes = written(architecture, backbone=backbone, num_classes=19, **values)
    found = detect({key: torch.empty(shape, device="meta") for key, shape in shapes.items()})
    assert found.architecture == architecture
    assert "VainF" in found.family
    assert found.table.fits and len(found.keys) == len(shapes)
    assert found.config.backbone == backbone and found.config.num_classes == 19
    assert (found.config.output_stride, found.config.atrous_rates) == (16, (6, 12, 18))
    assert found.config.first_unit_keeps_rate
    assert found.preprocessing == IMAGENET


def test_other_backbones_are_not_theirs():
    shapes = written("deeplab_v3_plus", backbone="efficientnet_lite0")
    assert family_of(shapes) is None
