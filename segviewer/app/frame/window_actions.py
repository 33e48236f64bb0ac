"""Every action of the window: its name in the program, its text, its keys, what it does."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from segviewer.widgets.text.plain_text import plain_tip

DIGITS_OF_RECENT, DIGITS_OF_CLASS, DIGITS_OF_ANSWER = range(1, 6), range(1, 10), range(1, 7)


@dataclass(frozen=True)
class Entry:
    """One action.

    Attributes
    ----------
    name : str
        What the program calls it.
    text : str
    keys : str or list of str
    tip : str
        The text, if empty.
    checkable : bool
    """

    name: str
    text: str
    keys: str | list[str] = ""
    tip: str = ""
    checkable: bool = False


ENTRIES = (
    Entry("open", "Open…", "Ctrl+O", "Open photographs, a checkpoint or a target mask"),
    Entry("open_folder", "Open folder…", "Ctrl+Shift+O", "Open a folder as a filmstrip"),
    Entry("open_camera", "Open camera…", tip="Label what a camera sees; Esc keeps a picture of it"),
    Entry(
        "open_scores",
        "Open folder of scores…",
        tip="Your own network's scores by photograph, or one grey picture a class",
    ),
    Entry(
        "dataset",
        "Measure data set…",
        "Shift+D",
        "Where the network is wrong on a whole folder with masks: worst pictures, confusions",
    ),
    Entry("paste", "Paste picture", "Ctrl+V", "Open the picture on the clipboard"),
    Entry("restore_open", "Restore what was open", tip="As the window left it that ended badly"),
    Entry("export", "Export results…", "Ctrl+S", "Write label map, overlay and numbers"),
    Entry(
        "save_scores",
        "Save scores and maps…",
        tip="Probabilities before and after the CRF, entropy, margin, labels; of one or all",
    ),
    Entry(
        "save_script", "Save pydensecrf script…", tip="This CRF as a script, PROBS.npy beside it"
    ),
    Entry(
        "save_head",
        "Save trained head…",
        tip="What the lab “Training a head” has trained, as a checkpoint",
    ),
    Entry("copy", "Copy overlay", "Ctrl+C", "Copy the overlay to the clipboard"),
    Entry("save_figure", "Save figure…", "Ctrl+E", "Save a picture that can be reopened"),
    Entry("copy_python", "Python", tip="A script that makes this label map"),
    Entry("copy_command", "Command", tip="The command line that makes this label map"),
    Entry("copy_caption", "LaTeX caption", tip="What is seen, in words for a paper"),
    Entry("save_session", "Save session…", tip="Write every setting, to reopen this figure"),
    Entry("close_target", "Close target mask"),
    Entry("close", "Close", "Ctrl+W", "The target mask if one is open, then the picture"),
    Entry("catalogue", "Catalogue of weights…", "Ctrl+Shift+D", "Bundled and published weights"),
    Entry("random", "Random weights", tip="The same network untrained, for teaching"),
    Entry("reset_network", "As trained", tip="Put every network setting back as trained"),
    Entry("network_card", "Network card", "N", "Stages, layers and activations", checkable=True),
    Entry("pin", "Pin network and CRF as A", "Shift+A", "Compare what you set next with them"),
    Entry("unpin", "Unpin A", "Ctrl+Shift+A", "Stop comparing"),
    Entry("next_comparison", "Compare in the next way", "X", "Side by side, swipe, difference"),
    Entry("undo", "Undo", "Ctrl+Z"),
    Entry("redo", "Redo", ["Ctrl+Shift+Z", "Ctrl+Y"]),
    Entry("fit", "Fit", ["F"], "Fit the picture into the view"),
    Entry("one_to_one", "1:1", "Ctrl+0", "One picture pixel is one screen pixel"),
    Entry("zoom_in", "Zoom in", ["Ctrl++", "Ctrl+="]),
    Entry("zoom_out", "Zoom out", "Ctrl+-"),
    Entry("overlay", "Overlay", "S", "Show or hide the overlay"),
    Entry("fainter", "Fainter overlay", "A", "Overlay opacity down"),
    Entry("stronger", "Stronger overlay", "D", "Overlay opacity up"),
    Entry("crf", "CRF on or off", "C", "Refine the labels with the photograph"),
    Entry("probability", "Probabilities", "P", "Probability of the chosen class"),
    Entry("entropy", "Uncertainty", "U", "Entropy of the class probabilities"),
    Entry("target", "Target mask", "T", "What the target mask says, and back"),
    Entry("swipe_target", "Swipe labels | target", "Shift+T", "Labels left, target mask right"),
    Entry(
        "paint",
        "Paint target mask",
        "M",
        "A target of your own: a few strokes are enough to rank settings",
        checkable=True,
    ),
    Entry("eraser", "Eraser", "R", "While painting: wipe out, and paint again"),
    Entry("smaller_brush", "Smaller brush", "-", "While painting (Shift+wheel)"),
    Entry("larger_brush", "Larger brush", ["+", "="], "While painting (Shift+wheel)"),
    Entry("errors", "Errors", "E", "Where the labels are not as the target mask says, and back"),
    Entry("labs", "Lab drawer", "G", "Open or close the lab drawer"),
    Entry("lab_place", "Lab below, beside, alone", "W", "Where the open lab stands"),
    Entry("gallery", "All labs…", "Shift+G", "Every lab with a picture, to choose from"),
    Entry("next_step", "Next step", "PgDown", "Next step of the lesson"),
    Entry("previous_step", "Previous step", "PgUp", "Previous step of the lesson"),
    Entry("restore_step", "Back to this step", "Home", "The step of the lesson as it was"),
    Entry("leave_lesson", "Leave the lesson", tip="Go back to what there was before it"),
    Entry("open_lesson", "Open lesson file…"),
    Entry("save_lesson", "Save lesson as…", tip="One file that travels, or a handout to print"),
    Entry("edit_lesson", "Edit lesson…", tip="Change, move, copy or delete its steps"),
    Entry("add_step", "Add this state as a step…", tip="Write it into a lesson of your own"),
    Entry("present", "Present", "F5", "Full screen with large text", checkable=True),
    Entry("blank", "Blank screen", ["B", "."], "While presenting: a black screen, and back"),
    Entry("speaker", "Speaker window", "Shift+F5", "Notes, next step and time", checkable=True),
    Entry("larger_text", "Larger text", ["Alt++", "Alt+="], "The text of presenting, one larger"),
    Entry("smaller_text", "Smaller text", "Alt+-", "The text of presenting, one smaller"),
    Entry("lens", "Zoom lens", "Z", "What is about the pointer, larger", checkable=True),
    Entry("lens_power", "Stronger lens", "Shift+Z", "Up to ×6, then ×2 (Ctrl+wheel)"),
    Entry("live", "Live", "L", "Run at once whenever a setting changes", checkable=True),
    Entry("run", "Run", "Ctrl+Return", "Run now, once"),
    Entry("cancel", "Cancel", "Esc", "Stop what runs"),
    Entry("previous_layer", "Previous layer", "["),
    Entry("next_layer", "Next layer", "]"),
    Entry("panels", "Panels", "H", "Hide the side panels, or show them again"),
    Entry("reset_layout", "Reset layout"),
    Entry("less_motion", "Less motion", tip="Nothing slides or moves by itself", checkable=True),
    Entry("tour", "Tour", tip="Four stops: open, the picture, the settings, labs and lessons"),
    Entry("guide", "Guide", tip="How things are done, page by page, with a search"),
    Entry("glossary", "Glossary", "F1", "Terms, symbols, papers; searches keys and guide, too"),
    Entry("about_model", "About this model…", tip="Training, classes, results, licence, file"),
    Entry("edit_model", "Model sheet…", tip="Say names, colours, preprocessing, activation"),
    Entry("log", "Show log", tip="What ran last, and what went wrong, to be copied"),
    Entry("keys", "Keys", "?", "Show the keys"),
    Entry("quit", "Quit", "Ctrl+Q"),
    *(
        Entry(f"recent_{digit}", f"Recent picture {digit}", f"Ctrl+{digit}")
        for digit in DIGITS_OF_RECENT
    ),
    *(Entry(f"class_{digit}", f"Choose class {digit}", f"{digit}") for digit in DIGITS_OF_CLASS),
    *(Entry(f"answer_{digit}", f"Answer {digit}", f"{digit}") for digit in DIGITS_OF_ANSWER),
    *(
        Entry(f"hand_{digit}", f"A hand for {digit}", f"Shift+{digit}")
        for digit in DIGITS_OF_ANSWER
    ),
)
DISABLED_AT_FIRST = (
    *("undo", "redo", "pin", "unpin"),
    *("eraser", "smaller_brush", "larger_brush"),
)


def make_actions(window: QWidget) -> dict[str, QAction]:
    """The actions by name, with their keys at work in `window`."""
    actions = {entry.name: _action(entry, window) for entry in ENTRIES}
    window.addActions(list(actions.values()))
    actions["live"].setChecked(True)
    for name in DISABLED_AT_FIRST:
        actions[name].setEnabled(False)
    actions["restore_open"].setVisible(False)
    return actions


def _action(entry: Entry, window: QWidget) -> QAction:
    action = QAction(entry.text, window)
    keys = [entry.keys] if isinstance(entry.keys, str) else entry.keys
    action.setShortcuts([QKeySequence(key) for key in keys if key])
    shown = f" ({action.shortcut().toString()})" if keys[0] else ""
    action.setToolTip(plain_tip(f"{entry.tip or entry.text}{shown}"))
    action.setCheckable(entry.checkable)
    return action
