"""The photograph shown in several ways: the right one is the surest of a trained network."""

from __future__ import annotations

import pytest

from segviewer.checkpoints.model_sheet import ModelSheet
from segviewer.engine.computing.preprocessing_check import plausible
from segviewer.imaging.preprocessing import BYTE, HALF, IMAGENET, PLAUSIBLE
from segviewer.session import Session

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"


def test_the_present_one_first_and_each_once():
    ways = plausible(HALF)
    assert ways[0] == ("±1, RGB", HALF) and len(ways) == len(PLAUSIBLE)
    own = IMAGENET.changed(mean=(0.1, 0.2, 0.3))
    assert plausible(own)[0] == ("As it is set", own) and len(plausible(own)) == len(PLAUSIBLE) + 1
    assert {way.channel_order for _, way in plausible(IMAGENET.for_grey())} == {"grey"}


def test_it_is_computed_for_whoever_asks(run, small_photograph):
    session = Session(image=str(small_photograph), checkpoint=BUNDLED)
    assert "preprocessings" not in run(session)
    run.asked = frozenset({"preprocessings"})
    run(session)
    tried = run.result("preprocessings")
    assert [one.is_set for one in tried] == [True, *(False,) * (len(tried) - 1)]
    by_way = {one.preprocessing: one for one in tried}
    # Shown 0..255 where it learnt -1..1, it names other classes.
    assert (by_way[BYTE].label_map != by_way[HALF].label_map).mean() > 0.1
    run(session.changed(sheet=ModelSheet(preprocessing=BYTE)))
    again = {one.preprocessing: one for one in run.result("preprocessings")}
    assert again[BYTE].is_set and again[HALF].entropy == pytest.approx(by_way[HALF].entropy)
