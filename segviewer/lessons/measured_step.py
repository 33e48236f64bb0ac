"""What one step shows, and the values that statements about it ask for."""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from typing import Any

import numpy as np

from segviewer.engine.results import DisagreementResult, LabelResult, NetworkResult, ProbsResult
from segviewer.labs.lab import LabResult
from segviewer.lessons.observation import STEPS, NotMeasurableError

_PLACE = re.compile(r"\.?([A-Za-z_]\w*)|\[(-?\d+)\]")


@dataclass
class MeasuredStep:
    """Results of one step, by stage, and the steps before it.

    Attributes
    ----------
    results : dict
        Stage → its last result; what a step does not need is not there.
    before : list of MeasuredStep
        The steps of the same lesson before this one, in order.
    """

    results: dict[str, Any]
    before: list[MeasuredStep] = field(default_factory=list)

    def earlier(self, name: str) -> MeasuredStep:
        """The step called ``previous`` or ``first``."""
        if name not in STEPS or not self.before:
            raise NotMeasurableError(f"there is no {name} step: this is the first")
        return self.before[-1 if name == "previous" else 0]

    def measure(self, name: str, *arguments: Any) -> Any:
        """Value of a measure; see :data:`segviewer.lessons.observation.MEASURES`."""
        found = getattr(self, f"_{name}")
        return found(*arguments) if callable(found) else found

    def measure_lab(self, name: str, *arguments: Any) -> Any:
        """Value of a measure of the lab."""
        found = self.results.get("lab")
        if not isinstance(found, LabResult):
            raise NotMeasurableError("no lab is open")
        if name == "caption":
            return found.caption
        if name == "formula":
            return _plain(found.formula)
        value = _inside(found.shown, str(arguments[0]))
        if name == "text":
            return str(value)
        if isinstance(value, np.ndarray | np.generic) and value.ndim == 0:
            value = value.item()
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise NotMeasurableError(f"“{arguments[0]}” of the lab is no number but {value!r}")
        return value

    # The label map

    @property
    def _labelled(self) -> LabelResult:
        found = self.results.get("label_map")
        if not isinstance(found, LabelResult):
            raise NotMeasurableError("there is no label map")
        return found

    def _number_of(self, name: Any, classes: tuple[str, ...]) -> int:
        if name not in classes:
            raise NotMeasurableError(f"there is no class “{name}”; there are {', '.join(classes)}")
        return classes.index(name)

    def _share(self, name: str) -> float:
        labelled = self._labelled
        number = self._number_of(name, labelled.classes)
        return float(np.mean(labelled.label_map == number))

    @property
    def _largest(self) -> str:
        labelled = self._labelled
        return labelled.classes[int(np.bincount(labelled.label_map.ravel()).argmax())]

    def _changed(self, other: Any) -> float:
        if not isinstance(other, MeasuredStep):
            raise NotMeasurableError("changed takes previous or first")
        mine, theirs = self._labelled, other._labelled
        if mine.label_map.shape != theirs.label_map.shape:
            raise NotMeasurableError("the two steps show different pictures")
        if mine.classes != theirs.classes:
            raise NotMeasurableError("the two steps have different classes")
        return float(np.mean(mine.label_map != theirs.label_map))

    @property
    def _differs(self) -> float:
        found = self.results.get("disagreement")
        if not isinstance(found, DisagreementResult):
            raise NotMeasurableError("nothing is pinned as A")
        if found.share is None:
            raise NotMeasurableError("A and B share no class")
        return found.share

    def _label(self, across: float, down: float) -> str:
        labelled = self._labelled
        row, column = _place(labelled.label_map.shape, across, down)
        return labelled.classes[int(labelled.label_map[row, column])]

    @property
    def _outline(self) -> float:
        labels = self._labelled.label_map
        across, down = labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1]
        pairs = across.size + down.size
        return float((across.sum() + down.sum()) / pairs) if pairs else 0.0

    @cached_property
    def _regions(self) -> int:
        from scipy import ndimage

        labels = self._labelled.label_map
        return int(sum(ndimage.label(labels == number)[1] for number in np.unique(labels)))

    @property
    def _chips(self) -> str:
        return " | ".join(text for text, _ in self._labelled.chips)

    # Probabilities and network

    @property
    def _probs(self) -> ProbsResult:
        found = self.results.get("refined")
        if not isinstance(found, ProbsResult):
            raise NotMeasurableError("there are no probabilities")
        return found

    def _probability(self, name: str, across: float, down: float) -> float:
        found = self._probs
        number = self._number_of(name, found.classes)
        row, column = _place(found.probs.shape[1:], across, down)
        return float(found.probs[number, row, column])

    @cached_property
    def _entropy(self) -> float:
        probs = self._probs.probs.astype(np.float32)
        logs = np.log(np.maximum(probs, 1e-7))
        return float(-(probs * logs).sum(0).mean() / math.log(max(2, len(probs))))

    @property
    def _network(self) -> NetworkResult:
        found = self.results.get("network")
        if not isinstance(found, NetworkResult):
            raise NotMeasurableError("there is no network")
        return found

    @property
    def _num_classes(self) -> int:
        return len(self._network.classes)

    @property
    def _parameters(self) -> int:
        return self._network.parameters

    @property
    def _weights(self) -> str:
        return self._network.weights

    def _trained_with(self, name: str) -> Any:
        trained = self._network.trained
        if name not in trained:
            raise NotMeasurableError(f"the network has no setting “{name}”")
        value = trained[name]
        return ",".join(map(str, value)) if isinstance(value, tuple) else value


def _place(shape: tuple[int, ...], across: float, down: float) -> tuple[int, int]:
    if not (0 <= across <= 1 and 0 <= down <= 1):
        raise NotMeasurableError("a place is two numbers from 0 to 1: across and down")
    height, width = shape
    return min(height - 1, int(down * height)), min(width - 1, int(across * width))


def _plain(rich: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", rich))


def _inside(value: Any, path: str) -> Any:
    """What lies at `path` (``curves[2].changed``) inside what a lab shows."""
    place = 0
    while place < len(path):
        found = _PLACE.match(path, place)
        if found is None:
            raise NotMeasurableError(f"“{path}” cannot be read: write name, name.name or name[2]")
        value = _step_inside(value, found.group(1), found.group(2), path)
        place = found.end()
    return value


def _step_inside(value: Any, name: str | None, number: str | None, path: str) -> Any:
    if number is not None:
        key: Any = int(number)
        if isinstance(value, dict | list | tuple | np.ndarray):
            try:
                return value[key]
            except (KeyError, IndexError):
                pass
        raise NotMeasurableError(f"“{path}”: there is nothing at [{number}]")
    if isinstance(value, dict) and name in value:
        return value[name]
    if is_dataclass(value) and name in {one.name for one in fields(value)}:
        return getattr(value, name)
    raise NotMeasurableError(f"“{path}”: what the lab shows has no “{name}”")
