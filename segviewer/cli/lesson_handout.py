"""A lesson as PDF: every step is computed and drawn as the window would show it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from segviewer.errors import SegviewerError, SettingsError
from segviewer.lessons.reading import LessonFile, session_for

DRAWING = (900, 520)  # pixels of a lab's drawing, drawn twice as sharp


def write(file: LessonFile, path: Path, language: str = "en") -> None:
    """Write the handout of a lesson; a step that cannot be computed has no picture.

    Parameters
    ----------
    language : str
        Code of a language; what it has no texts for stays English.

    Raises
    ------
    SettingsError
        If there is no such language.
    ExportError
        If `path` cannot be written.
    """
    # Nobody looks: it works where there is no screen, too.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from segviewer.app.lessons.handout import StepPicture, write_handout
    from segviewer.lessons.checking import Checker
    from segviewer.widgets.language.interface_language import interface_language
    from segviewer.widgets.language.word_catalogue import codes
    from segviewer.widgets.theme.theme import apply_theme

    if language not in codes():
        raise SettingsError(
            f"There is no language “{language}”.",
            f"There are {', '.join(codes())}.",
            "Name one of these behind --language.",
        )
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    apply_theme(app, "light")
    interface_language(app).show(language)
    checker, pictures = Checker(), list[StepPicture | None]()
    for number, step in enumerate(file.lesson.steps, 1):
        session, _ = session_for(step, file.path)
        print(f"{number} {step.title}", flush=True)
        try:
            pictures.append(_picture(session, checker.run(session)))
        except SegviewerError as error:
            print(f"  without its picture: {error.what} {error.why}", file=sys.stderr)
            pictures.append(None)
    write_handout(path, file.in_language(language), pictures)
    print(path)


def _picture(session: Any, results: dict[str, Any]) -> Any:
    """The lab's drawing, or else the photograph with its labels."""
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication

    from segviewer.app.figures.lab_figure import lab_picture
    from segviewer.app.lessons.handout import StepPicture
    from segviewer.labs import lab_of

    lab = results.get("lab")
    if session.lab.name and lab is not None and lab.shown is not None:
        view = lab_of(session.lab.name).make_view()
        view.resize(*DRAWING)
        view.show_result(lab.shown)
        view.ensurePolished()
        view.show()
        QApplication.processEvents()
        pixels = lab_picture(view, "", "")
        view.close()
        return StepPicture(_image(pixels), lab.caption)
    shown, labelled = results.get("image"), results.get("label_map")
    if shown is None:
        return None
    pixels = shown.levels[0]
    if labelled is not None:
        pixels = _labelled(session, results, pixels)
    image: QImage = _image(pixels)
    return StepPicture(image)


def _labelled(session: Any, results: dict[str, Any], pixels: Any) -> Any:
    from segviewer.export.exporting import overlay_picture, shown_label_set

    network, labelled = results["network"], results["label_map"]
    overlay = session.overlay
    labels = shown_label_set(network.label_set, labelled.classes, overlay.palette, network.colours)
    return overlay_picture(overlay, labels, pixels, labelled.label_map)


def _image(pixels: Any) -> Any:
    from PySide6.QtGui import QImage

    height, width = pixels.shape[:2]
    content = pixels.tobytes()
    return QImage(content, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
