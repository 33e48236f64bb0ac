"""SegNet: parameters, its mirrored layers, remembered places, and odd sizes."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from segviewer.analysis.receptive_fields.theoretical_receptive_field import trace
from segviewer.networks.seg_net import STAGES, SegNet, SegNetConfig

# Channels out of each decoder layer (FACTS §11); the last has as many as there are classes.
DECODER = {
    "conv5_3_D": 512,
    "conv5_2_D": 512,
    "conv5_1_D": 512,
    "conv4_3_D": 512,
    "conv4_2_D": 512,
    "conv4_1_D": 256,
    "conv3_3_D": 256,
    "conv3_2_D": 256,
    "conv3_1_D": 128,
    "conv2_2_D": 128,
    "conv2_1_D": 64,
    "conv1_2_D": 64,
    "conv1_1_D": 21,
}


def on_meta(**values):
    with torch.device("meta"):
        return SegNet(SegNetConfig(**values)).eval()


def small(**values):
    network = SegNet(SegNetConfig(**{"width": 2, "num_classes": 3} | values))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(module.weight, 0.6, 1.2)
            nn.init.normal_(module.bias, 0, 0.1)
    return network.eval().requires_grad_(False)


def unpooled_inputs(network, features):
    """What comes into the first convolution of each decoder stage, and the scores."""
    inputs, hooks = {}, []
    for stage in STAGES:
        first = network.decoder[f"{network.encoder.names(stage)[-1]}_D"]
        hooks.append(
            first.register_forward_pre_hook(
                lambda _, args, stage=stage: inputs.update({stage: args[0].clone()})
            )
        )
    scores = network.head(features)
    for hook in hooks:
        hook.remove()
    return inputs, scores


@pytest.mark.parametrize(("num_classes", "number"), [(21, 29_455_125), (11, 29_449_355)])
def test_parameters(num_classes, number):
    assert sum(p.numel() for p in on_meta(num_classes=num_classes).parameters()) == number


def test_the_decoder_is_the_encoders_mirror_image():
    network = on_meta()
    convs = {n: m for n, m in network.decoder.items() if isinstance(m, nn.Conv2d)}
    assert {name: conv.out_channels for name, conv in convs.items()} == DECODER
    assert list(convs) == list(DECODER)
    assert all(conv.kernel_size == (3, 3) and conv.padding == (1, 1) for conv in convs.values())
    assert all(conv.bias is not None for conv in convs.values())
    cin = 512
    for conv in convs.values():  # each takes what the one before gives: nothing is joined on
        assert conv.in_channels == cin
        cin = conv.out_channels


def test_batch_norm_behind_every_convolution_but_the_last():
    network = on_meta()
    names = {name.removesuffix("_bn") for name in network.decoder if name.endswith("_bn")}
    assert names == set(DECODER) - {"conv1_1_D"}
    norms = [m for m in network.encoder.modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(norms) == 13 and all(norm.affine for norm in norms)


def test_sizes():
    network = on_meta(num_classes=11)
    features = network.features(torch.zeros(1, 3, 360, 480, device="meta"))
    places = [tuple(features[f"indices{stage}"].shape[1:]) for stage in STAGES]
    assert places == [(64, 180, 240), (128, 90, 120), (256, 45, 60), (512, 23, 30), (512, 12, 15)]
    assert features["indices5"].dtype == torch.int64
    assert network.head(features).shape == (1, 11, 360, 480)


def test_receptive_field_of_the_encoder():
    rows = {row.label: row for row in trace(on_meta(), height=256, width=256)}
    assert (rows["encoder.conv5_3"].size, rows["encoder.conv5_3"].jump) == (196, 16)
    assert (rows["features[out]"].size, rows["features[out]"].jump) == (212, 32)


@pytest.mark.parametrize("size", [(64, 96), (33, 47), (1, 1), (97, 66)], ids=str)
@torch.inference_mode()
def test_each_unpooling_gives_the_size_that_was_pooled(size):
    network = small()
    pooled = {}
    hooks = [
        network.encoder.pooling(stage).register_forward_pre_hook(
            lambda _, args, stage=stage: pooled.update({stage: args[0].clone()})
        )
        for stage in STAGES
    ]
    features = network.features(torch.randn(2, 3, *size))
    for hook in hooks:
        hook.remove()
    raised, scores = unpooled_inputs(network, features)
    assert scores.shape == (2, 3, *size)
    for stage in STAGES:
        assert raised[stage].shape == pooled[stage].shape


@torch.inference_mode()
def test_values_return_to_where_the_encoder_found_its_maxima():
    network = small()
    image = torch.randn(1, 3, 33, 47)
    features = network.features(image)
    # Each remembered place is that of the largest value of its window.
    x, places = network.encoder.stage(1, image), features["indices1"]
    largest = x.flatten(2).gather(2, places.flatten(2)).view(places.shape)
    assert torch.equal(largest, F.max_pool2d(x, 2, ceil_mode=True))
    raised, _ = unpooled_inputs(network, features)
    for stage in STAGES:
        occupied = torch.zeros_like(raised[stage], dtype=torch.bool)
        occupied.flatten(2).scatter_(2, features[f"indices{stage}"].flatten(2), True)
        assert raised[stage][occupied].any() and not raised[stage][~occupied].any()


@torch.inference_mode()
def test_the_deepest_map_is_unpooled_from_the_maxima_themselves():
    network = small()
    features = network.features(torch.randn(1, 3, 64, 96))
    raised = unpooled_inputs(network, features)[0][5]
    back = F.max_pool2d(raised, 2, ceil_mode=True)
    assert torch.equal(back, features["out"])  # behind ReLUs none is below 0
    assert int((raised != 0).sum()) == int((features["out"] != 0).sum())


def by_hand(state, image):
    """SegNet written out from its tensors, in the order of FACTS §11."""

    def layer(x, place, norm=True):
        x = F.conv2d(x, state[f"{place}.weight"], state[f"{place}.bias"], padding=1)
        if not norm:
            return x
        names = ("running_mean", "running_var", "weight", "bias")
        return F.relu(F.batch_norm(x, *(state[f"{place}_bn.{name}"] for name in names)))

    x, remembered = image, []
    for stage, count in enumerate((2, 2, 3, 3, 3), start=1):
        for number in range(1, count + 1):
            x = layer(x, f"encoder.conv{stage}_{number}")
        size = x.shape[-2:]
        x, places = F.max_pool2d(x, 2, 2, ceil_mode=True, return_indices=True)
        remembered.append((places, size))
    for name in DECODER:
        stage = int(name[4])
        if len(remembered) == stage:
            places, size = remembered.pop()
            x = F.max_unpool2d(x, places, 2, 2, output_size=size)
        x = layer(x, f"decoder.{name}", norm=name != "conv1_1_D")
    return x


@pytest.mark.parametrize("size", [(64, 96), (37, 51)], ids=str)
@torch.inference_mode()
def test_layer_by_layer(size):
    network, image = small(width=3), torch.randn(2, 3, *size)
    expected = by_hand(network.state_dict(), image)
    torch.testing.assert_close(network(image), expected, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_bilinear_unpooling_forgets_the_places():
    network = small()
    features = network.features(torch.randn(1, 3, 33, 47))
    stored = network.head(features)
    moved = dict(features)
    for stage in STAGES:  # all into the upper left
        places = features[f"indices{stage}"]
        first = torch.arange(places[0, 0].numel()).view(places.shape[-2:])
        moved[f"indices{stage}"] = first.expand_as(places).clone()
    assert not torch.allclose(network.head(moved), stored, atol=1e-3 * float(stored.std()))
    network.reconfigure(network.config.changed(unpooling="bilinear"))
    bilinear = network.head(features)
    assert torch.equal(network.head(moved), bilinear)
    assert not torch.allclose(bilinear, stored, atol=1e-3 * float(stored.std()))
    raised = unpooled_inputs(network, features)[0][5]
    size = features["indices4"].shape[-2:]
    assert torch.equal(raised, F.interpolate(features["out"], size, mode="bilinear"))


@torch.inference_mode()
def test_the_last_convolution_gives_scores_as_they_are():
    network = small()
    network.decoder["conv1_1_D"].weight.zero_()
    network.decoder["conv1_1_D"].bias.copy_(torch.tensor([-2.0, 0.0, 3.0]))
    scores = network(torch.randn(1, 3, 20, 30))
    assert torch.equal(scores[0, :, 7, 9], torch.tensor([-2.0, 0.0, 3.0]))
