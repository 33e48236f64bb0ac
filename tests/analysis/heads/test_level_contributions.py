"""The parts of a score add up to what the network's head gives."""

import numpy as np
import pytest
import torch

from segviewer.analysis.heads.level_contributions import cell_of, contributions
from segviewer.checkpoints.opening import open_network
from segviewer.layers.framing import Framing
from segviewer.networks.psp_net import PSPNet


@pytest.fixture(scope="module")
def network():
    return open_network("bundled:psp_b1236_average_efficientnet_lite0_camvid").network


@pytest.fixture(scope="module")
def features(network):
    torch.manual_seed(0)
    with torch.inference_mode():
        return network.features(torch.randn(1, 3, 96, 160))["out"]


@pytest.mark.parametrize("cell", [(0, 0), (3, 4), (5, 9)])
def test_parts_add_up_to_the_heads_scores(network, features, cell):
    found = contributions(network, features, cell)
    assert found.names == ("map", "1×1", "2×2", "3×3", "6×6", "constants")
    with torch.inference_mode():
        expected = network.head({"out": features})[0, :, cell[0], cell[1]]
    np.testing.assert_allclose(found.scores, expected, atol=1e-4)
    assert np.abs(found.parts).sum(1).all()


def test_a_level_that_is_off_adds_nothing(network, features):
    before = network.config
    network.reconfigure(before.changed(levels=(True, False, True, True)))
    try:
        found = contributions(network, features, (2, 2))
        with torch.inference_mode():
            expected = network.head({"out": features})[0, :, 2, 2]
    finally:
        network.reconfigure(before)
    assert not found.parts[2].any()
    np.testing.assert_allclose(found.scores, expected, atol=1e-4)


@pytest.mark.parametrize("settings", [{"pyramid": False}, {"reduction": False}])
def test_without_pyramid_or_reduction(settings):
    torch.manual_seed(1)
    config = PSPNet.Config(
        backbone="efficientnet_lite0",
        head_channels=16,
        num_classes=3,
        auxiliary=False,
        output_stride=16,
        **settings,
    )
    network = PSPNet(config).eval()
    x = torch.randn(1, network.backbone.channels["out"], 7, 8)
    found = contributions(network, x, (6, 1))
    with torch.inference_mode():
        expected = network.head({"out": x})[0, :, 6, 1]
    np.testing.assert_allclose(found.scores, expected, atol=1e-4)
    assert len(found.parts) == (2 if "pyramid" in settings else 6)


def test_the_nearest_cell(network):
    # Corners on corners: 31 cells over 481 pixels lie 16 apart.
    assert network.align_corners
    assert cell_of(network, (481, 481), (0, 480), (31, 31)) == (0, 30)
    assert cell_of(network, (481, 481), (16, 247), (31, 31)) == (1, 15)
    before = network.config
    network.reconfigure(before.changed(align_corners=False))
    try:
        assert cell_of(network, (480, 480), (15, 16), (30, 30)) == (0, 1)
        assert cell_of(network, (480, 480), (0, 479), (30, 30)) == (0, 29)
    finally:
        network.reconfigure(before)


def test_zeros_before_the_picture_move_its_pixels():
    class Shifted:
        align_corners = True

        def framing(self, height, width):
            return Framing(left=16, top=8)

    assert cell_of(Shifted(), (72, 64), (0, 63), (11, 11)) == (1, 10)
    assert cell_of(Shifted(), (72, 64), (40, 32), (11, 11)) == (6, 6)


def test_zeros_behind_the_picture_count_in_its_whole():
    class Framed:
        align_corners = True

        def framing(self, height, width):
            return Framing(left=16, right=0, top=8, bottom=20)

    # 34 cells over 8 + 72 + 20 rows lie 3 apart; 80 over 16 + 64 columns lie 1 apart.
    assert cell_of(Framed(), (72, 64), (1, 4), (34, 80)) == (3, 20)
