"""Networks without numbers, and the rows of their traces."""

from __future__ import annotations

from torch import nn

from segviewer.analysis.receptive_fields.theoretical_receptive_field import trace


def rows_of(module, **size):
    return {row.label: row for row in trace(module, **size)}


def last_row(module, **size):
    return trace(module, **size)[-1]


class Does(nn.Module):
    """A module of one function; the convolutions it uses are its parts."""

    def __init__(self, function, *parts):
        super().__init__()
        self.function, self.parts = function, nn.ModuleList(parts)

    def forward(self, x):
        return self.function(x, *self.parts)


def conv(kernel=3, stride=1, padding=1, rate=1, bias=False, cin=1, cout=1):
    return nn.Conv2d(cin, cout, kernel, stride, padding, rate, bias=bias)
