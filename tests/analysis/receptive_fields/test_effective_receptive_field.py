"""Gradients of units against closed forms, traced fields and the pixel that was asked for."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from segviewer.analysis.gridding.rate_sequence import touch_levels
from segviewer.analysis.receptive_fields.average_field import (
    average_over_pictures,
    average_over_weights,
)
from segviewer.analysis.receptive_fields.effective_receptive_field import (
    Unit,
    UnitGradients,
    pixel_of_unit,
    unit_at_pixel,
)
from segviewer.analysis.receptive_fields.effective_size import measure
from segviewer.analysis.receptive_fields.theoretical_receptive_field import (
    Rectangle,
    seen_by_unit,
    trace,
)
from segviewer.checkpoints.opening import open_network
from segviewer.errors import Cancelled, SegviewerError
from segviewer.networks import network_class
from segviewer.resource_files import resource_path


def small_deeplab(**settings):
    """DeepLab v3 whose every path carries a positive, unsaturated signal."""
    network_type = network_class("deeplab_v3")
    config = network_type.Config(
        backbone="efficientnet_lite0",
        output_stride=16,
        atrous_rates=(2, 3, 5),
        aspp_channels=2,
        num_classes=2,
        auxiliary=False,
        **settings,
    )
    network = network_type(config).eval().requires_grad_(False)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.fill_(1 / module.weight[0].numel())
            if module.bias is not None:
                module.bias.zero_()
    return network


def bounds(field: np.ndarray) -> Rectangle:
    rows, columns = (np.flatnonzero(field.any(axis)) for axis in (1, 0))
    return Rectangle(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def stack(*rates: int) -> nn.Sequential:
    layers = [nn.Conv2d(1, 1, 3, padding=r, dilation=r, bias=False) for r in rates]
    for layer in layers:
        nn.init.ones_(layer.weight)
    return nn.Sequential(*layers).requires_grad_(False)


# --- Closed forms. ---


@pytest.mark.parametrize("rates", [(2, 2, 2), (1, 2, 5), (1, 1)])
def test_the_field_of_a_linear_network_is_its_path_map(rates):
    gradients = UnitGradients(stack(*rates), torch.randn(1, 1, 41, 47))
    line = touch_levels(rates)[-1]
    reach = len(line) // 2
    field = gradients.of_unit(Unit(20, 23, layer="output"))
    assert field.values.dtype == np.float32 and field.reason == ""
    cut = field.values[20 - reach : 21 + reach, 23 - reach : 24 + reach]
    np.testing.assert_array_equal(cut, np.outer(line, line))
    assert field.values.sum() == np.outer(line, line).sum()


def test_colours_are_summed_and_channels_chosen():
    conv = nn.Conv2d(3, 2, 1, bias=False).requires_grad_(False)
    conv.weight.copy_(torch.tensor([[1.0, -2, 3], [10, 20, -30]])[..., None, None])
    gradients = UnitGradients(conv, torch.zeros(3, 4, 5))
    for channel, value in ((0, 6), (1, 60), (None, 11 + 18 + 27)):
        field = gradients.of_unit(Unit(1, 2, channel, "output")).values
        assert field.shape == (4, 5) and field[1, 2] == field.sum() == value


@pytest.mark.parametrize("image_pooling", [False, True])
def test_what_is_reached_is_what_is_traced(image_pooling):
    network = small_deeplab(image_pooling=image_pooling)
    rows = {row.label: row for row in trace(network, height=97, width=130)}
    # In single precision the faint corners of a field would be lost.
    picture = 1e-4 * torch.rand(3, 97, 130, dtype=torch.double)  # far from where ReLU6 is flat
    gradients = UnitGradients(network.double(), picture)
    assert gradients.layers == tuple(rows)
    early = next(name for name in rows if "stages.1" in name)
    asked = [
        ("scores", 3, 4),
        ("scores", 0, 8),
        ("picture", 50, 60),
        ("picture", 0, 129),
        ("features[out]", 6, 0),
        (early, 5, 5),
    ]
    for layer, y, x in asked:
        assert gradients.shape(layer)[1:] == rows[layer].output_size
        field = gradients.of_unit(Unit(y, x, layer=layer))
        assert bounds(field.values) == seen_by_unit(rows[layer], y, x), layer


def test_the_bundled_networks_field_lies_about_the_pixel():
    opened = open_network("bundled:deeplab_v3_efficientnet_lite0_camvid")
    with Image.open(resource_path("samples", "leuven_street.jpg")) as file:
        picture = np.array(file.convert("RGB").resize((240, 180)))
    image = torch.from_numpy(opened.card.preprocessing.normalise(picture))
    gradients = UnitGradients(opened.network, image)
    for (y, x), channel in itertools.product([(90, 120), (40, 30), (150, 200)], (None, 0)):
        field = gradients.of_unit(Unit(y, x, channel)).values
        peak = np.unravel_index(field.argmax(), field.shape)
        assert max(abs(peak[0] - y), abs(peak[1] - x)) <= 8
        near = field[max(0, y - 24) : y + 25, max(0, x - 24) : x + 25]
        assert near.mean() > 2.5 * field.mean()
        size = measure(field, y, x)
        assert 1 < size.box_side <= 2 * 240 and size.area_side > 1


# --- One forward pass. ---


class Counting(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network, self.runs = network, 0

    def forward(self, x):
        self.runs += 1
        return self.network(x)


def test_further_units_need_no_forward_pass():
    network = Counting(stack(1, 2))
    gradients = UnitGradients(network, torch.randn(1, 1, 9, 9))
    first = gradients.of_unit(Unit(4, 4, layer="output"))
    for y, layer in itertools.product(range(9), gradients.layers):
        gradients.of_unit(Unit(y, 0, layer=layer))
    again = gradients.of_unit(Unit(4, 4, layer="output"))
    assert network.runs == 1 and np.array_equal(first.values, again.values)


def test_an_activation_in_place_does_not_take_its_inputs_gradient():
    def built(inplace):
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace), nn.Conv2d(4, 1, 1)
        ).eval()

    image = torch.randn(1, 1, 8, 8)
    one, other = (UnitGradients(built(inplace), image) for inplace in (False, True))
    for layer, channel in itertools.product(("0", "1", "2", "3"), (0, None)):
        unit = Unit(3, 4, channel, layer)
        np.testing.assert_array_equal(one.of_unit(unit).values, other.of_unit(unit).values)
    before = [one.of_unit(Unit(3, 4, c, "1")).values.any() for c in range(4)]
    behind = [one.of_unit(Unit(3, 4, c, "2")).values.any() for c in range(4)]
    assert all(before) and not all(behind)


def test_a_layer_that_runs_twice_has_two_labels():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = stack(1)

        def forward(self, x):
            return self.conv(self.conv(x))

    gradients = UnitGradients(Twice(), torch.randn(1, 1, 9, 9))
    assert gradients.layers == ("conv.0", "conv.0#2", "output")
    for layer, side in (("conv.0", 3), ("conv.0#2", 5)):
        found = bounds(gradients.of_unit(Unit(4, 4, layer=layer)).values)
        assert found.right - found.left == side


def test_the_network_stays_as_it_was():
    network = small_deeplab().requires_grad_(True)
    state = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    image = torch.rand(3, 33, 33)
    UnitGradients(network, image).of_unit(Unit(5, 5))
    assert not image.requires_grad and image.grad is None
    assert all(p.grad is None for p in network.parameters())
    assert all(torch.equal(tensor, state[k]) for k, tensor in network.state_dict().items())
    assert not any(m._forward_hooks for m in network.modules())


# --- Framing. ---


@pytest.mark.parametrize("architecture", ["seg_net", "hdc_duc", "u_net"])
def test_framed_networks_answer_at_the_pictures_pixels(architecture):
    network_type = network_class(architecture)
    preset = {"hdc_duc": {"backbone": "efficientnet_lite0"}}.get(architecture, {})
    torch.manual_seed(1)
    network = network_type(network_type.Config(num_classes=2, **preset)).eval()
    gradients = UnitGradients(network.requires_grad_(False), torch.randn(3, 45, 62))
    assert gradients.shape("picture") == (2, 45, 62)
    field = gradients.of_unit(Unit(44, 61)).values
    assert field.shape == (45, 62) and field.any()


# --- Fields that are 0 everywhere. ---


def test_a_dead_relu_is_named():
    network = nn.Sequential(stack(1), nn.ReLU(), stack(1))
    field = UnitGradients(network, -torch.ones(1, 1, 9, 9)).of_unit(Unit(4, 4, layer="output"))
    assert not field.values.any()
    assert field.reason.startswith("Dead ReLU: the gradient ends at 1 ")


@pytest.mark.parametrize("activation", [nn.ReLU6(), nn.Hardswish(), nn.ReLU(inplace=True)])
def test_other_flat_activations(activation):
    network = nn.Sequential(stack(1), activation)
    field = UnitGradients(network, -torch.ones(1, 1, 9, 9)).of_unit(Unit(4, 4, layer="output"))
    assert field.reason.startswith("Dead ReLU")


def test_a_cut_branch_is_said():
    network = small_deeplab()
    network.reconfigure(network.config.changed(branches=(False,) * 4, image_pooling=False))
    gradients = UnitGradients(network, torch.rand(3, 33, 33))
    field = gradients.of_unit(Unit(0, 0, layer="scores"))
    assert not field.values.any() and field.reason.startswith("Cut off")
    with pytest.raises(SegviewerError, match="does not run"):
        gradients.shape("classifier.0.convs.1.0")


def test_a_unit_that_reads_padding_alone_is_outside():
    network = nn.Sequential(nn.ZeroPad2d(6), stack(1))
    field = UnitGradients(network, torch.ones(1, 1, 9, 9)).of_unit(Unit(0, 0, layer="output"))
    assert field.reason.startswith("Outside")
    rates = nn.Sequential(nn.Conv2d(1, 1, 2, padding=4, bias=False))
    field = UnitGradients(rates, torch.ones(1, 1, 9, 9)).of_unit(Unit(0, 0, layer="output"))
    assert "a convolution at 0" in field.reason and "padding" in field.reason


def test_weights_of_zero_and_cancelling_paths():
    network = stack(1, 1)
    nn.init.zeros_(network[1].weight)
    field = UnitGradients(network, torch.ones(1, 1, 9, 9)).of_unit(Unit(4, 4, layer="output"))
    assert "a convolution at 1" in field.reason

    class Cancelling(nn.Module):
        def forward(self, x):
            return 2 * x - (x + x)

    field = UnitGradients(Cancelling(), torch.ones(1, 1, 9, 9)).of_unit(Unit(4, 4, layer="output"))
    assert field.reason == "Paths of opposite sign cancel."


# --- What is not there. ---


@pytest.mark.parametrize(
    ("unit", "what"),
    [
        (Unit(9, 0, layer="output"), "no unit in row 9"),
        (Unit(0, -1, layer="output"), "no unit in row 0, column -1"),
        (Unit(0, 0, 1, "output"), "no channel 1"),
        (Unit(0, 0, -1, "output"), "no channel -1"),
        (Unit(0, 0, layer="outptu"), "There is no layer outptu"),
        (Unit(0, 0, layer="1"), "1 has no cells"),
    ],
)
def test_what_is_not_there_is_told(unit, what):
    class Flattens(nn.Module):
        def __init__(self):
            super().__init__()
            self.add_module("0", stack(1))
            self.add_module("1", nn.Flatten())

        def forward(self, x):
            maps = getattr(self, "0")(x)
            return maps + getattr(self, "1")(maps).sum()

    gradients = UnitGradients(Flattens(), torch.ones(1, 1, 9, 9))
    with pytest.raises(SegviewerError, match=what) as raised:
        gradients.of_unit(unit)
    assert raised.value.why and raised.value.next_step


# --- Units and pixels. ---


def test_units_and_pixels_answer_each_other():
    rows = {row.label: row for row in trace(small_deeplab(), height=97, width=130)}
    assert (
        unit_at_pixel(rows["picture"], 50, 60) == (50, 60) == pixel_of_unit(rows["picture"], 50, 60)
    )
    row = rows["scores"]
    for y, x in ((0, 0), (3, 5), (6, 8)):
        assert unit_at_pixel(row, *pixel_of_unit(row, y, x)) == (y, x)
    height, width = row.output_size
    assert unit_at_pixel(row, 0, 0) == (0, 0)
    assert unit_at_pixel(row, 96, 129) == (height - 1, width - 1)
    assert unit_at_pixel(row, 10_000, 10_000) == (height - 1, width - 1)


# --- Averages. ---


def test_the_running_mean_over_pictures():
    torch.manual_seed(3)
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 3, padding=1))
    unit = Unit(4, 5, 0, "output")
    means = list(average_over_pictures(network, 9, 11, unit, 3, seed=8))
    assert [(m.done, m.total, m.silent) for m in means] == [(1, 3, 0), (2, 3, 0), (3, 3, 0)]
    generator = torch.Generator().manual_seed(8)
    fields = []
    for _ in range(3):
        image = torch.randn(1, 3, 9, 11, generator=generator)
        fields.append(UnitGradients(network, image).of_unit(unit).values)
    for mean in means:
        np.testing.assert_allclose(mean.values, np.mean(fields[: mean.done], 0), rtol=1e-5)


def test_the_running_mean_over_weights():
    network_type = network_class("drn")
    network = network_type(network_type.Config(num_classes=2, width=1 / 16)).eval()
    before = {k: v.clone() for k, v in network.state_dict().items()}
    unit, image = Unit(16, 16), torch.randn(3, 33, 33)
    state = torch.random.get_rng_state()
    means = list(average_over_weights(network, image, unit, 2, seed=1))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(v, before[k]) for k, v in network.state_dict().items())
    assert [mean.values.sum() for mean in means] == pytest.approx([1, 1], rel=1e-4)
    assert not np.allclose(means[0].values, means[1].values)
    again = next(average_over_weights(network, image, unit, 2, seed=1))
    np.testing.assert_array_equal(again.values, means[0].values)


def test_silent_samples_are_counted():
    network = nn.Sequential(nn.Conv2d(3, 1, 1), nn.ReLU())
    nn.init.constant_(network[0].bias, -100.0)
    *_, mean = average_over_pictures(network, 5, 5, Unit(2, 2, layer="output"), 2)
    assert mean.silent == 2 and not mean.values.any() and mean.reason.startswith("Dead ReLU")


def test_averages_stop_between_samples():
    network, left = stack(1), 2
    network = nn.Sequential(nn.Conv2d(3, 1, 1), network)

    def check():
        nonlocal left
        left -= 1
        if left < 0:
            raise Cancelled

    seen = []
    with pytest.raises(Cancelled):
        for mean in average_over_pictures(
            network, 5, 5, Unit(2, 2, layer="output"), 9, check=check
        ):
            seen.append(mean.done)
    assert seen == [1, 2]


def test_the_class_at_a_place_is_that_of_its_largest_score():
    network = small_deeplab().eval()
    network.classifier[-1].bias.copy_(torch.tensor([0.0, 1e-3]))
    gradients = UnitGradients(network, torch.zeros(3, 33, 47))
    assert gradients.class_at("picture", 32, 46) == gradients.class_at("scores", 0, 0) == 1
    assert gradients.class_at("features[out]", 0, 0) is None
    # Every layer once: the picture and the scores are no layers.
    assert gradients.numbers > 3 * 33 * 47
