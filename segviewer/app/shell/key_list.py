"""The keys of the program, read off the actions so that the sheet cannot lie."""

from __future__ import annotations

from segviewer.app.frame.main_window import MainWindow

# In an order that fills three columns evenly.
SECTIONS = (
    (
        "Picture",
        ("open", "open_folder", "dataset", "paste", "save_figure", "export", "copy", "recent_1"),
    ),
    ("Run", ("crf", "live", "run", "cancel", "undo", "quit")),
    ("View", ("fit", "one_to_one", "zoom_in", "overlay", "fainter", "lens", "panels")),
    (
        "Layer",
        (
            "probability",
            "entropy",
            "target",
            "swipe_target",
            "errors",
            "paint",
            "previous_layer",
            "class_1",
        ),
    ),
    (
        "Lesson",
        (
            "next_step",
            "previous_step",
            "restore_step",
            "answer_1",
            "hand_1",
            "present",
            "blank",
            "speaker",
            "larger_text",
        ),
    ),
    ("Network", ("network_card", "labs", "lab_place", "gallery", "catalogue")),
    ("Compare", ("pin", "unpin", "next_comparison")),
    ("Help", ("glossary", "keys")),
)
RANGES = {
    "quit": ("Ctrl+W · Ctrl+Q", "Close the picture / quit"),
    "recent_1": ("Ctrl+1 … 5", "Recent pictures"),
    "class_1": ("1 … 9", "Choose class"),
    "undo": ("Ctrl+Z · Ctrl+Shift+Z", "Undo / redo"),
    "previous_layer": ("[ · ]", "Previous / next layer"),
    "larger_text": ("Alt++ · Alt+-", "Larger / smaller text"),
    "paint": ("M · R · + · -", "Paint target: on, eraser, size"),
    "fainter": ("A · D", "Fainter / stronger overlay"),
    "panels": ("H", "Side panels away / back"),
    "zoom_in": ("Ctrl++ · Ctrl+-", "Zoom in / out"),
    "answer_1": ("1 … 6", "Answer its question"),
    "hand_1": ("Shift+1 … 6", "Count a hand for an answer"),
}
BY_HAND = (
    ("Picture", "← · →", "Previous / next picture"),
    ("Picture", "↑ · ↓ · Page keys", "Page, slice or frame before / after"),
    ("View", "Space", "Hold: see the photograph"),
    ("View", "Wheel · Drag", "Zoom about the pointer / pan"),
    ("View", "Shift+Z · Ctrl+Wheel", "Stronger / weaker lens"),
    ("Layer", "Click · Double-click", "In the legend: hide / show alone"),
    ("Run", "Double-click", "On a slider: back to its default"),
    ("Run", "Shift+Drag", "On a slider: fine steps"),
    ("Help", "F1", "On a setting: its entry"),
)


def key_list(window: MainWindow) -> list[tuple[str, str, str]]:
    """(section, key, action) rows for the key sheet."""
    rows = []
    for section, names in SECTIONS:
        for name in names:
            action = window.action(name)
            key, text = RANGES.get(name, (action.shortcut().toString(), action.text().rstrip("…")))
            rows.append((section, key, text))
        rows += [row for row in BY_HAND if row[0] == section]
    return rows
