"""Which files bring a session back, and which are opened as what they are."""

import json

import pytest

from segviewer.app.frame.reopening import reopen
from segviewer.errors import SettingsError
from segviewer.session import Session

SESSION = Session(image="sample:palace")


@pytest.mark.parametrize("name", ["a.segsession", "A.SEGSESSION", "a.json"])
def test_a_saved_session_is_one_under_its_names(tmp_path, name):
    path = tmp_path / name
    path.write_text(json.dumps(SESSION.model_dump(mode="json")))
    place, found = reopen([str(path)], [], "cpu")
    assert place == str(path) and found.session == SESSION and found.notes == ()


def test_other_json_is_opened_as_what_it_is(tmp_path):
    path = tmp_path / "labelme.json"
    path.write_text(json.dumps({"shapes": [], "imagePath": "a.png"}))
    assert reopen([str(path)], [], "cpu") is None


def test_a_session_that_is_none_is_refused(tmp_path):
    path = tmp_path / "a.segsession"
    path.write_text("{")
    with pytest.raises(SettingsError, match="cannot be reopened"):
        reopen([str(path)], [], "cpu")


def test_of_several_files_none_is_a_session(tmp_path):
    paths = [tmp_path / name for name in ("a.segsession", "b.segsession")]
    for path in paths:
        path.write_text(json.dumps(SESSION.model_dump(mode="json")))
    assert reopen(list(map(str, paths)), [], "cpu") is None
