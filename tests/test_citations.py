"""What glossary, labs and lessons cite is there: each equation, figure, table and section."""

import re
import tomllib

import pytest

from segviewer.glossary import glossary
from segviewer.labs import LABS
from segviewer.lessons.reading import lesson_paths, shipped_folder
from segviewer.resource_files import resource_path

KINDS = ("section", "equation", "figure", "table", "algorithm", "chapter")
STRUCTURE = tomllib.loads(resource_path("tables", "paper_structure.toml").read_text("utf-8"))
GLOSSARY = tomllib.loads(resource_path("glossary.toml").read_text("utf-8"))
LESSONS = lesson_paths(shipped_folder())
PLACE = re.compile(rf"\b({'|'.join(KINDS)})s? ((?:[\d.]+(?:, | and )?)+)")


def places(text):
    """(kind, number) of all that `text` names."""
    for kind, numbers in PLACE.findall(text):
        for number in re.findall(r"\d+(?:\.\d+)*", numbers):
            yield kind, number


def citations():
    """(where, paper, kind, number) of the whole program."""
    for term in GLOSSARY["term"]:
        for cited in term.get("papers", ()):
            paper, _, at = cited.partition("|")
            yield from ((f"glossary: {term['id']}", paper, *place) for place in places(at))
    texts = [(f"lab: {name}", entry.source) for name, entry in LABS.items()]
    for path in LESSONS:
        lesson = tomllib.loads(path.read_text("utf-8"))
        texts.append((f"lesson: {path.stem}", lesson["source"]))
        texts += [
            (f"lesson: {path.stem}: {step['title']}", step["paper"])
            for step in lesson["steps"]
            if "paper" in step
        ]
    for where, text in texts:
        for part in text.split(";"):
            found = [key for key, paper in STRUCTURE.items() if cited_in(paper["name"], part)]
            for place in places(part):
                yield where, (found[-1] if found else f"none of {part!r}"), *place


def cited_in(name, text):
    """Whether a paper is named; DeepLab v3+ is not DeepLab v3."""
    return re.search(rf"(?<!\w){re.escape(name)}(?![\w+])", text) is not None


def test_something_is_cited_of_every_kind():
    assert {kind for _, _, kind, _ in citations()} == set(KINDS)
    assert len(list(citations())) > 60


@pytest.mark.parametrize("where", sorted({where for where, *_ in citations()}))
def test_what_is_cited_is_there(where):
    for its, paper, kind, number in citations():
        if its == where:
            assert number in STRUCTURE.get(paper, {}).get(kind, ()), (paper, kind, number)


def test_each_paper_says_what_it_was_held_against():
    for key, paper in STRUCTURE.items():
        assert paper["checked"] and set(paper) <= {"name", "checked", *KINDS}, key
    assert set(STRUCTURE) <= set(GLOSSARY["papers"])


def test_the_energy_and_the_kernels_are_those_of_the_right_version():
    assert ("deeplab_v1", "equation", "1") in {(p, k, n) for _, p, k, n in citations()}
    terms = glossary()
    for symbol in ("appearance_weight", "smoothness_xy_std"):
        assert any("equation 2" in paper for paper in terms[symbol].papers), symbol
