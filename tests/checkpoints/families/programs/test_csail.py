"""CSAILVision's networks lie in two files; opening either opens both."""

import pytest
import torch

from segviewer.checkpoints.opening import open_network
from segviewer.errors import CheckpointError
from tests.checkpoints.test_published_files import HALVES, recorded


@pytest.fixture
def halves(filled, tmp_path):
    for name, half in zip(HALVES, ("encoder", "decoder"), strict=True):
        torch.save(filled(recorded(name)), tmp_path / f"{half}_epoch_20.pth")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("name", ["encoder_epoch_20.pth", "decoder_epoch_20.pth", ""])
def test_either_opens_both(halves, name):
    opened = open_network(str(halves / name))
    assert (opened.card.architecture, opened.config.backbone) == ("psp_net", "resnet18_deep")
    assert opened.card.weights == "unknown" and opened.unused == 0
    assert opened.card.classes[:2] == ("wall", "building")
    encoder = torch.load(halves / "encoder_epoch_20.pth")
    assert torch.equal(opened.network.backbone.stem[3].weight, encoder["conv2.weight"])


def test_one_alone_says_what_is_missing(halves):
    (halves / "encoder_epoch_20.pth").unlink()
    with pytest.raises(CheckpointError, match="is the decoder of a network in two files"):
        open_network(str(halves / "decoder_epoch_20.pth"))
