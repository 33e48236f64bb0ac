"""Settings that were tried: noted once they are whole, gone back to by a click."""

import numpy as np
import pytest
from PIL import Image

from segviewer.app.panels.crf_tried import short_text
from segviewer.crf.settings.crf_settings import CRFSettings


def titles(opened):
    return [row.title for row in opened.window.crf_tried.rows()]


@pytest.mark.slow
def test_what_was_tried_is_listed_and_a_click_goes_back(opened, tmp_path):
    section, rows = opened.window.crf_tried_section, opened.window.crf_tried
    assert section.isHidden() and titles(opened) == ["CRF off"]
    off = opened.labels().copy()
    opened.store.set("crf", enabled=True, appearance_weight=9.0)
    opened.settled()
    assert titles(opened) == ["θ1 9 σα 20 σβ 3\nθ2 1 σγ 1 T 5", "CRF off"]
    assert not section.isHidden() and rows.currentRow() == 0
    assert rows.rows()[0].picture.shape[1] <= 168
    # What is dragged through is not tried, and a slider of a CRF that is off changes nothing.
    opened.store.set("crf", finished=False, appearance_weight=4.0)
    opened.store.set("crf", enabled=False, appearance_weight=9.0)
    opened.settled()
    assert len(titles(opened)) == 2 and rows.currentRow() == 1

    mask = tmp_path / "mask.png"
    Image.fromarray(off).save(mask)
    opened.store.update(opened.session.changed(target=str(mask)))
    opened.settled("metrics")
    rows.chosen.emit(0)
    assert opened.session.crf.enabled and opened.session.crf.appearance_weight == 9
    opened.settled("metrics")
    figures = [row.figures for row in rows.rows()]
    miou = opened.results("metrics").miou
    assert figures == [f"mIoU {miou:.3f}", "mIoU 1.000 · best"]
    opened.trigger("undo")
    assert not opened.session.crf.enabled and rows.currentRow() == 1

    # Of another photograph nothing is known yet.
    other = tmp_path / "other.png"
    Image.fromarray(np.full((60, 80, 3), 90, np.uint8)).save(other)
    opened.store.update(opened.session.with_image(str(other)).changed(target=""))
    assert titles(opened) == [] and section.isHidden()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"enabled": False}, "CRF off"),
        ({}, "θ1 2 σα 20 σβ 3\nθ2 1 σγ 1 T 5"),
        ({"smoothness_weight": 0}, "θ1 2 σα 20 σβ 3\nT 5"),
        ({"appearance_weight": 0}, "θ2 1 σγ 1 T 5"),
    ],
)
def test_a_setting_in_few_words(changes, text):
    assert short_text(CRFSettings(enabled=True).changed(**changes)) == text
