"""Menu entry, icons and file types go into the person's own folders, and away again."""

import configparser
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from PIL import Image

from segviewer.cli import desktop
from segviewer.cli.command_line import main
from segviewer.tools.program_icons import SIZES, drawn


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def test_what_is_installed_is_named_and_taken_away_again(folder, capsys):
    assert main(["desktop", "--install"]) == 0
    said = capsys.readouterr().out
    written = [path for path in desktop.files(folder) if path.is_file()]
    assert len(written) == len(SIZES) + 3
    assert all(f"written: {path}" in said for path in written)
    assert main(["desktop", "--remove"]) == 0
    assert not [path for path in written if path.exists()]
    assert main(["desktop", "--remove"]) == 0  # twice is no error


def test_the_entry_starts_this_program(folder):
    main(["desktop", "--install"])
    entry = configparser.ConfigParser(interpolation=None, delimiters="=")
    entry.optionxform = str
    entry.read(folder / "applications" / "segviewer.desktop")
    values = entry["Desktop Entry"]
    assert values["Exec"].endswith(" open %f") and "segviewer" in values["Exec"]
    assert {desktop.SESSION_TYPE, desktop.LESSON_TYPE} <= set(values["MimeType"].split(";"))
    if shutil.which("desktop-file-validate"):
        file = folder / "applications" / "segviewer.desktop"
        subprocess.run(["desktop-file-validate", str(file)], check=True)


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("/usr/bin/segviewer", "/usr/bin/segviewer"),
        ("/my folder/segviewer", '"/my folder/segviewer"'),
        ("/100%/a b", '"/100%%/a b"'),
        ('/a"b', '"/a\\\\"b"'),
    ],
)
def test_paths_are_quoted_as_desktops_read_them(word, quoted):
    assert desktop._quoted(word) == quoted


def test_sessions_and_lessons_have_types_of_their_own():
    named = {
        one.get("type"): one.find("{http://www.freedesktop.org/standards/shared-mime-info}glob")
        for one in ElementTree.fromstring(desktop.TYPES)
    }
    assert {name: glob.get("pattern") for name, glob in named.items()} == {
        desktop.SESSION_TYPE: "*.segsession",
        desktop.LESSON_TYPE: "*.seglesson",
    }


def test_the_desktop_knows_the_files_by_their_names(folder, tmp_path):
    """As its own programs see them, where they are installed."""
    if not (shutil.which("update-mime-database") and shutil.which("gio")):
        pytest.skip("the programs of a desktop are not installed")
    main(["desktop", "--install"])
    for name, kind in (
        ("a.segsession", desktop.SESSION_TYPE),
        ("a.seglesson", desktop.LESSON_TYPE),
    ):
        (tmp_path / name).write_bytes(b"PK")
        found = subprocess.run(
            ["gio", "info", "-a", "standard::content-type", tmp_path / name],
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"content-type: {kind}\n" in found.stdout


def test_icons_are_of_their_sizes_and_are_what_the_svg_is_now(folder, qapp):
    import numpy as np

    for path in desktop.files(folder):
        if path.suffix == ".png":
            size = int(path.parts[-3].partition("x")[0])
            shipped = desktop.resource_path("icons", "program", f"segviewer-{size}.png")
            with Image.open(shipped) as icon:
                assert icon.size == (size, size)
                pixels = np.asarray(icon.convert("RGBA")).astype(int)
            image = drawn(size)
            now = np.frombuffer(image.constBits(), np.uint8).reshape(size, size, 4)
            # BGRA in memory; another version of Qt may round edges otherwise.
            assert np.abs(now[..., [2, 1, 0, 3]] - pixels).mean() < 1


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    assert main(["desktop", "--install"]) == 1
    assert "XDG_DATA_HOME" in capsys.readouterr().err
