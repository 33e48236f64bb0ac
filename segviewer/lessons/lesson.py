"""What a lesson is: steps of one state each, with words, a question and what is to be seen.

A step does not depend on the steps before it: it states a whole session, where what it leaves
out is what the lesson says for all its steps, or else the program's default.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from segviewer.checkpoints.model_sheet import EMPTY, ModelSheet
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.tone_settings import ToneSettings
from segviewer.labs import LABS
from segviewer.lessons.observation import Observation
from segviewer.networks import NETWORKS
from segviewer.references import DEFAULT_CHECKPOINT
from segviewer.session import (
    InferenceSettings,
    LabState,
    OverlaySettings,
    PinnedNetwork,
    Session,
    Value,
    in_words_of_now,
)

ControlName = Literal["model", "crf", "overlay", "classes", "pictures"]
DEFAULT_IMAGE = "sample:leuven_street"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LabTable(_Frozen):
    """The lab in the drawer; without one the drawer is closed."""

    name: str = Field("", description="Name of a lab, as segviewer lists it.")
    values: dict[str, Value] = Field(
        default_factory=dict, description="Settings of the lab that are not at their defaults."
    )

    @field_validator("values")
    @classmethod
    def _in_words_of_now(cls, values: dict[str, Value]) -> dict[str, Value]:
        return dict(in_words_of_now(tuple(values.items())))

    @model_validator(mode="after")
    def _fits_the_lab(self) -> LabTable:
        if not self.name:
            if self.values:
                raise ValueError("values are given, but no name of a lab")
            return self
        if self.name not in LABS:
            raise ValueError(f"there is no lab “{self.name}”; there are {', '.join(LABS)}")
        from segviewer.labs import lab_of

        lab_of(self.name).Config.model_validate(self.values)
        return self

    def state(self) -> LabState:
        """As a session keeps it: sorted, without what is at its default."""
        if not self.name:
            return LabState()
        from segviewer.labs import lab_of

        fields = lab_of(self.name).Config.model_fields
        kept = {n: v for n, v in self.values.items() if v != fields[n].default}
        return LabState(name=self.name, values=tuple(sorted(kept.items())))


class PinnedTable(_Frozen):
    """The network and CRF pinned as A, which the step's own, B, are compared with."""

    checkpoint: str = Field(DEFAULT_CHECKPOINT, description="As that of the step.")
    architecture: str = ""
    part: str = ""
    sheet: ModelSheet = EMPTY
    network: dict[str, Value] = Field(
        default_factory=dict, description="Settings of A that are not as trained."
    )
    inference: InferenceSettings = InferenceSettings()
    crf: CRFSettings | None = Field(None, description="That of A; left out, it is the step's own.")

    def pinned(self) -> PinnedNetwork:
        """As a session keeps it."""
        return PinnedNetwork(
            checkpoint=self.checkpoint,
            architecture=self.architecture,
            part=self.part,
            sheet=self.sheet,
            network=tuple(sorted(self.network.items())),
            inference=self.inference,
            crf=self.crf,
        )


class StepSession(_Frozen):
    """The part of a session that a step states."""

    image: str = Field(
        DEFAULT_IMAGE, description="sample:NAME, or a picture's path, from the lesson's folder."
    )
    checkpoint: str = Field(
        DEFAULT_CHECKPOINT,
        description="bundled:NAME, random:ARCHITECTURE:FORM, untrained:REFERENCE, or a path.",
    )
    architecture: str = ""
    part: str = Field("", description="Which network of a file that holds several.")
    sheet: ModelSheet = Field(
        EMPTY, description="What is said of the checkpoint: names, colours, preprocessing."
    )
    network: dict[str, Value] = Field(
        default_factory=dict, description="Settings of the network that are not as trained."
    )
    reference: PinnedTable | None = Field(
        None, description="A, where the step compares two; overlay.comparison says how."
    )
    target: str = Field("", description="A target mask's path, from the lesson's folder.")
    target_mapping: str = ""
    picture: PictureSettings = PictureSettings()
    tones: ToneSettings = ToneSettings()
    inference: InferenceSettings = InferenceSettings()
    crf: CRFSettings = CRFSettings()
    overlay: OverlaySettings = OverlaySettings()
    lab: LabTable = LabTable()

    @field_validator("architecture")
    @classmethod
    def _is_an_architecture(cls, name: str) -> str:
        if name and name not in NETWORKS:
            raise ValueError(f"there is no network “{name}”; there are {', '.join(NETWORKS)}")
        return name

    def session(self) -> Session:
        """The session this describes, with paths as they are written."""
        return Session(
            image=self.image,
            checkpoint=self.checkpoint,
            architecture=self.architecture,
            part=self.part,
            sheet=self.sheet,
            network=tuple(sorted(self.network.items())),
            reference=None if self.reference is None else self.reference.pinned(),
            target=self.target,
            target_mapping=self.target_mapping,
            picture=self.picture,
            tones=self.tones,
            inference=self.inference,
            crf=self.crf,
            overlay=self.overlay,
            lab=self.lab.state(),
        )


