"""The JSON schema of lesson files, for editors that complete and check while one writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from segviewer.lessons.lesson import Lesson
from segviewer.lessons.reading import shipped_folder

KEYWORDS = {
    "$defs",
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "items",
    "maximum",
    "maxItems",
    "maxLength",
    "minimum",
    "minItems",
    "minLength",
    "prefixItems",
    "properties",
    "required",
    "title",
    "type",
}
NAMED = ("properties", "$defs")  # their keys are names, not keywords


def lesson_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of a lesson file."""
    # Labs are not listed: every new one would make the shipped file stale.
    schema = _pruned(Lesson.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """The schema as the shipped file holds it."""
    return json.dumps(lesson_schema(), indent=1, ensure_ascii=False) + "\n"


def schema_path() -> Path:
    """Where the shipped file lies."""
    return shipped_folder() / "schema.json"


def _pruned(node: Any, names: bool = False) -> Any:
    """Without what describes controls of a form; its tip becomes the description."""
    if isinstance(node, list):
        return [_pruned(item) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {name: _pruned(value) for name, value in node.items()}
    kept = {
        key: _pruned(value, key in NAMED)
        for key, value in node.items()
        if key in KEYWORDS and value is not None
    }
    if "description" not in kept and isinstance(node.get("tip"), str) and node["tip"]:
        kept["description"] = node["tip"]
    return kept


if __name__ == "__main__":
    schema_path().write_text(schema_text(), encoding="utf-8")
