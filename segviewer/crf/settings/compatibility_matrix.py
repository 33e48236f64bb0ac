"""Label compatibilities other than Potts: kept as few numbers, guessed from names, or counted.

Potts charges 1 for any two different labels. A matrix can say that a pedestrian beside a
cyclist is a smaller mistake than sky beside road. Settings keep only what differs from Potts, as
(label, label, cost).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError

Overrides = tuple[tuple[int, int, float], ...]

HIGHEST_COST = 10.0
"""Costs run from 0 to this; 1 is Potts."""

WITHIN = 0.5
"""Cost of two classes of one group in :func:`semantic`."""

# How high things of a group reach: 0 the ground, 1 what stands on it, not much higher than a
# person, 2 what is higher, where the sky begins. Words are whole words of class names.
_GROUPS: dict[str, tuple[int, int, str]] = {
    "ground": (
        0,
        0,
        "road pavement sidewalk terrain floor grass earth rug field sand path runway track land "
        "water sea river lake pool stage",
    ),
    "person": (0, 1, "person pedestrian rider bicyclist cyclist"),
    "vehicle": (
        0,
        1,
        "car truck bus train tram motorcycle motorbike minibike bicycle bike van boat ship caravan "
        "trailer",
    ),
    "animal": (0, 1, "animal cat cow dog horse sheep"),
    "furniture": (
        0,
        1,
        "chair sofa table diningtable desk bed armchair seat bench stool ottoman cabinet "
        "drawers counter countertop cushion pillow bathtub toilet sink",
    ),
    "building": (
        0,
        2,
        "building house wall fence skyscraper tower bridge door window windowpane column railing "
        "stairs stairway bannister curtain hovel booth guard tunnel",
    ),
    "post": (0, 2, "pole sign symbol light streetlight signboard traffic flag lamp"),
    "plants": (0, 2, "tree vegetation plant pottedplant palm flower"),
    "relief": (0, 2, "mountain hill rock"),
    "flying": (0, 3, "aeroplane airplane bird"),
    "sky": (2, 3, "sky"),
}


def dense(overrides: Iterable[tuple[int, int, float]], num_classes: int) -> NDArray[np.float32]:
    """The whole matrix μ: Potts with the given pairs replaced, both ways.

    Parameters
    ----------
    overrides : iterable of (int, int, float)
        Two different classes and what it costs that they meet, 0 to `HIGHEST_COST`.
    num_classes : int
        K.

    Returns
    -------
    ndarray of float32 (K, K)
        Symmetric, zero on the diagonal.

    Raises
    ------
    SettingsError
        For classes that there are not, a class beside itself, or an impossible cost.
    """
    matrix = 1 - np.eye(num_classes, dtype=np.float32)
    for first, second, cost in overrides:
        if not (0 <= first < num_classes and 0 <= second < num_classes):
            raise _unusable(
                f"It names the classes {first} and {second}; there are {num_classes}, "
                f"0 to {num_classes - 1}."
            )
        if first == second:
            raise _unusable(f"It charges class {first} for meeting itself.")
        if not 0 <= cost <= HIGHEST_COST:
            raise _unusable(f"Classes {first} and {second} cost {cost}, not 0 to {HIGHEST_COST:g}.")
        matrix[first, second] = matrix[second, first] = cost
    return matrix


def set_matrix(settings: CRFSettings, num_classes: int) -> np.ndarray | None:
    """The matrix that the settings ask for, see :func:`dense`; None for the Potts model."""
    return dense(settings.compatibility, num_classes) if settings.compatibility else None


def sparse(matrix: np.ndarray, decimals: int = 3) -> Overrides:
    """What of a symmetric matrix (K, K) differs from Potts, rounded; ascending pairs."""
    found = []
    for first in range(len(matrix)):
        for second in range(first + 1, len(matrix)):
            cost = round(float(matrix[first, second]), decimals)
            if cost != 1:
                found.append((first, second, cost))
    return tuple(found)


def with_cost(overrides: Overrides, first: int, second: int, cost: float) -> Overrides:
    """`overrides` with one pair's cost changed; 1 drops it.

    Parameters
    ----------
    overrides : tuple of (int, int, float)
        Pairs whose cost is not 1.
    first, second : int
        Labels.
    cost : float
    """
    pair = (min(first, second), max(first, second))
    kept = {(min(i, j), max(i, j)): value for i, j, value in overrides}
    kept.pop(pair, None)
    if cost != 1:
        kept[pair] = min(HIGHEST_COST, max(0.0, float(cost)))
    return tuple((i, j, kept[i, j]) for i, j in sorted(kept))


def group_of(name: str) -> str:
    """The group of a class name, or empty where the name says nothing."""
    # The last word says what it is: a pool table is a table.
    for word in reversed(re.findall(r"[a-z]+", name.lower())):
        for group, (_, _, known) in _GROUPS.items():
            if word in known.split():
                return group
    return ""


def semantic(classes: Sequence[str]) -> NDArray[np.float32]:
    """Costs guessed from the names alone.

    Each group of classes reaches from one height to another. Two classes of one group cost
    `WITHIN`, because confusing them is the smaller mistake. Two groups whose heights overlap cost
    1, as in Potts. Others cost 1 more for every step between them: sky beside a car 2, beside
    the road 3. A name of no group, such as background, costs 1 beside everything.

    Returns
    -------
    ndarray of float32 (K, K)
    """
    groups = [group_of(name) for name in classes]
    matrix = 1 - np.eye(len(groups), dtype=np.float32)
    for i, one in enumerate(groups):
        for j, other in enumerate(groups):
            if i == j or not one or not other:
                continue
            if one == other:
                matrix[i, j] = WITHIN
            else:
                matrix[i, j] = 1 + _steps_between(_GROUPS[one][:2], _GROUPS[other][:2])
    return matrix


def meetings(label_map: NDArray[np.uint8], num_classes: int) -> NDArray[np.int64]:
    """How often labels meet: pairs of neighbours above/below and left/right.

    Parameters
    ----------
    label_map : ndarray of uint8 (H, W)
        Labels from `num_classes` up (void) meet nobody.

    Returns
    -------
    ndarray of int64 (K, K)
        Symmetric; each pair of pixels counts once in [i, j] and once in [j, i], and one of the
        same label once on the diagonal.
    """
    counts = np.zeros((num_classes, num_classes), np.int64)
    for one, other in ((label_map[:, :-1], label_map[:, 1:]), (label_map[:-1], label_map[1:])):
        known = (one < num_classes) & (other < num_classes)
        pairs = one[known].astype(np.int64) * num_classes + other[known]
        counts += np.bincount(pairs, minlength=num_classes**2).reshape(num_classes, -1)
    both = counts + counts.T
    np.fill_diagonal(both, np.diag(counts))
    return both


def measured(label_map: np.ndarray, num_classes: int) -> NDArray[np.float32]:
    """Costs counted in a label map or target mask: labels that meet often meet cheaply.

    -log of the share of all meetings of different labels, one added to each count so that what
    never meets stays finite, then scaled to a mean of 1, which keeps θ1 and θ2 comparable. Only
    classes that the map holds are counted; beside others the cost stays 1.

    Returns
    -------
    ndarray of float32 (K, K)
    """
    matrix = 1 - np.eye(num_classes, dtype=np.float32)
    present = np.unique(label_map)
    present = present[present < num_classes].astype(np.int64)
    if len(present) < 2:
        return matrix
    rows, columns = (present[index] for index in np.triu_indices(len(present), 1))
    counts = meetings(label_map, num_classes)[rows, columns] + 1.0
    if len(counts) > 1:
        cost = -np.log(counts / counts.sum())
        matrix[rows, columns] = matrix[columns, rows] = np.minimum(cost / cost.mean(), HIGHEST_COST)
    return matrix


def _steps_between(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(0, one[0] - other[1], other[0] - one[1])


def _unusable(why: str) -> SettingsError:
    return SettingsError(
        "The CRF cannot use this label compatibility.",
        why,
        "Put it back to Potts (CRF studio ▸ Label compatibility), or correct the pair.",
    )
