"""An error is shown, and the session is again what is on screen."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton

from segviewer.app.state.failures import Failures
from segviewer.errors import CheckpointError, PictureError
from segviewer.imaging.reading.faults import LargePictureError
from segviewer.session import Session
from segviewer.widgets.panels.message_bar import MessageBar
from tests.app.state.conftest import labelled, network, picture

ERROR = PictureError("It cannot be read.", "Because.", "Choose another.")


@pytest.fixture
def failing(desk, qtbot):
    """A desk whose labels have come, with failures shown in `bar`."""
    desk.bar = MessageBar()
    qtbot.addWidget(desk.bar)
    desk.failures = Failures(desk.bar, desk.store, desk.runner, desk.results, desk.bar)
    desk.results.changed.connect(desk.failures.apply)
    desk.refused, desk.emptied = [], []
    desk.failures.picture_refused.connect(desk.refused.append)
    desk.failures.emptied.connect(lambda: desk.emptied.append(None))
    return desk


@pytest.fixture
def shown(failing):
    failing.store.update(failing.session.changed(target="m"))
    failing.gets_labels()
    return failing


def test_a_photograph_that_cannot_be_read_is_taken_back_with_its_target(shown):
    before = shown.store.session
    shown.store.update(before.changed(image="c", target=""))
    shown.fails("image", ERROR)
    assert shown.store.session == before
    assert shown.refused == ["c"] and shown.emptied == []
    assert "cannot be read" in shown.bar.message()
    shown.store.undo()
    assert shown.store.session == shown.session  # the step before, not the one that failed


def test_where_there_was_no_photograph_there_is_none_again(failing):
    failing.fails("image", ERROR)
    assert failing.store.session.image == "" and failing.emptied == [None]


@pytest.mark.parametrize("stage", ["network", "features", "probs"])
def test_a_network_that_fails_is_taken_back_as_it_was_set(shown, stage):
    shown.store.update(shown.store.session.with_network("output_stride", 8, 16))
    shown.gets("label_map", labelled())
    before = shown.store.session
    shown.store.update(before.with_checkpoint("c"))
    shown.gets("network", network(title="other"))
    shown.fails(stage, CheckpointError("No.", "Because.", "Choose another."))
    assert shown.store.session == before and shown.refused == []


def test_another_setting_of_the_network_on_screen_is_not_taken_back(shown):
    shown.store.update(shown.store.session.with_network("output_stride", 8, 16))
    after = shown.store.session
    shown.fails("probs", ERROR)
    assert shown.store.session == after


def test_a_target_that_fails_is_closed(shown):
    shown.fails("metrics", ERROR)
    assert shown.store.session == shown.session


def test_a_that_cannot_run_is_unpinned(shown):
    before = shown.store.session
    shown.store.update(before.pinned().changed(overlay=before.overlay.changed(comparison="side")))
    shown.fails("reference_label_map", ERROR)
    assert shown.store.session.reference is None


def test_an_unexpected_error_takes_back_too_and_can_be_copied(shown):
    before = shown.store.session
    shown.store.update(before.changed(image="c", target=""))
    shown.has_a_bug("image", "Traceback\nValueError: of a test")
    assert shown.store.session == before and shown.refused == []
    assert "ValueError: of a test" in shown.bar.message()


def test_a_failure_beside_the_engine_takes_nothing_back(shown):
    before = shown.store.session
    shown.failures.show_failure(ERROR)
    assert "cannot be read" in shown.bar.message()
    shown.failures.show_failure(ValueError("of a test"))
    assert "Something went wrong" in shown.bar.message()
    assert shown.store.session == before


def test_a_very_large_photograph_is_asked_about(shown):
    before = shown.store.session
    shown.store.update(before.changed(image="large", target=""))
    shown.fails("image", LargePictureError("Large.", "Very.", "Open it?"))
    assert shown.store.session == before and shown.refused == []
    assert shown.bar.tone() == "warning"
    (button,) = [b for b in shown.bar.findChildren(QPushButton) if b.text() == "Open it"]
    button.click()
    session = shown.store.session
    assert (session.image, session.allow_large, session.target) == ("large", True, "")


def test_a_message_goes_when_the_same_thing_succeeds_or_another_photograph_comes(shown):
    shown.store.update(shown.store.session.with_network("output_stride", 8, 16))
    shown.fails("probs", ERROR)
    shown.gets("image", picture())
    assert shown.bar.message() != ""  # which has nothing to do with it
    shown.gets("label_map", labelled())
    assert shown.bar.message() == ""
    shown.failures.show_error(ERROR)
    shown.store.update(Session(image="c", checkpoint="b"))
    assert shown.bar.message() != ""
    shown.gets("image", picture())
    assert shown.bar.message() == ""


def test_what_could_not_be_opened_is_forgotten_when_something_is(shown):
    shown.failures.show_opening_error(ERROR)
    shown.gets("label_map", labelled())
    assert shown.bar.message() != ""
    shown.store.update(shown.store.session.with_checkpoint("c"))
    shown.gets("network", network())
    assert shown.bar.message() == ""


def test_that_the_engine_was_lost_goes_with_the_next_run(shown):
    shown.fails("", ERROR)
    shown.finishes()
    assert shown.bar.message() == ""


def test_a_solver_that_failed_does_not_stay_selected(shown):
    crf = shown.store.session.crf.changed(enabled=True)
    shown.store.update(shown.store.session.changed(crf=crf))
    shown.store.update(shown.store.session.changed(crf=crf.changed(engine="exact")))
    shown.fails("refined", ERROR)
    assert shown.store.session.crf == crf
    # What was wrong with it is still read when the other one's labels have come.
    shown.results.arrived.emit("refined", None)
    assert "cannot be read" in shown.bar.message()


def test_the_exact_solver_offers_a_part_of_the_photograph(shown, qtbot):
    crf = shown.store.session.crf.changed(enabled=True, engine="exact")
    shown.store.update(shown.store.session.changed(crf=crf))
    shown.fails("refined", ERROR)
    button = next(b for b in shown.bar.findChildren(QPushButton) if b.text() == "Exact on a crop")
    with qtbot.waitSignal(shown.failures.crop_wanted):
        button.click()


def test_a_solver_that_failed_on_another_photograph_gives_way_to_the_lattice(shown):
    crf = shown.store.session.crf.changed(enabled=True, engine="exact")
    shown.store.update(shown.store.session.changed(crf=crf))
    shown.results.arrived.emit("label_map", None)  # a small picture, on which it went well
    shown.fails("refined", ERROR)
    assert shown.store.session.crf.engine == "lattice"


def test_the_lattice_that_failed_stays(shown):
    crf = shown.store.session.crf.changed(enabled=True)
    shown.store.update(shown.store.session.changed(crf=crf))
    shown.fails("refined", ERROR)
    assert shown.store.session.crf == crf
