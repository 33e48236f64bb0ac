"""A stage of a network in words."""

from dataclasses import replace

import pytest

from segviewer.analysis.networks.network_card import UNKNOWN_FIELD, CardStage
from segviewer.widgets.diagrams.stage_words import field_text, rate_text, stage_text, stride_text

STAGE = CardStage(
    "layer4",
    "layer4",
    "backbone",
    3,
    "layer4",
    2048,
    33,
    65,
    8.0,
    1027,
    1027,
    (2, 4),
    1500,
    9000,
    3,
)


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ((1,), ""),
        ((2,), "r 2"),
        ((1, 2, 4, 8), "r 1, 2, 4, 8"),
        ((2, 4, 8, 16, 32), "r 2, 4, 8, 16 …"),
    ],
)
def test_rates_are_named_where_there_are_holes(rates, words):
    assert rate_text(replace(STAGE, rates=rates)) == words


def test_a_stage_without_a_stride_says_none():
    assert stride_text(STAGE) == "stride 8"
    assert stride_text(replace(STAGE, jump=0)) == ""
    assert "one unit every" not in stage_text(replace(STAGE, jump=0))


@pytest.mark.parametrize(
    ("whole", "local", "words"),
    [
        (UNKNOWN_FIELD, 0, "–"),
        (None, 0, "picture"),
        (None, 1027, "picture (1,027 px without global pooling)"),
        (1027, 1027, "1,027 px"),
    ],
)
def test_a_field_is_a_side_or_the_picture(whole, local, words):
    assert field_text(whole, local) == words


def test_all_facts_stand_a_line_each():
    assert stage_text(STAGE).split("\n") == [
        "layer4 · 3 layers",
        "output 65×33×2048",
        "one unit every 8 px",
        "rates 2, 4",
        "receptive field 1,027 px",
        "1,500 parameters",
        "9,000 multiply-adds",
    ]
    assert stage_text(replace(STAGE, layers=1)).startswith("layer4\n")
