"""One layer's maps, the right time it runs, and nothing behind it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from segviewer.analysis.networks.layer_maps import layer_maps
from segviewer.checkpoints.opening import open_network
from segviewer.errors import Cancelled, SettingsError


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.twofold = nn.Conv2d(3, 3, 1, bias=False)
        self.twofold.weight.data = 2 * torch.eye(3)[..., None, None]
        self.over = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(2, return_indices=True)
        self.last = nn.Linear(3, 2)

    def forward(self, image):
        self.behind = False
        maps = self.twofold(self.twofold(image))
        self.over(maps)
        maps, _ = self.pool(maps)
        self.behind = True
        return self.last(maps.mean((2, 3)))


def test_each_time_a_layer_runs_is_its_own():
    network, image = Twice(), -torch.ones(3, 4, 6)
    once, twice = layer_maps(network, image, "twofold"), layer_maps(network, image, "twofold#2")
    assert once.shape == (3, 4, 6) and once.dtype == np.float32
    assert (once == -2).all()
    # What a layer gave is kept although the next one writes over it.
    assert (twice == -4).all() and not network.behind
    assert (layer_maps(network, image, "over") == 0).all()
    assert layer_maps(network, image, "pool").shape == (3, 2, 3)


@pytest.mark.parametrize("label", ["twofold#3", "nowhere", "last"])
def test_what_is_no_map_is_said(label):
    with pytest.raises(SettingsError, match=f"no map of {label}"):
        layer_maps(Twice(), torch.ones(3, 4, 6), label)


def test_a_hook_is_taken_off_again_after_all():
    network = Twice()
    network.pool.register_forward_hook(lambda *a: (_ for _ in ()).throw(Cancelled()))
    with pytest.raises(Cancelled):
        layer_maps(network, torch.ones(3, 4, 6), "last")
    assert not network.last._forward_hooks


def test_of_a_network_the_framed_picture_is_seen():
    network = open_network("bundled:deeplab_v3_efficientnet_lite0_camvid").network
    image = torch.rand(3, 40, 56)
    maps = layer_maps(network, image, "classifier.1")
    seen = []
    handle = network.classifier[1].register_forward_hook(lambda m, i, o: seen.append(o[0]))
    with torch.inference_mode():
        network.head(network.features(network.framing(40, 56).pad(image[None])))
    handle.remove()
    np.testing.assert_array_equal(maps, seen[0].numpy())
