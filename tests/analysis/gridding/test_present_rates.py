"""The rates on the widest path are those of the network as it is set, and add up to its field."""

from __future__ import annotations

import pytest
from torch import nn

from segviewer.analysis.gridding.present_rates import present_rates
from segviewer.analysis.gridding.rate_sequence import touch_levels
from segviewer.analysis.receptive_fields.theoretical_receptive_field import trace
from segviewer.networks.drn import DRN, DRNConfig


def rates_of(network, label=None, size=64):
    rows = trace(network, height=size, width=size)
    labels = [row.label for row in rows]
    chosen = labels.index(label) if label else len(rows) - 1
    return present_rates(network, rows, chosen), rows[chosen]


def test_a_chain_at_one_stride():
    chain = nn.Sequential(
        nn.Conv2d(3, 2, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(2, 2, 5, padding=4, dilation=2),
        nn.Conv2d(2, 2, 1),
        nn.Conv2d(2, 2, 3, padding=5, dilation=5),
    )
    found, row = rates_of(chain, "4")
    assert (found.rates, found.kernels, found.labels) == ((1, 2, 5), (3, 5, 3), ("0", "2", "4"))
    assert len(touch_levels(found.rates, found.kernels)[-1]) == row.local_size == 1 + 2 + 8 + 10


def test_it_ends_where_the_stride_was_and_at_an_even_kernel():
    strided = nn.Sequential(
        nn.Conv2d(3, 2, 3, padding=2, dilation=2),
        nn.Conv2d(2, 2, 3, stride=2, padding=1),
        nn.MaxPool2d(3, 1, padding=1),
        nn.Conv2d(2, 2, 3, padding=4, dilation=4),
    )
    found, _ = rates_of(strided, "3")
    assert (found.rates, found.jump, found.cut) == ((1, 4), 2, "")
    even = nn.Sequential(nn.Conv2d(3, 2, 4, dilation=4), nn.Conv2d(2, 2, 3, padding=2, dilation=2))
    found, _ = rates_of(even, "1")
    assert (found.rates, found.cut) == ((2,), "0")
    assert rates_of(even, "0")[0].rates == ()


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 3, 3, padding=1)
        self.narrow = nn.Conv2d(3, 3, 3, padding=2, dilation=2)
        self.wide = nn.Conv2d(3, 3, 3, padding=6, dilation=6)
        self.last = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = self.first(x)
        return self.last(x + self.wide(x) + self.narrow(x))


def test_of_branches_the_widest_and_around_a_shortcut_the_long_way():
    found, row = rates_of(Branches(), "last")
    assert found.labels == ("first", "wide") and row.local_size == 1 + 2 * (1 + 6)


@pytest.mark.parametrize(
    ("settings", "rates"),
    [
        ({}, (1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 2, 2, 1, 1)),
        ({"level_8": False}, (1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 2, 2)),
        ({"dilation": (3, 5)}, (1, 1, 1, 3, 3, 3, 3, 5, 5, 5, 5, 2, 2, 1, 1)),
        ({"variant": "A-18"}, (1, 1, 1, 1, 1, 2, 2, 1, 1, 4, 4)),
    ],
)
def test_drn_as_it_is_set(settings, rates):
    network = DRN(DRNConfig(width=1 / 32, num_classes=2, **settings)).eval()
    found, _ = rates_of(network, "seg")
    assert (found.rates, found.jump) == (rates, 8)
    assert set(found.kernels) == {3}
