"""What the doctor of the CRF found, and what each remedy sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note", "fine"]


@dataclass(frozen=True)
class Fix:
    """A remedy that one click applies.

    Attributes
    ----------
    label : str
        What the button says.
    changes : dict
        Fields of CRFSettings that it sets.
    """

    label: str
    changes: dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """One line of the doctor.

    Attributes
    ----------
    severity : {"error", "warning", "note", "fine"}
    name : str
        Which of the doctor's questions it answers, for programs.
    what, why : str
        What was found, in numbers, and what it means; where no setting helps, what does.
    fixes : tuple of Fix
        The one to be recommended first.
    """

    severity: Severity
    name: str
    what: str
    why: str
    fixes: tuple[Fix, ...] = ()
