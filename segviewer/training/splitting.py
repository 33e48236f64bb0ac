"""Which pictures are trained on and which are measured on: as the data set says, or made here.

Neighbouring frames of a film show the same things: a network that was trained on the one is not
measured by the other. Where a split has to be made, whole sequences are held out, or a block at
the end of each with a gap before it; never every fifth frame of a film.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from segviewer.errors import PictureError, SettingsError
from segviewer.imaging.datasets.naming import sequence_of
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.imaging.datasets.splits import split_of

SHARE = 0.2
"""Of the pictures, held out for measuring where the data set has no split."""

_MOST_MISSED = 2.0  # by which whole sequences may be more or less than the wanted share
_GAP = 0.02  # of a sequence, between what is trained on and the block at its end
_TRAIN, _VAL = ("train", "training"), ("val", "validation")

Pair = tuple[Path, Path]


@dataclass(frozen=True)
class Split:
    """Places of the pictures that are trained on and measured on, and a sentence on it.

    Attributes
    ----------
    train, val : tuple of int
        In order. What is in neither lies in a gap between the two.
    said : str
    """

    train: tuple[int, ...]
    val: tuple[int, ...]
    said: str


@dataclass(frozen=True)
class SplitPairs:
    """The pairs that are trained on and measured on, and a sentence on it."""

    train: tuple[Pair, ...]
    val: tuple[Pair, ...]
    said: str


def made_split(paths: Sequence[PurePath], share: float = SHARE) -> Split:
    """Hold out about `share` of the pictures, so that no neighbour of theirs is trained on.

    Parameters
    ----------
    paths : sequence of PurePath
        In natural order, relative to the data set's folder.
    share : float
        0 to 1.

    Raises
    ------
    PictureError
        If there are less than two pictures.
    """
    count = len(paths)
    if count < 2:
        raise PictureError(
            f"There {'is 1 picture' if count == 1 else 'are no pictures'} with a mask.",
            "One has to be held out, to measure what the network has learned.",
            "Add pictures with masks, or name others to measure on with --val.",
        )
    groups: dict[str, list[int]] = {}
    for place, path in enumerate(paths):
        groups.setdefault(sequence_of(path), []).append(place)
    wanted = min(max(1, round(share * count)), count - 1)
    if max(map(len, groups.values())) == 1:
        every = max(2, round(count / wanted))
        held = list(range(every - 1, count, every)) or [count - 1]
        rest = tuple(place for place in range(count) if place not in set(held))
        return Split(rest, tuple(held), f"{_held(held, count)}: one in {every}, by name.")
    whole = _whole_sequences([len(group) for group in groups.values()], wanted, count)
    if whole:
        names = [name for number, name in enumerate(groups) if number in whole]
        held = sorted(place for name in names for place in groups[name])
        rest = tuple(place for place in range(count) if place not in set(held))
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        kept = "the sequence" if len(names) == 1 else f"{len(names)} sequences"
        return Split(rest, tuple(held), f"{_held(held, count)}: {kept} {shown}, as a whole.")
    return _blocks(list(groups.values()), share, count)


def _blocks(groups: list[list[int]], share: float, count: int) -> Split:
    """The end of each sequence, with a gap before it."""
    train: list[int] = []
    val: list[int] = []
    for group in groups:
        held = min(round(share * len(group)), len(group) - 1)
        if group is groups[-1] and not val:
            held = max(1, held)
        # Of two or three frames none can be spared for a gap.
        gap = max(1, round(_GAP * len(group))) if held and len(group) - held > 2 else 0
        kept = len(group) - held
        train += group[: kept - gap]
        val += group[kept:]
    left_out = count - len(train) - len(val)
    gap_said = f"; {left_out} before them in neither" if left_out else ""
    said = f"{_held(val, count)}: the end of each sequence{gap_said}."
    return Split(tuple(sorted(train)), tuple(sorted(val)), said)


def _held(held: Sequence[int], count: int) -> str:
    return f"No split is given. {len(held)} of {count} pictures are held out for measuring"


def _whole_sequences(sizes: list[int], wanted: int, count: int) -> frozenset[int]:
    """Which sequences together have the number of pictures nearest to `wanted`; none if far."""
    most = min(int(wanted * _MOST_MISSED), count - 1)
    reached: dict[int, tuple[int, ...]] = {0: ()}
    for number, size in enumerate(sizes):
        for total, members in list(reached.items()):
            if total + size <= most and total + size not in reached:
                reached[total + size] = (*members, number)
    best = min(reached, key=lambda total: (abs(total - wanted), total))
    return frozenset(reached[best]) if best * _MOST_MISSED >= wanted else frozenset()


def split_pairs(
    found: Pairing, folder: Path, train: str = "", val: str = "", share: float = SHARE
) -> SplitPairs:
    """The pairs to train on and to measure on.

    Parameters
    ----------
    found : Pairing
    folder : Path
        Of the data set.
    train, val : str
        Names of splits, or paths of lists of names; several of `train` by commas. Empty for what
        the data set's folders or lists call so, or for a split that is made.
    share : float
        Of the pictures, held out where a split has to be made.

    Raises
    ------
    PictureError
        If a split is named that is not there, or too few pictures are left.
    SettingsError
        If the same pictures would be trained on and measured on.
    """
    listed = None if train or val else _listed(found, folder)
    if listed is not None:
        train, val = listed
    if train or val:
        chosen = [pair for name in train.split(",") for pair in _named(found, folder, name)]
        held = list(_named(found, folder, val)) if val else []
        if not val:
            return _made(tuple(dict.fromkeys(chosen)), folder, share)
        if not train:
            chosen = [pair for pair in found.pairs if pair not in set(held)]
        both = set(chosen) & set(held)
        if both:
            raise SettingsError(
                f"{len(both)} pictures would be trained on and measured on.",
                "A network is measured on pictures that it has not seen.",
                "Name splits that share no picture.",
            )
        if not chosen:
            raise PictureError(
                "No picture is left to train on.",
                f"All {len(held)} with a mask are measured on.",
                "Name fewer with --val.",
            )
        names = f"{train or 'all others'} to train on, {val} to measure on"
        return SplitPairs(tuple(dict.fromkeys(chosen)), tuple(held), f"Splits: {names}.")
    return _made(tuple(found.pairs), folder, share)


def _listed(found: Pairing, folder: Path) -> tuple[str, str] | None:
    """The splits of the data set that mean training and validation; None where there are none."""
    trains = [name for name in _TRAIN if name in found.splits]
    vals = [name for name in _VAL if name in found.splits]
    if trains:
        return trains[0], vals[0] if vals else ""
    if vals:
        return None
    try:
        for name in (_TRAIN[0], _VAL[0]):
            split_of(found, folder, name)
    except PictureError:
        return None
    return _TRAIN[0], _VAL[0]


def _named(found: Pairing, folder: Path, name: str) -> tuple[Pair, ...]:
    return tuple(split_of(found, folder, name).pairs) if name else ()


def _made(pairs: tuple[Pair, ...], folder: Path, share: float) -> SplitPairs:
    inside = [p.relative_to(folder) if p.is_relative_to(folder) else p for p, _ in pairs]
    made = made_split(inside, share)
    train, val = (tuple(pairs[place] for place in part) for part in (made.train, made.val))
    return SplitPairs(train, val, made.said)
