"""From a file or folder of scores to something that the pipeline takes for an open network."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import ValidationError
from torch import Tensor

from segviewer.checkpoints.detection import guess_label_set
from segviewer.checkpoints.model_card import MOST_BYTES, ModelCard
from segviewer.checkpoints.scores.arrays import SUFFIXES, Arrays, read_arrays, unreadable
from segviewer.checkpoints.scores.axes import NotScores, Understood, from_labels, understood
from segviewer.checkpoints.scores.stack import read_stack, stack_paths
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import is_regular, read_regular, shown_name
from segviewer.imaging.labels import label_set
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import Settings

ARCHITECTURE = "scores"
"""What a card calls it; no network of this program."""

PREFERRED = ("probs", "probabilities", "scores", "logits", "softmax", "unary", "output")
LABELS = ("labels", "label_map", "prediction", "seg")
CONFIDENCE_NAMES = ("confidence", "conf", "certainty")
CARDS = ("{stem}.json", "classes.json")
ENDINGS = ("", "-probabilities", "_probabilities", "-probs", "_probs", "-scores", "_scores")
"""Behind a photograph's name in that of its file of scores."""


@dataclass(frozen=True)
class Scores:
    """What a file says of a photograph.

    Attributes
    ----------
    probs : ndarray of float32 (K, h, w)
    classes : tuple of str
    said : str
        What the numbers were taken for.
    path : Path
        The file, or the folder of a stack.
    one_class : bool
    label_set : str
        Name of the label set, where a card says it.
    """

    probs: np.ndarray
    classes: tuple[str, ...]
    said: str
    path: Path
    one_class: bool = False
    label_set: str = ""


class ScoresSettings(NetworkSettings):
    """Nothing of scores can be set."""


class NoNetwork(Network[ScoresSettings]):
    """In the place of the network that made the scores, which is not here."""

    title: ClassVar[str] = "Scores from a file"
    paper: ClassVar[str] = "no network: what a file says of the photograph"
    Config = ScoresSettings
    presets: ClassVar[dict[str, dict[str, Any]]] = {}

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Refuse: there are none."""
        raise no_network()

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Refuse: there is none."""
        raise no_network()


def no_network() -> CheckpointError:
    """What is said where a network would be looked into."""
    return CheckpointError(
        "There is no network to look into.",
        "The scores come from a file.",
        "Open a checkpoint, or one of the CRF studio's labs.",
    )


class ScoresCard(Settings):
    """The card beside scores: ``NAME.json``, or ``classes.json`` in their folder.

    Attributes
    ----------
    classes : tuple of str
    label_set : str
        A name in ``segviewer.imaging.labels``, instead.
    confidence : float
        Of a label map's labels.
    """

    classes: tuple[str, ...] = ()
    label_set: str = ""
    confidence: float = 0.0


def check_not_shared(path: Path, pictures: Iterable[str]) -> None:
    """Refuse several photographs of which one file, or one stack, would be taken for all.

    Parameters
    ----------
    path : Path
        As in :func:`find_scores`.
    pictures : iterable of str
        The photographs' names without ending.

    Raises
    ------
    CheckpointError
        What no scores are found for is no matter here.
    """
    taken: dict[Path, str] = {}
    for picture in pictures:
        try:
            found = find_scores(path, picture)
        except CheckpointError:
            continue
        if taken.setdefault(found, picture) != picture:
            one, other = (shown_name(Path(name)) for name in (taken[found], picture))
            raise CheckpointError(
                f"{shown_name(found)} holds the scores of one photograph.",
                f"It would be taken for {one} and for {other}, whatever is on them.",
                "Give a folder of scores that are named after the photographs.",
            )


