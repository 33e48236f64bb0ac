"""A new network is one file and one line: everything else finds it."""

import sys

import numpy as np
import pytest

from segviewer import networks

FILE = '''
"""Colours, averaged and weighed: a network of one paper that nobody wrote."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control


class ToyNetConfig(NetworkSettings):
    num_classes: int = control(3, kind="structure", label="Classes", ge=1, le=100)
    window: int = control(1, kind="geometry", label="Window", symbol="w", ge=1, le=9)


class ToyNet(Network):
    title = "ToyNet"
    paper = "nobody"
    Config = ToyNetConfig
    presets = {"ToyNet": {}, "ToyNet, wide": {"window": 5}}

    def __init__(self, config: ToyNetConfig):
        super().__init__(config)
        self.classifier = nn.Conv2d(3, config.num_classes, 1)
        self.reconfigure(config)

    def reconfigure(self, config: ToyNetConfig) -> None:
        self.config = config

    def features(self, image: Tensor) -> dict[str, Tensor]:
        side = 2 * (self.config.window // 2) + 1
        return {"out": F.avg_pool2d(image, side, 1, side // 2)}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        return self.classifier(features["out"])
'''


@pytest.fixture
def toy_net(tmp_path, monkeypatch):
    """The file and the line."""
    (tmp_path / "toy_net.py").write_text(FILE, "utf-8")
    monkeypatch.setattr(networks, "__path__", [*networks.__path__, str(tmp_path)])
    monkeypatch.setitem(networks.NETWORKS, "toy_net", "ToyNet")
    yield networks.network_class("toy_net")
    sys.modules.pop("segviewer.networks.toy_net", None)


@pytest.mark.slow
def test_it_is_listed_with_its_forms_and_settings(toy_net, capsys):
    from segviewer.cli.command_line import main

    assert main(["networks"]) in (0, None)
    printed = capsys.readouterr().out
    assert "ToyNet" in printed
    assert "nobody" in printed


def test_it_runs_and_its_setting_is_live(toy_net, run, session):
    toy = session.with_checkpoint("random:toy_net:ToyNet")
    run(toy)
    opened = run.result("network")
    assert opened.title == "ToyNet · random weights"
    assert (opened.weights, len(opened.classes)) == ("random", 3)
    assert [control.name for control in opened.controls] == ["window"]
    before = run.result("refined").probs
    run(toy.with_network("window", 9, 1))
    assert np.abs(run.result("refined").probs - before).max() > 0.01
    assert ("trained with window 1 · running 9", "warning") in run.result("label_map").chips


def test_a_file_of_its_weights_opens(toy_net, tmp_path):
    import torch

    from segviewer.checkpoints.model_card import ModelCard
    from segviewer.checkpoints.opening import open_network
    from segviewer.checkpoints.writing import write_checkpoint

    network = toy_net(toy_net.Config(window=3))
    file = tmp_path / "toy.safetensors"
    card = ModelCard(title="Toy", architecture="toy_net", config=network.config.model_dump())
    write_checkpoint(file, network.state_dict(), card)
    opened = open_network(str(file))
    assert opened.config == network.config
    # Checkpoints are written in half precision.
    weight = opened.network.classifier.weight
    torch.testing.assert_close(weight, network.classifier.weight, atol=1e-3, rtol=1e-3)
