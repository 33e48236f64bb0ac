"""Files of kazuto1011's DeepLab v1: a Caffe-style ResNet and one classifier."""

import pytest
import torch

from segviewer.checkpoints.detection import detect
from segviewer.errors import CheckpointError
from segviewer.imaging.preprocessing import CAFFE_BGR
from segviewer.networks.deeplab_v1 import DeepLabV1Config

UNITS = {"resnet50_caffe": (3, 4, 6, 3), "resnet101_caffe": (3, 4, 23, 3)}
NORM = ("weight", "bias", "running_mean", "running_var")


def block(place, cin, cout, kernel):
    """Shapes of a convolution without bias and its batch norm."""
    shapes = {f"{place}.conv.weight": (cout, cin, kernel, kernel)}
    shapes |= {f"{place}.bn.{name}": (cout,) for name in NORM}
    return shapes | {f"{place}.bn.num_batches_tracked": ()}


def file_of(backbone="resnet101_caffe", num_classes=21):
    shapes, cin = block("layer1.conv1", 3, 64, 7), 64
    for layer, number in enumerate(UNITS[backbone], start=2):
        width = 16 * 2**layer
        for unit in range(1, number + 1):
            place = f"layer{layer}.block{unit}"
            shapes |= block(f"{place}.reduce", cin, width, 1)
            shapes |= block(f"{place}.conv3x3", width, width, 3)
            shapes |= block(f"{place}.increase", width, 4 * width, 1)
            if unit == 1:
                shapes |= block(f"{place}.shortcut", cin, 4 * width, 1)
            cin = 4 * width
    return shapes | {"fc.weight": (num_classes, 2048, 1, 1), "fc.bias": (num_classes,)}


def found(shapes):
    return detect({key: torch.empty(shape, device="meta") for key, shape in shapes.items()})


@pytest.mark.parametrize("backbone", UNITS)
@pytest.mark.parametrize("num_classes", [21, 182])
def test_structure_is_read_off_the_shapes(backbone, num_classes):
    shapes = file_of(backbone, num_classes)
    detection = found(shapes)
    assert (detection.architecture, detection.family) == ("deeplab_v1", "DeepLab v1 (kazuto1011)")
    assert detection.config == DeepLabV1Config(backbone=backbone, num_classes=num_classes)
    assert detection.table.fits and detection.alternatives == ()
    assert len(set(detection.keys.values())) == len(shapes)
    assert detection.keys["fc.bias"] == "fc.bias"
    assert detection.keys["layer4.block2.conv3x3.bn.bias"] == "backbone.layer3.1.bn2.bias"


def test_what_is_assumed():
    detection = found(file_of())
    assert detection.preprocessing == CAFFE_BGR
    assert (detection.label_set, detection.inference_long_side) == ("voc21", 513)
    assert detection.config.output_stride == 8
    assert "output stride 8" in " ".join(detection.notes)


@pytest.mark.parametrize(
    "lacking", ["fc.bias", "layer3.block2.conv3x3.conv.weight", "layer5.block3.increase.bn.bias"]
)
def test_missing_layers(lacking):
    shapes = file_of("resnet50_caffe")
    del shapes[lacking]
    detection = found(shapes)
    assert [len(part) for part in (detection.table.missing, detection.table.unexpected)] == [1, 0]
    assert len(detection.keys) == len(shapes)
    assert "1 missing" in detection.notes[0] and "random weights" in detection.notes[0]


def test_another_number_of_classes_in_the_bias():
    detection = found(file_of("resnet50_caffe", 7) | {"fc.bias": (21,)})
    assert detection.config.num_classes == 7
    assert detection.table.mis_shaped == (("fc.bias", (21,), (7,)),)
    assert "fc.bias" not in detection.keys and "fc.weight" in detection.keys


def test_a_classifier_of_the_whole_picture_leaves_fc_random():
    """ImageNet's file has a matrix there; the backbone is what it is wanted for."""
    shapes = file_of("resnet50_caffe", 1000) | {"fc.weight": (1000, 2048)}
    detection = found(shapes)
    assert detection.table.mis_shaped == (("fc.weight", (1000, 2048), (1000, 2048, 1, 1)),)
    assert len(detection.keys) == len(shapes) - 1


def test_without_the_unit_that_tells_its_depth():
    shapes = {k: s for k, s in file_of("resnet50_caffe").items() if ".block6." not in k}
    with pytest.raises(CheckpointError, match="not whole") as caught:
        found(shapes)
    assert "DeepLab v1" in caught.value.what and caught.value.next_step


@pytest.mark.parametrize("lacking", ["fc.weight", "layer5.block1.reduce.conv.weight"])
def test_what_tells_the_family_must_be_there(lacking):
    shapes = file_of("resnet50_caffe")
    del shapes[lacking]
    with pytest.raises(CheckpointError) as caught:
        found(shapes)
    assert caught.value.what and caught.value.why and caught.value.next_step


def test_version_2_is_not_taken_for_it():
    """Its classifiers are the pyramid's branches, even where an fc is left over."""
    shapes = file_of("resnet50_caffe")
    for index in range(4):
        shapes[f"aspp.c{index}.weight"] = (21, 2048, 3, 3)
        shapes[f"aspp.c{index}.bias"] = (21,)
    assert found(shapes).architecture == "deeplab_v2"
