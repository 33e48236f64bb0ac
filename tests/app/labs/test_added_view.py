"""A package's view that cannot be made is named in its place; one of the program's own is a bug."""

from __future__ import annotations

import pytest

from segviewer.additions import installed
from segviewer.app.labs.lab_view import _view_of
from segviewer.labs.lab import Lab


class Blind(Lab):
    name = "blind"

    def make_view(self):
        raise ModuleNotFoundError("no_such_view")


def test_of_a_package(monkeypatch, qtbot, capsys):
    one = installed.Addition(installed.LABS, "blind", "blind:LAB", "blindness 2")
    monkeypatch.setattr(installed, "additions", lambda group: (one,))
    view = _view_of(Blind())
    qtbot.addWidget(view)
    assert "blindness 2" in view.text() and "no_such_view" in view.text()
    view.show_result(object())
    assert "blindness 2" in capsys.readouterr().err
    installed._refused.cache_clear()


def test_of_the_program(qtbot):
    with pytest.raises(ModuleNotFoundError):
        _view_of(Blind())
