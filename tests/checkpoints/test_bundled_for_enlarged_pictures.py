"""The bundled network that is shown 672 pixels: its card, and what it gains on enlarged frames."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import segviewer as sv
from segviewer.checkpoints.model_card import read_card
from segviewer.checkpoints.opening import open_network
from segviewer.cli.command_line import main
from segviewer.resource_files import resource_path

PLAIN = "deeplab_v3_efficientnet_lite0_camvid"
LARGER = "deeplab_v3_efficientnet_lite0_672_camvid"
CAMVID = Path(__file__).parents[3] / "shared" / "camvid"
THIN = ("pole", "sign/symbol", "fence", "pedestrian", "bicyclist")


def test_it_is_the_same_network_with_other_weights():
    plain, larger = (open_network(f"bundled:{name}") for name in (PLAIN, LARGER))
    first, second = plain.network.state_dict(), larger.network.state_dict()
    assert {k: v.shape for k, v in first.items()} == {k: v.shape for k, v in second.items()}
    assert any(not first[key].equal(second[key]) for key in first)
    assert larger.card.weights == "trained" and not larger.unused
    assert (larger.card.inference_long_side, larger.card.inference_enlarges) == (672, True)


def test_its_figures_stand_in_the_guide():
    figures = read_card(resource_path("checkpoints", f"{LARGER}.json")).results["test"]
    values = [figures["miou"], figures["pixel_accuracy"], *figures["iou"].values()]
    numbers = [f"{value:.3f}" for value in values]
    row = f"| test | **{numbers[0]}** | {' | '.join(numbers[1:])} |"
    assert row in resource_path("guide", "benchmarks.md").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.skipif(not CAMVID.is_dir(), reason="CamVid's frames are not here")
def test_on_frames_it_never_saw_thin_things_gain(tmp_path, monkeypatch):
    """Every 24th test frame; the whole split is what the card's figures are of."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for part, ending in (("images", "*.webp"), ("labels", "*.png")):
        (tmp_path / part).mkdir()
        for file in sorted((CAMVID / "test" / part).glob(ending))[::24]:
            (tmp_path / part / file.name).symlink_to(file)
    plain, larger = (
        sv.evaluate(tmp_path, sv.open_checkpoint(name, device="cpu")) for name in (PLAIN, LARGER)
    )
    assert not plain.failed and not larger.failed and len(larger.pictures) == 10
    assert larger.miou > plain.miou
    assert sum(larger.iou[name] - plain.iou[name] for name in THIN) > 0.1


@pytest.mark.parametrize(("more", "enlarges"), [([], True), (["--no-enlarge"], False)])
def test_a_card_written_from_it_says_so_too(tmp_path, capsys, more, enlarges):
    path = tmp_path / "card.json"
    assert main(["card", LARGER, "--write", str(path), *more]) == 0
    assert ("smaller pictures are enlarged" in capsys.readouterr().out) == enlarges
    card = read_card(path)
    assert (card.inference_long_side, card.inference_enlarges) == (672, enlarges)


def test_without_a_window_it_is_said_that_pictures_are_enlarged(small_photograph, tmp_path, capsys):
    label = ["label", str(small_photograph), "--out", str(tmp_path), "--json", "--checkpoint"]
    said = "Pictures smaller than 672 px are enlarged to that for this network."
    assert main([*label, LARGER]) == 0
    written = capsys.readouterr()
    assert said in written.err and said in json.loads(written.out)[0]["notes"]
    assert main([*label, PLAIN]) == 0
    written = capsys.readouterr()
    assert said not in written.err and said not in json.loads(written.out)[0]["notes"]
