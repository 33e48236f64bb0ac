"""A family of published files is one file and one line of the table."""

import sys

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from segviewer.checkpoints import families
from segviewer.checkpoints.families import programs
from segviewer.checkpoints.opening import open_network
from segviewer.errors import SegviewerError
from segviewer.networks.u_net import UNet, UNetConfig

FILE = '''
"""nobody/toy-unet: the padded U-Net, all its keys behind a word of their own."""

from segviewer.checkpoints.families.family import Family, has
from segviewer.imaging.preprocessing import HALF

FIRST, LAST = "toy.encoder.0.0.weight", "toy.classifier.weight"


def _read(shapes):
    return {"form": "padded", "width": shapes[FIRST][0], "num_classes": shapes[LAST][0]}


FAMILIES = (
    Family(
        "U-Net (nobody)",
        "u_net",
        has(FIRST, LAST),
        _read,
        lambda key: key.removeprefix("toy."),
        preprocessing=HALF,
    ),
)
'''


@pytest.fixture
def network():
    torch.manual_seed(0)
    return UNet(UNetConfig(form="padded", width=4, num_classes=3)).eval()


@pytest.fixture
def file(tmp_path, network):
    path = tmp_path / "of_nobody.safetensors"
    save_file({f"toy.{key}": value for key, value in network.state_dict().items()}, path)
    return path


@pytest.fixture
def toy_family(tmp_path, monkeypatch):
    """The file and the line."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "nobody.py").write_text(FILE, "utf-8")
    monkeypatch.setattr(programs, "__path__", [*programs.__path__, str(tmp_path / "code")])
    monkeypatch.setattr(families, "PROGRAMS", (*families.PROGRAMS, ("programs.nobody", ("toy.",))))
    yield
    sys.modules.pop("segviewer.checkpoints.families.programs.nobody", None)
    families._families.cache_clear()


def test_without_it_the_file_is_refused(file):
    with pytest.raises(SegviewerError):
        open_network(str(file))


def test_its_files_open_with_all_that_it_says(toy_family, file, network):
    opened = open_network(str(file))
    assert opened.config == network.config
    assert opened.card.architecture == "u_net"
    assert opened.card.preprocessing.mean == (0.5, 0.5, 0.5)
    image = torch.rand(1, 3, 32, 48)
    with torch.inference_mode():
        found, expected = opened.network(image), network(image)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-5)


@pytest.mark.slow
def test_it_is_listed(toy_family, capsys):
    from segviewer.cli.command_line import main

    assert main(["networks"]) in (0, None)
    assert "nobody" in capsys.readouterr().out
