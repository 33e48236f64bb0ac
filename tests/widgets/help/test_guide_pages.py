"""Pages of the guide as they are read."""

import subprocess
import sys

import pytest

from segviewer.errors import SettingsError
from segviewer.widgets.help.guide_pages import page_named, read_guide


def test_the_index_comes_first_and_what_it_does_not_name_last(tmp_path):
    (tmp_path / "index.md").write_text("# Guide\n[b](b.md), ![p](pictures/p.png)\n")
    for name in ("a", "b"):
        (tmp_path / f"{name}.md").write_text(f"# Page {name}\nWords of {name}.\n")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "p.png").write_bytes(b"png")
    pages = read_guide(tmp_path)
    assert [page.name for page in pages] == ["index", "b", "a"]
    assert [page.title for page in pages] == ["Guide", "Page b", "Page a"]
    assert pages[0].pictures == {"pictures/p.png": b"png"}
    assert pages[1].matches("WORDS page") and not pages[1].matches("words missing")


def test_a_page_that_there_is_none_of_is_refused_with_those_there_are():
    with pytest.raises(SettingsError, match="first_ten_minutes"):
        page_named("../secrets")


def test_reading_the_guide_needs_neither_qt_nor_torch():
    # The window reads it on another thread; the command line has no screen.
    code = (
        "import sys; from segviewer.cli.command_line import main; main(['guide']); "
        "print(sorted({'PySide6', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
