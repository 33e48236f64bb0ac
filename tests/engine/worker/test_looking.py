"""Of a huge picture the pixels and labels that are looked at come first, then all others."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PIL import Image

from segviewer.batch import huge as batch
from segviewer.batch.huge import label_huge
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.engine import memory_budget
from segviewer.engine.computing import details
from segviewer.engine.computing.network import describe
from segviewer.engine.detail_keys import detail_key, seen_picture_key
from segviewer.engine.executor import StageExecutor, Work
from segviewer.engine.listener import Listener
from segviewer.engine.results import LabelPart, PicturePart
from segviewer.engine.stages import STAGES
from segviewer.engine.worker.looking import Looking
from segviewer.engine.worker.messages import LookAt
from segviewer.errors import Cancelled
from segviewer.export.exporting import Writing
from segviewer.imaging.reading.formats import overview
from segviewer.imaging.reading.samples import sample_path
from segviewer.session import Session

WIDE, TALL = 620, 460


class Engine:
    """An executor, what is looked at, and what was found."""

    def __init__(self, session):
        self.found, self.left = [], None
        self.executor = StageExecutor(Listener(self.check))
        self.run(session)
        self.looking = Looking(self.executor, self.found.append)

    def run(self, session):
        self.session = session
        self.executor.run(session)

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

    def parts(self, *args, **options):
        """Labels that are done, in their order."""
        found = self.look(*args, picture=False, **options)
        return [one for one in found if one.found.blended]


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
    every = huge.look(view, picture=False)
    assert all(isinstance(one.found, LabelPart) for one in every)
    found = [one for one in every if one.found.blended]
    assert {one.key for one in found} == {detail_key(huge.session)}
    assert [one.left for one in found] == list(range(len(found)))[::-1]
    assert len(found) == found[0].count > 12
    in_view = every[0].left_in_view
    assert 1 < in_view < len(found)

    def is_seen(one):
        top, bottom, left, right = one.found.where
        return top < view[1] and bottom > view[0] and left < view[3] and right > view[2]

    # Of each in view something is seen before the first is done.
    early = every[:in_view]
    assert all(is_seen(one) and not one.found.blended for one in early)
    assert len({one.number for one in early}) == in_view
    # Then they are done, before anything is labelled that does not overlap them.
    last = max(place for place, one in enumerate(every) if is_seen(one))
    sums = huge.looking._labelling.blended
    needed = {n for one in early for n in sums.seeing(one.number)}
    ran = {one.number for one in every[:last] if not one.found.blended}
    assert ran <= needed and len(needed) < len(found)
    covered = np.zeros((TALL, WIDE), int)
    for one in found:
        covered[placed(one.found.where)] += 1
    assert (covered == 1).all()


def test_a_window_is_labelled_as_a_picture_of_its_own_is_at_first(huge, values, tmp_path):
    number = 0
    part = next(one.found for one in huge.look()[1:] if one.number == number)
    assert not part.blended
    path = tmp_path / "window.png"
    Image.fromarray(values[:160, :160]).save(path)
    whole = StageExecutor()
    alone = huge.session.changed(image=str(path))
    labels = whole.value("label_map", alone).label_map
    rows, columns = placed(part.where)
    # But for the corners, where neighbours that were labelled before it count already.
    same = part.labels == labels[rows, columns]
    assert same[:120, :120].all()


def mosaic(found):
    labels = np.full((TALL, WIDE), 254, np.uint8)
    for one in found:
        labels[placed(one.found.where)] = one.found.labels
    return labels


@pytest.mark.slow
@pytest.mark.parametrize("crf", [False, True])
@pytest.mark.parametrize("most", [256 << 20, 1])
def test_all_details_together_are_the_whole_run(huge, tmp_path, monkeypatch, crf, most):
    monkeypatch.setattr(batch, "LARGE_PIXELS", 10_000)
    monkeypatch.setattr(memory_budget, "WINDOW_SUMS", most)
    huge.run(huge.session.changed(crf=CRFSettings(enabled=crf, num_iterations=2)))
    out = tmp_path / "out"
    out.mkdir()
    work = Work(huge.executor, huge.session, STAGES["network"])
    described = describe(work, huge.executor.cache["network"].value)
    label_huge(huge.session, huge.executor, described, out, Writing(save=("index",)), 0, True)
    whole = tifffile.imread(out / "huge-labels.tif")
    details = mosaic(huge.parts())
    assert (details == whole).mean() > 0.9999
    if not crf:
        return
    without = huge.session.changed(crf=huge.session.crf.changed(enabled=False))
    huge.run(without)
    assert 0.9 < (mosaic(huge.parts()) == whole).mean() < 0.999


def test_other_settings_of_the_crf_are_other_labels(huge):
    on = huge.session.changed(crf=CRFSettings(enabled=True))
    assert len({detail_key(s) for s in (huge.session, on)}) == 2
    wider = on.changed(crf=on.crf.changed(smoothness_xy_std=9.0))
    assert detail_key(wider) != detail_key(on)


@pytest.mark.slow
def test_what_is_there_is_not_computed_again_and_memory_is_bounded(huge):
    everything = huge.parts()
    have = frozenset(one.number for one in everything[:5])
    assert not have & {one.number for one in huge.look(picture=False, have=have)}
    few = huge.parts(most=6 * 160 * 160)
    assert {one.number for one in few} == {one.number for one in everything[:6]}
    # So far away that not even what is in view would be kept.
    assert huge.look((0.0, 1.0, 0.0, 1.0), picture=False, most=6 * 160 * 160) == []


def test_a_step_aside_runs_no_window_twice(huge, monkeypatch):
    ran = []
    real = details.window_of_picture

    def counted(work, opened, window):
        ran.append(window)
        return real(work, opened, window)

    monkeypatch.setattr(details, "window_of_picture", counted)
    found = huge.parts((0.0, 0.3, 0.0, 0.3), most=8 * 160 * 160)
    have = frozenset(one.number for one in found)
    assert len(have) == 8
    huge.parts((0.0, 0.3, 0.2, 0.5), have=have)
    assert len(ran) == len(set(ran)) == found[0].count


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
    done = [one.number for one in huge.found if one.found.blended]
    assert set(done) == everything and len(done) == len(everything)
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
