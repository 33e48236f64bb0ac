"""While a large photograph is opened its preview lies on the canvas, and goes in every case."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from segviewer.app.frame.opening_preview import OpeningPreview
from segviewer.app.state.shown import Screen, Shown
from segviewer.app.state.store import Store
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.session import Session

FOUND = np.zeros((3, 4, 3), np.uint8), (32, 24)
ENDS = {
    "run_finished": ({},),
    "run_cancelled": (),
    "run_failed": ("image", None),
    "bug_found": ("image", ""),
    "engine_lost": (None,),
}


class Runner(QObject):
    run_finished = Signal(object)
    run_cancelled = Signal()
    run_failed = Signal(str, object)
    bug_found = Signal(str, str)
    engine_lost = Signal(object)
    running = True


class Results(QObject):
    changed = Signal(object, object)
    shown = Shown()


class Background:
    def __init__(self):
        self.jobs = []

    def run(self, function, *arguments, done, failed):
        large = function.keywords["allow_large"]
        job = SimpleNamespace(path=arguments[0], large=large, done=done, failed=failed)
        self.jobs.append(job)


@pytest.fixture
def opening(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    seen = []
    window.canvas = SimpleNamespace(preview=lambda image, size=None: seen.append(image))
    made = SimpleNamespace(
        store=Store(Session()), runner=Runner(), results=Results(), background=Background()
    )
    made.preview = OpeningPreview(window, made.store, made.runner, made.results, made.background)
    made.window, made.seen = window, seen
    made.open = lambda name: made.store.update(made.store.session.with_image(name))
    return made


def test_it_is_shown_until_the_photograph_is_there(opening):
    opening.open("/a/b.jpg")
    (job,) = opening.background.jobs
    job.done(FOUND)
    assert opening.seen == [FOUND[0]]
    opening.results.changed.emit(None, Screen(opening.store.session, Shown()))
    assert len(opening.seen) == 1
    opening.results.changed.emit(None, Screen(opening.store.session, Shown(image="/a/b.jpg")))
    assert opening.seen[1:] == [None]


@pytest.mark.parametrize("end", sorted(ENDS))
def test_it_goes_however_the_run_ends_and_does_not_come_afterwards(opening, end):
    opening.open("/a/b.jpg")
    (job,) = opening.background.jobs
    job.done(FOUND)
    getattr(opening.runner, end).emit(*ENDS[end])
    assert opening.seen[1:] == [None]
    job.done(FOUND)
    assert len(opening.seen) == 2


def test_the_preview_of_one_that_is_no_longer_wanted_is_not_shown(opening):
    opening.open("/a/b.jpg")
    opening.open("/a/c.jpg")
    first, second = opening.background.jobs
    opening.seen.clear()
    first.done(FOUND)
    assert not opening.seen
    second.done(FOUND)
    assert opening.seen == [FOUND[0]]


def test_a_huge_one_is_previewed_when_somebody_agrees_to_open_it(opening):
    opening.open("/a/b.jpg")
    opening.store.update(opening.store.session.changed(allow_large=True))
    assert [job.large for job in opening.background.jobs] == [False, True]
    opening.store.update(opening.store.session.with_network("output_stride", 8, 16))
    assert len(opening.background.jobs) == 2


def test_nothing_while_the_photograph_is_not_being_opened(opening):
    opening.runner.running = False  # it waits for somebody to say Run
    opening.open("/a/b.jpg")
    opening.background.jobs[0].done(FOUND)
    assert not opening.seen


def test_a_file_that_cannot_be_read_is_for_the_engine_to_refuse(opening):
    opening.open("/a/b.jpg")
    opening.background.jobs[0].failed(ValueError())
    opening.background.jobs[0].done(None)
    assert not opening.seen


def test_none_of_what_is_no_file_or_is_shown_otherwise_than_it_is(opening):
    for name in ("sample:building", "camera:0", ""):
        opening.open(name)
    session = opening.store.session.with_image("/a/b.tif")
    opening.store.update(session.changed(picture=PictureSettings(page=2)))
    opening.store.update(Session(image="/a/d.jpg", tones=session.tones.changed(stretch="always")))
    opening.results.shown = Shown(image="/a/c.jpg")
    opening.open("/a/c.jpg")
    assert not opening.background.jobs
