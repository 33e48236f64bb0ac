"""The pair of the lecture: DRN-B leaves a grid in its last map, DRN-C takes it away."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

from segviewer.analysis.gridding.gridding import coset_energy
from segviewer.checkpoints.opening import open_network
from segviewer.imaging.preprocessing import resize_long_side
from segviewer.imaging.reading.read import read_image
from segviewer.imaging.reading.samples import sample_path
from segviewer.resource_files import resource_path

MEASURED = Path(__file__).with_name("drn_grids.csv")
FORMS = ("A-18", "B-26", "C-26")
NAMES = ("drn_b_26_narrow_crops_camvid", "drn_c_26_narrow_crops_camvid")


def last_maps(opened, image: np.ndarray) -> np.ndarray:
    config = opened.config
    batch = torch.from_numpy(opened.card.preprocessing.normalise(image))[None]
    with torch.inference_mode():
        maps = opened.network.features(batch)["out"]
        return opened.network.backbone.degrid(maps, (config.level_7, config.level_8))[0].numpy()


@pytest.mark.parametrize("sample", ["leuven_street", "building"])
def test_b_has_more_than_twice_the_grid_of_c(sample):
    image = resize_long_side(read_image(sample_path(sample)), 480)
    with_shortcuts, without = (
        coset_energy(last_maps(open_network(f"bundled:{name}"), image), 2, 8) for name in NAMES
    )
    assert with_shortcuts.energy > 2 * without.energy
    assert with_shortcuts.energy > with_shortcuts.by_chance > without.energy


def test_they_differ_in_the_shortcuts_alone():
    b, c = (open_network(f"bundled:{name}") for name in NAMES)
    assert b.config.residual and not c.config.residual
    assert b.config.changed(residual=False) == c.config
    shapes = [{k: v.shape for k, v in o.network.state_dict().items()} for o in (b, c)]
    assert shapes[0] == shapes[1] and (b.card.seed, b.card.iterations) == (1, 400)


def test_what_was_measured_over_seeds_stands_in_the_guide():
    guide = resource_path("guide", "benchmarks.md").read_text("utf-8")
    with open(MEASURED, encoding="utf-8", newline="") as file:
        lines = {line["name"]: line for line in csv.DictReader(file)}
    assert tuple(lines) == FORMS
    for name, line in lines.items():
        cells = [
            f"{float(line[f'times_{r}']):.3f} ± {float(line[f'times_{r}_spread']):.3f}"
            for r in (2, 4)
        ]
        assert f"| {name} | {line['runs']} | {' | '.join(cells)} |" in guide
    assert float(lines["B-26"]["times_2"]) > 2 * float(lines["C-26"]["times_2"])
