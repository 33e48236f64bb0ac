"""Geometry that departs from training, in words and in the right tone."""

from __future__ import annotations

import pytest

from segviewer.inference.network_state import following_rates, geometry_chips
from segviewer.networks import network_class
from segviewer.session import Session

CONFIG = network_class("deeplab_v3").Config(output_stride=16, atrous_rates=(6, 12, 18))


def chips(**network):
    session = Session(network=tuple(sorted(network.items())))
    return geometry_chips(CONFIG.model_dump(), CONFIG, session)


def warnings(**network):
    return [text for text, tone in chips(**network) if tone == "warning"]


@pytest.mark.parametrize(("stride", "rates"), [(8, (12, 24, 36)), (32, (3, 6, 9))])
def test_rates_that_follow_the_stride_are_no_warning(stride, rates):
    assert warnings(output_stride=stride, atrous_rates=rates) == []
    texts = [text for text, _ in chips(output_stride=stride, atrous_rates=rates)]
    assert any("the same field of view" in text for text in texts)


def test_rates_left_behind_are_warned_of_with_those_that_would_follow():
    (said,) = warnings(output_stride=8)
    assert said == (
        "trained with output stride 16 · running 8 · rates 12,24,36 would keep the field of view"
    )
    assert len(warnings(output_stride=8, atrous_rates=(6, 12, 24))) == 2
    (said,) = warnings(atrous_rates=(12, 24, 36))
    assert said == "trained with atrous rates 6,12,18 · running 12,24,36"


def test_other_settings_are_warned_of_beside_a_pair_that_fits():
    (said,) = warnings(output_stride=8, atrous_rates=(12, 24, 36), image_pooling=False)
    assert said.startswith("trained with image pooling on")


def test_rates_that_would_be_no_whole_cells_or_beyond_the_form_are_not_offered():
    trained = {"output_stride": 16, "atrous_rates": (1, 2, 3)}
    assert following_rates(trained, 8) == (2, 4, 6)
    assert following_rates(trained, 32) is None
    wide = CONFIG.changed(atrous_rates=(12, 24, 36))
    session = Session(network=(("output_stride", 8),))
    ((said, tone),) = geometry_chips(wide.model_dump(), wide, session)
    assert (said, tone) == ("trained with output stride 16 · running 8", "warning")


def test_a_network_without_rates_keeps_its_warning():
    config = network_class("deeplab_v3_cascade").Config(output_stride=16)
    session = Session(network=(("output_stride", 8),))
    assert [tone for _, tone in geometry_chips(config.model_dump(), config, session)] == ["warning"]
