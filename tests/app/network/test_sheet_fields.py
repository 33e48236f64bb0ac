"""What is edited in the fields is said; what is left alone stays for the file to say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segviewer.app.network.sheet_fields import changed_sheet, fields_of
from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.model_sheet import NONE_OF_THEM, ModelSheet
from segviewer.errors import SettingsError
from segviewer.imaging.preprocessing import CAFFE_BGR

CARD = ModelCard(title="T", classes=("sky", "road"), colours=((1, 2, 3), (4, 5, 6)))


def test_nothing_edited_says_nothing():
    fields = fields_of(CARD, 2)
    assert changed_sheet(ModelSheet(), fields, fields, 2) == ModelSheet()


def test_each_field_says_its_own():
    before = fields_of(CARD, 2)
    for edited, said in (
        ({"title": "U"}, {"title": "U"}),
        ({"classes": "a #010203\nb #040506"}, {"classes": ("a", "b")}),
        ({"classes": "sky #ffffff\nroad #040506"}, {"colours": ((255, 255, 255), (4, 5, 6))}),
        ({"long_side": 513}, {"inference_long_side": 513}),
        ({"enlarges": True}, {"inference_enlarges": True}),
        ({"divisor": 32}, {"input_divisor": 32}),
        ({"ignore_index": 0}, {"ignore_index": 0}),
        ({"activation": "multi-label"}, {"activation": "multi-label"}),
        (
            {
                "channel_order": "BGR",
                "scale": "byte",
                "mean": "104.008,116.669,122.675",
                "std": "1",
            },
            {"preprocessing": CAFFE_BGR},
        ),
    ):
        sheet = changed_sheet(ModelSheet(), before, replace(before, **edited), 2)
        assert sheet.said() == said, edited


def test_enlarging_that_a_card_says_can_be_taken_back():
    enlarging = CARD.changed(inference_long_side=672, inference_enlarges=True)
    before = fields_of(enlarging, 2)
    sheet = changed_sheet(ModelSheet(), before, replace(before, enlarges=False), 2)
    assert not sheet.over(enlarging).inference_enlarges


def test_none_of_them_is_no_class_to_edit():
    several = CARD.changed(
        classes=("sky", "road", NONE_OF_THEM),
        colours=((1, 2, 3), (4, 5, 6), (9, 9, 9)),
        activation="multi-label",
    )
    assert fields_of(several, 2).classes == "sky #010203\nroad #040506"


@pytest.mark.parametrize(
    ("edited", "said"),
    [
        ({"classes": "a\nb\nc"}, "3 names for 2 classes"),
        ({"mean": "1, 2"}, "mean cannot be read"),
        ({"std": "x"}, "standard deviation cannot be read"),
        ({"std": "0"}, "std"),
    ],
)
def test_what_cannot_be_read_is_refused(edited, said):
    before = fields_of(CARD, 2)
    with pytest.raises(SettingsError) as error:
        changed_sheet(ModelSheet(), before, replace(before, **edited), 2)
    assert said in error.value.sentence
