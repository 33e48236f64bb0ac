"""The label compatibility μ: what it costs that two labels meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segviewer.errors import SettingsError


def attraction(
    compatibility: np.ndarray | None, num_classes: int, classes: NDArray[np.int64], lanes: int
) -> NDArray[np.float32]:
    """-μ in the form in which the update adds it.

    Parameters
    ----------
    compatibility : ndarray of float, optional
        None is the Potts model: different labels cost 1, whichever they are. With (K,), label l
        attracts itself with ``compatibility[l]``, which for all ones is Potts again. (K, K) is
        μ(l, l'), the cost of l at a pixel that receives l'; ``1 - eye(K)`` is Potts. Both kernels
        share it, each times its weight. pydensecrf takes a (K, K) of its own for each kernel,
        symmetrised, and a (K,) with the opposite sign.
    num_classes : int
        K.
    classes : ndarray of int64 (k,)
        Those that take part.
    lanes : int
        k rounded up to whole vectors.

    Returns
    -------
    ndarray of float32
        (0, lanes) for Potts, (1, lanes) per class, or (k, lanes): row l' is what a message of l'
        adds to every label.

    Raises
    ------
    SettingsError
        For a wrong shape, NaN or infinity.
    """
    if compatibility is None:
        return np.empty((0, lanes), np.float32)
    given = np.asarray(compatibility)
    shapes = ((num_classes,), (num_classes, num_classes))
    if given.shape not in shapes or given.dtype.kind not in "fiub":
        raise _unusable(
            f"It is {given.dtype} {given.shape}; {num_classes} classes need real numbers in "
            f"{shapes[0]} or {shapes[1]}."
        )
    with np.errstate(over="ignore"):
        given = given.astype(np.float32)
    if not np.isfinite(given).all():
        raise _unusable("It holds NaN or infinity.")
    rows = np.zeros((1 if given.ndim == 1 else len(classes), lanes), np.float32)
    if given.ndim == 1:
        rows[:, : len(classes)] = given[classes]
    else:
        rows[:, : len(classes)] = -given[np.ix_(classes, classes)].T
    return rows


def _unusable(why: str) -> SettingsError:
    return SettingsError(
        "The CRF cannot use this compatibility.", why, "Leave it out for the Potts model."
    )
