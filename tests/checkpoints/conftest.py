"""Weights of a small network, filled by a rule anyone can repeat."""

import math
import zlib

import numpy as np
import pytest
import torch

from segviewer.networks.deeplab_v3 import DeepLabV3, DeepLabV3Config


def _by_rule(shapes):
    """Fill shapes by the rule of shared/facts/gold/README.md."""
    tensors = {}
    for key, shape in shapes.items():
        random = np.random.RandomState(zlib.crc32(key.encode()) % 2**32)
        if key.endswith("num_batches_tracked"):
            tensors[key] = torch.zeros(shape, dtype=torch.int64)
            continue
        if key.endswith("running_var"):
            values = random.uniform(0.5, 1.5, shape)
        elif key.endswith("running_mean"):
            values = 0.1 * random.randn(*shape)
        elif key.endswith("bias"):
            values = 0.05 * random.randn(*shape)
        elif len(shape) == 1:
            values = random.uniform(0.6, 1.2, shape)
        else:
            values = random.randn(*shape) * math.sqrt(2 / math.prod(shape[1:]))
        tensors[key] = torch.from_numpy(np.asarray(values, np.float32))
    return tensors


@pytest.fixture(scope="session")
def filled():
    """Function from {key: shape} to tensors by the rule of shared/facts/gold/README.md."""
    return _by_rule


@pytest.fixture(scope="session")
def small_config():
    return DeepLabV3Config(
        backbone="efficientnet_lite0",
        num_classes=11,
        aspp_channels=8,
        separable=True,
        head_conv=False,
        auxiliary=True,
        low_level_channels=4,
        output_stride=16,
        atrous_rates=(6, 12, 18),
        multi_grid=(1, 2, 4),
    )


@pytest.fixture(scope="session")
def _small_weights(small_config):
    with torch.device("meta"):
        network = DeepLabV3(small_config)
    return _by_rule({key: tuple(t.shape) for key, t in network.state_dict().items()})


@pytest.fixture
def weights(_small_weights):
    """State dict of a small DeepLab v3; each test may change its own dict and tensors."""
    return {key: tensor.clone() for key, tensor in _small_weights.items()}
