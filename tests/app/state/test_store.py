"""Undo, redo, drags and failed steps."""

from __future__ import annotations

import pytest

from segviewer.app.state.store import Store
from segviewer.session import LabState, Session


@pytest.fixture
def store(qapp):
    return Store(Session())


def opacity(session: Session, value: float) -> Session:
    return session.changed(overlay=session.overlay.changed(opacity=value))


def test_undo_and_redo_walk_through_every_step(store):
    steps = [store.session]
    for value in (0.1, 0.2, 0.3):
        store.update(opacity(store.session, value))
        steps.append(store.session)
    for expected in reversed(steps[:-1]):
        store.undo()
        assert store.session == expected
    assert not store.can_undo
    for expected in steps[1:]:
        store.redo()
        assert store.session == expected
    assert not store.can_redo


def test_one_drag_is_one_step(store):
    first = store.session
    for value in (0.1, 0.2, 0.3):
        store.update(opacity(store.session, value), finished=False)
    store.update(opacity(store.session, 0.4))
    store.undo()
    assert store.session == first


def test_undo_in_the_middle_of_a_drag_goes_to_its_start(store):
    first = store.session
    store.update(opacity(store.session, 0.1), finished=False)
    store.undo()
    assert store.session == first
    store.redo()
    assert store.session.overlay.opacity == 0.1


def test_a_drag_that_comes_back_leaves_no_step(store):
    store.update(opacity(store.session, 0.9), finished=False)
    store.update(opacity(store.session, Session().overlay.opacity))
    assert not store.can_undo


def seen(session: Session, **values) -> Session:
    return session.changed(overlay=session.overlay.changed(**values))


def at(session: Session, column: float) -> Session:
    return session.with_lab_value("column", column, None).with_lab_value("row", 0.5, None)


def test_going_through_layers_is_one_step_and_the_setting_before_is_the_next(store):
    first = store.session
    store.update(opacity(first, 0.2))
    for layer in ("probability", "entropy", "margin"):
        store.update(seen(store.session, layer=layer))
    store.update(seen(store.session, comparison="side"))
    store.undo()
    assert store.session == opacity(first, 0.2)
    store.undo()
    assert store.session == first and not store.can_undo
    store.redo()
    store.redo()
    assert (store.session.overlay.layer, store.session.overlay.comparison) == ("margin", "side")


def test_a_layer_and_back_leaves_no_step(store):
    first = store.session
    for layer in ("probability", "labels"):
        store.update(seen(store.session, layer=layer))
    assert store.session == first and not store.can_undo
    store.update(seen(store.session, layer="entropy"))
    store.undo()
    assert store.session == first


def test_pixels_clicked_in_a_lab_are_one_step_and_another_setting_of_it_is_its_own(store):
    store.update(store.session.changed(lab=LabState(name="crf_kernel")))
    opened = store.session
    for column in (0.1, 0.2, 0.3):
        store.update(at(store.session, column))
    clicked = store.session
    store.update(store.session.with_lab_value("part", "smoothness", "appearance"))
    store.update(at(store.session, 0.4))
    for expected in (clicked.with_lab_value("part", "smoothness", "appearance"), clicked, opened):
        store.undo()
        assert store.session == expected
    store.redo()
    store.update(at(store.session, 0.9))  # after going back, a click is a step of its own
    store.undo()
    assert store.session == clicked


def test_a_setting_that_changes_with_the_layer_is_a_step(store):
    store.update(seen(store.session, layer="entropy"))
    kept = store.session
    store.update(seen(store.session, layer="labels", style="contour"))
    store.undo()
    assert store.session == kept


def test_a_new_step_forgets_what_was_undone(store):
    store.update(opacity(store.session, 0.1))
    store.undo()
    store.update(opacity(store.session, 0.2))
    assert not store.can_redo


def test_a_failed_opening_leaves_no_trace(store):
    store.update(store.session.changed(image="good.png"))
    good = store.session
    store.update(good.changed(image="bad.png"))
    store.take_back(store.session.changed(image="good.png"))
    assert store.session == good
    store.undo()
    assert store.session.image == ""


def test_changed_says_old_and_new_and_only_real_changes(store):
    received = []
    store.changed.connect(lambda old, new: received.append((old, new)))
    first = store.session
    store.update(first)
    assert received == []
    store.update(opacity(first, 0.1))
    assert received == [(first, store.session)]


def test_history_is_handed_out_bounded_with_an_unfinished_drag_in_it(store):
    first = store.session
    for value in (0.1, 0.2, 0.3):
        store.update(opacity(store.session, value))
    store.undo()
    assert store.history(2) == ((first, opacity(first, 0.1)), (opacity(first, 0.3),))
    store.update(opacity(store.session, 0.9), finished=False)
    store.update(opacity(store.session, 0.95), finished=False)
    undo, _ = store.history(2)
    assert undo == (opacity(first, 0.1), opacity(first, 0.2))


def test_a_detour_leaves_no_steps(store):
    first = store.session
    before = opacity(first, 0.1)
    for value in (0.1, 0.2, 0.3):
        store.update(opacity(store.session, value))
    store.undo()
    store.return_to(before)
    assert store.session == before and not store.can_redo
    store.undo()
    assert store.session == first and not store.can_undo


def test_a_detour_gone_back_on_takes_no_older_step(store):
    first = store.session
    for value in (0.1, 0.2, 0.1, 0.3):
        store.update(opacity(store.session, value))
    store.update(opacity(store.session, 0.4), finished=False)
    store.return_to(opacity(first, 0.1))
    assert store.history(9)[0] == (first, opacity(first, 0.1), opacity(first, 0.2))
    store.return_to(opacity(first, 0.9))
    assert store.session == opacity(first, 0.9)
    store.undo()
    assert store.session == opacity(first, 0.2)


def test_a_restored_history_is_walked_through(store):
    old = store.session
    store.restore(opacity(old, 0.5), (opacity(old, 0.4),), (opacity(old, 0.6),))
    store.redo()
    assert store.session == opacity(old, 0.6)
    store.undo()
    store.undo()
    assert store.session == opacity(old, 0.4) and not store.can_undo


def test_restoring_loses_nothing_that_was_done_here(store):
    store.update(opacity(store.session, 0.1))
    mine = store.session
    store.restore(opacity(mine, 0.5))
    store.undo()
    assert store.session == mine


def test_the_end_of_a_drag_that_was_not_meant_leaves_no_step(store):
    """A camera's frames are none: undo goes to before it was opened."""
    finished = []
    store.drag_finished.connect(lambda: finished.append(True))
    store.update(opacity(store.session, 0.1))
    for value in (0.2, 0.3):
        store.update(opacity(store.session, value), finished=False)
    store.end_drag(opacity(store.session, 0.9))
    assert store.session.overlay.opacity == 0.9 and finished == [True] and not store.dragging
    store.undo()
    assert store.session == Session()
