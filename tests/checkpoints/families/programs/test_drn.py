"""Files of fyu/drn in every form, and those that are a ResNet's as well."""

import pytest
import torch
from torchvision import models

from segviewer.checkpoints.detection import detect
from segviewer.checkpoints.families import family_of
from segviewer.errors import CheckpointError
from segviewer.layers.drn import UNITS
from segviewer.networks.drn import DRN, DRNConfig

# Children of fyu/drn's classifiers; its DRNSeg numbers them.
LEVELS = [f"layer{level}" for level in range(9)]
CHILDREN = {
    "A": ["conv1", "bn1", "relu", "maxpool", *LEVELS[1:5]],
    "C": ["conv1", "bn1", "relu", *LEVELS[1:]],
    "D": LEVELS,
}


def file_of(variant, task, num_classes):
    """A file as fyu/drn names it, without numbers."""
    with torch.device("meta"):
        network = DRN(DRNConfig(variant=variant, task=task, num_classes=num_classes))
    tensors = {}
    for key, tensor in network.state_dict().items():
        name = key.removeprefix("backbone.")
        child, _, rest = name.partition(".")
        if task == "segmentation" and name != key:
            name = f"base.{CHILDREN[variant[0]].index(child)}.{rest}"
        if name == "fc.weight" and variant[0] == "A":
            tensor = tensor.flatten(1)
        tensors[name] = tensor
    return tensors


def shapes_of(tensors):
    return {key: tuple(tensor.shape) for key, tensor in tensors.items()}


@pytest.mark.parametrize("variant", UNITS)
def test_classifiers(variant):
    found = detect(file_of(variant, "classification", 1000), architecture="drn")
    assert found.table.fits
    assert found.config == DRNConfig(variant=variant, task="classification", num_classes=1000)
    assert found.config.global_pooling
    assert found.preprocessing.mean == (0.485, 0.456, 0.406)
    assert found.alternatives == (("res_net",) if variant[0] == "A" else ())


@pytest.mark.parametrize("variant", UNITS)
def test_segmentation_networks(variant):
    found = detect(file_of(variant, "segmentation", 19))
    assert found.architecture == "drn"
    assert found.table.fits
    assert found.config == DRNConfig(variant=variant, num_classes=19)
    assert found.label_set == "cityscapes19"
    assert found.preprocessing.mean == (0.290101, 0.328081, 0.286964)
    assert found.preprocessing.std == (0.182954, 0.186566, 0.184475)
    assert found.alternatives == ()


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50"])
def test_a_resnet_may_be_meant_as_a_drn(name):
    with torch.device("meta"):
        tensors = getattr(models, name)(weights=None).state_dict()
    likely = detect(tensors)
    assert likely.architecture == "res_net"
    assert likely.alternatives == ("drn",)
    meant = detect(tensors, architecture="drn")
    assert meant.config.variant == name.replace("resnet", "A-")
    assert meant.table.fits


@pytest.mark.parametrize("name", ["resnet101", "resnext50_32x4d", "wide_resnet50_2"])
def test_other_resnets_are_no_drn(name):
    with torch.device("meta"):
        tensors = getattr(models, name)(weights=None).state_dict()
    assert family_of(shapes_of(tensors), "drn") is None


def test_a_file_of_another_network_than_the_one_named():
    with pytest.raises(CheckpointError) as caught:
        detect(file_of("C-26", "classification", 1000), architecture="res_net")
    assert caught.value.what == "This file is no ResNet."
    assert "DRN-C" in caught.value.why


def test_levels_of_a_depth_nobody_published():
    tensors = file_of("C-26", "classification", 1000)
    tensors = {key: t for key, t in tensors.items() if not key.startswith("layer3.1.")}
    with pytest.raises(CheckpointError) as caught:
        detect(tensors)
    assert "DRN-C" in caught.value.what
    assert "(1, 1, 1, 2, 2, 2, 1, 1)" in caught.value.why
