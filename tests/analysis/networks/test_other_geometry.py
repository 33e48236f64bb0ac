"""A network with other geometry shares the weights and leaves the first as it was."""

from __future__ import annotations

import torch

from segviewer.analysis.networks.other_geometry import with_geometry
from segviewer.networks.deeplab_v3_cascade import DeepLabV3Cascade, DeepLabV3CascadeConfig


def network():
    torch.manual_seed(0)
    config = DeepLabV3CascadeConfig(backbone="efficientnet_lite0", num_classes=5)
    return DeepLabV3Cascade(config).eval()


def scores(one, side: int = 64):
    torch.manual_seed(1)
    with torch.inference_mode():
        return one.head(one.features(torch.randn(1, 3, side, side)))


def test_weights_are_shared_and_geometry_is_not():
    made = network()
    before, own = made.config, scores(made)
    other = with_geometry(made, output_stride=256)
    assert other.config.output_stride == 256 and made.config is before
    pairs = zip(made.parameters(), other.parameters(), strict=True)
    assert all(mine is its for mine, its in pairs)
    assert scores(other).shape[-2:] == (1, 1)
    torch.testing.assert_close(scores(made), own, rtol=0, atol=0)


def test_without_changes_it_says_the_same():
    made = network()
    torch.testing.assert_close(scores(with_geometry(made)), scores(made), rtol=0, atol=0)
