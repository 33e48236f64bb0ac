"""The language of observations: what it says, what it measures, and all that it refuses."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.engine.results import DisagreementResult, LabelResult, NetworkResult, ProbsResult
from segviewer.labs.lab import LabResult
from segviewer.lessons.checking import try_statement
from segviewer.lessons.measured_step import MeasuredStep
from segviewer.lessons.observation import LAB_MEASURES, MEASURES, NotMeasurableError, Observation

CLASSES = ("sky", "road", "car")


@dataclass(frozen=True)
class Curve:
    values: np.ndarray
    title: str


@dataclass(frozen=True)
class Shown:
    coverage: float
    curves: tuple[Curve, ...]
    by_name: dict
    whole: bool = True


def step(labels, before=(), lab=None, probs=None) -> MeasuredStep:
    labels = np.array(labels, np.uint8)
    shares = np.bincount(labels.ravel(), minlength=3) / labels.size
    chips = (("trained with rates 6 · running 12", "warning"), ("CRF at 4×4 px", "info"))
    results = {"label_map": LabelResult(labels, shares, True, chips, CLASSES)}
    if lab is not None:
        results["lab"] = lab
    if probs is not None:
        results["refined"] = ProbsResult(np.array(probs, np.float16), CLASSES)
    results["network"] = NetworkResult(
        "Net",
        "fcn",
        (),
        {"output_stride": 16, "rates": (6, 12)},
        CLASSES,
        "",
        "random",
        "",
        0,
        1234,
        (),
        {},
    )
    return MeasuredStep(results, list(before))


FIRST = step([[0, 0, 1, 1]] * 4)
SHOWN = Shown(0.25, (Curve(np.array([1.5, 2.5]), "one"),), {"a": 3, 9: 7})
SECOND = step(
    [[0, 1, 1, 1]] * 4,
    [FIRST],
    LabResult("toy", SHOWN, caption="39.8% with 9 taps", formula="n<sub>9</sub> = 7 &lt; 8"),
    probs=[[[0.5, 1.0]], [[0.5, 0.0]], [[0.0, 0.0]]],
)


@pytest.mark.parametrize(
    "statement, found",
    [
        ('share("road") == 0.75', "0.75"),
        ('share("car") < 0.1', "0"),
        ("changed(previous) between 0.2 and 0.3", "0.25"),
        ("changed(first) == 0.25", "0.25"),
        ('previous.share("road") == 0.5', "0.5"),
        ('share("road") > 1.4 * previous.share("road")', "0.75, 0.7"),
        ('largest == "road"', "'road'"),
        ('label(0.9, 0.1) == "road"', "'road'"),
        ('label(0, 0) == "sky"', "'sky'"),
        ("outline == 4 / (12 + 12)", "0.1667, 0.1667"),
        ("regions == 2", "2"),
        ('lab.caption contains "39.8%"', "'39.8% with 9 taps'"),
        ('lab.formula contains "n9 = 7 < 8"', "'n9 = 7 < 8'"),
        ('lab.number("coverage") == 1 / 4', "0.25, 0.25"),
        ('lab.number("curves[0].values[1]") == 2.5', "2.5"),
        ('lab.number("curves[-1].values[0]") == 1.5', "1.5"),
        ('lab.number("by_name.a") == 3', "3"),
        ('lab.number("by_name[9]") == 7', "7"),
        ('lab.text("curves[0].title") == "one"', "'one'"),
        ('chips contains "running 12"', "'trained with rates 6 · running 12 | CRF at 4×4 px'"),
        ("parameters == 1234", "1234"),
        ('weights == "random"', "'random'"),
        ('trained_with("output_stride") == 16', "16"),
        ('trained_with("rates") == "6,12"', "'6,12'"),
        ("num_classes == 3", "3"),
        ('probability("sky", 0.9, 0.5) == 1', "1"),
        ("0.3 < entropy < 0.32", "0.3155"),
        ("-parameters < 0", "-1234"),
        ("parameters between 1e3 and 2 * 1000", "1234"),
    ],
)
def test_statements_that_hold(statement, found):
    checked = try_statement(statement, SECOND)
    assert (checked.holds, checked.found) == (True, found)


@pytest.mark.parametrize(
    "statement",
    [
        'share("road") > 0.75',
        "changed(previous) between 0.26 and 1",
        'lab.caption contains "40%"',
        'largest != "road"',
        "0 < parameters < 1000",
    ],
)
def test_statements_that_do_not_hold_say_what_was_found(statement):
    checked = try_statement(statement, SECOND)
    assert not checked.holds
    assert checked.found


@pytest.mark.parametrize(
    "statement, why",
    [
        ('share("dog") > 0', "no class “dog”; there are sky, road, car"),
        ('lab.number("nothing") > 0', "has no “nothing”"),
        ('lab.number("whole") > 0', "no number but True"),
        ('lab.number("curves[7].title") > 0', "nothing at [7]"),
        ('lab.number("coverage!") > 0', "cannot be read"),
        ('label(2, 0) == "sky"', "from 0 to 1"),
        ("largest > 3", "a number is compared with a text"),
        ('largest * 3 == "road"', "texts cannot be calculated with"),
        ("parameters / 0 > 1", "cannot be calculated"),
        ("changed(0.5) > 1", "takes previous or first"),
        ('parameters contains "1"', "only texts contain texts"),
        ('trained_with("colour") == 1', "no setting “colour”"),
        ("previous.previous.outline > 1", None),
    ],
)
def test_what_cannot_be_measured_is_said(statement, why):
    if why is None:
        with pytest.raises(ValueError):
            Observation(statement)
        return
    checked = try_statement(statement, SECOND)
    assert not checked.holds
    assert why in checked.found


def test_the_first_step_has_no_previous_one_and_no_lab():
    for statement, why in (
        ("changed(previous) == 0", "this is the first"),
        ('lab.caption contains "x"', "no lab is open"),
        ("entropy > 0", "no probabilities"),
    ):
        with pytest.raises(NotMeasurableError, match=why):
            Observation(statement).try_on(FIRST)


def test_other_pictures_and_classes_are_not_compared():
    other = step([[0, 0]], [FIRST])
    assert "different pictures" in try_statement("changed(previous) == 0", other).found


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "parameters",
        "__import__('os').system('true') == 0",
        "().__class__ == 1",
        "parameters.__class__ == 1",
        "lab.caption.upper() == 'A'",
        "previous.results == 1",
        "lab.results == 1",
        "[1 for x in (1,)] == 1",
        "(lambda: 1)() == 1",
        "parameters ** 9 > 1",
        "'a' % 1 == 'a'",
        "f'{parameters}' == '1'",
        "parameters in (1, 2)",
        "parameters is 1",
        "not parameters == 1",
        "parameters == 1 and parameters == 1",
        "parameters == 1 or parameters == 2",
        "share > 0.1",
        'share("road", "sky") > 0.1',
        'share(name="road") > 0.1',
        "share(*previous) > 0.1",
        "parameters() > 1",
        "share(previous) > 0.1",
        "parameters > 1; parameters > 2",
        "x := 3",
        "parameters between 1",
        'lab.caption contains "a" and "b"',
        "parameters > b'1'",
        "parameters > 1j",
        "parameters > None",
        "parameters > " + "(" * 300 + "1" + ")" * 300,
        "parameters > " + "1" * 500,
        "\0 > 1",
    ],
)
def test_everything_else_is_refused_before_it_runs(statement):
    with pytest.raises(ValueError):
        Observation(statement)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        read = Observation(text)
    except ValueError:
        return
    assert read.statement == text


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(-5, 5))
def test_between_is_two_comparisons(value, low, high):
    said = Observation(f"{value!r} between {low!r} and {high!r}").try_on(FIRST)
    assert said.holds == (low <= value <= high)


def test_every_measure_has_an_owner():
    for name in MEASURES:
        assert hasattr(MeasuredStep, f"_{name}"), name
    assert set(LAB_MEASURES) == {"caption", "formula", "number", "text"}


def test_what_a_and_b_give_otherwise_is_a_measure():
    one = step([[0, 1, 1, 1]] * 4)
    assert try_statement("differs > 0", one).found == "nothing is pinned as A"
    one.results["disagreement"] = DisagreementResult(0.25)
    assert try_statement("differs between 0.2 and 0.3", one).holds
    one.results["disagreement"] = DisagreementResult(None)
    assert "share no class" in try_statement("differs > 0", one).found
