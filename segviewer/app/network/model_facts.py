"""What can be said about the open network, gathered for its page and for copying.

Nothing here knows Qt; hashing and reading are for a thread of their own.
"""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segviewer.networks
from segviewer.checkpoints.model_card import ModelCard, read_card
from segviewer.checkpoints.published.catalogue import PUBLISHED, resolve_reference
from segviewer.checkpoints.whole_models.kinds import KINDS
from segviewer.engine.results import NetworkResult
from segviewer.errors import SegviewerError
from segviewer.export.shown_labels import shown_label_set
from segviewer.files.regular_files import open_regular, reason, status_of
from segviewer.networks import NETWORKS
from segviewer.references import Reference
from segviewer.session import Session
from segviewer.training.training_log import TrainingLog, log_beside, read_log

MOST_CLASSES = 255
WEIGHTS = {
    "trained": "trained",
    "partly random": "partly random: what the file does not hold was filled at random",
    "random": "random: the network is untrained and its labels mean nothing",
    "unknown": "not said: the file has no model card",
}

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ClassRow:
    """One class: its name, its sRGB colour, and its IoU in each split (None: not measured)."""

    name: str
    colour: tuple[int, int, int]
    iou: tuple[float | None, ...]


@dataclass(frozen=True)
class ModelFacts:
    """Everything the page shows, in words.

    Attributes
    ----------
    title, paper : str
        Of the checkpoint, and where its network was published.
    sections : tuple of (heading, rows)
        Rows are (name, value).
    settings : tuple of (label, trained, running)
        All of the network's; `running` is empty where it is as trained.
    made : str
        What "trained" is to be called: random weights were only made.
    splits : tuple of str
        Columns of the classes' IoU.
    classes : tuple of ClassRow
    more_classes : int
        How many more there are than listed.
    departures : tuple of str
        Paragraphs: what the network is, and where it leaves the paper.
    unknown : tuple of str
        Sentences on what could not be known.
    log : TrainingLog or None
        The curves of its training, where their log lies beside the file.
    """

    title: str
    paper: str
    sections: tuple[tuple[str, Rows], ...]
    settings: tuple[tuple[str, str, str], ...]
    made: str
    splits: tuple[str, ...]
    classes: tuple[ClassRow, ...]
    more_classes: int
    departures: tuple[str, ...]
    unknown: tuple[str, ...]
    log: TrainingLog | None = None


def gather(result: NetworkResult, session: Session) -> ModelFacts:
    """Everything known about `result`, opened from what `session` names.

    Reads the weights file once for its hash: about a second for 250 MB.
    """
    card = result.card or ModelCard(title=result.title, architecture=result.architecture)
    paragraphs = _docstring(card.architecture)
    file_rows, file_doubts = _file(session.checkpoint, card)
    results = (*_results(card.results), *_temperature(card))
    sections = [
        ("Weights", _weights(result, card)),
        ("File", file_rows),
        ("What it is shown", _input(card, result.long_side)),
    ]
    if results:
        sections.append(("Results", results))
    if result.strides_and_rates:
        sections.append(("Strides and rates, as built", result.strides_and_rates))
    terms = tuple(
        (name, text)
        for name, text in (("Licence", card.licence), ("Notice", card.data_notice))
        if text
    )
    if terms:
        sections.append(("Licence and notices", terms))
    splits = tuple(name for name, split in card.results.items() if _of(split).get("iou"))
    return ModelFacts(
        title=card.title,
        paper=paragraphs[0] if paragraphs else _title(card.architecture),
        sections=tuple(sections),
        settings=_settings(result, session),
        made="as made" if card.weights == "random" else "as trained",
        splits=splits,
        classes=_classes(result, session, [_of(card.results[name])["iou"] for name in splits]),
        more_classes=max(0, len(result.classes) - MOST_CLASSES),
        departures=paragraphs[1:],
        unknown=(*result.notes, *_unknown(card), *file_doubts),
        log=_log(session.checkpoint),
    )


