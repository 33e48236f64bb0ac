"""The session is frozen, hashable, and survives JSON."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from segviewer.lessons.lesson import LabTable
from segviewer.session import Session
from segviewer.settings import controls

values = st.one_of(
    st.booleans(),
    st.integers(1, 48),
    st.sampled_from(["a", "b"]),
    st.lists(st.integers(1, 48), min_size=1, max_size=4).map(tuple),
    st.lists(st.booleans(), min_size=1, max_size=4).map(tuple),
)


@given(st.dictionaries(st.sampled_from(["atrous_rates", "branches", "output_stride"]), values))
def test_json_gives_the_same_session_back(overrides):
    session = Session(image="a.png", network=tuple(sorted(overrides.items())))
    again = Session.model_validate_json(session.model_dump_json())
    assert again == session
    assert hash(again) == hash(session)
    # 1 == True in Python; the types must survive as well.
    for (_, before), (_, after) in zip(session.network, again.network, strict=True):
        assert type(before) is type(after)
        if isinstance(before, tuple):
            assert [type(v) for v in before] == [type(v) for v in after]


def test_a_session_cannot_be_changed_in_place():
    with pytest.raises(ValidationError):
        Session().image = "b"


def test_values_outside_their_range_are_refused():
    session = Session()
    with pytest.raises(ValidationError):
        session.overlay.changed(opacity=1.5)
    with pytest.raises(ValidationError):
        session.changed(unknown=1)


def test_a_trained_value_leaves_no_override():
    session = Session().with_network("output_stride", 8, trained=16)
    assert session.network == (("output_stride", 8),)
    assert session.with_network("output_stride", 16, trained=16).network == ()


def test_every_visible_control_says_what_it_is():
    session = Session()
    for settings in (session.overlay, session.crf, session.inference):
        for control in controls(settings):
            assert control.label
            if not control.hidden:
                assert control.tip, f"{control.name} has no tooltip"
            if control.type in ("int", "float") and not control.hidden:
                assert control.minimum is not None and control.maximum is not None


@given(st.dictionaries(st.sampled_from(["atrous_rates", "output_stride"]), values))
def test_a_pinned_network_survives_json_and_later_changes(overrides):
    session = Session(checkpoint="a.pth", network=tuple(sorted(overrides.items())))
    pinned = session.pinned().changed(checkpoint="b.pth", network=())
    again = Session.model_validate_json(pinned.model_dump_json())
    assert again == pinned and hash(again) == hash(pinned)
    assert again.of_reference() == session
    assert pinned.changed(reference=None).of_reference() is None


@pytest.mark.parametrize(
    ("lab", "setting", "before", "now"),
    [("gridding_seen", "looked_at", "cures", "remedies"), ("exact", "check", "deck", "slides")],
)
def test_values_of_labs_that_had_another_word_still_open(lab, setting, before, now):
    found = Session.model_validate({"lab": {"name": lab, "values": [[setting, before]]}})
    assert found == Session(lab={"name": lab, "values": ((setting, now),)})
    assert LabTable(name=lab, values={setting: before}).state() == found.lab


def test_a_pinned_crf_stays_as_it_was_and_without_one_a_follows():
    off = Session(checkpoint="a.pth")
    pinned = off.pinned().changed(crf=off.crf.changed(enabled=True, appearance_weight=7))
    assert pinned.of_reference() == off  # off is a setting, too
    old = pinned.model_dump(mode="json")
    del old["reference"]["crf"]  # saved when only a network could be pinned
    assert Session.model_validate(old).of_reference() == pinned.changed(reference=None)


def test_sessions_saved_before_anything_could_be_pinned_still_open():
    saved = Session(image="a.png", checkpoint="a.pth").model_dump(mode="json")
    del saved["reference"]
    assert Session.model_validate(saved) == Session(image="a.png", checkpoint="a.pth")


def test_another_photograph_begins_with_its_first_page():
    before = Session(image="a.tif", allow_large=True, picture={"page": 3, "bands": (4, 3, 2)})
    after = before.with_image("b.tif")
    assert after.photograph == ("b.tif", None)
    assert after.picture.bands == (4, 3, 2) and not after.allow_large


def test_pages_and_bands_survive_json():
    session = Session(image="a.tif", picture={"page": 3, "bands": (4, 3, 2)})
    assert Session.model_validate_json(session.model_dump_json()) == session


def test_page_and_window_of_what_is_open_are_not_those_of_a_data_set():
    from segviewer.batch.measuring import measured

    tones = {"window": (1.0, 2.0), "gamma": 2.0, "network": "as stored"}
    session = Session(image="a.tif", picture={"page": 7, "bands": (3, 2, 1)}, tones=tones)
    found = measured(session)
    assert (found.image, found.picture.page, found.picture.bands) == ("", None, (3, 2, 1))
    assert found.tones == session.tones.without_window()


@pytest.mark.parametrize("comparison", ["side", "swipe", "difference", "photo"])
def test_without_a_nothing_is_compared_with_it(comparison):
    session = Session(checkpoint="bundled:x").pinned()
    overlay = session.overlay.changed(comparison=comparison)
    left = session.changed(overlay=overlay).without_reference().overlay.comparison
    assert left == ("photo" if comparison == "photo" else "overlay")
