"""The engine is asked at each change while Live is on, and for what was opened in any case."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from segviewer.app.state.requests import Requests


@pytest.fixture
def live(qtbot):
    action = QAction("Live")
    action.setCheckable(True)
    action.setChecked(True)
    return action


@pytest.fixture
def asked(desk, live, monkeypatch):
    """(session, draft) of each request that is sent."""
    sent = []
    submit = desk.runner.submit
    monkeypatch.setattr(
        desk.runner,
        "submit",
        lambda session, draft=False: (sent.append((session, draft)), submit(session, draft)),
    )
    desk.parent = QObject()
    desk.requests = Requests(desk.store, desk.runner, desk.results, live, desk.parent)
    desk.runner.asked.clear()
    return sent


def test_a_change_that_needs_the_engine_is_sent_and_one_that_does_not_is_not(desk, asked):
    desk.gets_labels()
    desk.store.set("overlay", opacity=0.1)
    assert asked == []
    desk.store.set("crf", enabled=True)
    assert asked == [(desk.store.session, False)]
    assert not desk.results.screen.waiting


def test_a_drag_asks_for_drafts_and_its_end_for_the_whole(desk, asked):
    desk.gets_labels()
    desk.store.set("crf", finished=False, enabled=True)
    desk.store.set("crf", enabled=True)
    assert [draft for _, draft in asked] == [True, False]


def test_without_live_it_waits_for_run(desk, asked, live):
    desk.gets_labels()
    live.trigger()
    desk.store.set("crf", enabled=True)
    assert asked == [] and desk.results.screen.waiting
    desk.requests.run_now()
    assert len(asked) == 1 and not desk.results.screen.waiting


def test_what_waits_waits_no_more_when_it_is_undone(desk, asked, live):
    desk.gets_labels()
    live.trigger()
    desk.store.set("crf", enabled=True)
    desk.store.undo()
    assert asked == [] and not desk.results.screen.waiting


def test_live_asks_at_once_when_it_is_switched_on(desk, asked, live):
    desk.gets_labels()
    live.trigger()
    desk.store.set("crf", enabled=True)
    live.trigger()
    assert len(asked) == 1


@pytest.mark.parametrize("change", [{"image": "c"}, {"checkpoint": "c"}])
def test_what_is_opened_runs_without_live(desk, asked, live, change):
    desk.gets_labels()
    live.trigger()
    desk.store.update(desk.session.changed(**change))
    assert len(asked) == 1


def test_to_look_at_something_is_to_ask_for_it(desk, asked, live):
    desk.gets_labels()
    live.trigger()
    desk.requests.ask_for("card")
    assert len(asked) == 1 and "card" in desk.runner.asked
    desk.store.set("overlay", activation="layer")
    assert len(asked) == 2
    desk.requests.ask_for("card", on=False)
    assert len(asked) == 2 and "card" not in desk.runner.asked


def test_what_was_cancelled_waits_for_run(desk, asked):
    desk.gets_labels()
    desk.store.set("crf", enabled=True)
    desk.starts("refined")
    desk.is_cancelled()
    assert desk.results.screen.waiting
