"""Errors a person can cause: their sentences, and what pydantic refuses among them."""

from __future__ import annotations

import pickle

import pytest
from pydantic import ValidationError, model_validator

from segviewer.errors import CheckpointError, SegviewerError, from_validation, place_and_fault
from segviewer.settings import Settings, control


class Inner(Settings):
    rounds: int = control(1, kind="crf", label="Rounds", ge=1, le=9)


class Outer(Settings):
    inner: Inner = Inner()
    first: int = 0
    last: int = 1

    @model_validator(mode="after")
    def _in_order(self) -> Outer:
        if self.first > self.last:
            raise ValueError("the first comes " + "long " * 100 + "after the last.")
        return self


def refused(values: dict) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(values)
    return caught.value


def test_the_sentence_leaves_out_what_is_empty():
    assert SegviewerError("A.", "B.", "C.").sentence == "A. B. C."
    assert SegviewerError("A.", "", "C.").sentence == "A. C."
    assert pickle.loads(pickle.dumps(CheckpointError("A.", "B.", "C."))).sentence == "A. B. C."


def test_what_pydantic_refuses_names_the_place_and_the_fault():
    error = refused({"inner": {"rounds": 12}})

    found = from_validation(CheckpointError, error, "No value of {place} {}.", "Undo.")

    assert type(found) is CheckpointError
    assert found.what == "No value of inner.rounds {}."
    assert found.why == "inner.rounds: Input should be less than or equal to 9."
    assert found.next_step == "Undo."
    assert "12" in found.details


def test_a_fault_of_the_whole_is_called_so_and_is_short():
    error = refused({"first": 3})
    place, fault = place_and_fault(error)

    assert place == ""
    assert fault.startswith("the first comes long") and len(fault) <= 200  # not "Value error, …"
    assert from_validation(SegviewerError, error, "A.", "C.").why == f"settings: {fault}."
    assert from_validation(SegviewerError, error, "A.", "C.", whole="JSON").why.startswith("JSON: ")


def test_one_full_stop_at_the_end():
    class Short(Settings):
        @model_validator(mode="after")
        def _never(self) -> Short:
            raise ValueError("it never fits.")

    with pytest.raises(ValidationError) as caught:
        Short()
    found = from_validation(SegviewerError, caught.value, "A.", "C.")
    assert found.why == "settings: it never fits."
