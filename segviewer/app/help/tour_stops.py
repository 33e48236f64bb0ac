"""What the tour says, and at which places of the window."""

from __future__ import annotations

from PySide6.QtWidgets import QScrollArea, QWidget

from segviewer.app.frame.main_window import MainWindow
from segviewer.widgets.controls.section import Section
from segviewer.widgets.help.tour import Stop


def tour_stops(window: MainWindow) -> tuple[Stop, ...]:
    """The four stops: opening, the picture, the settings, labs and lessons."""
    return (
        Stop(
            "Open a photograph",
            "Drop a photograph, a folder, a checkpoint or a target mask anywhere on the window, "
            "or choose <b>Open</b>. Under <b>Samples</b> are pictures to begin with.",
            (window.toolbar.buttons["Open"], window.pictures_section),
            lambda: _bring(window, window.left, window.pictures_section),
        ),
        Stop(
            "The picture and its classes",
            "Each colour is a class; the legend says how much of the picture it covers, and a "
            "click there hides it. Hold <b>Space</b> to see the photograph alone; point at a "
            "pixel to read its probabilities below.",
            (window.classes_section, window.canvas),
            lambda: _bring(window, window.right, window.classes_section),
        ),
        Stop(
            "The network and the CRF",
            "Change a rate or a stride at the left and the picture follows. At the right the "
            "CRF refines the labels with the photograph (<b>C</b>). Rest on a setting to read "
            "what it does; <b>F1</b> looks its symbol up.",
            (window.model_section, window.crf_section),
            lambda: _bring_settings(window),
        ),
        Stop(
            "Labs and lessons",
            "A <b>lab</b> shows one idea of the lecture on this photograph, with its formula and "
            "its numbers. A <b>lesson</b> goes through several, step by step; <b>F5</b> presents "
            "it. This tour, the glossary and the keys are under <b>Help</b>.",
            tuple(window.toolbar.buttons[name] for name in ("Labs", "Lessons", "Help")),
        ),
    )


def _bring_settings(window: MainWindow) -> None:
    _bring(window, window.left, window.model_section)
    _bring(window, window.right, window.crf_section)


def _bring(window: MainWindow, panel: QScrollArea, section: QWidget) -> None:
    """Unfold and scroll until `section` can be seen."""
    if panel.isHidden():
        panel.show()
    if 0 in window.splitter.sizes():
        window.reset_layout()
    if isinstance(section, Section):
        section.set_open(True)
    inside = panel.widget()
    layout = None if inside is None else inside.layout()
    if layout is not None:
        layout.activate()
    # Its head at the top, as far as the panel scrolls.
    panel.verticalScrollBar().setValue(section.y())