def find_scores(path: Path, picture: str) -> Path:
    """The file, or folder of a stack, that holds the scores of a photograph.

    Parameters
    ----------
    path : Path
        A file is taken for any photograph. In a folder it is that of the photograph's name, then
        a folder of that name, then the pictures of the folder itself.
    picture : str
        The photograph's name without ending.

    Raises
    ------
    CheckpointError
    """
    if not os.path.isdir(path):  # answers no to a path that is too long to be one
        return path
    for ending in ENDINGS:
        for suffix in SUFFIXES:
            file = path / f"{picture}{ending}{suffix}"
            if is_regular(file):
                return file
    for folder in (path / picture, path):
        if os.path.isdir(folder) and stack_paths(folder):
            return folder
    raise CheckpointError(
        f"There are no scores of {shown_name(Path(picture))} in {shown_name(path)}.",
        f"They would be called {picture}.npy, or end in {', '.join(SUFFIXES[1:])}.",
        "Name the files after the photographs, or open one file.",
    )


def read_scores(path: Path, size: tuple[int, int]) -> Scores:
    """Read the scores of a photograph.

    Parameters
    ----------
    path : Path
        From `find_scores`.
    size : (int, int)
        Height and width of the photograph.

    Raises
    ------
    CheckpointError
        If it cannot be read, or does not fit the photograph.
    """
    arrays = read_stack(path) if os.path.isdir(path) else read_arrays(path)
    card = _card(path)
    try:
        found = _understood(arrays, size, card)
    except NotScores as error:
        raise unreadable(path, str(error)) from error
    classes, names = _classes(path, arrays, card, found)
    return Scores(found.probs, classes, found.said, path, found.one_class, names)


def _understood(arrays: Arrays, size: tuple[int, int], card: ScoresCard) -> Understood:
    by_name = arrays.by_name
    lower = {name.rpartition("/")[2].lower(): array for name, array in by_name.items()}
    for name in PREFERRED:
        if name in lower and not (lower[name].dtype.kind in "iub" and lower[name].ndim == 2):
            return understood(lower[name], size)
    labels = next((lower[name] for name in LABELS if name in lower), None)
    if labels is None and len(by_name) == 1:
        labels = next(iter(by_name.values()))
    if labels is not None and labels.ndim == 2 and labels.dtype.kind in "iu":
        sure = next((lower[name] for name in CONFIDENCE_NAMES if name in lower), None)
        given = sure if sure is not None else card.confidence
        return from_labels(labels, size, given) if np.any(given) else from_labels(labels, size)
    return understood(max(by_name.values(), key=lambda array: array.size), size)


def _card(path: Path) -> ScoresCard:
    folder = path if os.path.isdir(path) else path.parent
    for name in CARDS:
        file = folder / name.format(stem=path.stem)
        if not is_regular(file):
            continue
        text = read_regular(file, MOST_BYTES)
        try:
            return ScoresCard.model_validate_json(text)
        except ValidationError:
            # Other programs put files of their own beside scores; this means to be a card.
            if b'"classes"' in text and name == "classes.json":
                raise CheckpointError(
                    f"The card {name} cannot be used.",
                    "It is not of the form "
                    '{"classes": ["road", "sky"]} or {"label_set": "camvid"}.',
                    "Mend it, or remove it: the classes are then class 0, class 1 and so on.",
                ) from None
    return ScoresCard()


def _classes(
    path: Path, arrays: Arrays, card: ScoresCard, found: Understood
) -> tuple[tuple[str, ...], str]:
    count = len(found.probs)
    listed = card.classes or arrays.classes
    if card.label_set and not listed:
        listed = label_set(card.label_set).classes
    if found.one_class and len(listed) < 2:
        return ("background", listed[0] if listed else "foreground"), ""
    if listed and len(listed) != count:
        raise CheckpointError(
            f"The names do not fit the scores in {shown_name(path)}.",
            f"There are {len(listed)} names and {count} classes.",
            "Mend the card, or remove it.",
        )
    guessed = guess_label_set(count)
    if listed and guessed is not None and guessed.classes == listed:
        return listed, guessed.name
    return listed or tuple(f"class {index}" for index in range(count)), card.label_set


def card_of(scores: Scores) -> ModelCard:
    """The scores as the window knows networks."""
    return ModelCard(
        title=f"scores: {shown_name(scores.path)}"[:300],
        architecture=ARCHITECTURE,
        classes=scores.classes,
        label_set=scores.label_set,
        config={"num_classes": 1 if scores.one_class else len(scores.probs)},
        inference_long_side=max(scores.probs.shape[1:]),
        weights="trained",
        source=str(scores.path),
    )
