"""The keys of the program, read off the actions so that the sheet cannot lie."""

from __future__ import annotations

from segviewer.app.main_window import MainWindow

SECTIONS = (
    ("Picture", ("open", "open_folder", "paste", "export", "copy", "recent_1")),
    ("View", ("fit", "one_to_one", "zoom_in", "zoom_out", "overlay", "fainter", "stronger")),
    ("Compare", ("pin", "unpin")),
    ("Layer", ("probability", "entropy", "previous_layer", "next_layer", "class_1")),
    ("Network", ("network_card", "labs", "catalogue")),
    ("Lesson", ("next_step", "previous_step", "restore_step", "present", "blank")),
    ("Run", ("crf", "live", "run", "cancel", "undo", "redo", "keys", "quit")),
)
RANGES = {"recent_1": ("Ctrl+1 … 5", "Recent pictures"), "class_1": ("1 … 9", "Choose class")}
BY_HAND = (
    ("Picture", "← · →", "Previous / next picture"),
    ("View", "Space (hold)", "Peek at the photograph"),
    ("View", "Tab (over the picture)", "Fold the side panels"),
    ("View", "Wheel, drag", "Zoom about the pointer, pan"),
    ("Layer", "Click / Alt+click in the legend", "Hide a class / show it alone"),
    ("Run", "Double-click a slider", "Back to its default"),
    ("Run", "Shift+drag a slider", "Fine steps"),
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
