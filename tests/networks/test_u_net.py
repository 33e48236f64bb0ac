"""U-Net: the paper's sizes, and what skips and upsampling do."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segviewer.layers.framing import full_scores, run_features
from segviewer.networks.u_net import MARGIN, UNet, UNetConfig


def built(**values):
    network = UNet(UNetConfig(num_classes=2, **values)).eval().requires_grad_(False)
    return network


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"num_classes": 2}, 31_037_698),
        ({"num_classes": 21}, 31_038_933),
        ({"num_classes": 2, "up": "bilinear"}, 17_263_042),
        ({"num_classes": 21, "up": "bilinear"}, 17_264_277),
        ({"num_classes": 21, "form": "valid"}, 31_033_045),
    ],
    ids=str,
)
def test_parameters(values, expected):
    with torch.device("meta"):
        network = UNet(UNetConfig(**values))
    assert sum(p.numel() for p in network.parameters()) == expected


def test_sizes_of_figure_1():
    with torch.device("meta"):
        network = UNet(UNetConfig(form="valid", width=2))
        features = network.features(torch.empty(1, 3, 572, 572))
        assert [features[name].shape[-1] for name in ("stride1", "stride2", "stride4")] == [
            568,
            280,
            136,
        ]
        assert features["stride8"].shape[-1] == 64
        assert features["out"].shape[-1] == 28
        assert network.head(features).shape == (1, 21, 388, 388)


@pytest.mark.slow
@given(st.integers(1, 700), st.integers(1, 700))
def test_valid_frames_are_sizes_it_takes(height, width):
    with torch.device("meta"):
        network = UNet(UNetConfig(form="valid", width=1))
    framing = network.framing(height, width)
    framed = height + framing.top + framing.bottom, width + framing.left + framing.right
    assert all(side % 16 == 12 for side in framed)
    assert framing.top == framing.left == framing.margin == MARGIN
    # The scores reach at least the photograph's last pixel, and no pixel row is wasted twice.
    for side, whole in zip((height, width), framed, strict=True):
        assert side <= whole - 2 * MARGIN < side + 16


@torch.inference_mode()
def test_valid_scores_see_no_border():
    """The overlap-tile strategy: a tile's scores are those of the whole, at the same places."""
    network = built(form="valid", width=2)
    image = torch.randn(1, 3, 252, 252)
    whole = network(image)
    tile = network(image[..., 32:236, 32:236])  # shifted by whole steps of 16
    torch.testing.assert_close(tile, whole[..., 32:52, 32:52], rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_bottleneck_sees_140_pixels_every_16():
    network = built(width=1)
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.abs_()
    columns = 192

    def answers(place):
        # One bright column at a time; with positive weights it can only add.
        image = torch.zeros(columns, 3, 48, columns)
        image[torch.arange(columns), :, :, torch.arange(columns)] = 1
        return network.features(image)["out"][:, 0, 1, place]

    seen = [(answers(place) > 0).nonzero().flatten() for place in (5, 6)]
    assert [len(one) for one in seen] == [140, 140]
    assert seen[1][0] - seen[0][0] == 16


@pytest.mark.parametrize("place", range(4))
@torch.inference_mode()
def test_a_skip_switched_off_is_a_skip_of_zeros(place):
    network = built(width=2)
    features = network.features(torch.randn(1, 3, 32, 48))
    name = ("stride1", "stride2", "stride4", "stride8")[place]
    silenced = network.head({**features, name: torch.zeros_like(features[name])})
    skips = tuple(index != place for index in range(4))
    network.reconfigure(network.config.changed(skips=skips))
    assert torch.equal(network.head(features), silenced)


@torch.inference_mode()
def test_without_skips_only_the_coarse_map_speaks():
    network = built(width=2)
    network.reconfigure(network.config.changed(skips=(False,) * 4))
    features = network.features(torch.randn(1, 3, 32, 48))
    other = {name: torch.randn_like(value) for name, value in features.items()}
    assert torch.equal(network.head(features), network.head({**other, "out": features["out"]}))


@torch.inference_mode()
def test_padded_form_takes_odd_sizes_as_they_are():
    network = built(width=2)
    image = torch.randn(1, 3, 98, 131)
    scores = network(image)
    assert scores.shape == (1, 2, 98, 131)
    assert torch.equal(full_scores(network, run_features(network, image), 98, 131), scores)


@torch.inference_mode()
def test_backbone_form_climbs_to_stride_2():
    network = built(form="efficientnet_lite0", decoder_channels=4)
    features = network.features(torch.randn(1, 3, 64, 96))
    strides = {name: 64 // value.shape[-2] for name, value in features.items()}
    assert strides == {"stride2": 2, "low_level": 4, "stride8": 8, "auxiliary": 16, "out": 16}
    assert network.head(features).shape == (1, 2, 32, 48)


def test_lengths_are_checked():
    with pytest.raises(ValueError, match="four skips"):
        UNetConfig(skips=(True,) * 3)