class AnswerMark(_Frozen):
    """What answers a question, as the lab's drawing has it: words, or a point of a curve."""

    words: str = Field("", description="As they are drawn, whole: a number, a cell, a name.")
    curve: str = Field("", description="Name of a curve of the lab's plot, with `at`.")
    at: float = Field(0.0, description="Where on its x axis.")

    @model_validator(mode="after")
    def _names_one_thing(self) -> AnswerMark:
        if bool(self.words.strip()) == bool(self.curve.strip()):
            raise ValueError("a mark has either words or a curve")
        return self


class Question(_Frozen):
    """Asked before the answer is shown."""

    text: str = Field(min_length=1)
    choices: tuple[str, ...] = Field(min_length=2, max_length=6)
    answer: str = Field(description="One of the choices, word for word.")
    reveal: str = Field("", description="Said once a choice is made.")
    marks: tuple[AnswerMark, ...] = Field(
        (), max_length=9, description="Ringed on the lab's drawing once a choice is made."
    )

    @model_validator(mode="after")
    def _has_its_answer(self) -> Question:
        if self.answer not in self.choices:
            raise ValueError(f"the answer “{self.answer}” is none of the choices")
        if len(set(self.choices)) < len(self.choices):
            raise ValueError("two choices are the same")
        return self


class Step(_Frozen):
    """One thing to see.

    Attributes
    ----------
    controls : tuple of str
        Parts of the side panels that stay visible; the others are put away.
    observations : tuple of str
        Statements in the language of :mod:`segviewer.lessons.observation`, all of them true.
    """

    title: str = Field(min_length=1)
    narration: str = Field(min_length=1)
    speaker_notes: str = ""
    paper: str = ""
    equation: str = Field(
        "", description="A formula; <sub>, <sup>, <b>, <i>, &nbsp; are its markup, or $LaTeX$."
    )
    session: StepSession = StepSession()
    controls: tuple[ControlName, ...] = ()
    question: Question | None = None
    observations: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _marks_are_of_a_lab(self) -> Step:
        if self.question is not None and self.question.marks and not self.session.lab.name:
            raise ValueError("marks are rings on a lab's drawing, and this step opens no lab")
        return self

    @field_validator("observations")
    @classmethod
    def _can_be_read(cls, statements: tuple[str, ...]) -> tuple[str, ...]:
        for statement in statements:
            Observation(statement)
        return statements


class Lesson(_Frozen):
    """A title and steps; `session` is what its steps have in common."""

    title: str = Field(min_length=1)
    sentence: str = Field(min_length=1, description="What is learnt, in one sentence.")
    source: str = ""
    session: StepSession = StepSession()
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _give_the_steps_what_they_share(cls, data: Any) -> Any:
        """Let a step's session begin with the lesson's."""
        shared, steps = _table(data, "session"), _list(data, "steps")
        if not shared or not steps:
            return data
        whole = []
        for step in steps:
            own = step.get("session", {}) if isinstance(step, dict) else None
            merged = _merged(shared, own) if isinstance(own, dict) else None
            whole.append(step if merged is None else {**step, "session": merged})
        return {**data, "steps": whole}


def _table(data: Any, name: str) -> dict:
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _list(data: Any, name: str) -> list:
    found = data.get(name) if isinstance(data, dict) else None
    return list(found) if isinstance(found, list | tuple) else []


def _merged(shared: dict, own: dict) -> dict:
    """Both tables in one; a step that opens another network or lab begins anew there."""
    merged = {**shared, **own}
    for part in ("inference", "crf", "overlay"):
        if isinstance(shared.get(part), dict) and isinstance(own.get(part), dict):
            merged[part] = {**shared[part], **own[part]}
    if "checkpoint" in own and "network" not in own:
        merged.pop("network", None)
    for name in ("architecture", "part"):
        if "checkpoint" in own and name not in own:
            merged.pop(name, None)
    return merged
