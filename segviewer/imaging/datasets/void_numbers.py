"""Numbers of masks that say nothing, found by their names or by how far from all others they lie.

255 is void everywhere. Others are not guessed among the classes: a wrong guess would leave a class
unlearned without a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segviewer.imaging.labels import plain_name

_NAMES = frozenset(
    ("void", "unlabelled", "unlabeled", "ignore", "ignored", "dontcare", "don'tcare", "undefined")
)
_END_OF_BYTE = 200  # from which on a number far beyond the others is taken for void
_FAR = 20
_MOST_GAPS = 0.25  # of the numbers up to the highest of the others


@dataclass(frozen=True)
class FoundVoid:
    """Void numbers that masks or names show themselves.

    Attributes
    ----------
    numbers : tuple of int
        That the masks may hold.
    places : tuple of int
        In the list of names, which are no classes.
    said : str
        Why they are taken for void, in a sentence.
    shift : int
        1 where the masks count the list from 1.
    """

    numbers: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    said: str = ""
    shift: int = 0


NO_VOID = FoundVoid()


def found_void(held: Sequence[int], void: tuple[int, ...], names: tuple[str, ...]) -> FoundVoid:
    """Find numbers beside 255 that say nothing: by their names, or as one far from all others.

    Parameters
    ----------
    held : sequence of int
        Numbers of the masks, ascending, without those that are void already.
    void : tuple of int
        What a person said; then no number is guessed.
    names : tuple of str
        Of the classes, where there is a list.
    """
    places = tuple(k for k, name in enumerate(names) if plain_name(name) in _NAMES)
    if places:
        shift = int(bool(held) and held[0] > 0 and held[-1] == len(names))
        numbers = tuple(place + shift for place in places if place + shift not in void)
        called = ", ".join(f"{place + shift} ({names[place]})" for place in places)
        return FoundVoid(numbers, places, f"Void by its name: {called}.", shift)
    if len(held) < 3 or void:
        return NO_VOID
    *rest, last = held
    spanned = rest[-1] + 1 - rest[0]
    dense = rest[0] <= 1 and spanned - len(rest) <= _MOST_GAPS * (rest[-1] + 1)
    beyond = last >= _END_OF_BYTE and last - rest[-1] > _FAR
    unnamed = len(names) == spanned and last > rest[-1] + 1
    if not dense or not (beyond or unnamed):
        return NO_VOID
    why = "has no name" if unnamed else f"lies far beyond the others ({rest[0]} to {rest[-1]})"
    said = f"{last} is taken for void: it {why}. If it is a class, say --mapping in order"
    return FoundVoid((last,), said=f"{said}.")