def as_text(facts: ModelFacts) -> str:
    """`facts` as plain text, for the clipboard."""
    lines = [facts.title, facts.paper, ""]
    for heading, rows in facts.sections:
        lines += [heading, *(f"  {name}: {value}" for name, value in rows), ""]
    lines.append(f"Settings ({facts.made}, and running where it differs)")
    for label, trained, running in facts.settings:
        lines.append(f"  {label}: {trained}" + (f" · running {running}" if running else ""))
    heads = " · ".join(f"IoU {split}" for split in facts.splits)
    lines += ["", f"Classes ({heads})" if heads else "Classes"]
    for row in facts.classes:
        figures = " · ".join("–" if value is None else f"{value:.3f}" for value in row.iou)
        lines.append(f"  {row.name}  #{bytes(row.colour).hex()}" + (f"  {figures}" * bool(figures)))
    if facts.more_classes:
        lines.append(f"  and {facts.more_classes} more")
    if facts.unknown:
        lines += ["", "Notes", *(f"  {sentence}" for sentence in facts.unknown)]
    return "\n".join(lines) + "\n"


def written(value: Any) -> str:
    """A setting's value as people write it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(written(item) for item in value) if value else "none"
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")


def _weights(result: NetworkResult, card: ModelCard) -> Rows:
    rows = [("State", WEIGHTS[card.weights])]
    if card.trained_on:
        rows.append(("Trained on", card.trained_on))
    if card.iterations:
        seed = "" if card.seed is None else f", seed {card.seed}"
        rows.append(("Trained for", f"{card.iterations:,} iterations{seed}"))
    if card.base:
        rows.append(("Backbone", _shared_backbone(card.base)))
    rows.append(("Parameters", f"{result.parameters:,}"))
    return tuple(rows)


def _shared_backbone(base: str) -> str:
    """Where a file's backbone comes from, and what it had learned before this head came."""
    try:
        card = read_card(resolve_reference(base).with_suffix(".json"))
    except SegviewerError:
        return f"that of {base}; this file holds what differs"
    learned = f"which learned on {card.trained_on} with its own head before"
    which = f", {learned}" if card.trained_on else ""
    return f"that of “{card.title}”{which}; this file holds what differs"


def _file(reference: str, card: ModelCard) -> tuple[Rows, tuple[str, ...]]:
    """Rows about the weights file, and what is doubtful about it."""
    named = Reference.checkpoint(reference)
    if named.kind == "random":
        return (("Name", "none: the weights are drawn when the network is opened, seed 0"),), ()
    try:
        path = resolve_reference(str(named.trained()))
        size, digest = status_of(path).st_size, _digest(path)
    except (SegviewerError, OSError) as error:
        why = error.what if isinstance(error, SegviewerError) else reason(error)
        return (("Name", named.file_name),), (f"The file could not be read again. {why}",)
    rows = [
        ("Name", path.name + (" (bundled)" if named.kind == "bundled" else "")),
        ("Size", f"{size / 1e6:.1f} MB"),
        ("SHA-256", digest),
    ]
    if named.untrained:
        rows.insert(0, ("Weights", "not read: the network of this file, filled at random"))
    # The card of a file without one has its own path there.
    if card.source and card.source != str(path):
        rows.append(("Source", card.source))
    doubts = []
    published = next((e for e in PUBLISHED if e.file_name == path.name), None)
    if published is not None:
        same = published.is_file_with(digest)
        said = f", the same file ({published.checked_by})"
        rows.append(("Published as", f"{published.title}{said if same else ''}"))
        if not same:
            doubts.append(
                f"The file is named like a published one, whose SHA-256 starts with "
                f"{published.sha256}, but is another."
            )
    return tuple(rows), tuple(doubts)


def _digest(path: Path) -> str:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _input(card: ModelCard, long_side: int) -> Rows:
    preprocessing = card.preprocessing
    smaller = "; smaller pictures are enlarged to it" if card.inference_enlarges else ""
    top = 1 if preprocessing.scale == "unit" else 255
    return (
        ("Channel order", preprocessing.channel_order),
        ("Values", f"0 … {top}, less the mean, divided by the standard deviation"),
        ("Mean", ", ".join(f"{value:g}" for value in preprocessing.mean)),
        ("Standard deviation", ", ".join(f"{value:g}" for value in preprocessing.std)),
        ("Long side", f"{long_side} px, unless another is set{smaller}"),
    )


