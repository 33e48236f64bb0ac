"""A real window that does one thing over and over, so that it can be killed in the middle of it.

``python -m tests.hostile.driven_window DEED FOLDER`` starts the program as ``segviewer`` does and
says on standard output how far it is, a word a line: ``labels`` whenever labels are shown,
``offered`` or ``nothing`` when it has looked for what another window left, ``doing`` once the deed
goes on. What is offered is restored. FOLDER takes what the deed writes. SIGUSR1 ends the deed: the
person lets go, and presses Run where the window says so.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

DEEDS = ("start", "slider", "save", "export")
TICK_MS = 15
TICKS_A_DRAG = 20
PRESS_MS = 500


def main() -> int:
    """Start the window; ends when it is closed or killed."""
    deed, folder = sys.argv[1], Path(sys.argv[2])
    from segviewer.app.shell.held_interrupt import EXIT_CODE, HeldInterrupt

    try:
        with HeldInterrupt() as held:  # as the program does around this import
            from segviewer.app.shell import window

            held.release()
    except KeyboardInterrupt:
        return EXIT_CODE

    presenter_class, keep = window.Presenter, window._keep

    def presenter(*arguments, **options):
        made = presenter_class(*arguments, **options)
        made.label_map_shown.connect(lambda: _say("labels"))
        Deed(made, deed, folder)
        return made

    def kept(*arguments, **options):
        recovery = keep(*arguments, **options)

        def answer():
            # What restored sessions look like is others' business; here it must only be possible.
            offered = recovery.window.action("restore_open").isVisible()
            _say("offered" if offered else "nothing")
            recovery.restore()

        recovery.looked.connect(answer)
        return recovery

    window.Presenter, window._keep = presenter, kept
    from segviewer.cli.command_line import main as start

    return start(["sample:leuven_street"])


class Deed:
    """Does `deed` from the first labels on."""

    def __init__(self, presenter, deed: str, folder: Path):
        from PySide6.QtCore import Qt, QTimer

        self.presenter, self.folder, self.count = presenter, folder, 0
        self.timer = QTimer(presenter, interval=TICK_MS)
        act = getattr(self, f"_{deed}", None)
        if act is not None:
            self.timer.timeout.connect(act)
            presenter.label_map_shown.connect(self._begin, Qt.ConnectionType.SingleShotConnection)
        # Ticks run Python often enough for the interpreter to see the signal.
        signal.signal(signal.SIGUSR1, lambda number, frame: self._end())

    def _begin(self) -> None:
        self.timer.start()
        _say("doing")

    def _end(self) -> None:
        self.timer.stop()
        self.presenter.store.set("crf", enabled=True, appearance_weight=2.5)
        from PySide6.QtCore import QTimer

        # What was asked of an engine that died is not asked again by itself.
        self.timer = QTimer(self.presenter, interval=PRESS_MS)
        self.timer.timeout.connect(self._press)
        self.timer.start()

    def _press(self) -> None:
        runner = self.presenter.runner
        if not runner.running and "label_map" not in runner.have:
            self.presenter.requests.run_now()

    def _slider(self) -> None:
        self.count += 1
        value = 1.0 + self.count % 50 / 10
        at_rest = self.count % TICKS_A_DRAG == 0
        self.presenter.store.set("crf", finished=at_rest, enabled=True, appearance_weight=value)

    def _is_time(self) -> bool:
        """Whether nothing is being written, and not too soon: each change asks the engine anew."""
        self.count += 1
        if self.count % TICKS_A_DRAG or self.presenter.background._callbacks:
            return False
        # A step to undo, so that there is something to be restored.
        opacity = 0.3 + self.count // TICKS_A_DRAG % 5 / 10
        self.presenter.store.set("overlay", opacity=opacity)
        return True

    def _save(self) -> None:
        if self._is_time():
            self.presenter.figures.save("canvas", self.folder / f"figure-{self.count}.png")

    def _export(self) -> None:
        if self._is_time():
            self.presenter.saving.export(self.folder / "exported")


def _say(word: str) -> None:
    print(word, flush=True)


if __name__ == "__main__":
    sys.exit(main())
