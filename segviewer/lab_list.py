"""The labs: what there is, and what each needs before it can compute.

Data only, so that the window and the pipeline can list labs without importing them; the
code of a lab is one file in :mod:`segviewer.labs`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Needs = Literal["nothing", "image", "network", "refined"]


@dataclass(frozen=True)
class LabEntry:
    """One line of the gallery.

    Attributes
    ----------
    title, sentence, source : str
        Name, what it shows, and the papers or slides it belongs to.
    needs : str
        What it is computed from: ``nothing`` but its own settings; the ``image``; the
        ``network`` as it is set, on the image; the ``refined`` probabilities.
    """

    title: str
    sentence: str
    source: str
    needs: Needs


# Module segviewer.labs.NAME_lab → entry.
LABS: dict[str, LabEntry] = {}


@dataclass(frozen=True)
class Mark:
    """A rectangle on the photograph: left, top, right, bottom as fractions of its sides.

    `tone` is the symbol whose colour it has; `dashed` says "theory" where a filled line says
    "measured".
    """

    left: float
    top: float
    right: float
    bottom: float
    text: str = ""
    tone: str = "rate"
    dashed: bool = False


@dataclass(frozen=True)
class LabResult:
    """What a lab found.

    Attributes
    ----------
    name : str
        Of the lab.
    shown : Any
        What its view draws; None where there is nothing, and `caption` says why.
    caption : str
        What is seen now, in numbers.
    formula : str
        The formula with the current values, as rich text.
    heat : ndarray of uint8 (h, w) or None
        Over the photograph in place of the labels; `heat_name` is said on the picture.
    marks : tuple of Mark
    complete : bool
        False while a running mean still grows.
    """

    name: str
    shown: Any = None
    caption: str = ""
    formula: str = ""
    heat: np.ndarray | None = None
    heat_name: str = ""
    marks: tuple[Mark, ...] = ()
    complete: bool = True


@dataclass
class LabContext:
    """What a lab may compute with; only what its entry needs is there.

    Attributes
    ----------
    image : ndarray of uint8 (H, W, 3) or None
        Photograph at working size.
    opened : OpenedNetwork or None
        The network, set as the session says.
    probs : ndarray of float32 (K, h, w) or None
        Refined probabilities at working size.
    check : callable
        Raises :class:`segviewer.errors.Cancelled` when nobody waits any more.
    progressed : callable (fraction)
    memory : dict
        Kept between runs of the same lab, for what is costly to make again.
    """

    image: np.ndarray | None = None
    opened: Any = None
    probs: np.ndarray | None = None
    check: Callable[[], None] = lambda: None
    progressed: Callable[[float], None] = lambda fraction: None
    memory: dict[Any, Any] = field(default_factory=dict)
