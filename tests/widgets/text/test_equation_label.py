"""A formula on the screen: typeset off Qt's thread, until then and otherwise as it is written."""

from __future__ import annotations

import threading

import numpy as np
from PySide6.QtGui import QColor, QImage

from segviewer.widgets.text import typesetter as typesetter_module
from segviewer.widgets.text.equation_label import EquationLabel
from segviewer.widgets.text.formula_markup import LONGEST
from segviewer.widgets.theme.symbol_colours import SYMBOL_COLOURS

HOSTILE = '<img src="file:///etc/hostname"> & <b>Fräulein</b>\nsecond line'


def is_typeset(label: EquationLabel) -> bool:
    return label._shown is not None and label._shown is label._wanted


def made(qtbot, text: str) -> EquationLabel:
    label = EquationLabel()
    label.setWordWrap(True)
    qtbot.addWidget(label)
    label.resize(400, 120)
    label.show()
    label.setText(text)
    return label


def pixels(label: EquationLabel) -> np.ndarray:
    image = label.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def test_an_equation_label_has_the_markup_of_formulas_alone(qtbot):
    label = made(qtbot, f"x<sub>i</sub> {HOSTILE}")
    assert "<sub>i</sub>" in label.text() and "<img" not in label.text()


def test_a_formula_is_typeset_in_its_colours_off_qts_thread(qtbot, monkeypatch):
    threads = []

    def typeset(*key):
        threads.append(threading.current_thread())
        return original(*key)

    original = typesetter_module.typeset
    monkeypatch.setattr(typesetter_module, "typeset", typeset)
    label = made(qtbot, "θ1 · x² / 31")
    assert not is_typeset(label)  # nothing waits for it
    as_written = label.heightForWidth(400)
    qtbot.waitUntil(lambda: is_typeset(label), timeout=20_000)
    assert threads and threading.main_thread() not in threads
    assert label.heightForWidth(400) > as_written  # a fraction is taller than a line
    drawn = pixels(label)
    for scheme in (0, 1):
        colour = QColor(SYMBOL_COLOURS["θ1"][scheme])
        rgb = np.array([colour.red(), colour.green(), colour.blue()])
        if (np.abs(drawn - rgb).sum(2) < 40).any():
            break
    else:
        raise AssertionError("θ1 has not the colour of its slider")


def test_a_formula_seen_before_is_there_at_once(qtbot):
    first = made(qtbot, "y = x<sub>i</sub> + 41")
    qtbot.waitUntil(lambda: is_typeset(first), timeout=20_000)
    assert is_typeset(made(qtbot, "y = x<sub>i</sub> + 41"))


def test_old_numbers_do_not_stay(qtbot, monkeypatch):
    """A new formula that takes long is shown as it is written, not as the one before."""
    label = made(qtbot, "y = x<sub>i</sub> + 42")
    qtbot.waitUntil(lambda: is_typeset(label), timeout=20_000)
    monkeypatch.setattr(label._typesetter, "drawing", lambda *a: (False, None))
    label.setText("y = x<sub>i</sub> + 43")
    assert label._shown is not None  # for a moment, so that a drag does not flicker
    qtbot.waitUntil(lambda: label._shown is None, timeout=5_000)
    assert "43" in label.text()


def test_what_cannot_be_typeset_is_shown_as_it_is_written(qtbot):
    for text in ("x" * (LONGEST + 1), r"$\nonsense{$", "nothing but words", ""):
        label = made(qtbot, text)
        qtbot.waitUntil(lambda: label._wanted is None or label._wanted.settled, timeout=20_000)  # noqa: B023
        assert not is_typeset(label)
        assert label.text() == text.replace("$", "")
        assert label.sizeHint().isValid()


def test_a_line_breaks_between_pieces_and_a_wide_piece_shrinks(qtbot):
    label = made(qtbot, "a = b + 51 and c = d + 52")
    qtbot.waitUntil(lambda: is_typeset(label), timeout=20_000)
    assert label.heightForWidth(60) > 1.8 * label.heightForWidth(2000)
    label.resize(30, 200)
    assert np.ptp(pixels(label)) > 0
