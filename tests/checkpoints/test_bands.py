"""A network for more bands, of which a person says which are red, green and blue."""

from __future__ import annotations

import json

import pytest
import torch

from segviewer.checkpoints.model_sheet import ModelSheet
from segviewer.checkpoints.opening import open_network
from segviewer.cli.command_line import main
from segviewer.errors import CheckpointError
from tests.checkpoints.written_u_net import WrittenUNet

BANDS = (3, 2, 0)


@pytest.fixture
def network():
    return WrittenUNet(channels=5).eval().requires_grad_(False)


@pytest.fixture
def checkpoint(network, tmp_path):
    path = tmp_path / "five.pth"
    torch.save(network.state_dict(), path)
    return path


def test_it_computes_as_with_the_other_bands_at_their_mean(network, checkpoint):
    opened = open_network(str(checkpoint), sheet=ModelSheet(bands=BANDS))
    image = torch.randn(1, 3, 16, 32, generator=torch.Generator().manual_seed(0))
    whole = torch.zeros(1, 5, 16, 32)
    whole[:, list(BANDS)] = image
    torch.testing.assert_close(opened.network(image), network(whole))
    assert opened.unused == 1  # said on the picture
    assert "the others (1, 4) are held at their mean" in opened.notes[0]


@pytest.mark.parametrize("bands", [None, (0, 1, 5), (0, 0, 1)])
def test_it_is_refused_until_they_are_said(checkpoint, bands):
    with pytest.raises(CheckpointError, match="5 bands") as error:
        open_network(str(checkpoint), sheet=ModelSheet(bands=bands))
    assert "segviewer card FILE --bands" in error.value.next_step


def test_from_the_command_line(checkpoint, capsys, small_photograph, tmp_path):
    assert main(["card", str(checkpoint), "--bands", "3,2,0", "--keep"]) == 0
    capsys.readouterr()
    label = ["label", str(small_photograph), "--checkpoint", str(checkpoint), "--json"]
    assert main([*label, "--out", str(tmp_path / "out")]) == 0
    report = json.loads(capsys.readouterr().out)[0]
    assert report["unused_tensors"] == 1
    assert any("held at their mean" in note for note in report["notes"])
