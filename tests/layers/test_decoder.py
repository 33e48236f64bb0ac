"""The decoder of DeepLab v3+ in identities."""

import pytest
import torch

from segviewer.layers.decoder import PyramidDecoder


def build(**values):
    settings = {"convolutions": 1, "low_level_first": True, "separable": False, **values}
    torch.manual_seed(0)
    decoder = PyramidDecoder(6, 8, 5, 3, 3, 4, **settings).eval().requires_grad_(False)
    decoder.aspp.reconfigure((1, 2, 3), (True,) * 4, True)
    return decoder


@pytest.fixture
def maps():
    generator = torch.Generator().manual_seed(2)
    return (
        torch.randn(1, 6, 16, 20, generator=generator),
        torch.randn(1, 8, 4, 5, generator=generator),
    )


@pytest.mark.parametrize("low_level_first", [True, False])
def test_without_skip_the_low_level_weights_are_not_asked(maps, low_level_first):
    decoder = build(low_level_first=low_level_first)
    silent = decoder(*maps, True, False)
    spoken = decoder(*maps, True, True)
    # The 3 reduced channels come first or last.
    columns = slice(0, 3) if low_level_first else slice(-3, None)
    decoder.classifier[0].weight[:, columns] = 0
    assert torch.allclose(decoder(*maps, True, True), silent, atol=1e-6)
    assert not torch.allclose(spoken, silent)


def test_grid_of_the_scores(maps):
    decoder = build(convolutions=2)
    assert decoder(*maps, True, True).shape == (1, 4, 16, 20)
    assert decoder(*maps, False, True).shape == (1, 4, 4, 5)


def test_without_decoder_no_low_level_features_are_seen(maps):
    decoder = build()
    low_level, x = maps
    assert torch.equal(decoder(low_level, x, False, True), decoder(-low_level, x, False, True))


def test_a_constant_picture_has_the_same_scores_with_and_without_decoder():
    """Inside, where zero padding does not reach, the grid makes no difference to a constant."""
    decoder = build(convolutions=2)
    low_level, x = torch.zeros(1, 6, 60, 60), torch.ones(1, 8, 15, 15)
    fine = decoder(low_level, x, True, False)[..., 30, 30]
    coarse = decoder(low_level, x, False, False)[..., 7, 7]
    assert torch.allclose(fine, coarse, atol=1e-5)


@pytest.mark.parametrize("convolutions", [1, 2, 3])
def test_convolutions_are_numbered_through(convolutions):
    decoder = build(convolutions=convolutions)
    assert decoder.classifier[3 * convolutions].out_channels == 4
    assert decoder.classifier[0].in_channels == 8


def test_separable_convolutions_have_fewer_parameters():
    def size(decoder):
        return sum(p.numel() for p in decoder.classifier.parameters())

    assert size(build(separable=True)) < size(build())
