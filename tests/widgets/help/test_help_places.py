"""Sections of the guide and keys, as F1 finds them."""

from segviewer.widgets.help.guide_pages import Page, read_guide
from segviewer.widgets.help.help_places import guide_places, key_places

TEXT = """# Tuning
![x](pictures/x.png)
Begin here.

## A `first` try
Move *σα*.
```sh
# no heading
segviewer tune
```
## Empty

## Last
End.
"""


def test_each_section_is_a_place_under_its_page():
    places = guide_places([Page("tuning", "Tuning", TEXT)])
    assert [(one.title, one.page, one.heading) for one in places] == [
        ("Tuning", "tuning", ""),
        ("A first try – Tuning", "tuning", "A first try"),
        ("Last – Tuning", "tuning", "Last"),
    ]
    assert places[0].text == "Begin here.", "pictures are left out"
    assert "# no heading" in places[1].text
    assert len({one.id for one in places}) == 3


def test_words_are_searched_in_title_and_text():
    (top, tried, last) = guide_places([Page("tuning", "Tuning", TEXT)])
    assert tried.matches("SEGVIEWER tune")
    assert tried.matches("first tuning")
    assert not last.matches("segviewer")
    assert top.matches("begin here")


def test_keys():
    (place,) = key_places([("Help", "Ctrl+O", "Open")])
    assert place.matches("ctrl+o") and place.matches("help open")
    assert not place.page and "Ctrl+O" in place.text


def test_the_guide_that_ships_has_a_place_for_every_heading_with_text():
    pages = read_guide()
    places = guide_places(pages)
    assert len(places) > 50
    assert {one.page for one in places} == {page.name for page in pages}
