"""Every preset on one photograph: computed without Qt, taken with a click."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segviewer.crf.engines.draft import draft
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.own_presets import save_preset
from segviewer.crf.settings.presets import PRESETS
from segviewer.errors import Cancelled
from segviewer.labs.crf_choices.crf_presets import LAB, CRFPresetsConfig, current_preset
from segviewer.labs.lab import LabContext

CRF = CRFSettings(enabled=True, appearance_weight=8, smoothness_weight=3)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("segviewer.crf.settings.own_presets.preset_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def context():
    """Two flat halves; the network is three columns off, and has a speck."""
    image = np.full((24, 36, 3), 40, np.uint8)
    image[:, 18:] = 200
    first = np.where(np.arange(36) < 21, 0.7, 0.3)[None].repeat(24, 0)
    first[12, 5] = 0.3
    probs = np.stack([first, 1 - first]).astype(np.float32)
    target = np.zeros((24, 36), np.uint8)
    target[:, 18:] = 1
    return LabContext(image=image, probs=probs, target=target, classes=("a", "b"), crf=CRF)


def test_every_preset_is_tried_one_after_the_other(context):
    results = list(LAB.compute(context, CRFPresetsConfig()))
    assert [len(one.shown.tried) for one in results] == list(range(1, len(PRESETS) + 3))
    assert [one.complete for one in results] == [False] * (len(PRESETS) + 1) + [True]
    tried = {one.name: one for one in results[-1].shown.tried}
    assert list(tried) == ["as set", "off", *(one.name for one in PRESETS)]
    labels = {
        name: (
            draft(context.image, context.probs, one.settings)
            if one.settings.enabled
            else context.probs
        ).argmax(0)
        for name, one in tried.items()
    }
    for name, one in tried.items():
        assert one.differs == pytest.approx(np.mean(labels[name] != labels["as set"]))
    assert tried["as set"].differs == 0 < tried["off"].differs
    assert tried["as set"].miou > tried["off"].miou
    assert "Best mIoU" in results[-1].caption


def test_without_a_target_nothing_is_measured(context):
    context.target = None
    shown = list(LAB.compute(context, CRFPresetsConfig()))[-1]
    assert all(one.miou is None for one in shown.shown.tried) and "mIoU" not in shown.caption


def test_the_one_that_is_set_is_marked_also_where_it_is_ones_own(own_folder):
    save_preset("Night", CRFSettings(appearance_weight=7.5))
    from segviewer.labs.crf_choices.crf_presets import known_presets

    presets = known_presets(CRF)
    assert presets[-1].name == "night"
    assert current_preset(presets[-1].settings, presets) == "night"
    assert current_preset(PRESETS[3].settings, presets) == PRESETS[3].name
    assert current_preset(CRF, presets) == "as set"
    assert current_preset(CRF.changed(enabled=False), presets) == "off"


def test_another_slider_computes_only_what_is_new_and_a_change_stops_it(context):
    list(LAB.compute(context, CRFPresetsConfig()))
    kept = len(context.memory)
    context.crf = CRF.changed(appearance_weight=5.5)
    list(LAB.compute(context, CRFPresetsConfig(show="differences")))
    assert len(context.memory) == kept + 1

    def check():
        raise Cancelled

    context.check = check
    with pytest.raises(Cancelled):
        next(iter(LAB.compute(context, CRFPresetsConfig())))


def test_a_click_takes_the_preset(qtbot, context):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.resize(900, 220)
    for result in LAB.compute(context, CRFPresetsConfig()):
        view.show_result(result.shown)
    tiles = view.tiles
    assert tiles.current() == "as set" and len(tiles.tiles()) == len(PRESETS) + 2
    with qtbot.waitSignal(view.asked) as signal:
        qtbot.mouseClick(tiles, Qt.MouseButton.LeftButton, pos=tiles.area_of(3).center().toPoint())
    assert CRFSettings(**signal.args[0]["crf"]) == PRESETS[1].settings
