"""A button whose words go on in another line where they would be cut."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from segviewer.widgets.controls.wrapped_button import WrappedButton

WORDS = "At fewer than one cell in ten of all that there are"


def test_words_that_do_not_fit_take_another_line(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    button = WrappedButton()
    button.set_words(WORDS)
    QVBoxLayout(host).addWidget(button)
    one_line = button.sizeHint()
    host.resize(one_line.width() + 60, 200)
    host.show()
    qtbot.waitUntil(lambda: button.width() >= one_line.width())
    assert button.text() == WORDS
    least = button.minimumSizeHint().width()
    assert least < one_line.width() / 3

    host.resize(one_line.width() // 2, 200)
    qtbot.waitUntil(lambda: "\n" in button.text())
    assert button.text().replace("\n", " ") == WORDS
    room = button.width() - (one_line.width() - button.fontMetrics().horizontalAdvance(WORDS))
    assert all(button.fontMetrics().horizontalAdvance(w) <= room for w in button.text().split("\n"))
    # It is as tall as its lines are.
    qtbot.waitUntil(lambda: button.height() > one_line.height() * 1.4)

    # With room again it is one line again.
    host.resize(one_line.width() + 60, 200)
    qtbot.waitUntil(lambda: button.text() == WORDS)


def test_larger_letters_are_broken_anew(qtbot):
    button = WrappedButton()
    qtbot.addWidget(button)
    button.set_words(WORDS)
    button.resize(button.sizeHint())
    button.show()
    assert button.text() == WORDS
    font = button.font()
    font.setPointSizeF(2 * font.pointSizeF())
    button.setFont(font)
    assert "\n" in button.text()
