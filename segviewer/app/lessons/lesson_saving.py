"""The lesson on screen becomes one file: to travel with, or to print."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QFileDialog

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.background import Background
from segviewer.errors import ExportError
from segviewer.lessons.reading import LessonFile
from segviewer.references import LESSON_SUFFIX
from segviewer.widgets.language.word_catalogue import codes
from segviewer.widgets.language.words import shown_catalogue

PACKED, WHOLE, HANDOUT = (
    f"Lesson that travels (*{LESSON_SUFFIX})",
    f"Lesson that travels, with its checkpoints (*{LESSON_SUFFIX})",
    "Handout to print (*.pdf)",
)
SHOWN_MS = 6000
_ENDS = {PACKED: LESSON_SUFFIX, WHOLE: LESSON_SUFFIX, HANDOUT: ".pdf"}


def open_dialog(window: MainWindow, open_lesson: Callable[[Path], None]) -> None:
    """Ask for a lesson file and open it."""
    file, _ = QFileDialog.getOpenFileName(
        window, "Open lesson", "", "Lessons (*.toml *.seglesson);;All files (*)"
    )
    if file:
        open_lesson(Path(file))


def save_dialog(
    window: MainWindow, file: LessonFile, background: Background, fail: Callable[[Exception], None]
) -> None:
    """Ask for a name and a kind, and save the lesson so."""
    chosen, kind = QFileDialog.getSaveFileName(
        window, "Save lesson as", file.name + LESSON_SUFFIX, ";;".join(_ENDS)
    )
    if not chosen:
        return
    path = Path(chosen)
    if path.suffix.lower() == ".pdf" or (kind == HANDOUT and path.suffix.lower() != LESSON_SUFFIX):
        print_handout(window, file, path.with_suffix(".pdf"), fail)
        return
    background.run(
        lambda: _packed(file.path, path, kind == WHOLE),
        done=lambda to: window.statusBar().showMessage(f"Saved: {to}", SHOWN_MS),
        failed=fail,
    )


def _packed(path: Path, to: Path, weights: bool) -> Path:
    from segviewer.lessons.packing import pack_lesson

    return pack_lesson(path, to, weights=weights)


def handout_arguments(file: LessonFile, path: Path, code: str) -> list[str]:
    """What python is asked for, so that the handout is in the language that the window shows."""
    # A pseudo-language is a trial of the window alone.
    language = ["--language", code] if code in codes() else []
    return ["-m", "segviewer", "lessons", "--handout", str(path), *language, str(file.path)]


def print_handout(
    window: MainWindow, file: LessonFile, path: Path, fail: Callable[[Exception], None]
) -> QProcess:
    """Have a process of its own compute and draw every step; it ends with the window."""
    process = QProcess(window)
    process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
    steps, said = len(file.lesson.steps), [0]
    words: list[str] = []

    def on_output() -> None:
        for line in bytes(process.readAllStandardOutput().data()).decode("utf-8").splitlines():
            words.append(line)
            said[0] += line[:1].isdigit()
        window.statusBar().showMessage(f"Handout: step {min(said[0], steps)} of {steps} …")

    def on_finished(code: int, status: QProcess.ExitStatus) -> None:
        process.deleteLater()
        if code == 0 and status == QProcess.ExitStatus.NormalExit:
            window.statusBar().showMessage(f"Saved: {path}", SHOWN_MS)
            return
        window.statusBar().clearMessage()
        fail(
            ExportError(
                f"{path.name} was not written.",
                words[-1] if words else "The process that draws it ended.",
                "Choose another folder, or run segviewer lessons --handout to see more.",
                details="\n".join(words),
            )
        )

    process.readyReadStandardOutput.connect(on_output)
    process.finished.connect(on_finished)
    process.start(sys.executable, handout_arguments(file, path, shown_catalogue().code))
    return process
