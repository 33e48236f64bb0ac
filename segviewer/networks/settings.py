"""What every network's Config has in common."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from segviewer.settings import Settings, control, controls


class NetworkSettings(Settings):
    """Base of the networks' frozen Config classes.

    Attributes
    ----------
    num_classes : int
        Number of scores of each pixel.
    """

    num_classes: int = control(21, kind="structure", label="Classes", symbol="K", ge=1, le=10000)

    @classmethod
    def geometry_names(cls) -> tuple[str, ...]:
        """Names of the fields that may change on a live network."""
        return tuple(c.name for c in controls(cls) if c.kind == "geometry")

    @model_validator(mode="after")
    def _items_within_range(self) -> Self:
        # pydantic's ge and le cannot bound a tuple's items; see settings.control.
        for field in controls(self):
            if not field.length or field.type not in ("int", "float"):
                continue
            for item in getattr(self, field.name):
                if field.minimum is not None and item < field.minimum:
                    raise ValueError(f"{field.label}: {item} is less than {field.minimum}")
                if field.maximum is not None and item > field.maximum:
                    raise ValueError(f"{field.label}: {item} is more than {field.maximum}")
        return self
