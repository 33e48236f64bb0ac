"""Frozen settings whose fields carry what a form, a tooltip and an undo step need to know.

Every setting of the program (a network's Config, the CRF, the overlay) is a pydantic model
derived from :class:`Settings`. A field is declared with :func:`control`, which keeps the
label, the paper's symbol, the unit and the kind beside the default and the range, so that
no interface code is written for a new setting.
"""

from __future__ import annotations

import math
import typing
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

Kind = Literal[
    "geometry", "structure", "inference", "crf", "crf_more", "overlay", "lab", "photograph"
]


class Settings(BaseModel):
    """Base of every frozen, hashable, JSON-able settings class."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def changed(self, **values: Any) -> typing.Self:
        """Return a validated copy with `values` replaced.

        Raises
        ------
        pydantic.ValidationError
            If a value is outside its field's range or unknown.
        """
        return type(self).model_validate({**self.model_dump(), **values})


def control(
    default: Any,
    *,
    kind: Kind,
    label: str,
    symbol: str = "",
    unit: str = "",
    tip: str = "",
    log: bool = False,
    step: float | None = None,
    item_labels: tuple[str, ...] = (),
    hidden: bool = False,
    ge: float | None = None,
    le: float | None = None,
    decimals: int | None = None,
    zero_text: str = "",
    inline: bool = False,
    slider_to: float | None = None,
    head: str = "",
) -> Any:
    """Declare a settings field together with how a person meets it.

    Parameters
    ----------
    default
        Default value; ``...`` makes the field required.
    kind
        ``geometry`` keeps every parameter shape and may change on a live network;
        ``structure`` needs new parameters; the others name the panel they belong to.
    label, symbol, unit, tip
        Words beside the control, the paper's symbol, the unit, and the tooltip.
    log
        Slider moves on a logarithmic scale.
    step
        Step of the spin box.
    item_labels
        For tuples: one label per item.
    hidden
        Not drawn in a form.
    ge, le
        Smallest and largest allowed value (of each item for a tuple).
    decimals
        Digits shown after the point.
    zero_text
        Shown instead of the smallest value, where that has a meaning of its own.
    inline
        Label and control share one line.
    slider_to
        Where the slider ends, and a search looks, if that is below `le`: more can be typed.
    head
        Stands above it and those after it, up to the next that has one.
    """
    extra: dict[str, Any] = {
        "kind": kind,
        "label": label,
        "symbol": symbol,
        "unit": unit,
        "tip": tip,
        "log": log,
        "step": step,
        "item_labels": list(item_labels),
        "hidden": hidden,
        "ge": ge,
        "le": le,
        "decimals": decimals,
        "zero_text": zero_text,
        "inline": inline,
        "slider_to": slider_to,
        "head": head,
    }
    # A range on a tuple means a range on each item, which pydantic's ge/le cannot say;
    # NetworkSettings checks it there.
    bounded = not isinstance(default, tuple)
    return Field(
        default, ge=ge if bounded else None, le=le if bounded else None, json_schema_extra=extra
    )


@dataclass(frozen=True)
class Control:
    """One setting as a form sees it: plain values only, so that it crosses processes.

    Attributes
    ----------
    name : str
        Field name in its Settings class.
    type : {"bool", "int", "float", "choice", "str"}
        Type of the value, or of each item where `length` > 0.
    length : int
        0 for a single value, else the number of items of a tuple.
    choices : tuple
        Allowed values of a ``choice``.
    head : str
        Stands above it in a form, and above those after it that have none.
    """

    name: str
    type: str
    default: Any
    kind: str
    label: str
    symbol: str = ""
    unit: str = ""
    tip: str = ""
    log: bool = False
    step: float | None = None
    item_labels: tuple[str, ...] = ()
    hidden: bool = False
    minimum: float | None = None
    maximum: float | None = None
    decimals: int | None = None
    zero_text: str = ""
    inline: bool = False
    choices: tuple[Any, ...] = ()
    length: int = 0
    slider_to: float | None = None
    head: str = ""

    @property
    def useful_maximum(self) -> float | None:
        """Where the slider ends; `maximum` is what can be typed."""
        return self.maximum if self.slider_to is None else self.slider_to

    def fits(self, value: Any) -> bool:
        """Whether a form can show `value`: its type, its range and its number of items."""
        if not self.length:
            return self._fits_one(value)
        items = isinstance(value, tuple | list) and len(value) == self.length
        return items and all(self._fits_one(item) for item in value)

    def _fits_one(self, value: Any) -> bool:
        if self.type == "choice":
            return value in self.choices
        if self.type in ("bool", "str"):
            return isinstance(value, bool if self.type == "bool" else str)
        if isinstance(value, bool) or not isinstance(
            value, int if self.type == "int" else (int, float)
        ):
            return False
        low = -math.inf if self.minimum is None else self.minimum
        return low <= value <= (math.inf if self.maximum is None else self.maximum)


def controls(settings: Settings | type[Settings]) -> tuple[Control, ...]:
    """List the controls of a Settings class or instance, in field order.

    For an instance, `length` of an open-ended tuple and `default` are read off its values.
    """
    cls = settings if isinstance(settings, type) else type(settings)
    found = []
    for name, info in cls.model_fields.items():
        extra = info.json_schema_extra
        if not isinstance(extra, dict) or "kind" not in extra:
            continue
        default = info.default if isinstance(settings, type) else getattr(settings, name)
        found.append(_control(name, info, extra, default))
    return tuple(found)


def _control(name: str, info: FieldInfo, extra: dict[str, Any], default: Any) -> Control:
    annotation = info.annotation
    length = 0
    if typing.get_origin(annotation) is tuple:
        items = typing.get_args(annotation)
        annotation = items[0]
        length = len(default)
    choices: tuple[Any, ...] = ()
    if typing.get_origin(annotation) is Literal:
        kind, choices = "choice", typing.get_args(annotation)
    else:
        kinds: dict[Any, str] = {bool: "bool", int: "int", float: "float", str: "str"}
        kind = kinds[annotation]
    return Control(
        name=name,
        type=kind,
        default=default,
        kind=extra["kind"],
        label=extra["label"],
        symbol=extra["symbol"],
        unit=extra["unit"],
        tip=extra["tip"],
        log=extra["log"],
        step=extra["step"],
        item_labels=tuple(extra["item_labels"]),
        hidden=extra["hidden"],
        minimum=extra["ge"],
        maximum=extra["le"],
        decimals=extra["decimals"],
        zero_text=extra["zero_text"],
        inline=extra["inline"],
        choices=choices,
        length=length,
        slider_to=extra.get("slider_to"),
        head=extra.get("head", ""),
    )
