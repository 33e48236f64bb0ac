"""The list of networks and the laws of their settings."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from segviewer.networks import NETWORKS, network_class
from segviewer.networks.deeplab_v3 import DeepLabV3, DeepLabV3Config
from segviewer.settings import controls


def test_listing_networks_does_not_import_torch():
    code = "import sys, segviewer.networks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("architecture", NETWORKS)
def test_every_name_gives_a_network(architecture):
    network_type = network_class(architecture)
    assert network_type.__module__ == f"segviewer.networks.{architecture}"
    assert network_type.title


def test_the_class_is_the_papers():
    assert network_class("deeplab_v3") is DeepLabV3


@pytest.mark.parametrize("name", ["deeplab_v9", "settings", "os.path", ""])
def test_other_names_are_refused(name):
    with pytest.raises(KeyError):
        network_class(name)


@pytest.mark.parametrize(
    "values",
    [
        {"atrous_rates": (0, 12, 18)},
        {"atrous_rates": (6, 12, 49)},
        {"atrous_rates": (6, 12)},
        {"multi_grid": (1, 2, 9)},
        {"multi_grid": (1, 2)},
        {"branches": (True,) * 3},
        {"output_stride": 4},
        {"num_classes": 0},
        {"rates": (1, 2, 3)},
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(values):
    with pytest.raises(ValidationError):
        DeepLabV3Config(**values)
    with pytest.raises(ValidationError):
        DeepLabV3Config().changed(**values)


def test_fewer_rates_want_fewer_branches():
    config = DeepLabV3Config(atrous_rates=(6, 12), branches=(True,) * 3)
    assert len(config.branches) == 3


@pytest.mark.parametrize("name", NETWORKS)
def test_what_networks_share_is_one_control(name):
    """Classes and strides are called, and bounded, alike in every form."""
    found = {c.name: c for c in controls(network_class(name).Config)}
    classes = found["num_classes"]

    assert (classes.symbol, classes.kind, classes.minimum, classes.maximum) == (
        ("K", "structure", 1, 10000)
    )
    for shared, symbol in (("output_stride", "OS"), ("multi_grid", "MG")):
        if shared in found:
            assert (found[shared].symbol, found[shared].kind) == (symbol, "geometry")
