"""Of the side panels a step shows what it is about; the rest is put away until the lesson ends."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtWidgets import QWidget

from segviewer.app.frame.main_window import MainWindow

_LEFT, _RIGHT = {"pictures", "model"}, {"classes", "overlay", "crf"}


def _sections(window: MainWindow) -> dict[str, QWidget]:
    return {
        "pictures": window.pictures_section,
        "model": window.model_section,
        "classes": window.classes_section,
        "overlay": window.overlay_section,
        "crf": window.crf_section,
    }


def show_controls(window: MainWindow, controls: Collection[str], one_column: bool) -> None:
    """Put away what a step does not need; in one column all that it needs stands at the right."""
    for name, section in _sections(window).items():
        section.setVisible(name in controls)
    window.photograph_section.put_away("pictures" not in controls)
    left, right = (set(), _LEFT | _RIGHT) if one_column else (_LEFT, _RIGHT)
    window.left.setVisible(bool(left & set(controls)))
    window.right.setVisible(bool(right & set(controls)))


def show_all_controls(window: MainWindow) -> None:
    """Bring back what was put away."""
    for section in _sections(window).values():
        section.show()
    window.photograph_section.put_away(False)
