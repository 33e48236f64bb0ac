"""Where two label maps say the same, also when their networks number the classes differently."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NO_CLASS = -1


def translate_classes(
    from_classes: tuple[str, ...], to_classes: tuple[str, ...]
) -> np.ndarray | None:
    """Find each class of one network among those of another, by name.

    Classes without names ("class 3") are taken to be numbered alike where their number is
    the same.

    Returns
    -------
    ndarray of int16 (256,) or None
        Label of the second network for each label of the first, :data:`NO_CLASS` where it
        has no such class; None where they share no class at all.
    """
    table = np.full(256, NO_CLASS, np.int16)
    same_number = len(from_classes) == len(to_classes)
    if same_number and (_nameless(from_classes) or _nameless(to_classes)):
        to_classes = from_classes
    if from_classes == to_classes:
        table[:] = np.arange(256)
        return table
    places = {name.casefold(): place for place, name in reversed(list(enumerate(to_classes)))}
    found = [places.get(name.casefold(), NO_CLASS) for name in from_classes]
    table[: len(found)] = found
    return table if max(found) > NO_CLASS else None


def disagreeing(
    first: NDArray[np.uint8], second: NDArray[np.uint8], translation: np.ndarray
) -> NDArray[np.bool_]:
    """Pixels where two label maps of the same shape differ.

    Parameters
    ----------
    first, second : ndarray of uint8 (h, w)
    translation : ndarray of int16 (256,)
        From :func:`translate_classes`, of the first's labels.

    Returns
    -------
    ndarray of bool (h, w)
    """
    if first.shape != second.shape:
        raise ValueError(f"label maps of {first.shape} and {second.shape}")
    same_names = (translation == np.arange(256)).all()
    translated = first if same_names else translation.take(first)
    differs: np.ndarray = translated != second
    return differs


def _nameless(classes: tuple[str, ...]) -> bool:
    return all(name == f"class {place}" for place, name in enumerate(classes))
