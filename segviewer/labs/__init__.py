"""One concept, one file: its settings, its computation, its drawing."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from pydantic import ValidationError

from segviewer.errors import SettingsError
from segviewer.lab_list import LABS, LabContext, LabResult
from segviewer.labs.lab import Lab

__all__ = ["compute", "lab_of"]


def lab_of(name: str) -> Lab:
    """The lab called `name` in ``LABS``.

    Raises
    ------
    SettingsError
        If there is none.
    """
    if name not in LABS:
        raise SettingsError(
            f"There is no lab named “{name}”.", f"There are {', '.join(LABS)}.",
            "Choose one of these.",
        )  # fmt: skip
    return importlib.import_module(f"segviewer.labs.{name}_lab").LAB


def compute(name: str, values: dict, context: LabContext) -> Iterator[LabResult]:
    """Results of a lab with these settings, the others at their defaults.

    Raises
    ------
    SettingsError
        For a setting it does not have or a value outside its range.
    """
    lab = lab_of(name)
    try:
        config = lab.Config.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"The lab “{LABS[name].title}” cannot be set so.", f"{place}: {first['msg']}.",
            "Reset the lab.",
        ) from error  # fmt: skip
    return lab.compute(context, config)
