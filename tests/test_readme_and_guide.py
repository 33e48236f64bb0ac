"""README and guide: links lead somewhere, commands parse, keys exist, examples can be read."""

import importlib
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from segviewer.additions.installed import GROUPS
from segviewer.app.frame.window_actions import ENTRIES
from segviewer.app.shell.key_list import BY_HAND
from segviewer.cli.parsers import COMMANDS, command_parser
from segviewer.lessons.reading import parse_lesson
from segviewer.lessons.toml_text import LessonSource
from segviewer.lessons.translation import LessonTexts
from segviewer.widgets.help.guide_pages import INDEX, guide_folder, page_named, read_guide

ROOT = Path(__file__).resolve().parents[1]
GUIDE = guide_folder()
FILES = {
    "README.md": ROOT / "README.md",
    **{path.name: path for path in sorted(GUIDE.glob("*.md"))},
}
SUBMENUS = {"Language", "Theme", "Colour vision", "Networks", "Bundled weights", "Copy as"}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
# What a command that is named within a sentence, with an option or none, leaves out.
LEFT_OUT = {"label": ["PICTURE", "--out", "DIR"], "tune": ["FOLDER"], "benchmark": ["crf"]}
LEFT_OUT |= {"receptive-field": ["fcn"], "train": ["DATASET"]}
LEFT_OUT |= {"desktop": ["--install"], "completion": ["bash"]}
KEY = re.compile(
    r"(?:(?:Ctrl|Shift|Alt)\+)*(?:[A-Z]|F\d+|PgDown|PgUp|Home|Space|Esc|[?\[\]]|\d|(?<=\+)[+-])"
)


def texts():
    # One is not in a wheel, from which the suite may run.
    return {name: path.read_text("utf-8") for name, path in FILES.items() if path.exists()}


def ticked(text):
    """What stands in backticks, in a line or in a block of commands."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    return [line for block in blocks for line in block.splitlines()] + inline


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


@pytest.mark.parametrize("name", FILES)
def test_every_link_leads_somewhere(name):
    if name not in texts():
        pytest.skip("there is no README beside an installed package")
    missing = [
        link
        for link in LINK.findall(texts()[name])
        if not link.startswith(("http://", "https://"))
        and not (FILES[name].parent / link.partition("#")[0]).exists()
    ]
    assert missing == []


def test_pages_link_pages_pictures_and_the_web_alone():
    # The window follows no other link, and goes to no place within a page.
    for page in read_guide():
        for link in LINK.findall(page.text):
            assert re.fullmatch(r"[\w-]+\.md|pictures/[\w-]+\.png|https?://.*", link), (
                f"{page.name}: {link}"
            )


def test_each_page_is_linked_from_the_index_and_has_a_title_of_its_own():
    pages = read_guide()
    linked = set(LINK.findall(page_named(INDEX).text))
    assert {f"{page.name}.md" for page in pages[1:]} <= linked
    assert len({page.title for page in pages}) == len(pages)
    assert all(page.text.startswith("# ") for page in pages)


def test_pictures_are_small_and_each_is_used():
    used = {path for page in read_guide() for path in page.pictures}
    there = {f"pictures/{path.name}": path for path in (GUIDE / "pictures").glob("*.png")}
    assert used == set(there)
    assert all(path.stat().st_size < 400_000 for path in there.values())


def test_every_command_parses():
    seen = set()
    for name, text in texts().items():
        shown = {line for block in blocks(text, "sh") for line in block.splitlines()}
        for line in ticked(text):
            found = re.match(r"(?:[A-Z_]+=\S+ )?segviewer (.+)", line)
            if found is None:
                continue
            # What a shell does with the answer is not the parser's.
            words = shlex.split(found[1].partition(" > ")[0], comments=True)
            parser, first = command_parser(), [] if words[0] in COMMANDS else ["open"]
            if words[0] in ("--help", "--version"):
                continue  # they end the program
            named = line not in shown and (len(words) == 1 or words[1].startswith("--"))
            try:
                parser.parse_args([*first, *words, *(LEFT_OUT.get(words[0], []) if named else [])])
            except SystemExit:
                pytest.fail(f"{name}: segviewer {found[1]}")
            seen.add(words[0])
    assert seen >= set(COMMANDS)


def test_every_key_is_one():
    known = {"Space"} | {key for _, keys, _ in BY_HAND for key in keys.split(" · ")}
    for entry in ENTRIES:
        known |= {entry.keys} if isinstance(entry.keys, str) else set(entry.keys)
    used = {key for text in texts().values() for key in ticked(text) if KEY.fullmatch(key)}
    assert "F5" in used and used <= known, used - known


def test_every_menu_entry_is_one():
    for name, text in texts().items():
        for place in re.findall(r"\*([^*\n]+ ▸ [^*\n]+)\*", text):
            last = place.rpartition(" ▸ ")[2].rstrip("…")
            assert last in SUBMENUS or any(e.text.startswith(last) for e in ENTRIES), (name, place)


def test_examples_of_python_can_be_imported():
    text = page_named("python").text
    for block in blocks(text, "python"):
        compile(block, "python.md", "exec")
        imports = "\n".join(line for line in block.splitlines() if line.startswith("from "))
        exec(imports, {})  # an ImportError is the finding
    for dotted in re.findall(r"`(segviewer(?:\.\w+)+)[(`]", text):
        if dotted in GROUPS:
            continue
        try:
            importlib.import_module(dotted)
        except ModuleNotFoundError:
            module, _, attribute = dotted.rpartition(".")
            assert hasattr(importlib.import_module(module), attribute), dotted


def test_the_lesson_that_is_shown_is_one():
    text, translation = blocks(page_named("writing_lessons").text, "toml")
    lesson = parse_lesson(text, Path("strides.toml"))
    assert lesson.steps[0].question.answer == "The poles"
    shown = LessonSource(Path("strides.de.toml")).parsed(translation, LessonTexts)
    assert shown.steps[0].of == "A filter with holes"


def test_entry_points_that_are_shown_are_those_of_the_template():
    (text,) = blocks(page_named("adding").text, "toml")
    shown = tomllib.loads(text)["project"]["entry-points"]
    template = tomllib.loads((GUIDE / "template_package" / "pyproject.toml").read_text("utf-8"))
    for group, points in shown.items():
        assert group in GROUPS
        assert points.items() <= template["project"]["entry-points"][group].items()
