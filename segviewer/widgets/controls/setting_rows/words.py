"""A setting in words: its items, its values, and the tip that says what it is."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segviewer.glossary import Term
    from segviewer.settings import Control

_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def item_labels(control: Control) -> tuple[str, ...]:
    if len(control.item_labels) == control.length:
        return control.item_labels
    stem = control.symbol if len(control.symbol) == 1 else ""
    numbers = (str(i + 1) for i in range(control.length))
    return tuple(stem + n.translate(_SUBSCRIPT) if stem else n for n in numbers)


def choice_text(choice: object) -> str:
    return str(choice).replace("_", " ") if isinstance(choice, str) else str(choice)


def written(control: Control, value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(written(control, item) for item in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    text = f"{value:g}" if isinstance(value, float) else choice_text(value)
    return f"{text} {control.unit}".strip()


def same_value(first: Any, second: Any) -> bool:
    if isinstance(first, (tuple, list)) and isinstance(second, (tuple, list)):
        return len(first) == len(second) and all(map(same_value, first, second))
    if isinstance(first, float) or isinstance(second, float):
        return abs(float(first) - float(second)) <= 1e-9 * max(1.0, abs(float(first)))
    return first == second


def tooltip(control: Control, reason: str, term: Term | None = None) -> str:
    head = f"<b>{escape(control.label)}</b>"
    if control.symbol:
        head += f" &nbsp;{escape(control.symbol)}"
    lines = [head]
    if control.minimum is not None and control.maximum is not None:
        span = f"{control.minimum:g} to {control.maximum:g} {control.unit}".strip()
        lines.append(escape(span))
    elif control.unit:
        lines.append(f"in {escape(control.unit)}")
    if control.tip:
        lines.append(escape(control.tip))
    if reason:
        lines.append(f"<i>{escape(reason)}</i>")
    if term is not None:
        lines.append(f"F1: “{escape(term.term)}” in the glossary")
    return f'<div style="max-width:320px">{"<br>".join(lines)}</div>'
