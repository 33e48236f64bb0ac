"""Files of torchvision's classifiers and of milesial's U-Net, and torchvision's own answers."""

import re

import pytest
import torch
from torchvision import models

from segviewer.checkpoints.detection import detect
from segviewer.checkpoints.opening import open_network
from segviewer.networks.u_net import UNet, UNetConfig

NO_WEIGHTS = {"weights": None}
SMALL_VGG = [8, "M", 16, "M", 32, 32, "M", 64, 64, "M", 64, 64, "M"]
BUILDERS = {
    "resnet18": lambda: models.resnet18(**NO_WEIGHTS),
    "resnet50": lambda: models.resnet50(**NO_WEIGHTS),
    "densenet121": lambda: models.densenet121(**NO_WEIGHTS),
    "mobilenet_v3_large": lambda: models.mobilenet_v3_large(**NO_WEIGHTS),
    "vgg16": lambda: models.vgg16(**NO_WEIGHTS),
    "vgg11_bn": lambda: models.vgg11_bn(**NO_WEIGHTS),
    "small densenet": lambda: models.DenseNet(8, (2, 3, 4, 2), 16, num_classes=7),
    "small vgg": lambda: small_vgg(),
}
ARCHITECTURES = {"resnet": "res_net", "densenet": "dense_net", "mobilenet": "mobilenet_v3"}
SLOW = ("resnet50", "densenet121", "vgg16", "vgg11_bn")


def small_vgg():
    network = models.VGG(models.vgg.make_layers(SMALL_VGG), num_classes=5, init_weights=False)
    network.classifier = torch.nn.Sequential(
        *(torch.nn.Linear(64 * 49, 24), torch.nn.ReLU(), torch.nn.Dropout()),
        *(torch.nn.Linear(24, 24), torch.nn.ReLU(), torch.nn.Dropout()),
        torch.nn.Linear(24, 5),
    )
    return network


def picture(height, width):
    row, column = torch.arange(height)[:, None], torch.arange(width)[None]
    planes = [
        torch.sin(0.07 * row + 0.11 * column + c) + 0.3 * torch.cos(0.31 * row - 0.17 * column)
        for c in range(3)
    ]
    return torch.stack(planes)[None].float()


def shapes_of(network):
    return {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}


def found_in(state):
    """What is detected in a state dict, or in the keys and shapes of one."""
    return detect(
        {key: torch.empty(getattr(t, "shape", t), device="meta") for key, t in state.items()}
    )


@pytest.fixture(
    scope="module",
    params=[pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in BUILDERS],
)
def pair(request, filled, tmp_path_factory):
    """torchvision's network and ours, opened from a file of its state dict."""
    theirs = BUILDERS[request.param]().eval().requires_grad_(False)
    theirs.load_state_dict(filled(shapes_of(theirs)))
    path = tmp_path_factory.mktemp("torchvision") / "model.pth"
    torch.save(theirs.state_dict(), path)
    opened = open_network(str(path))
    path.unlink()  # half a gigabyte for VGG
    return theirs, opened, request.param


@pytest.mark.parametrize("size", [(224, 224), (97, 131)], ids=str)
@torch.inference_mode()
def test_the_answer_is_torchvisions(pair, size):
    theirs, opened, _ = pair
    assert opened.card.weights == "unknown", "everything must be filled from the file"
    expected = theirs(picture(*size))
    found = opened.network(picture(*size))
    assert found.shape == (*expected.shape, 1, 1)
    assert (found.flatten(1) - expected).abs().max() < 1e-4 * expected.std()


def test_what_is_found_out(pair):
    theirs, opened, name = pair
    start = re.sub(r"small |\d.*|_.*", "", name)
    assert opened.card.architecture == ARCHITECTURES.get(start, start)
    last = list(theirs.state_dict().values())[-1]
    assert opened.config.num_classes == len(last)
    assert (opened.config.output_stride, opened.config.global_pooling) == (32, True)
    assert opened.card.preprocessing.mean == (0.485, 0.456, 0.406)


