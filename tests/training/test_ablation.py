"""What a row of the table says of its start."""

from __future__ import annotations

from segviewer.checkpoints.model_card import read_card
from segviewer.checkpoints.opening import open_network
from segviewer.networks import network_class
from segviewer.networks.network import Network
from segviewer.training.ablation import BASE_NOTE, ROWS, write_row

BASE = "bundled:deeplab_v3_efficientnet_lite0_camvid"


def test_a_row_says_that_its_backbone_had_learned_before(tmp_path):
    row = next(row for row in ROWS if row.name == "fcn")
    network_type = network_class(row.architecture)
    network: Network = network_type(network_type.Config.model_validate(row.config))
    shared = open_network(BASE).network.state_dict()
    network.load_state_dict(
        {key: value for key, value in shared.items() if key.startswith("backbone.")}, strict=False
    )
    write_row(row, network, BASE, {"miou": 0.5}, 3, tmp_path)
    card = read_card(tmp_path / "fcn.json")
    assert card.base == BASE and card.results["test"] == {"miou": 0.5, "note": BASE_NOTE}
    assert "before" in BASE_NOTE and "favoured" in BASE_NOTE
    # The head alone is in the file, and it opens with the base's backbone.
    opened = open_network(str(tmp_path / "fcn.safetensors"))
    assert (tmp_path / "fcn.safetensors").stat().st_size < 1e6
    key = "backbone.stem.0.weight"
    key = key if key in shared else next(k for k in shared if k.startswith("backbone."))
    assert opened.network.state_dict()[key].equal(shared[key])
