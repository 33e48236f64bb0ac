"""The gallery: what it lists, how it filters, and that keys alone are enough."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QAccessible, QEnterEvent, QImage

from segviewer.app.labs.lab_card import PICTURE
from segviewer.app.labs.lab_gallery import LabGallery
from segviewer.labs import LABS
from segviewer.labs.lab import LabEntry
from segviewer.widgets.theme.theme import DARK, LIGHT

ENTRIES = {
    "one": LabEntry("Kernels", "Whom a pixel listens to.", "Krähenbühl 2011", "probs", "CRF", ""),
    "two": LabEntry("Depth", "Plain stacks.", "Luo 2016", "nothing", "Fields", ""),
    "three": LabEntry("Doctor", "What a kernel lacks.", "measured here", "image", "CRF", ""),
    "four": LabEntry("Field", "Which pixels move a unit.", "Luo 2016", "network", "Fields", ""),
}


@pytest.fixture
def gallery(qtbot):
    gallery = LabGallery(ENTRIES)
    gallery.resize(620, 900)  # two cards in a row
    qtbot.addWidget(gallery)
    gallery.start()
    qtbot.waitExposed(gallery)
    gallery.activateWindow()
    qtbot.waitUntil(gallery.search.hasFocus)
    return gallery


def press(qtbot, gallery, *keys):
    for key in keys:
        qtbot.keyClick(gallery.focusWidget(), key)


def test_every_lab_stands_in_its_group(qtbot):
    gallery = LabGallery(LABS)
    qtbot.addWidget(gallery)
    assert sorted(gallery.listed()) == sorted(LABS)
    groups = [LABS[name].group for name in gallery.listed()]
    seen = list(dict.fromkeys(groups))
    assert groups == sorted(groups, key=seen.index)
    assert seen == list(dict.fromkeys(entry.group for entry in LABS.values()))


def test_groups_are_kept_together(gallery):
    assert gallery.listed() == ["one", "three", "two", "four"]


@pytest.mark.parametrize(
    ("wanted", "left", "first"),
    [
        ("luo", ["two", "four"], "two"),
        ("KERNEL", ["one", "three"], "one"),  # a title and a sentence
        ("luo unit", ["four"], "four"),
        ("fields", ["two", "four"], "two"),  # a group
        ("doctor 2011", [], ""),
        ("  ", ["one", "three", "two", "four"], "one"),
    ],
)
def test_typing_leaves_the_labs_with_all_of_the_words(qtbot, gallery, wanted, left, first):
    qtbot.keyClicks(gallery.search, wanted)
    assert gallery.listed() == left
    assert gallery.current() == first
    assert gallery.nothing.isVisible() == (not left)
    assert str(len(left)) in gallery.found.text()


def test_what_is_named_so_comes_before_what_mentions_it(qtbot, gallery):
    qtbot.keyClicks(gallery.search, "field")
    assert gallery.listed() == ["two", "four"]
    assert gallery.current() == "four"


def test_enter_opens_what_the_search_found_and_closes(qtbot, gallery):
    qtbot.keyClicks(gallery.search, "stacks")
    with qtbot.waitSignal(gallery.lab_chosen) as chosen:
        press(qtbot, gallery, Qt.Key.Key_Return)
    assert chosen.args == ["two"]
    assert gallery.isHidden()


def test_enter_on_nothing_opens_nothing(qtbot, gallery):
    qtbot.keyClicks(gallery.search, "qqq")
    with qtbot.assertNotEmitted(gallery.lab_chosen):
        press(qtbot, gallery, Qt.Key.Key_Return)
    assert gallery.isVisible()


def test_arrows_go_from_card_to_card(qtbot, gallery):
    keys = Qt.Key
    press(qtbot, gallery, keys.Key_Down)
    assert gallery.current() == "one"
    press(qtbot, gallery, keys.Key_Right)
    assert gallery.current() == "three"
    press(qtbot, gallery, keys.Key_Down)
    assert gallery.current() == "four"
    press(qtbot, gallery, keys.Key_Left, keys.Key_Up)
    assert gallery.current() == "one"
    press(qtbot, gallery, keys.Key_End, keys.Key_Right)
    assert gallery.current() == "four"
    press(qtbot, gallery, keys.Key_Home, keys.Key_Left)
    assert gallery.current() == "one"
    press(qtbot, gallery, keys.Key_Up)
    assert gallery.search.hasFocus()
    press(qtbot, gallery, keys.Key_Down, keys.Key_Right)
    with qtbot.waitSignal(gallery.lab_chosen) as chosen:
        press(qtbot, gallery, keys.Key_Enter)
    assert chosen.args == ["three"]


def test_letters_typed_on_a_card_are_searched_for(qtbot, gallery):
    press(qtbot, gallery, Qt.Key.Key_Down)
    press(qtbot, gallery, Qt.Key.Key_L)
    qtbot.keyClicks(gallery.focusWidget(), "uo")
    assert gallery.search.text() == "luo"
    assert gallery.listed() == ["two", "four"]


def test_escape_empties_the_search_and_then_closes(qtbot, gallery):
    qtbot.keyClicks(gallery.search, "luo")
    press(qtbot, gallery, Qt.Key.Key_Escape)
    assert gallery.isVisible()
    assert gallery.search.text() == ""
    with qtbot.assertNotEmitted(gallery.lab_chosen):
        press(qtbot, gallery, Qt.Key.Key_Escape)
    assert gallery.isHidden()


def test_a_click_stands_on_a_card_and_a_double_click_opens_it(qtbot, gallery):
    card = gallery.cards.by_name["four"]
    with qtbot.assertNotEmitted(gallery.lab_chosen):
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert gallery.current() == "four"
    with qtbot.waitSignal(gallery.lab_chosen) as chosen:
        qtbot.mouseDClick(card, Qt.MouseButton.LeftButton)
    assert chosen.args == ["four"]


def test_one_card_of_all_can_be_reached_by_tab(qtbot, gallery):
    press(qtbot, gallery, Qt.Key.Key_End)
    reached = [
        card.name
        for card in gallery.cards.by_name.values()
        if card.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert reached == [gallery.current()]


def test_the_open_lab_is_marked_and_stood_on(gallery):
    gallery.start("four")
    assert gallery.current() == "four"
    names = [card.accessibleName() for card in gallery.cards.by_name.values()]
    assert names == ["Kernels", "Doctor", "Depth", "Field, open now"]
    gallery.start("")
    assert "open now" not in gallery.cards.by_name["four"].accessibleName()


def test_a_card_says_aloud_what_is_written_on_it(gallery):
    card = gallery.cards.by_name["three"]
    emitted = QAccessible.queryAccessibleInterface(card)
    assert emitted.role() == QAccessible.Role.PushButton
    assert emitted.text(QAccessible.Text.Name) == "Doctor"
    said = emitted.text(QAccessible.Text.Description)
    assert said == "What a kernel lacks.\nmeasured here.\nNeeds a photograph."
    needs = [card.needs for card in gallery.cards.by_name.values()]
    assert needs[0] == needs[3] == "Needs a photograph and a network"
    assert needs[2] == "Needs nothing"


@pytest.mark.parametrize(("scheme", "colours"), [("dark", DARK), ("light", LIGHT)])
def test_pictures_and_edges_are_drawn_in_either_scheme(qtbot, themed, scheme, colours):
    themed(scheme)
    gallery = LabGallery(ENTRIES)
    qtbot.addWidget(gallery)
    red = QImage(2 * PICTURE, QImage.Format.Format_RGB888)
    red.fill("#ff0000")
    gallery.set_pictures({"one": red, "unknown": red})
    gallery.show()
    one, two = gallery.cards.by_name["one"], gallery.cards.by_name["two"]
    picture = one.grab().toImage()
    middle = PICTURE.width() // 2
    assert picture.pixelColor(middle, PICTURE.height() // 2).name() == "#ff0000"
    assert picture.pixelColor(middle, 1).name() == colours.accent  # it is stood on
    other = two.grab().toImage()
    assert other.pixelColor(middle, PICTURE.height() // 2).name() == colours.surround
    bottom = two.height() - 4
    assert other.pixelColor(middle, bottom).name() == colours.raised
    at = QPointF(5, 5)
    two.event(QEnterEvent(at, at, at))
    two.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    assert two.grab().toImage().pixelColor(middle, bottom).name() == colours.hover
    two.event(QEvent(QEvent.Type.Leave))


def test_no_word_is_cut_and_no_card_lies_on_another(qtbot):
    gallery = LabGallery(LABS)
    qtbot.addWidget(gallery)
    font = gallery.font()
    for width, size in ((620, 9), (1200, 9), (1300, 14)):
        font.setPointSize(size)
        gallery.setFont(font)
        gallery.resize(width, 700)
        gallery.show()
        cards = list(gallery.cards.by_name.values())
        assert all(card.height() >= card.height_needed() for card in cards)
        assert all(card.geometry().right() <= gallery.cards.width() for card in cards)
        for one, other in zip(cards, cards[1:], strict=False):
            assert not one.geometry().intersects(other.geometry())
        assert gallery.cards.height() >= cards[-1].geometry().bottom()


def test_the_current_card_is_always_in_view(qtbot):
    gallery = LabGallery(LABS)
    gallery.resize(900, 500)
    qtbot.addWidget(gallery)
    gallery.start(list(LABS)[-1])
    card = gallery.cards.by_name[gallery.current()]
    seen = card.visibleRegion().boundingRect()
    assert seen == card.rect()
