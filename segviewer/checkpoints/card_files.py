"""Where cards lie: beside their checkpoint, in its header, or in the person's own folder.

The last is for checkpoints in folders that cannot be written, and for what ships with the
program; a card there is found by the SHA-256 of the weights. It says what a person said, so it
lies over the others.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from segviewer.checkpoints.model_card import (
    MOST_BYTES,
    ModelCard,
    parse_card,
    read_card,
    write_card,
)
from segviewer.checkpoints.model_sheet import EMPTY, ModelSheet, sheet_of
from segviewer.checkpoints.published.catalogue import CARD_SUFFIX, resolve_reference
from segviewer.checkpoints.reading.folder import weights_in
from segviewer.errors import CheckpointError, ExportError
from segviewer.files.regular_files import is_regular, open_regular, shown_name, status_of
from segviewer.files.writing_faults import make_folder, writing_faults
from segviewer.references import Reference
from segviewer.resource_files import own_path

CARD_KEY = "segviewer"  # of a safetensors header, holding the card's JSON


@dataclass(frozen=True)
class FoundCard:
    """What cards say of a checkpoint.

    Attributes
    ----------
    card : ModelCard or None
        The one that names its network; None where the weights have to say it.
    sheet : ModelSheet
        What lies over that, or over what the weights say.
    notes : tuple of str
        Sentences on cards that were passed over.
    """

    card: ModelCard | None = None
    sheet: ModelSheet = EMPTY
    notes: tuple[str, ...] = ()

    def said(self, architecture: str) -> ModelCard | None:
        """What the sheet says, as a card of an architecture; None where it says nothing."""
        if not self.sheet.said():
            return None
        return _card(self.sheet, architecture)


def own_card_folder() -> Path:
    """Where cards lie whose checkpoint's folder cannot be written."""
    return own_path("cards")


def find_card(path: Path, metadata: Mapping[str, str]) -> FoundCard:
    """The cards of a file of weights.

    Parameters
    ----------
    path : Path
        The file.
    metadata : mapping of str to str
        Of its header, which may hold a card.

    Raises
    ------
    CheckpointError
        For something that means to be a card and cannot be used.
    """
    card, notes = _beside(path)
    if card is None and CARD_KEY in metadata:
        card = parse_card(metadata[CARD_KEY], f"in {shown_name(path)}")
    sheet = EMPTY
    if card is not None and not card.architecture:
        sheet, card = sheet_of(card), None
    own = _own(path)
    if own is not None:
        sheet = _over(sheet, sheet_of(read_card(own)))
    return FoundCard(card, sheet, notes)


def keep_sheet(reference: str, sheet: ModelSheet) -> Path:
    """Write what a person said of a checkpoint where its next opening reads it.

    Beside the weights, into the card that is there if one is; where that folder cannot be
    written, or the name is taken by another program's file, into the person's own folder.

    Parameters
    ----------
    reference : str
        Of the checkpoint.
    sheet : ModelSheet
        Lies over what was kept before.

    Returns
    -------
    Path
        The card's file.

    Raises
    ------
    CheckpointError
        If there is no file of weights, such as for random ones.
    ExportError
        If it cannot be written in the person's own folder either.
    """
    named = Reference.checkpoint(reference).trained()
    if named.kind == "random":
        raise CheckpointError(
            "There is nothing that this card could be kept for.",
            "The weights are random: they come from no file.",
            "Use it in this window, or open the trained checkpoint first.",
        )
    path = weights_in(resolve_reference(str(named)))
    beside = path.with_suffix(CARD_SUFFIX)
    if named.is_file and not _is_foreign(beside):
        card, _ = _beside(path)
        try:
            if card is not None and card.architecture:
                write_card(beside, sheet.over(card))
            else:
                known = sheet_of(card) if card is not None else EMPTY
                write_card(beside, _card(_over(known, sheet)), only_said=True)
        except ExportError:
            pass
        else:
            stale = _own(path)
            if stale is not None:  # it would lie over this one
                stale.unlink(missing_ok=True)
            return beside
    folder = own_card_folder()
    make_folder(
        folder,
        "Write it to a file: segviewer card … --write FILE.",
        "The card was not written.",
        f"The folder {folder} cannot be made",
    )
    own = folder / _own_name(path)
    known = sheet_of(read_card(own)) if is_regular(own) else EMPTY
    write_card(own, _card(_over(known, sheet)), only_said=True)
    return own


