"""Languages that nobody speaks: longer, accented, placeholders and names kept."""

import re

import pytest

from segviewer.widgets.language.pseudo_language import (
    PSEUDO,
    TIMES_AS_LONG,
    lengthened,
    pseudo_texts,
    reversed_words,
)
from segviewer.widgets.language.word_catalogue import codes, read_catalogue

HOLE = re.compile(r"\{(\w+)(?::\w+)?\}")


@pytest.mark.parametrize(
    "text", ["Open…", "Fit", "{count:number} pictures", "3×3 in the head", "Back to {value:words}"]
)
def test_a_text_grows_and_keeps_its_placeholders(text):
    shown = lengthened(text)
    plain, grown = HOLE.sub("", text), HOLE.sub("", shown)
    assert len(grown) >= TIMES_AS_LONG * len(plain)
    assert HOLE.findall(shown) == HOLE.findall(text)
    assert ":" not in shown
    assert not grown.isascii()
    assert text.endswith("…") == shown.endswith("…")


def test_a_name_that_every_language_keeps_stays():
    texts = pseudo_texts(
        "en_XA", [{"ASPP": "ASPP", "Fit": "Ganz"}, {"ASPP": "ASPP", "Fit": "适应"}]
    )
    assert texts["ASPP"] == "ASPP"
    assert texts["Fit"] != "Fit"


def test_words_run_from_right_to_left_and_placeholders_do_not():
    shown = reversed_words("{count:number} pictures")
    assert shown.startswith("{count} \N{RIGHT-TO-LEFT MARK}\N{RIGHT-TO-LEFT OVERRIDE}pictures")


@pytest.mark.parametrize("code", PSEUDO)
def test_nobody_is_offered_them(code):
    assert code not in codes()
    held = read_catalogue(code)
    assert held.code == code
    assert held.translate("12 pictures").startswith("12 ")
    assert held.translate("12 pictures") != "12 pictures"
