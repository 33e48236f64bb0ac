"""The window as colour-blind eyes see it, and what is said of its classes."""

import numpy as np
import pytest
from PySide6.QtGui import QImage

from segviewer.imaging.colour_space import simulated

# Opens a window and waits for its engine.
pytestmark = pytest.mark.slow


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def chosen(opened, vision):
    for action in opened.window.toolbar.vision_menu.actions():
        if action.data() == vision:
            action.trigger()


def test_the_window_is_seen_in_other_colours_and_comes_back(opened):
    vision, window = opened.presenter.vision, opened.window
    window.message_bar.hide()
    before = pixels(window.grab().toImage())
    chosen(opened, "deuteranopia")

    def is_simulated():
        if vision.veil._picture is None:
            return False
        shown = pixels(window.grab().toImage())
        vision.veil._looking = True  # as while it is looked through
        beneath = pixels(window.grab().toImage())
        vision.veil._looking = False
        assert shown.shape == before.shape == beneath.shape
        exact = np.abs(shown.astype(int) - simulated(beneath, "deuteranopia")).mean() < 0.5
        return exact and np.abs(shown.astype(int) - beneath).mean() > 2

    opened.bot.waitUntil(is_simulated, timeout=20_000)
    chosen(opened, "usual")
    assert vision.veil.isHidden() and not window.message_bar.isVisible()
    assert window.toolbar.vision_menu.actions()[0].isChecked()


def test_clicks_go_to_the_window_beneath(opened):
    chosen(opened, "tritanopia")
    button = opened.window.toolbar.buttons["View"]
    at = button.mapTo(opened.window, button.rect().center())
    assert opened.window.childAt(at) is button
    assert opened.presenter.vision.veil.size() == opened.window.size()


def test_it_says_which_classes_look_alike_and_mends_it_by_one_click(opened):
    vision = opened.presenter.vision
    present = set(np.flatnonzero(opened.presenter.results.shown.labelled.shares))
    chosen(opened, "tritanopia")
    pairs = vision.confused()
    names = opened.presenter.results.shown.labels.classes
    assert all({names.index(a), names.index(b)} <= present for a, b in pairs)
    assert ("sky", "tree") in pairs, "0.033 apart in CamVid's colours"
    assert "look alike with Tritanopia: sky / tree" in opened.message()
    (safe,) = [b for b in opened.window.message_bar.findChildren(type(opened.window.about_button))
               if b.text() == "Colour-blind safe"]  # fmt: skip
    safe.click()
    assert opened.session.overlay.palette == "colour-blind safe"
    opened.settled()
    opened.bot.waitUntil(lambda: "stay apart" in opened.message(), timeout=20_000)
    opened.trigger("undo")
    assert opened.session.overlay.palette == "label set"


def test_resizing_never_shows_a_picture_of_another_size(opened):
    vision = opened.presenter.vision
    chosen(opened, "protanopia")
    opened.bot.waitUntil(lambda: vision.veil._picture is not None, timeout=20_000)
    opened.window.resize(1100, 700)
    size = opened.window.size()
    opened.bot.waitUntil(
        lambda: (
            vision.veil._picture is not None
            and vision.veil._picture.deviceIndependentSize().toSize() == size
        ),
        timeout=20_000,
    )
