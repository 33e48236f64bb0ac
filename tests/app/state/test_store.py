"""Undo, redo, drags and failed steps."""

from __future__ import annotations

import pytest

from segviewer.app.state.store import Store
from segviewer.session import Session


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
