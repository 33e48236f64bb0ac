"""Published receptive fields, and torch's own sizes and fields unit by unit."""

from __future__ import annotations

import pytest
import torch

from segviewer.analysis.arithmetic.drn_steps import FORMS, UNITS, network_name, steps
from segviewer.analysis.receptive_fields.theoretical_receptive_field import trace
from segviewer.networks.drn import DRN, DRNConfig


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("ResNet", (435, 899, 427)),
        ("A", (355, 819, 411)),
        ("B", (581, 1045, 573)),
        ("C", (581, 1045, 573)),
    ],
)
def test_published_fields(form, fields):
    for depth, field in zip(UNITS, fields, strict=True):
        last = steps(form, depth, 224)[-1]
        assert last.field == field
        assert last.size == (7 if form == "ResNet" else 28)
        assert last.jump == (32 if form == "ResNet" else 8)


def test_form_a_as_in_the_paper_has_the_resnets_fields():
    assert [steps("A", d, 224, paper=True)[-1].field for d in UNITS] == [435, 899, 427]


def test_what_each_form_changes():
    pooled = [[u.name for u in steps(f, 18, 224) if u.kind == "max pooling"] for f in FORMS]
    assert pooled == [["pool"], ["pool"], [], []]
    rates = [u.rate for u in steps("C", 18, 224)[-6:]]
    assert rates == [2, 2, 4, 4, 2, 1]
    bare = [
        [u.name for u in steps(f, 18, 224) if u.kind == "block" and not u.shortcut] for f in FORMS
    ]
    assert bare == [[], [], [], ["7.1", "8.1"]]
    assert [network_name(f, 18) for f in FORMS] == ["ResNet-18", "DRN-A-18", "DRN-B-26", "DRN-C-26"]


@pytest.mark.parametrize(
    ("form", "depth", "variant", "side"),
    [("A", 18, "A-18", 97), ("C", 18, "C-26", 100), ("A", 50, "A-50", 97), ("C", 50, "C-58", 97)],
)
@pytest.mark.parametrize("paper", [False, True])
def test_torch_has_the_same_sizes_and_fields(form, depth, variant, side, paper):
    config = DRNConfig(
        variant=variant,
        width=1 / 32,
        num_classes=2,
        task="classification",
        global_pooling=False,
        first_block_rate="paper" if paper else "repo",
    )
    network = DRN(config).eval()
    rows = {row.name: row for row in trace(network, height=side, width=side)}
    for unit in steps(form, depth, side, paper):
        if unit.kind == "block":
            level, index = unit.name.split(".")
            name = f"backbone.layer{level}.{int(index) - 1}.relu"  # the last time it runs
        else:
            name = "backbone.maxpool" if unit.kind == "max pooling" else "backbone.conv1"
        assert rows[name].output_size == (unit.size, unit.size), unit.name
        assert rows[name].local_size == unit.field, unit.name
    with torch.inference_mode():
        out = network(torch.zeros(1, 3, side, side))
    assert out.shape[-1] == steps(form, depth, side, paper)[-1].size