@pytest.mark.slow
@torch.inference_mode()
def test_at_output_stride_8_the_answer_is_torchvisions_dilated_one(filled, tmp_path):
    theirs = models.resnet50(weights=None, replace_stride_with_dilation=[False, True, True]).eval()
    tensors = filled(shapes_of(theirs))
    theirs.load_state_dict(tensors)
    path = tmp_path / "resnet50.pth"
    torch.save(tensors, path)
    opened = open_network(str(path))
    network = opened.network
    network.reconfigure(opened.config.changed(output_stride=8))
    image = picture(97, 131)
    expected = theirs(image)
    assert (network(image).flatten(1) - expected).abs().max() < 1e-4 * expected.std()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("resnet34", {"depth": 34}),
        ("resnet101", {"depth": 101}),
        ("resnet152", {"depth": 152}),
        ("densenet161", {"block_layers": (6, 12, 36, 24), "growth": 48}),
        ("densenet169", {"block_layers": (6, 12, 32, 32), "growth": 32}),
        ("densenet201", {"block_layers": (6, 12, 48, 32), "growth": 32}),
        ("vgg11", {"stage_layers": (1, 1, 2, 2, 2), "normalised": False}),
        ("vgg13_bn", {"stage_layers": (2, 2, 2, 2, 2), "normalised": True}),
        ("vgg16_bn", {"stage_layers": (2, 2, 3, 3, 3), "normalised": True}),
        ("vgg19", {"stage_layers": (2, 2, 4, 4, 4), "normalised": False}),
    ],
)
def test_other_depths(name, values):
    with torch.device("meta"):
        theirs = getattr(models, name)(weights=None)
    found = found_in(theirs.state_dict())
    assert found.table.fits
    assert {key: getattr(found.config, key) for key in values} == values
    assert found.config.num_classes == 1000


def test_densenet_files_with_torchvisions_first_names():
    """The published files say ``norm.1`` where today's networks say ``norm1``."""
    with torch.device("meta"):
        shapes = shapes_of(models.densenet121(weights=None))
    old = {
        re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", key): shape
        for key, shape in shapes.items()
        if not key.endswith("num_batches_tracked")
    }
    assert set(old) - set(shapes)
    found = found_in(old)
    assert found.table.fits
    assert found.keys["features.denseblock2.denselayer11.norm.1.weight"].endswith("11.norm1.weight")


@pytest.mark.parametrize("name", ["resnext50_32x4d", "wide_resnet50_2", "mobilenet_v2", "alexnet"])
def test_their_relatives_are_not_taken_for_them(name):
    from segviewer.checkpoints.families import family_of

    with torch.device("meta"):
        shapes = shapes_of(getattr(models, name)(weights=None))
    assert family_of(shapes) is None


def milesial_shapes(width, num_classes, bilinear):
    """Keys and shapes as FACTS §10 describes them."""
    shapes = {}

    def double(name, cin, middle, cout):
        for index, before, after in ((0, cin, middle), (3, middle, cout)):
            shapes[f"{name}.{index}.weight"] = (after, before, 3, 3)
            for key in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"{name}.{index + 1}.{key}"] = (after,)
            shapes[f"{name}.{index + 1}.num_batches_tracked"] = ()

    factor = 2 if bilinear else 1
    double("inc.double_conv", 3, width, width)
    for level in range(1, 5):
        cout = width * 2**level // (factor if level == 4 else 1)
        double(f"down{level}.maxpool_conv.1.double_conv", width * 2 ** (level - 1), cout, cout)
    for level in range(1, 5):
        cin = width * 2 ** (5 - level)
        cout = cin // 2 // (factor if level < 4 else 1)
        if not bilinear:
            shapes[f"up{level}.up.weight"] = (cin, cin // 2, 2, 2)
            shapes[f"up{level}.up.bias"] = (cin // 2,)
        double(f"up{level}.conv.double_conv", cin, cin // 2, cout)
    shapes["outc.conv.weight"] = (num_classes, width, 1, 1)
    shapes["outc.conv.bias"] = (num_classes,)
    return shapes


@pytest.mark.parametrize("bilinear", [False, True])
@torch.inference_mode()
def test_milesials_file_opens_though_it_carries_mask_values(bilinear, filled, tmp_path):
    tensors = filled(milesial_shapes(4, 2, bilinear))
    path = tmp_path / "MODEL.pth"
    torch.save({**tensors, "mask_values": [0, 1]}, path)
    opened = open_network(str(path))
    assert opened.card.weights == "unknown"
    assert opened.config == UNetConfig(
        width=4, num_classes=2, up="bilinear" if bilinear else "transposed"
    )
    assert isinstance(opened.network, UNet)
    preprocessing = opened.card.preprocessing
    assert (preprocessing.mean, preprocessing.std) == ((0.0,) * 3, (1.0,) * 3)
    scores = opened.network(picture(98, 131))
    assert scores.shape == (1, 2, 98, 131) and scores.std() > 0


def test_mask_values_as_a_tensor_are_no_stray_key(filled):
    tensors = filled(milesial_shapes(4, 2, False))
    tensors["mask_values"] = torch.tensor([0, 255])
    assert found_in(tensors).table.fits
