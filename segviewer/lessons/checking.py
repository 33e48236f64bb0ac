"""Going through a lesson without a window: is to be seen what its steps say?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected
from segviewer.errors import SegviewerError
from segviewer.files.regular_files import read_regular
from segviewer.lessons.measured_step import MeasuredStep
from segviewer.lessons.observation import NotMeasurableError, Observation
from segviewer.lessons.reading import LessonFile, session_for
from segviewer.lessons.toml_text import MOST_BYTES, line_of
from segviewer.session import Session


@dataclass(frozen=True)
class Checked:
    """One statement and what was found.

    Attributes
    ----------
    found : str
        The measured values, or why nothing could be measured.
    """

    statement: str
    holds: bool
    found: str


@dataclass(frozen=True)
class StepReport:
    """What became of one step.

    Attributes
    ----------
    number : int
        From 1.
    problems : tuple of str
        Stand-ins that were used, or the error that stopped the step.
    caption : str
        What the step's lab said, or empty.
    """

    number: int
    title: str
    checked: tuple[Checked, ...]
    problems: tuple[str, ...]
    seconds: float
    caption: str = ""

    @property
    def passed(self) -> bool:
        """Whether everything it says is to be seen, without a stand-in."""
        return not self.problems and all(one.holds for one in self.checked)


class Checker:
    """Runs steps one after the other with one executor, which keeps what they share."""

    def __init__(self):
        self.executor = StageExecutor()

    def run(self, session: Session) -> dict:
        """Results of every stage of `session`, on the CPU, so that they repeat."""
        collected = Collected()
        self.executor.listener = collected.listener()
        inference = session.inference.changed(device="cpu")
        self.executor.run(session.changed(inference=inference))
        return collected.results

    def check(
        self, file: LessonFile, reported: Callable[[StepReport], None] = lambda report: None
    ) -> tuple[StepReport, ...]:
        """Go through all steps of a lesson; one that fails does not stop the others."""
        reports = []
        for report in self._reports(file):
            reported(report)
            reports.append(report)
        return tuple(reports)

    def _reports(self, file: LessonFile) -> Iterator[StepReport]:
        before: list[MeasuredStep] = []
        for number, step in enumerate(file.lesson.steps, 1):
            began = time.perf_counter()
            session, said = session_for(step, file.path)
            try:
                measured = MeasuredStep(self.run(session), list(before))
            except SegviewerError as error:
                measured = MeasuredStep({}, list(before))
                said = (*said, f"{_line(file, number, session, error)}{error.what} {error.why}")
            checked = tuple(try_statement(text, measured) for text in step.observations)
            before.append(measured)
            lab = measured.results.get("lab")
            yield StepReport(
                number,
                step.title,
                checked,
                said,
                time.perf_counter() - began,
                lab.caption if lab is not None else "",
            )


def _line(file: LessonFile, number: int, session: Session, error: SegviewerError) -> str:
    """``line 12: `` where the network refused a setting of the step, which only it can."""
    names = [name for name, _ in session.network if f"{name}:" in error.why]
    try:
        text = read_regular(file.path, MOST_BYTES).decode("utf-8") if names else ""
    except (OSError, ValueError):
        return ""
    places = [("steps", number - 1, "session", "network", name) for name in names]
    lines = [line_of(text, place) for place in places]
    lines += [line_of(text, ("session", "network", name)) for name in names]
    return next((f"line {line}: " for line in lines if line is not None), "")


def try_statement(statement: str, measured: MeasuredStep) -> Checked:
    """Whether `statement` holds of a measured step."""
    try:
        outcome = Observation(statement).try_on(measured)
    except NotMeasurableError as error:
        return Checked(statement, False, str(error))
    return Checked(statement, outcome.holds, outcome.found)
