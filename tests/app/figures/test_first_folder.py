"""Dialogs that save begin where the photograph lies."""

import pytest

from segviewer.app.figures.first_folder import beside
from segviewer.session import Session


def test_beside_a_photograph_of_ones_own(tmp_path):
    session = Session(image=str(tmp_path / "street.png"))
    assert beside(session, "figure.png") == str(tmp_path / "figure.png")
    assert beside(session) == str(tmp_path)


@pytest.mark.parametrize("image", ["", "sample:palace"])
def test_without_one_a_name_stands_by_itself(image):
    assert beside(Session(image=image), "figure.png") == "figure.png"
    assert beside(Session(image=image)) == ""
