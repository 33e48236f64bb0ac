"""ERFNet and the tutorial: what their own code says, recorded, for weights by the rule."""

import pytest
import torch

from segviewer.checkpoints.opening import open_network
from segviewer.errors import CheckpointError
from tests.checkpoints.test_published_files import picture

# Outputs of Eromera/erfnet_pytorch and of usuyama's notebook in eval mode, for 96×128 pixels.
ERFNET = (
    -2.936250041492182,
    33.50152674599827,
    {0: -8.870972, 62746: 48.58931, 125493: 37.110626, 188240: -15.050356, 219614: -19.765411},
)
TUTORIAL = (
    0.2077428119432307,
    3.715714663133589,
    {0: -1.006136, 18823: -2.153081, 37647: -1.976009, 56471: -3.257092, 65883: 5.853109},
)


def norm(name, channels):
    parts = ("weight", "bias", "running_mean", "running_var")
    found = {f"{name}.{part}": (channels,) for part in parts}
    return found | {f"{name}.num_batches_tracked": ()}


def conv(name, shape, bias=True):
    biases = shape[1] if "output_conv" in name and name.startswith("decoder") else shape[0]
    return {f"{name}.weight": shape} | ({f"{name}.bias": (biases,)} if bias else {})


def erfnet_shapes(classes=20):
    def down(name, cin, cout):
        return conv(f"{name}.conv", (cout - cin, cin, 3, 3)) | norm(f"{name}.bn", cout)

    def up(name, cin, cout):
        shape = {f"{name}.conv.weight": (cin, cout, 3, 3), f"{name}.conv.bias": (cout,)}
        return shape | norm(f"{name}.bn", cout)

    def unit(name, channels):
        shapes = {}
        for pair in ("1", "2"):
            shapes |= conv(f"{name}.conv3x1_{pair}", (channels, channels, 3, 1))
            shapes |= conv(f"{name}.conv1x3_{pair}", (channels, channels, 1, 3))
            shapes |= norm(f"{name}.bn{pair}", channels)
        return shapes

    shapes = down("encoder.initial_block", 3, 16) | down("encoder.layers.0", 16, 64)
    for layer in range(1, 6):
        shapes |= unit(f"encoder.layers.{layer}", 64)
    shapes |= down("encoder.layers.6", 64, 128)
    for layer in range(7, 15):
        shapes |= unit(f"encoder.layers.{layer}", 128)
    shapes |= conv("encoder.output_conv", (classes, 128, 1, 1))
    shapes |= up("decoder.layers.0", 128, 64) | up("decoder.layers.3", 64, 16)
    for layer, channels in ((1, 64), (2, 64), (4, 16), (5, 16)):
        shapes |= unit(f"decoder.layers.{layer}", channels)
    return shapes | conv("decoder.output_conv", (16, classes, 2, 2))


def resnet18_shapes():
    """Under the names of the layers that the tutorial runs."""
    shapes = conv("layer0.0", (64, 3, 7, 7), bias=False) | norm("layer0.1", 64)
    cin = 64
    for level, cout in enumerate((64, 128, 256, 512), 1):
        for number in range(2):
            unit = f"layer{level}.{'1.' if level == 1 else ''}{number}"
            first = cin if number == 0 else cout
            shapes |= conv(f"{unit}.conv1", (cout, first, 3, 3), bias=False)
            shapes |= conv(f"{unit}.conv2", (cout, cout, 3, 3), bias=False)
            shapes |= norm(f"{unit}.bn1", cout) | norm(f"{unit}.bn2", cout)
            if first != cout:
                shapes |= conv(f"{unit}.downsample.0", (cout, first, 1, 1), bias=False)
                shapes |= norm(f"{unit}.downsample.1", cout)
        cin = cout
    return shapes


def tutorial_shapes(classes=6):
    shapes = resnet18_shapes()
    for level, width in enumerate((64, 64, 128, 256, 512)):
        shapes |= conv(f"layer{level}_1x1.0", (width, width, 1, 1))
    ups = {3: (256 + 512, 512), 2: (128 + 512, 256), 1: (64 + 256, 256), 0: (64 + 256, 128)}
    for level, (cin, cout) in ups.items():
        shapes |= conv(f"conv_up{level}.0", (cout, cin, 3, 3))
    for number, cin in enumerate((3, 64, 64 + 128)):
        shapes |= conv(f"conv_original_size{number}.0", (64, cin, 3, 3))
    return shapes | conv("conv_last", (classes, 64, 1, 1))


CASES = {
    "ERFNet": (erfnet_shapes, ERFNET, "erf_net", 20),
    "tutorial": (tutorial_shapes, TUTORIAL, "full_size_u_net", 6),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("prefix", ["", "module."])
def test_the_programs_own_output(name, prefix, filled, tmp_path):
    shapes, (mean, std, values), architecture, classes = CASES[name]
    path = tmp_path / "model.pth"
    torch.save({prefix + key: value for key, value in filled(shapes()).items()}, path)
    opened = open_network(str(path))
    assert opened.card.architecture == architecture and opened.unused == 0
    with torch.no_grad():
        scores = opened.network(picture(96, 128))
    assert scores.shape == (1, classes, 96, 128)
    assert scores.mean().item() == pytest.approx(mean, abs=1e-4 * std)
    assert scores.std().item() == pytest.approx(std, rel=1e-4)
    for place, value in values.items():
        assert scores.flatten()[place].item() == pytest.approx(value, abs=1e-4 * std)


def test_the_backbone_that_is_not_run_counts_for_nothing(filled, tmp_path):
    tensors = filled(tutorial_shapes())
    twice = {f"base_model.{key}": torch.zeros(3) for key in ("conv1.weight", "fc.bias")}
    path = tmp_path / "model.pth"
    torch.save(tensors | twice, path)
    opened = open_network(str(path))
    assert opened.unused == 0 and any("sigmoid" in note for note in opened.notes)


def test_an_erfnet_of_other_units_is_refused_by_name(filled, tmp_path):
    shapes = {k: s for k, s in erfnet_shapes().items() if not k.startswith("encoder.layers.14")}
    path = tmp_path / "model.pth"
    torch.save(filled(shapes), path)
    with pytest.raises(CheckpointError, match="Its encoder has other units"):
        open_network(str(path))


def test_a_tutorial_network_on_a_deeper_resnet_is_refused_by_name(filled, tmp_path):
    shapes = tutorial_shapes() | {"layer1.1.0.conv3.weight": (256, 64, 1, 1)}
    path = tmp_path / "model.pth"
    torch.save(filled(shapes), path)
    with pytest.raises(CheckpointError, match="no ResNet-18"):
        open_network(str(path))
