"""What the engine does and how long it took, in the status strip."""

from __future__ import annotations

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.state.runner import Runner
from segviewer.app.state.shown import Screen, Shown
from segviewer.app.state.time_left import TimeLeft
from segviewer.engine.stages import title_of


class RunPanel:
    """Says which stage runs, and what the last run took."""

    def __init__(self, window: MainWindow, runner: Runner):
        self.took, self.time_left = window.timing_label, TimeLeft(window.activity)
        runner.stage_started.connect(
            lambda stage, expected: self.time_left.start(title_of(stage), expected)
        )
        runner.stage_progressed.connect(lambda stage, part: self.time_left.report(part))
        for ended in (
            runner.run_finished,
            runner.run_cancelled,
            runner.run_failed,
            runner.bug_found,
        ):
            ended.connect(lambda *_: self.finish())

    def apply(self, old: Screen | None, new: Screen) -> None:
        """Show what has changed."""
        before = old.shown if old is not None else Shown()
        if before.seconds != new.shown.seconds:
            named = zip(("net", "crf"), new.shown.seconds, strict=False)
            self.took.setText("  ".join(f"{name} {1000 * s:.0f} ms" for name, s in named if s))

    def finish(self) -> None:
        """Say that nothing runs."""
        self.time_left.finish()
