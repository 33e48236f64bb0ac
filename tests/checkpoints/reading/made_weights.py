"""Weights, and the error of a refused file."""

import pytest
import torch

from segviewer.checkpoints.reading.reading import read_state_dict
from segviewer.errors import CheckpointError


def plain():
    generator = torch.Generator().manual_seed(0)
    return {
        "backbone.weight": torch.randn(3, 2, generator=generator),
        "head.bias": torch.randn(4, generator=generator),
        "head.count": torch.tensor(7),
    }


def assert_same(found, expected):
    assert list(found) == list(expected)
    for key, tensor in expected.items():
        assert torch.equal(found[key], tensor), key


def refusal(path):
    with pytest.raises(CheckpointError) as caught:
        read_state_dict(path)
    error = caught.value
    assert error.what and error.why and error.next_step
    assert path.name in error.what
    return error