def forget_sheet(reference: str) -> Path | None:
    """Delete the card that was kept for a checkpoint; None where there is none.

    A card beside the file that names its network came with the file, and stays.
    """
    named = Reference.checkpoint(reference).trained()
    if named.kind == "random":
        return None
    path = weights_in(resolve_reference(str(named)))
    own = _own(path)
    if own is not None:
        own.unlink(missing_ok=True)
        return own
    card, _ = _beside(path)
    beside = path.with_suffix(CARD_SUFFIX)
    if card is None or card.architecture or not named.is_file:
        return None
    with writing_faults(f"{shown_name(beside)} was not deleted.", "Delete it by hand."):
        beside.unlink(missing_ok=True)
    return beside


def state_of_cards(path: Path) -> tuple[int, int]:
    """What changes when a card of this file is written or deleted: times in nanoseconds."""
    times = []
    for place in (path.with_suffix(CARD_SUFFIX), own_card_folder()):
        try:
            times.append(status_of(place).st_mtime_ns)
        except OSError:
            times.append(0)
    return times[0], times[1]


def write_sheet(path: Path, sheet: ModelSheet, architecture: str = "") -> None:
    """Write a card that says what `sheet` says.

    Parameters
    ----------
    path : Path
    sheet : ModelSheet
    architecture : str
        Name in ``NETWORKS`` that the card says, too; "" leaves it to the weights.

    Raises
    ------
    ExportError
        If the folder cannot be written.
    """
    write_card(path, _card(sheet, architecture), only_said=True)


def _card(sheet: ModelSheet, architecture: str = "") -> ModelCard:
    values = sheet.said()
    if "config" in values:
        values["config"] = dict(sheet.config)
    if architecture:
        values["architecture"] = architecture
    return ModelCard.model_validate(values)


def _over(under: ModelSheet, upper: ModelSheet) -> ModelSheet:
    return under.changed(**upper.model_dump(include=set(upper.said())))


def _beside(path: Path) -> tuple[ModelCard | None, tuple[str, ...]]:
    """The card beside a file of weights, and what is to be said of another file there."""
    beside = path.with_suffix(CARD_SUFFIX)
    if not is_regular(beside):
        return None, ()
    try:
        return read_card(beside), ()
    except CheckpointError as error:
        # Many programs put a config.json of their own beside weights; only a file that
        # means to be a card may stop the opening.
        with open_regular(beside) as file:
            text = file.read(MOST_BYTES)
        if b'"architecture"' in text and b'"preprocessing"' in text:
            raise
        if _shares_names(text):
            said = f"{shown_name(beside)} beside the weights was passed over as a card: "
            return None, (said + error.why,)
        return None, ()


def _is_foreign(beside: Path) -> bool:
    """Whether another program's file, or a spoilt card, has the name that the card would have."""
    if not os.path.lexists(beside):
        return False
    try:
        read_card(beside)
    except CheckpointError:
        return True
    return False


def _shares_names(text: bytes) -> bool:
    """Whether a JSON text says one of the things that only a card says in these words."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    own = {"preprocessing", "label_set", "inference_long_side", "input_divisor", "activation"}
    return isinstance(found, dict) and bool(own & set(found))


def _own(path: Path) -> Path | None:
    """The card in the person's own folder; the file is hashed only where one has its size."""
    folder = own_card_folder()
    if not folder.is_dir():
        return None
    prefix = f"{status_of(path).st_size}-"
    if not any(card.name.startswith(prefix) for card in folder.glob("*" + CARD_SUFFIX)):
        return None
    found = folder / _own_name(path)
    return found if is_regular(found) else None


def _own_name(path: Path) -> str:
    with open_regular(path) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return f"{status_of(path).st_size}-{digest}{CARD_SUFFIX}"
