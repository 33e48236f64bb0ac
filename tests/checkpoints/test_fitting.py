"""Tensors that go into a network otherwise than they lie in a file leave its function as it was."""

import numpy as np
import pytest
import torch

from segviewer.checkpoints.detection import build_without_numbers, detect, shapes_of
from segviewer.checkpoints.fitting import Fit, _as_many, _reads_pictures
from segviewer.checkpoints.key_table import KeyTable
from segviewer.checkpoints.opening import open_network
from segviewer.errors import CheckpointError
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.networks import network_class
from tests.checkpoints.written_u_net import WrittenUNet, picture, same


def opened(tmp_path, network):
    path = tmp_path / "w.pth"
    torch.save(network.state_dict(), path)
    return open_network(str(path))


def test_biases_before_batch_norm_become_part_of_the_running_means(tmp_path):
    old = WrittenUNet(bias=True)
    found = opened(tmp_path, old)
    assert sum("double_conv" in key and ".bias" in key for key in old.state_dict()) == 18 + 18
    assert same(found.network, old) and found.unused == 0
    assert any("18 biases" in note for note in found.notes)
    without = {
        k: v for k, v in old.state_dict().items() if not k.endswith(("v.0.bias", "v.3.bias"))
    }
    bare = WrittenUNet()
    bare.load_state_dict(without)
    assert not same(found.network, bare)


def test_a_bias_without_its_running_mean_is_counted():
    tensors = WrittenUNet(bias=True).state_dict()
    tensors["inc.double_conv.0.bias"] = torch.zeros(7)
    assert detect(tensors).fit.unused == ("inc.double_conv.0.bias",)


def test_a_grey_first_layer_sees_the_grey_picture(tmp_path):
    grey = WrittenUNet(channels=1)
    found = opened(tmp_path, grey)
    assert (found.unused, found.card.weights) == (0, "unknown")
    image = picture(1)
    torch.testing.assert_close(found.network(image.expand(-1, 3, -1, -1)), grey(image))
    photograph = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    fed = found.card.preprocessing.normalise(photograph)
    luma = photograph @ np.array([0.299, 0.587, 0.114]) / 255
    assert np.array_equal(fed[0], fed[1]) and np.array_equal(fed[0], fed[2])
    assert np.abs(fed[0] - luma).max() < 0.003
    assert any("Assumed grey pictures" in note for note in found.notes)


@pytest.mark.parametrize("bands", [2, 4, 13])
def test_other_bands_are_refused_by_number(tmp_path, bands):
    with pytest.raises(CheckpointError) as caught:
        opened(tmp_path, WrittenUNet(channels=bands))
    error = caught.value
    assert "U-Net (milesial)" in error.what and f"{bands} bands" in error.what
    assert "inc.double_conv.0.weight" in error.why


@pytest.mark.parametrize("order", ["RGB", "BGR"])
def test_one_mean_for_grey_is_that_of_the_grey_mean_colour(order):
    colours = (0.5, 0.25, 0.125) if order == "RGB" else (0.125, 0.25, 0.5)
    grey = Preprocessing(channel_order=order, mean=colours, std=(0.25,) * 3).for_grey()
    assert grey.mean == pytest.approx((0.299 * 0.5 + 0.587 * 0.25 + 0.114 * 0.125,) * 3)
    assert grey.std == pytest.approx((0.25,) * 3)


@pytest.mark.parametrize(
    ("architecture", "values"),
    [
        ("lr_aspp", {}),
        ("fcn_resnet", {"backbone": "resnet18"}),
        ("deeplab_v3", {"backbone": "mobilenet_v3_large"}),
        ("deeplab_v3_plus", {"backbone": "mobilenet_v2"}),
        ("res_net", {"depth": 18}),
    ],
)
@pytest.mark.parametrize("channels", [3, 1])
def test_files_of_one_class_and_of_grey_pictures(architecture, values, channels):
    config = network_class(architecture).Config(num_classes=1, **values)
    shapes = shapes_of(build_without_numbers(architecture, config))
    if architecture == "res_net":
        shapes = {key.removeprefix("backbone."): shape for key, shape in shapes.items()}
    first = next(key for key, shape in shapes.items() if shape[1:2] == (3,))
    shapes[first] = (shapes[first][0], channels, *shapes[first][2:])
    found = detect({key: torch.empty(shape, device="meta") for key, shape in shapes.items()})
    assert (found.architecture, found.config.num_classes) == (architecture, 1)
    assert found.table.fits and found.label_set == ""
    assert found.fit.grey == ((first,) if channels == 1 else ())
    assert (found.preprocessing.channel_order == "grey") is (channels == 1)


def test_the_first_releases_of_a_program_are_named():
    shapes = {
        key.replace("double_conv", "conv.conv" if key.startswith("inc") else "conv"): tensor
        for key, tensor in WrittenUNet().state_dict().items()
    }
    with pytest.raises(CheckpointError) as caught:
        detect(shapes)
    error = caught.value
    assert "U-Net (milesial), in a variant" in error.what and "inc.conv.conv" in error.why
    assert "needed" in error.next_step


def test_one_class_of_a_grey_network_tells_foreground_from_background(tmp_path):
    found = opened(tmp_path, WrittenUNet(classes=1, channels=1))
    assert found.card.classes == ("background", "foreground")
    assert found.card.preprocessing.channel_order == "grey"


@pytest.mark.parametrize(
    ("shape", "target", "same"),
    [
        ((8, 1, 3, 3), (8, 3, 3, 3), True),
        ((8, 13, 3, 3), (8, 3, 3, 3), True),
        ((8, 1, 3, 3), (8, 4, 3, 3), False),
        ((8, 1, 3, 3), (9, 3, 3, 3), False),
        ((8, 1, 3, 5), (8, 3, 3, 3), False),
        ((8, 1), (8, 3, 3, 3), False),
    ],
)
def test_a_first_layer_of_other_bands_differs_in_them_alone(shape, target, same):
    assert _reads_pictures(shape, target) is same


def test_as_many_numbers_for_as_many_channels():
    assert _as_many((8, 18), (8, 2, 3, 3))
    assert not _as_many((8, 18), (8, 3, 3, 3)) and not _as_many((18, 8), (8, 2, 3, 3))


def test_the_share_counts_what_both_wait_for():
    wanted = {"a": (1,), "b": (2,), "c": (3,)}
    table = KeyTable.compare({"a": (1,), "b": (5,), "d": (4,)}, wanted)
    assert Fit({}, table).share == 1 / 4 and Fit({}, KeyTable.compare({}, {})).share == 0
