"""What F1 finds besides the glossary: sections of the guide, and keys."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from segviewer.widgets.help.guide_pages import Page

_HEADING = re.compile(r"^(#{1,4}) +(.+?)\s*$")
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)\s*")
_MARKS = re.compile(r"[`*_]")


@dataclass(frozen=True)
class Place:
    """One thing that can be found.

    Attributes
    ----------
    id : str
        Its own among all.
    title : str
    kind : str
        What stands beside it in the list: ``guide`` or ``keys``.
    text : str
        Markdown that is shown of it.
    page : str
        Of the guide, which can be opened there; empty for a key.
    heading : str
        The heading on that page; empty for its top.
    words : str
        What is searched, beside title and text.
    """

    id: str
    title: str
    kind: str
    text: str
    page: str = ""
    heading: str = ""
    words: str = ""

    def matches(self, wanted: str) -> bool:
        """Whether every word of `wanted` stands in it; case does not matter."""
        searched = f"{self.title} {self.text} {self.words}".casefold()
        return all(word in searched for word in wanted.casefold().split())


def guide_places(pages: Iterable[Page]) -> tuple[Place, ...]:
    """Every section of the guide, in its order, each under the title of its page."""
    found: list[Place] = []
    for page in pages:
        heading, lines, fenced = "", [""], False
        for line in [*page.text.splitlines(), None]:
            match = None if line is None or fenced else _HEADING.match(line)
            if line is None or match is not None:
                if any(part.strip() for part in lines):
                    found.append(_section(page, heading, lines, len(found)))
                lines = []
                if match is not None:
                    heading = "" if match[1] == "#" else _MARKS.sub("", match[2])
            else:
                fenced ^= line.startswith("```")
                lines.append(line)
    return tuple(found)


def _section(page: Page, heading: str, lines: list[str], number: int) -> Place:
    title = f"{heading} – {page.title}" if heading else page.title
    text = _PICTURE.sub("", "\n".join(lines)).strip()
    return Place(f"guide:{number}", title, "guide", text, page.name, heading)


def key_places(rows: Iterable[tuple[str, str, str]]) -> tuple[Place, ...]:
    """Keys, of (section, keys, what they do)."""
    return tuple(
        Place(f"key:{number}", what, "keys", f"`{keys}`", words=f"{keys} {section}")
        for number, (section, keys, what) in enumerate(rows)
    )
