"""The guide: pages of Markdown that ship with the program, read by window and command line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from segviewer.errors import SettingsError
from segviewer.resource_files import resource_path

INDEX = "index"
_LINK = re.compile(r"\]\(([\w-]+)\.md\)")
_PICTURE = re.compile(r"!\[[^\]]*\]\((pictures/[\w-]+\.png)\)")


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes
    ----------
    name : str
        Of its file, without ending; what a link and the command line call it.
    title : str
        Its first line, without the mark of a heading.
    text : str
        Markdown, as it stands in the file.
    pictures : dict of str to bytes
        PNG files that it shows, by the path that stands in the text.
    """

    name: str
    title: str
    text: str
    pictures: dict[str, bytes] = field(default_factory=dict, repr=False)

    def matches(self, wanted: str) -> bool:
        """Whether every word of `wanted` stands on the page; case does not matter."""
        text = self.text.casefold()
        return all(word in text for word in wanted.casefold().split())


def guide_folder() -> Path:
    """Where the pages lie."""
    return resource_path("guide")


def read_guide(folder: Path | None = None) -> tuple[Page, ...]:
    """All pages with their pictures: the index, then those it links in its order, then others.

    Reads files, so not for Qt's thread.

    Raises
    ------
    OSError
    """
    folder = folder or guide_folder()
    texts = {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.md"))}
    linked = _LINK.findall(texts.get(INDEX, ""))
    names = [name for name in dict.fromkeys([INDEX, *linked, *texts]) if name in texts]
    return tuple(_page(name, texts[name], folder) for name in names)


def page_named(name: str) -> Page:
    """One page.

    Raises
    ------
    SettingsError
        Where there is none of that name.
    """
    pages = {page.name: page for page in read_guide()}
    if name not in pages:
        raise SettingsError(
            f"The guide has no page “{name}”.",
            f"Its pages are {', '.join(pages)}.",
            "Name one of these, or none for the list.",
        )
    return pages[name]


def _page(name: str, text: str, folder: Path) -> Page:
    title = text.lstrip().partition("\n")[0].lstrip("# ").strip()
    pictures = {path: (folder / path).read_bytes() for path in _PICTURE.findall(text)}
    return Page(name, title or name, text, pictures)
