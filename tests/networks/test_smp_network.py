"""Live geometry of networks that a library builds."""

from __future__ import annotations

import pytest
import torch

from segviewer.checkpoints.opening import open_network
from segviewer.errors import SettingsError
from segviewer.inference.network_state import config_of, configured
from segviewer.session import Session
from tests.checkpoints.families.comparing import enliven, image

smp = pytest.importorskip("segmentation_models_pytorch")


@pytest.fixture
def opened(tmp_path):
    def open_one(name, encoder, **options):
        network = enliven(getattr(smp, name)(encoder, encoder_weights=None, classes=3, **options))
        path = tmp_path / "net.pth"
        torch.save(network.state_dict(), path)
        return open_network(str(path))

    return open_one


@torch.inference_mode()
def run(network):
    return network(image(64, 96))


def test_a_stride_is_taken_and_given_back(opened):
    found = opened("UPerNet", "resnet18", decoder_channels=32)
    assert found.config.output_stride == 32 and found.card.config["output_stride"] == 32
    before = run(found.network)
    denser = Session(network=(("output_stride", 16),))
    with configured(found, denser) as network:
        assert network.features(torch.ones(1, 3, 64, 96))["level5"].shape[-2:] == (4, 6)
        assert not torch.equal(run(network), before)
    assert torch.equal(run(found.network), before)
    assert found.network.idle_fields() == ("branch_rates",)


def test_rates_of_the_branches(opened):
    found = opened("DeepLabV3Plus", "mobilenet_v2")
    assert found.config.branch_rates == (12, 24, 36)
    before = run(found.network)
    with configured(found, Session(network=(("branch_rates", (1, 2, 3)),))) as network:
        assert not torch.equal(run(network), before)
    assert torch.equal(run(found.network), before)
    with pytest.raises(SettingsError, match="3 parallel branches"):
        found.network.reconfigure(found.config.changed(branch_rates=(1, 2)))


def test_what_does_not_run_is_refused_and_said(opened):
    found = opened("UnetPlusPlus", "resnet18", decoder_channels=(32, 16, 8, 8, 8))
    (said,) = found.network.fixed_parts()
    assert "decoder" in said and "output_stride" in found.network.idle_fields()
    with pytest.raises(SettingsError, match="output_stride 16") as error:
        config_of(found, Session(network=(("output_stride", 16),)))
    assert said in error.value.why and error.value.next_step == "Choose 32."


def test_the_window_is_said(opened):
    from tests.conftest import StagesRun

    found = opened("UnetPlusPlus", "resnet18", decoder_channels=(32, 16, 8, 8, 8))
    stages = StagesRun()
    stages(Session(checkpoint=found.card.source))
    result = stages.result("network")
    assert any("stays 32 or more" in note for note in result.notes)
    assert next(c for c in result.controls if c.name == "output_stride").choices == (32,)


def test_fields_and_sheet_work_on_it(opened):
    from segviewer.analysis.networks.network_card import network_card

    found = opened("UPerNet", "resnet18", decoder_channels=32)
    assert network_card(found.network, 64, 96).stages