def _of(split: Any) -> dict[str, Any]:
    # A card is written by anybody; what is no table of figures is passed over.
    return split if isinstance(split, dict) else {}


def _results(results: dict[str, Any]) -> Rows:
    rows = []
    for name, split in results.items():
        figures = [
            f"{words} {_of(split)[key]:.3f}"
            for key, words in (("miou", "mIoU"), ("pixel_accuracy", "pixel accuracy"))
            if isinstance(_of(split).get(key), int | float)
        ]
        note = _of(split).get("note", "")
        said = ", ".join(figures) or "no numbers"
        rows.append((name, f"{said}. {str(note)[:1].upper()}{str(note)[1:]}." if note else said))
    return tuple(rows)


def _temperature(card: ModelCard) -> Rows:
    """How sure the network is against how right it is, where that was fitted."""
    if card.temperature is None:
        return ()
    said = f"{card.temperature:.2f}: its scores are divided by it to be as sure as they are right"
    for name, split in card.results.items():
        before, after = (
            _of(split).get(key) for key in ("calibration_error", "calibration_error_at_temperature")
        )
        if isinstance(before, int | float) and isinstance(after, int | float):
            said += f"; calibration error on {name} {before:.3f}, with it {after:.3f}"
    return (("Temperature", said),)


def _log(reference: str) -> TrainingLog | None:
    named = Reference.checkpoint(reference)
    if named.kind == "random" or named.untrained or named.scores:
        return None
    try:
        return read_log(log_beside(resolve_reference(reference)))
    except (SegviewerError, OSError):
        return None  # which the rows about the file say


def _settings(result: NetworkResult, session: Session) -> tuple[tuple[str, str, str], ...]:
    running = dict(session.network)
    rows = []
    drawn = {control.name: control for control in result.controls}
    for name, trained in result.trained.items():
        label = drawn[name].label if name in drawn else _words(name)
        now = running.get(name, trained)
        same = written(now) == written(trained)
        rows.append((label, written(trained), "" if same else written(now)))
    return tuple(rows)


def _words(name: str) -> str:
    """A field's name as words; of the structure the window knows no labels."""
    words = name.removeprefix("num_").replace("_", " ")
    return (words[:1].upper() + words[1:]).replace("Aspp", "ASPP").replace("Fc", "fc")


def _classes(
    result: NetworkResult, session: Session, by_split: list[dict[str, float]]
) -> tuple[ClassRow, ...]:
    names = result.classes[:MOST_CLASSES]
    label_set = result.label_set if len(result.classes) <= MOST_CLASSES else ""
    own = result.colours
    colours = shown_label_set(label_set, names, session.overlay.palette, own).colours
    return tuple(
        ClassRow(name, colour, tuple(iou.get(name) for iou in by_split))
        for name, colour in zip(names, colours, strict=False)
    )


def _unknown(card: ModelCard) -> list[str]:
    if card.weights == "random":
        return []
    missing = [
        words
        for there, words in (
            (card.trained_on, "what it was trained on"),
            (card.iterations, "for how long"),
            (card.results, "how well it does"),
            (card.licence, "under which terms it may be used"),
        )
        if not there
    ]
    if not missing:
        return []
    listed = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
    return [f"Neither the file nor a card says {listed}."]


def _title(architecture: str) -> str:
    if architecture in KINDS:
        return KINDS[architecture].title
    return NETWORKS.get(architecture, architecture)


def _docstring(architecture: str) -> tuple[str, ...]:
    """Paragraphs of the network file's own description; read, not imported, for torch's sake."""
    path = Path(segviewer.networks.__file__).with_name(f"{architecture}.py")
    if architecture not in NETWORKS or not path.is_file():
        return ()
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return tuple(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
