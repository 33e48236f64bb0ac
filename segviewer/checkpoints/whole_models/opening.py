"""From the file of a whole model to a network that is ready to run, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from segviewer.checkpoints.model_card import ModelCard, parse_card
from segviewer.checkpoints.whole_models.kinds import EXPORTED, KINDS, ONNX
from segviewer.checkpoints.whole_models.network import Input, Program, WholeModel
from segviewer.checkpoints.whole_models.probing import Found, probe
from segviewer.checkpoints.whole_models.said import Said, said_by
from segviewer.errors import CheckpointError
from segviewer.files.regular_files import shown_name
from segviewer.imaging.labels import MAX_CLASSES
from segviewer.imaging.preprocessing import IMAGENET, Preprocessing

CARD_TEXTS = ("segviewer", "segviewer.json")
"""Under which a file's own texts hold a card's JSON."""

BYTES = Preprocessing(scale="byte", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
ASSUMED_LABELS = 32
"""Classes of a program that gives labels alone, where nothing names them."""


@dataclass(frozen=True)
class OpenedWholeModel:
    """A whole model.

    Attributes
    ----------
    network : WholeModel
    card : ModelCard or None
        Beside the file, or else in it.
    classes : tuple of str
        As the file names them; perhaps none.
    preprocessing : Preprocessing
    long_side : int
        0 where it takes any size.
    notes : tuple of str
        What was found and assumed, in sentences.
    """

    network: WholeModel
    card: ModelCard | None
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    long_side: int
    notes: tuple[str, ...]


def open_whole_model(path: Path, kind: str, card: ModelCard | None) -> OpenedWholeModel:
    """Open a file of a kind in :data:`~segviewer.checkpoints.whole_models.kinds.KINDS`.

    Parameters
    ----------
    path : Path
    kind : str
    card : ModelCard or None
        Beside the file: what it says counts more than what the file says.

    Raises
    ------
    UntrustedProgram
        If opening it runs code, and nobody has agreed to that.
    CheckpointError
        If it cannot be loaded, or gives no map of scores.
    """
    title = KINDS[kind].title
    _check_card(path, kind, card)
    program: Program
    takes: Input | None
    if kind == ONNX:
        from segviewer.checkpoints.whole_models.onnx_program import load_onnx

        program, takes, hints, texts = load_onnx(path)
    else:
        from segviewer.checkpoints.whole_models.torch_programs import load_torch_program

        program, takes, hints, texts = load_torch_program(path, kind)
    said = said_by({name: text for name, text in texts.items() if name not in CARD_TEXTS})
    if card is None:
        inner = next((texts[name] for name in CARD_TEXTS if name in texts), "")
        card = parse_card(inner, f"in {shown_name(path)}") if inner else None
        _check_card(path, kind, card)
    names = card.classes if card is not None and card.classes else said.classes
    assumed = len(names) or ASSUMED_LABELS
    found = probe(program, path, title, takes, hints, assumed)
    is_bytes = not found.takes.dtype.is_floating_point
    network = WholeModel(program, found.takes, found.gives, title, found.stride)
    preprocessing = BYTES if is_bytes else said.preprocessing or IMAGENET
    is_said = card is not None and "preprocessing" in card.model_fields_set
    if card is not None and is_said:
        preprocessing = card.preprocessing
    if found.takes.channels == 1 and preprocessing.channel_order != "grey":
        preprocessing = preprocessing.for_grey()
    classes = _fitting(said.classes, found.gives.num_classes)
    notes = (
        _what_it_is(kind),
        *_how_it_runs(kind, title, found),
        *_how_it_answers(found, bool(names), assumed),
        *(() if is_said else _preprocessing_notes(preprocessing, said, is_bytes)),
        *_class_notes(names, found),
    )
    network.eval().requires_grad_(False)
    long_side = max(found.takes.size or (0,))
    return OpenedWholeModel(network, card, classes, preprocessing, long_side, notes)


def _check_card(path: Path, kind: str, card: ModelCard | None) -> None:
    if card is not None and card.architecture and card.architecture not in KINDS:
        raise CheckpointError(
            f"The card of {shown_name(path)} is that of another file.",
            f"It names the network “{card.architecture[:80]}”, and the file is a "
            f"{KINDS[kind].title}.",
            f"Write “{kind}” as its architecture, or take the card away.",
        )


def _fitting(classes: tuple[str, ...], num_classes: int) -> tuple[str, ...]:
    wanted = (num_classes, 2) if num_classes == 1 else (num_classes,)
    return classes if len(classes) in wanted else ()


def _what_it_is(kind: str) -> str:
    gradients = "" if kind == ONNX else " and fields by gradients"
    return (
        f"{KINDS[kind].title}: a closed program, of which labels, probabilities, CRF, comparison, "
        f"evaluation{gradients} work; its layers and settings are not reached."
    )


def _how_it_runs(kind: str, title: str, found: Found) -> list[str]:
    notes = []
    if found.takes.size is not None:
        height, width = found.takes.size
        notes.append(
            f"The {title} takes pictures of {width}×{height} px only: a smaller one is filled up, "
            "a larger one goes through in overlapping windows of this size, at whose borders "
            "context ends."
        )
    if found.takes.divisor > 1:
        notes.append(
            f"It takes sides divisible by {found.takes.divisor} only: the picture is filled up."
        )
    if found.takes.channels == 1:
        notes.append("It sees the picture in grey.")
    if found.takes.channels_last or found.gives.channels_last:
        notes.append("Its channels come last (NHWC).")
    stride = "pixel by pixel" if found.stride == 1 else f"one cell for {found.stride:.3g} pixels"
    notes.append(f"It answers {stride}, as found by running it.")
    if kind == ONNX:
        notes.append("onnxruntime runs it on the CPU.")
    elif kind == EXPORTED:
        notes.append("It runs on the device that it was exported for.")
    return notes


def _how_it_answers(found: Found, is_named: bool, assumed: int) -> list[str]:
    content = found.gives.content
    if content == "probabilities":
        return ["It gives probabilities: no softmax or sigmoid is added."]
    if content == "independent":
        return [
            "It gives probabilities that do not sum to 1, one for each class by itself: they are "
            "divided by their sum."
        ]
    if content == "labels":
        many = "" if is_named else f" How many classes it has is not said: {assumed} are assumed."
        return [
            "It gives labels without probabilities: each is taken for certain (99.9 %), so that "
            f"probability, entropy and CRF say little.{many}"
        ]
    return []


def _preprocessing_notes(preprocessing: Preprocessing, said: Said, is_bytes: bool) -> list[str]:
    if is_bytes:
        return ["It takes the picture's own numbers, 0 to 255."]
    mean, std = (", ".join(f"{v:g}" for v in vs) for vs in (preprocessing.mean, preprocessing.std))
    if said.preprocessing is not None:
        return [f"Mean {mean} and standard deviation {std} stand in the file."]
    return [
        f"The file does not say its preprocessing: assumed {preprocessing.channel_order} pictures, "
        f"0 to 1, with mean {mean} and standard deviation {std} (ImageNet's)."
    ]


def _class_notes(names: tuple[str, ...], found: Found) -> list[str]:
    count = found.gives.num_classes
    if _fitting(names, count) or count == 1 or count > MAX_CLASSES:
        return []
    if names:
        return [f"The file names {len(names)} classes and gives {count}: the names are left out."]
    return [f"The file does not name its {count} classes."]
