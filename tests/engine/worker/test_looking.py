"""Of a huge picture the pixels and labels that are looked at come first, then all others."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PIL import Image

from segviewer.engine.detail_keys import detail_key, seen_picture_key
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Listener
from segviewer.engine.results import LabelPart, PicturePart
from segviewer.engine.worker.looking import Looking
from segviewer.engine.worker.messages import LookAt
from segviewer.errors import Cancelled
from segviewer.imaging.reading.formats import overview
from segviewer.imaging.reading.samples import sample_path
from segviewer.session import Session

WIDE, TALL = 620, 460


class Engine:
    """An executor, what is looked at, and what was found."""

    def __init__(self, session):
        self.session, self.found, self.left = session, [], None
        self.executor = StageExecutor(Listener(self.check))
        self.executor.run(session)
        self.looking = Looking(self.executor, self.found.append)

    def check(self):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Cancelled

    def look(self, view=(0.0, 0.4, 0.0, 0.4), picture=True, have=frozenset(), most=1 << 30):
        self.found.clear()
        self.looking.look_at(LookAt(self.session, view, 300, picture, have, most))
        while self.looking.waits:
            self.looking.compute_one()
        return self.found


@pytest.fixture
def values():
    with Image.open(sample_path("leuven_street")) as picture:
        return np.array(picture.convert("RGB").resize((WIDE, TALL)))


@pytest.fixture
def huge(tmp_path, monkeypatch, values):
    monkeypatch.setattr(overview, "LARGE_PIXELS", 100_000)
    monkeypatch.setattr(overview, "OVERVIEW_PIXELS", 20_000)
    path = tmp_path / "huge.tif"
    tifffile.imwrite(path, values, tile=(64, 64), photometric="rgb")
    session = Session(image=str(path), checkpoint="bundled:deeplab_v3_efficientnet_lite0_camvid")
    return Engine(session.changed(inference=session.inference.changed(long_side=160)))


def placed(where):
    """Rows and columns of the file."""
    top, bottom, left, right = (
        round(part * side) for part, side in zip(where, (TALL, TALL, WIDE, WIDE), strict=True)
    )
    return slice(top, bottom), slice(left, right)


def test_the_pixels_in_view_are_those_of_the_file(huge, values):
    assert huge.executor.cache["image"].value.header.overview_of == (WIDE, TALL)
    assert huge.executor.cache["image"].value.levels[0].shape[1] <= WIDE / 4
    first = huge.look()[0]
    assert isinstance(first.found, PicturePart)
    assert first.key == seen_picture_key(huge.session)
    np.testing.assert_array_equal(first.found.levels[0], values[placed(first.found.where)])
    assert first.found.where[1] >= 0.4 and first.found.where[3] >= 0.4


def test_windows_in_view_are_labelled_first_and_then_all_others(huge):
    view = (0.5, 0.7, 0.6, 0.9)
    found = huge.look(view, picture=False)
    assert all(isinstance(one.found, LabelPart) for one in found)
    assert {one.key for one in found} == {detail_key(huge.session)}
    assert [one.left for one in found] == list(range(len(found)))[::-1]
    assert len(found) == found[0].count > 12
    in_view = found[0].left_in_view + 1
    assert 1 < in_view < len(found) and found[in_view - 1].left_in_view == 0

    def is_seen(one):
        top, bottom, left, right = one.found.where
        return top < view[1] and bottom > view[0] and left < view[3] and right > view[2]

    assert [is_seen(one) for one in found] == [n < in_view for n in range(len(found))]
    covered = np.zeros((TALL, WIDE), int)
    for one in found:
        covered[placed(one.found.where)] += 1
    assert (covered == 1).all()


def test_a_window_is_labelled_as_a_picture_of_its_own_is(huge, values, tmp_path):
    found = huge.look()
    number = 0
    part = next(one.found for one in found if one.number == number)
    path = tmp_path / "window.png"
    Image.fromarray(values[:160, :160]).save(path)
    whole = StageExecutor()
    alone = huge.session.changed(image=str(path))
    labels = whole.value("label_map", alone).label_map
    rows, columns = placed(part.where)
    np.testing.assert_array_equal(part.labels, labels[rows, columns])


def test_what_is_there_is_not_computed_again_and_memory_is_bounded(huge):
    everything = huge.look(picture=False)
    have = frozenset(one.number for one in everything[:5])
    assert not have & {one.number for one in huge.look(picture=False, have=have)}
    few = huge.look(picture=False, most=6 * 160 * 160)
    assert [one.number for one in few] == [one.number for one in everything[:6]]
    # So far away that not even what is in view would be kept.
    assert huge.look((0.0, 1.0, 0.0, 1.0), picture=False, most=6 * 160 * 160) == []


def test_whoever_waits_goes_first_and_nothing_is_lost(huge):
    everything = {one.number for one in huge.look(picture=False)}
    huge.found.clear()
    huge.looking.look_at(LookAt(huge.session, (0, 1, 0, 1), 300, False, frozenset(), 1 << 30))
    for left in (0, 3, 20, 0):
        huge.left = left
        with pytest.raises(Cancelled):
            while True:
                huge.looking.compute_one()
        huge.left = None
        huge.looking.compute_one()
    while huge.looking.waits:
        huge.looking.compute_one()
    assert {one.number for one in huge.found} == everything
    assert len(huge.found) == len(everything)
    huge.looking.look_at(LookAt(huge.session, (0, 1, 0, 1), 300, False, frozenset(), 1 << 30))
    huge.looking.stop()
    assert not huge.looking.waits


def test_nothing_is_computed_for_what_is_not_there(huge):
    other = huge.session.changed(network=(("output_stride", 8),))
    huge.looking.look_at(LookAt(other.with_image("sample:palace"), (0, 1, 0, 1), 9, True, None, 1))
    assert not huge.looking.waits
    huge.looking.look_at(LookAt(Session(), (0, 1, 0, 1), 9, True, None, 1))
    assert not huge.looking.waits


def test_a_file_that_is_gone_is_said_once(huge):
    from pathlib import Path

    Path(huge.session.image).unlink()
    found = huge.look()
    assert [type(one.found) for one in found] == [str] and "not there" in found[0].found
